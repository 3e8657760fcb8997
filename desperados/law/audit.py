"""The audit of the law.

- a sentence that is being served is one of 1 to 1,440 minutes, and its prisoner is in jail until
  its end;
- whoever is in jail by us serves a sentence;
- all prices on one head have the same rank;
- what a player pays for a head lies in its hold, and of what is over nothing.
"""

from __future__ import annotations

from desperados.characters.documents import Character
from desperados.characters.rules import ALIVE
from desperados.engine.manifest.auditing import Check, Progress
from desperados.engine.manifest.reading import Row, batches, by_id, rows_by
from desperados.law.documents import Bounty, BountyStatus, JailSentence, SentenceStatus
from desperados.law.rules import LONGEST, SHORTEST
from desperados.ledger.money.documents import Currency, Hold
from desperados.ledger.money.holds import held_in

_SENTENCES, _BOUNTIES = JailSentence.collection_name(), Bounty.collection_name()
_SERVING = {"status": SentenceStatus.SERVING.value}


async def check_law(check: Check, tell: Progress) -> None:
    """Compare sentences with prisoners, and the prices on each head with each other."""
    async for batch in batches(_SENTENCES, _SERVING):
        check.examined += len(batch)
        tell(check.name, check.examined)
        await _check_sentences(check, batch)
    jailed = {"isInJail": True, "jailedUntil": {"$ne": None}, **ALIVE}
    async for batch in batches(Character.collection_name(), jailed, {"_id": 1}):
        serving = await rows_by([_SENTENCES], "characterId", [r["_id"] for r in batch], _SERVING)
        for row in batch:
            if not serving[row["_id"]]:
                check.report(f"characters/{row['_id']}", "is in jail and serves no sentence")
    async for batch in batches(_BOUNTIES, {"status": BountyStatus.ACTIVE.value}):
        check.examined += len(batch)
        await _check_heads(check, batch)
    async for batch in batches(_BOUNTIES, {"holdId": {"$ne": None}}):
        await _check_holds(check, batch)


async def _check_sentences(check: Check, batch: list[Row]) -> None:
    people = await by_id(Character.collection_name(), [row["characterId"] for row in batch])
    for row in batch:
        where = f"{_SENTENCES}/{row['_id']}"
        if not SHORTEST <= row["sentenceMinutes"] <= LONGEST:
            check.report(where, f"is for {row['sentenceMinutes']} minutes")
        person = people.get(row["characterId"])
        if person is None or person.get("deletedAt") is not None:
            continue
        if not person.get("isInJail") or person.get("jailedUntil") != row["endsAt"]:
            check.report(where, "is served, but the prisoner is not in jail until its end")


async def _check_heads(check: Check, batch: list[Row]) -> None:
    heads = await rows_by(
        [_BOUNTIES],
        "characterId",
        [row["characterId"] for row in batch],
        {"status": BountyStatus.ACTIVE.value},
    )
    for head, rows in heads.items():
        ranks = {row["wantedRank"] for row in rows}
        if len(ranks) > 1:
            check.report(f"characters/{head}", f"has prices of several ranks: {sorted(ranks)}")


async def _check_holds(check: Check, batch: list[Row]) -> None:
    holds = await by_id(Hold.collection_name(), [row["holdId"] for row in batch])
    for row in batch:
        hold = holds.get(row["holdId"])
        held = held_in(hold).get(Currency.DOLLARS.value, 0)
        wanted = row["amount"] if row["status"] == BountyStatus.ACTIVE.value else 0
        where = f"{_BOUNTIES}/{row['_id']}"
        if held != wanted:
            check.report(where, f"is {row['status']}, but {held} dollars are held and not {wanted}")
        if hold is not None and hold["ownerId"] != row["issuerId"]:
            check.report(where, "is held in somebody else's name")
