"""The audit of duels: what is held for them, and what ratings add up to.

- a challenge holds the challenger's wager, a duel that goes on those of both, any other nothing;
- what one duelist gained another has lost: ratings are what everybody begins with, on average.
"""

from __future__ import annotations

from desperados.combat.duels import elo
from desperados.combat.duels.documents import DUEL_BOARD, Duel, DuelStatus, Rating
from desperados.engine.manifest.auditing import Check, Progress
from desperados.engine.manifest.reading import Row, batches, by_id
from desperados.ledger.money.documents import Currency, Hold
from desperados.ledger.money.holds import held_in

HELD_WHILE = {
    "challengerHoldId": {
        DuelStatus.PENDING.value, DuelStatus.ACCEPTED.value, DuelStatus.ACTIVE.value
    },
    "defenderHoldId": {DuelStatus.ACCEPTED.value, DuelStatus.ACTIVE.value},
}  # fmt: skip
OWNERS = {"challengerHoldId": "challengerId", "defenderHoldId": "defenderId"}


async def check_duels(check: Check, tell: Progress) -> None:
    """Compare duels with what is held for them, and ratings with each other, in one snapshot."""
    async for batch in batches(Duel.collection_name(), {}):
        check.examined += len(batch)
        tell(check.name, check.examined)
        await _check_holds(check, batch)
    off = 0
    async for batch in batches(Rating.collection_name(), {}):
        check.examined += len(batch)
        tell(check.name, check.examined)
        off += sum(row["points"] - elo.START for row in batch if row["board"] == DUEL_BOARD)
    if off:
        check.report("ratings", f"of duels are off by {off} points in all")


async def _check_holds(check: Check, duels: list[Row]) -> None:
    named = [duel[field] for duel in duels for field in OWNERS if duel.get(field) is not None]
    holds = await by_id(Hold.collection_name(), named)
    for duel in duels:
        where = f"duels/{duel['_id']}"
        for field, statuses in HELD_WHILE.items():
            # Another program's duels name no holds.
            wager = int(duel["wager"]) if duel.get("pair") is not None else 0
            wanted = wager if duel["status"] in statuses else 0
            hold = holds.get(duel.get(field))
            held = held_in(hold).get(Currency.DOLLARS.value, 0)
            if held != wanted:
                check.report(where, f"is {duel['status']}, but {field} holds {held}, not {wanted}")
            if hold is not None and hold["ownerId"] != duel[OWNERS[field]]:
                check.report(where, f"{field} is held in somebody else's name")
