"""The audit of tournaments and shooting contests: that they say of their players and their pools
what the contest says that keeps the money. (What is held for it, ``play.shapes.audit`` proves.)"""

from __future__ import annotations

from desperados.combat.shooting.documents import ShootingContest
from desperados.combat.tournaments.documents import Tournament
from desperados.engine.manifest.auditing import Check, Progress
from desperados.engine.manifest.reading import Row, batches, by_id, rows_by
from desperados.play.shapes.contests import IN
from desperados.play.shapes.documents import Contest, ContestEntry, ContestStage

# Before and after these the two are not changed in one transaction: fees go back in batches.
SAME_IN = {ContestStage.OPEN.value, ContestStage.RUNNING.value}


async def check_contests(check: Check, tell: Progress) -> None:
    """Compare tournaments and shooting contests with where their money is."""
    for collection in (Tournament.collection_name(), ShootingContest.collection_name()):
        async for batch in batches(collection, {"contestId": {"$ne": None}}):
            check.examined += len(batch)
            tell(check.name, check.examined)
            await _check(check, collection, batch)


async def _check(check: Check, collection: str, batch: list[Row]) -> None:
    named = [row["contestId"] for row in batch]
    contests = await by_id(Contest.collection_name(), named)
    entries = await rows_by([ContestEntry.collection_name()], "contestId", named)
    for row in batch:
        where, contest = f"{collection}/{row['_id']}", contests.get(row["contestId"])
        if contest is None or contest["refId"] != row["_id"]:
            check.report(where, "has no contest of its own that keeps its money")
            continue
        inside = [entry for entry in entries[row["contestId"]] if entry["status"] in IN]
        if contest["stage"] in SAME_IN:
            if {entry["characterId"] for entry in inside} != set(row["participants"]):
                check.report(where, "has other participants than those who have a place")
            pool = sum(entry["paid"] for entry in inside) + int(row.get("guarantee") or 0)
            if int(row["prizePool"]) != pool:
                check.report(where, f"shows a pool of {row['prizePool']}, and has {pool}")
        elif contest["stage"] == ContestStage.COMPLETE.value:
            shown = [(one["characterId"], one["prize"]) for one in row["placements"]]
            if shown != [(one["characterId"], one["amount"]) for one in contest["prizes"]]:
                check.report(where, "shows other prizes than those that were paid")
