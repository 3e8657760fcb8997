"""Much, a little at a time: long reads and long loops that leave room for others.

Whatever runs beside an API shares its event loop. A loop over many rows does not give way by
itself: a driver's cursor suspends once a batch, and a list never. ``sliced`` gives way every
``SLICE`` rows, so nobody waits longer than those take.
"""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from desperados.engine.driver import Document
from desperados.engine.storage.collection import find_all

T = TypeVar("T")

SLICE = 100  # rows, at some 10 to 50 microseconds each
BATCH = 200  # documents that the driver decodes at once, at some 5 to 10 microseconds each
SORTED_AT_ONCE = 5_000  # numbers; about a millisecond
BY_ID = [("_id", 1)]


async def sliced(rows: Iterable[T] | AsyncIterable[T], size: int = SLICE) -> AsyncIterator[T]:
    """The rows as they are; after each ``size`` of them others have their turn."""
    number = 0
    async for row in _each(rows):
        yield row
        number += 1
        if number % size == 0:
            await asyncio.sleep(0)


async def _each(rows: Iterable[T] | AsyncIterable[T]) -> AsyncIterator[T]:
    if isinstance(rows, AsyncIterable):
        async for row in rows:
            yield row
    else:
        for row in rows:
            yield row


async def stream(
    collection: Any,
    where: Mapping[str, Any],
    projection: Mapping[str, Any] | None = None,
    *,
    sort: Sequence[tuple[str, int]] | None = None,
) -> AsyncIterator[Document]:
    """The documents of ``where``, of which there may be more than fit into memory.

    An index must serve the filter and the order.
    """
    if sort == BY_ID:
        async for rows in batches_by_id(collection, where, projection, size=BATCH):
            async for row in sliced(rows):
                yield row
        return
    cursor = collection.find(where, projection, sort=sort, batch_size=BATCH)
    async for row in sliced(cursor):
        yield row


async def gathered(rows: AsyncIterable[T], size: int) -> AsyncIterator[list[T]]:
    """The rows in lists of ``size``; the last one holds what is left."""
    some: list[T] = []
    async for row in rows:
        some.append(row)
        if len(some) == size:
            yield some
            some = []
    if some:
        yield some


async def in_order(numbers: Iterable[int]) -> list[int]:
    """The numbers in rising order, as ``sorted`` gives them, which would hold everything up."""
    chunks: list[list[int]] = [[]]
    async for number in sliced(numbers, SORTED_AT_ONCE):
        if len(chunks[-1]) == SORTED_AT_ONCE:
            chunks.append([])
        chunks[-1].append(number)
    async for chunk in sliced(chunks, 1):
        chunk.sort()
    return [number async for number in sliced(heapq.merge(*chunks), SORTED_AT_ONCE)]


async def batches_by_id(
    collection: Any,
    where: Mapping[str, Any],
    projection: Mapping[str, Any] | None = None,
    *,
    after: Any = None,
    size: int,
) -> AsyncIterator[list[Document]]:
    """The documents of ``where`` in the order of their ids, ``size`` at a time.

    Each batch is a query of its own: whoever takes long between two of them loses no cursor, and
    the embedded engine, which reads all that a cursor will give when it is opened, reads little.
    An index must begin with the equality fields of ``where`` and go on with ``_id``.
    """
    last = after
    while True:
        beyond = where if last is None else {"$and": [where, {"_id": {"$gt": last}}]}
        rows = await find_all(collection, beyond, projection, sort=BY_ID, limit=size)
        if rows:
            yield rows
        if len(rows) < size:
            return
        last = rows[-1]["_id"]
