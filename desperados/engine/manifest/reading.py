"""How audits read: in batches, in the order of the ids, so that memory does not grow."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any

from desperados.engine.collection import find_all
from desperados.engine.game import collection_of
from desperados.engine.streams import batches_by_id

BATCH = 200

Row = dict[str, Any]


async def by_id(collection: str, ids: Sequence[Any]) -> dict[Any, Row]:
    """The documents with these ids, at most a batch of them; what is not there is left out."""
    if not ids:
        return {}
    rows = await find_all(collection_of(collection), {"_id": {"$in": list(ids)}}, limit=len(ids))
    return {row["_id"]: row for row in rows}


async def batches(
    collection: str, where: Row, projection: Row | None = None, *, size: int = BATCH
) -> AsyncIterator[list[Row]]:
    """The documents of ``where`` in the order of their ids, some at a time."""
    async for batch in batches_by_id(collection_of(collection), where, projection, size=size):
        yield batch
