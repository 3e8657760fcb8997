"""How audits and watches read: a bounded piece at a time, so that nothing grows with history."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from desperados.engine.game import collection_of
from desperados.engine.storage.collection import find_all
from desperados.engine.storage.streams import batches_by_id

BATCH = 200
READ_BATCH = 1000
SPAN = 250  # documents that the embedded engine looks at in some 15 milliseconds
MOMENT = timedelta(milliseconds=1)

Row = dict[str, Any]


async def by_id(collection: str, ids: Sequence[Any]) -> dict[Any, Row]:
    """The documents with these ids, at most a batch of them; what is not there is left out."""
    if not ids:
        return {}
    rows = await find_all(collection_of(collection), {"_id": {"$in": list(ids)}}, limit=len(ids))
    return {row["_id"]: row for row in rows}


async def rows_by(
    collections: Iterable[str], field: str, values: Iterable[Any], where: Row | None = None
) -> dict[Any, list[Row]]:
    """The documents of several collections whose ``field`` is one of ``values``, by that value.

    An index must serve the field. ``where`` narrows them further; what is not there is an empty
    list.
    """
    found: dict[Any, list[Row]] = defaultdict(list)
    wanted = list(dict.fromkeys(values))
    for start in range(0, len(wanted), BATCH):
        asked = {field: {"$in": wanted[start : start + BATCH]}, **(where or {})}
        for collection in collections:
            async for row in collection_of(collection).find(asked, batch_size=READ_BATCH):
                found[row[field]].append(row)
    return found


async def batches(
    collection: str, where: Row, projection: Row | None = None, *, size: int = BATCH
) -> AsyncIterator[list[Row]]:
    """The documents of ``where`` in the order of their ids, some at a time."""
    async for batch in batches_by_id(collection_of(collection), where, projection, size=size):
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
        end = max(ahead[0]["createdAt"], since + MOMENT) if ahead else until
        yield since, end
        since = end
