"""How audits read: in batches, in the order of the ids, so that memory does not grow."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any

from desperados.engine.collection import find_all
from desperados.engine.game import collection_of

BATCH = 200

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
