"""How audits and watches read: a bounded piece at a time, so that nothing grows with history."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from desperados.engine.collection import find_all
from desperados.engine.game import collection_of

BATCH = 200
SPAN = 1000  # documents that a server looks at in a few milliseconds
_MOMENT = timedelta(milliseconds=1)

Row = dict[str, Any]


async def by_id(collection: str, ids: Sequence[Any]) -> dict[Any, Row]:
    """The documents with these ids, at most a batch of them; what is not there is left out."""
    if not ids:
        return {}
    rows = await find_all(collection_of(collection), {"_id": {"$in": list(ids)}}, limit=len(ids))
    return {row["_id"]: row for row in rows}


async def batches(collection: str, where: Row) -> AsyncIterator[list[Row]]:
    """The documents of ``where`` in the order of their ids, some at a time."""
    cursor = collection_of(collection).find(where, sort=[("_id", 1)], batch_size=BATCH)
    batch: list[Row] = []
    async for document in cursor:
        batch.append(document)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


async def spans(
    collection: str, since: datetime, until: datetime
) -> AsyncIterator[tuple[datetime, datetime]]:
    """Cut the time from ``since`` until before ``until`` where documents were created.

    Each span is half-open and holds about ``SPAN`` of them; there are no spans after the last one.
    An index must begin with ``createdAt``.
    """
    rows = collection_of(collection)
    while since < until:
        ahead = await find_all(
            rows,
            {"createdAt": {"$gte": since, "$lt": until}},
            {"createdAt": 1, "_id": 0},
            sort=[("createdAt", 1)],
            skip=SPAN,
            limit=1,
        )
        # More than a span may have been created in one moment: they stay together.
        end = max(ahead[0]["createdAt"], since + _MOMENT) if ahead else until
        yield since, end
        since = end
