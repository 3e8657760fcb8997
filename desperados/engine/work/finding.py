"""What is due: documents whose date has passed, periods that have begun.

Documents are read in the order (due, _id) and in pages, so that those that are set aside or in
somebody's hands never hide the ones behind them, however many are due at one moment.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Iterable, Mapping
from datetime import datetime
from typing import Any

from pymongo.errors import DuplicateKeyError

from desperados.engine import clock
from desperados.engine.game import collection_of
from desperados.engine.storage.collection import find_all
from desperados.engine.work.claims import Row, read_claims
from desperados.engine.work.documents import JobClaim, JobRun
from desperados.engine.work.kinds import DueJob, Follower, Periodic, piece

BATCH = 50
FURTHER = 500  # pages after the first: there is much that is set aside, or other workers are at it


async def due_documents(
    job: DueJob, until: datetime | None = None
) -> AsyncIterator[list[tuple[Row, Row | None]]]:
    """What is due at ``until`` (default: now) in pages, each document with its claim, if any.

    A document has ``_id`` and the date.
    """
    async for found in pages(job.collection, job.where, job.due, until or clock.now()):
        claims = await read_claims([piece(job, row["_id"]) for row in found])
        yield [(row, claims.get(piece(job, row["_id"]))) for row in found]


async def pages(
    collection: str,
    where: Mapping[str, Any],
    date: str,
    until: datetime,
    *,
    also: Iterable[str] = (),
    first: int = BATCH,
) -> AsyncIterator[list[Row]]:
    """The documents that match, of which ``date`` is not after ``until``, in the order of (date,
    _id): a page of ``first``, then larger ones. Each has its ``_id``, the date, and what is in
    ``also``."""
    spans: list[Row] = [{date: {"$lte": until}}]
    limit = first
    while spans:
        found = await find_all(
            collection_of(collection),
            {**where, **spans[0]},
            dict.fromkeys((date, *also), 1),
            sort=[(date, 1), ("_id", 1)],
            limit=limit,
        )
        if found:
            yield found
        if len(found) < limit:
            spans.pop(0)
        else:
            # The rest of this moment, then later ones: each is one stretch of the index.
            moment, last = found[-1][date], found[-1]["_id"]
            spans = [
                {date: moment, "_id": {"$gt": last}},
                {date: {"$gt": moment, "$lte": until}},
            ]
        limit = FURTHER


async def next_document(job: DueJob, after: datetime) -> datetime | None:
    """When the first document after a moment will be due."""
    found = await find_all(
        collection_of(job.collection),
        {**job.where, job.due: {"$gt": after}},
        {job.due: 1},
        sort=[(job.due, 1), ("_id", 1)],
        limit=1,
    )
    return found[0][job.due] if found else None


async def due_periods(job: Periodic) -> list[tuple[datetime, Row | None]]:
    """The periods that are not done, of those that may still be made up, with their claims.

    Those that were set aside are left out. The first run ever begins with the current period:
    there was no game before it.
    """
    current = job.period_of(clock.now())
    runs = collection_of(JobRun.collection_name())
    first = await runs.find_one({"job": job.name}, sort=[("period", 1)])
    periods = [current]
    if first is not None:
        earliest = max(first["period"], current - job.every * job.catch_up)
        done = {
            run["period"]
            for run in await find_all(
                runs,
                {"job": job.name, "period": {"$gte": earliest}},
                sort=[("period", 1)],
                limit=job.catch_up + 1,
            )
        }
        made_up = (current - job.every * back for back in range(job.catch_up, -1, -1))
        periods = [period for period in made_up if period >= earliest and period not in done]
    claims = await read_claims([piece(job, period) for period in periods])
    found = [(period, claims.get(piece(job, period))) for period in periods]
    return [(period, claim) for period, claim in found if not (claim and claim.get("dead"))]


async def finish_period(job: Periodic, period: datetime) -> None:
    """Note that a period is done, and forget what is left of those that nobody makes up for now.

    Outcomes of the insert: noted; a duplicate key, when another worker was first.
    """
    name = piece(job, period)
    with contextlib.suppress(DuplicateKeyError):
        await collection_of(JobRun.collection_name()).insert_one(
            {"_id": name, "job": job.name, "period": period, "finishedAt": clock.now()}
        )
    await _forget_runs(job)
    await collection_of(JobClaim.collection_name()).delete_many(
        {
            "_id": {"$gt": f"{job.name}:", "$lt": name},
            "row": {"$exists": False},
            "dead": {"$ne": True},
        }
    )


async def _forget_runs(job: Periodic) -> None:
    """Forget the periods that nobody asks for any more: all but the first, before which there was
    no game, and those that may still be made up."""
    runs = collection_of(JobRun.collection_name())
    first = await runs.find_one({"job": job.name}, sort=[("period", 1)])
    if first is not None:
        kept = job.period_of(clock.now()) - job.every * job.catch_up
        between = {"$gt": first["period"], "$lt": kept}
        await runs.delete_many({"job": job.name, "period": between})


async def waiting_rows(job: Periodic | Follower, limit: int = BATCH) -> list[Row]:
    """The claims of rows of a sweep, or of keys of a follower, that failed, or whose worker died,
    and may be tried again."""
    return await find_all(
        collection_of(JobClaim.collection_name()),
        {
            "job": job.name,
            "until": {"$lte": clock.now()},
            "row": {"$exists": True},
            "dead": {"$ne": True},
        },
        {"period": 1, "row": 1},
        sort=[("until", 1)],
        limit=limit,
    )
