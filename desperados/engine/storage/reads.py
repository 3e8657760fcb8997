"""Reads that leave together: what a command must know, asked for in one round trip.

They are the counterpart of staged writes. A ``Read`` says what is looked for and what is made of
it; ``together`` sends several, each to a collection of its own, and ``alone`` sends one. So a
module offers a read, and whoever needs it decides with what company it leaves.

Together they are one aggregation: the first finds its document, and a ``$lookup`` without any
condition on that document brings what each of the others finds.

Limits: the first must be sure to find something, for without it the others are not carried out.
Within a transaction on a sharded cluster before MongoDB 8 they go one after the other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from desperados.engine.game import current_game
from desperados.engine.storage.collection import find_all, placed
from desperados.engine.storage.documents import Document

T = TypeVar("T")

Row = dict[str, Any]
_UNREAD: Any = object()


@dataclass(slots=True, eq=False)
class Read(Generic[T]):
    """At most ``limit`` documents that match ``where``, made into something. ``result`` is that."""

    document: type[Document]
    where: Mapping[str, Any]
    make: Callable[[list[Row]], T]
    fields: Mapping[str, Any] | None = None
    limit: int = 1
    sort: Mapping[str, int] | None = None
    _result: T = _UNREAD

    @property
    def result(self) -> T:
        """What was found, once it was sent."""
        assert self._result is not _UNREAD, "This read was not sent."
        return self._result

    def take(self, rows: list[Row]) -> None:
        """Make what was found into the result."""
        self._result = self.make(rows)

    def stages(self) -> list[Row]:
        """The read as a pipeline."""
        stages: list[Row] = [{"$match": self.where}]
        if self.sort is not None:
            stages.append({"$sort": self.sort})
        stages.append({"$limit": self.limit})
        if self.fields is not None:
            stages.append({"$project": self.fields})
        return stages


async def alone(read: Read[T]) -> T:
    """Send one read, and return its result."""
    rows = await find_all(
        read.document.collection(),
        read.where,
        read.fields,
        limit=read.limit,
        sort=list(read.sort.items()) if read.sort is not None else None,
    )
    read.take(rows)
    return read.result


async def together(first: Read[Any], *others: Read[Any]) -> None:
    """Send reads in one round trip; each then has its result.

    ``first`` finds one document at most. If it finds none, what it makes of that is raised or kept,
    and the others are sent after it.
    """
    if not current_game().joins or not others:
        for read in (first, *others):
            await alone(read)
        return
    joins = [
        {
            "$lookup": {
                "from": read.document.collection_name(),
                "pipeline": read.stages(),
                "as": _name(number),
            }
        }
        for number, read in enumerate(others)
    ]
    row = await first.document.collection().aggregate_one([*first.stages(), *joins])
    found = [row.pop(_name(number)) for number in range(len(others))] if row else []
    first.take(placed([row], first.document.collection_name()) if row else [])
    if not row:
        for read in others:
            await alone(read)
    for read, rows_of_read in zip(others, found, strict=False):
        read.take(placed(rows_of_read, read.document.collection_name()))


def _name(number: int) -> str:
    return f"together{number}"
