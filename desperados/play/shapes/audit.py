"""The audit of what is staked: offers and contests hold exactly what they say."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from bson import ObjectId

from desperados.engine.game import current_game
from desperados.engine.manifest.auditing import Check, Progress
from desperados.engine.manifest.reading import Row, batches, by_id, rows_by
from desperados.ledger.money.documents import Hold
from desperados.ledger.money.holds import held_in
from desperados.play.shapes.documents import Contest, ContestEntry, EntryStatus, Offer
from desperados.play.shapes.documents import ContestStage as Stage

# Which documents of the shapes themselves name a hold as their own, and where.
_STAKED: Mapping[str, Collection[str]] = {
    Offer.collection_name(): ("holdId",),
    ContestEntry.collection_name(): ("holdId",),
    Contest.collection_name(): ("poolId",),
}
_OVER = {Stage.COMPLETE.value, Stage.CANCELLED.value}
_TAKEN = {EntryStatus.ENTERED.value, EntryStatus.GATHERED.value}


async def staked(holds: Collection[Row]) -> set[ObjectId]:
    """Those of these holds that a document which is not settled names as its own: one of the
    shapes, or of a collection that its domain has registered (``escrows``)."""
    references = list({hold["reference"] for hold in holds})
    named: set[ObjectId] = set()
    for collection, fields in {**_STAKED, **current_game().registered().escrows}.items():
        found = await by_id(collection, references)
        named |= {
            row[field]
            for row in found.values()
            if row.get("settledAt") is None
            for field in fields
            if row.get(field) is not None
        }
    return {hold["_id"] for hold in holds} & named


async def check_stakes(check: Check, tell: Progress) -> None:
    """Compare offers and contests with what is held for them."""
    async for batch in batches(Offer.collection_name(), {}):
        check.examined += len(batch)
        tell(check.name, check.examined)
        wanted = {
            offer["holdId"]: (0 if offer.get("closedAt") else offer["amount"])
            for offer in batch
            if offer.get("holdId") is not None
        }
        owners = {offer["holdId"]: offer["fromId"] for offer in batch if offer.get("holdId")}
        await _compare(check, "offers", batch, wanted, owners)
    async for batch in batches(ContestEntry.collection_name(), {}):
        check.examined += len(batch)
        tell(check.name, check.examined)
        held = [entry for entry in batch if entry.get("holdId") is not None]
        wanted = {
            entry["holdId"]: entry["paid"] if entry["status"] == EntryStatus.ENTERED.value else 0
            for entry in held
        }
        owners = {entry["holdId"]: entry["characterId"] for entry in held}
        await _compare(check, "contestentries", batch, wanted, owners)
    async for batch in batches(Contest.collection_name(), {}):
        check.examined += len(batch)
        tell(check.name, check.examined)
        await _check_contests(check, batch)


async def _check_contests(check: Check, contests: list[Row]) -> None:
    pools = {
        contest["poolId"]: contest["gathered"] - contest["paidOut"]
        for contest in contests
        if contest.get("poolId") is not None
    }
    owners = {contest["poolId"]: contest["_id"] for contest in contests if contest.get("poolId")}
    await _compare(check, "contests", contests, pools, owners)
    entries = await rows_by(
        [ContestEntry.collection_name()], "contestId", [contest["_id"] for contest in contests]
    )
    for contest in contests:
        where = f"contests/{contest['_id']}"
        taken = sum(entry["status"] in _TAKEN for entry in entries[contest["_id"]])
        refunding = contest["stage"] in (Stage.REFUNDING.value, Stage.CANCELLED.value)
        if not refunding and contest["entered"] != taken:
            check.report(where, f"counts {contest['entered']} entries, and has {taken}")
        if contest["stage"] in _OVER and contest["gathered"] != contest["paidOut"]:
            check.report(where, "is over, but its pool is not empty")


async def _compare(
    check: Check,
    collection: str,
    rows: Iterable[Row],
    wanted: dict[ObjectId, int],
    owners: dict[ObjectId, ObjectId],
) -> None:
    """What lies in each hold, and in whose name, against what the rows say. A hold that is closed
    vanishes some time later."""
    holds = await by_id(Hold.collection_name(), list(wanted))
    names = {row.get("holdId") or row.get("poolId"): row["_id"] for row in rows}
    for hold_id, amount in wanted.items():
        where = f"{collection}/{names[hold_id]}"
        held = sum(held_in(holds.get(hold_id)).values())
        if held != amount:
            check.report(where, f"holds {held} and not {amount}")
        if hold_id in holds and holds[hold_id]["ownerId"] != owners[hold_id]:
            check.report(where, "is held in somebody else's name")
