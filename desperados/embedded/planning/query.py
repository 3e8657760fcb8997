"""Running a plan: the documents of a query, in order, as one reader sees them."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from desperados.embedded.planning.planner import Plan, Stretch, make_plan
from desperados.embedded.query.match import compile_filter
from desperados.embedded.query.predicates import Context, Predicate
from desperados.embedded.query.sorting import Sort, sort_items
from desperados.embedded.storage.collection import Collection
from desperados.embedded.storage.indexes import Index
from desperados.embedded.storage.keys import key_of, number_of, part_of, turned
from desperados.embedded.storage.units import Unit
from desperados.embedded.storage.versions import Version, visible
from desperados.embedded.values.paths import value_at
from desperados.embedded.values.types import Doc

Found = tuple[int, Version]


@dataclass(slots=True)
class Work:
    """What was looked at to find an answer: entries of indexes, and documents."""

    keys: int = 0
    documents: int = 0


class Query:
    """A filter with its order and limits, planned against a collection."""

    def __init__(
        self,
        collection: Collection,
        query: Doc,
        *,
        sort: Sort | None = None,
        context: Context | None = None,
        hint: Any = None,
        skip: int = 0,
        limit: int = 0,
    ) -> None:
        context = context or Context()
        if context.collation is None:
            context.collation = collection.collation
        self.collection = collection
        self.filter = query
        self.collation = context.collation
        self.matches: Predicate = compile_filter(query, context)
        self.sort = sort or []
        self.skip = skip
        self.limit = limit
        natural = len(self.sort) == 1 and self.sort[0][0] == "$natural"
        if natural:
            self.plan = Plan(backwards=self.sort[0][1] < 0, sorted=True)
        else:
            self.plan = make_plan(
                collection,
                query,
                sort=self.sort,
                collation=self.collation,
                hint=hint,
                limit=self.last,
            )
        if self.plan.index is not None:
            self.plan.index.uses += 1
        self.work = Work()
        self.returned = 0

    def run(self, unit: Unit) -> Iterator[Found]:
        """The records that match, sorted and limited."""
        found: Iterable[Found] = self._matching(unit)
        if self.sort and not self.plan.sorted:
            found = sort_items(list(found), document_of, self.sort, self.collation, limit=self.last)
        if self.skip or self.limit:
            found = islice(found, self.skip, self.last or None)
        return self._returning(found)

    def _returning(self, found: Iterable[Found]) -> Iterator[Found]:
        for item in found:
            self.returned += 1
            yield item

    @property
    def last(self) -> int:
        return self.skip + self.limit if self.limit else 0

    def _matching(self, unit: Unit) -> Iterator[Found]:
        if self.sort and self.plan.sorted and self.plan.branches is not None:
            found = self._merged(self.plan.branches, unit)
        else:
            found = candidates(self.collection, self.plan, unit, self.work)
        if not self.filter or self.plan.exact:
            return found
        matches = self.matches
        return (item for item in found if matches(item[1].doc))  # type: ignore[arg-type]

    def _merged(self, branches: list[Plan], unit: Unit) -> Iterator[Found]:
        """What the branches of an `$or` find, each in the wanted order, all in that order."""
        fold = self.collation.fold if self.collation else None
        wanted = [(tuple(name.split(".")), direction < 0) for name, direction in self.sort]

        def place(found: Found) -> bytes:
            doc = found[1].doc or {}
            parts = [(part_of(value_at(doc, path), fold), against) for path, against in wanted]
            return b"".join([turned(part) if against else part for part, against in parts])

        streams = [candidates(self.collection, plan, unit, self.work) for plan in branches]
        seen: set[int] = set()
        for number, version in heapq.merge(*streams, key=place):
            if number not in seen:
                seen.add(number)
                yield number, version

    def count(self, unit: Unit) -> int:
        """How many documents match, without looking at them where the index can tell."""
        collection, plan = self.collection, self.plan
        if not self.filter and unit.snapshot is None and not self.skip and not self.limit:
            return collection.live
        if (
            plan.exact
            and plan.index is not None
            and not collection.chains
            and not self.skip
            and not self.limit
        ):
            return plan.size()
        return sum(1 for _ in self.run(unit))


def candidates(collection: Collection, plan: Plan, unit: Unit, work: Work) -> Iterator[Found]:
    """Every visible record that the plan's part of the filter admits."""
    if plan.ids is not None:
        return _listed(collection, plan.ids, unit, work)
    if plan.branches is not None:
        return _union(collection, plan.branches, unit, work)
    if plan.index is None:
        return _everything(collection, unit, work, backwards=plan.backwards)
    return _along(collection, plan.index, plan, unit, work)


def _listed(collection: Collection, ids: list[bytes], unit: Unit, work: Work) -> Iterator[Found]:
    for key in ids:
        number = collection.number_of(key)
        if number is not None:
            version = collection.visible(number, unit)
            if version is not None:
                work.keys += 1
                work.documents += 1
                yield number, version


def _everything(
    collection: Collection, unit: Unit, work: Work, *, backwards: bool
) -> Iterator[Found]:
    for number, head in collection.heads(backwards=backwards):
        version = visible(head, unit)
        if version is not None:
            work.documents += 1
            yield number, version


def _union(collection: Collection, plans: list[Plan], unit: Unit, work: Work) -> Iterator[Found]:
    seen: set[int] = set()
    for plan in plans:
        for number, version in candidates(collection, plan, unit, work):
            if number not in seen:
                seen.add(number)
                yield number, version


def _entries(index: Index, plan: Plan) -> Iterator[bytes]:
    def read(stretch: Stretch) -> Iterator[bytes]:
        return index.entries.between(*stretch, backwards=plan.backwards)

    if len(plan.stretches) == 1:
        return read(plan.stretches[0])
    if plan.merge is not None:
        # Several points in front of the sorted field: merge their stretches by what follows.
        streams = [
            ((item[length:], item) for item in read(stretch))
            for length, stretch in zip(plan.merge, plan.stretches, strict=True)
        ]
        return (item for _, item in heapq.merge(*streams, reverse=plan.backwards))
    return (item for stretch in plan.stretches for item in read(stretch))


def _along(
    collection: Collection, index: Index, plan: Plan, unit: Unit, work: Work
) -> Iterator[Found]:
    seen: set[int] | None = set() if index.multikey else None
    for item in _entries(index, plan):
        number = number_of(item)
        version = collection.visible(number, unit)
        if version is None:
            continue
        # With several versions about, the entry may belong to one that this reader doesn't see.
        if number in collection.chains and key_of(item) not in index.keys(version.doc):
            continue
        work.keys += 1  # those of versions that are about to go are no fault of the plan
        if seen is not None:
            if number in seen:
                continue
            seen.add(number)
        work.documents += 1
        yield number, version


def document_of(found: Found) -> Doc:
    return found[1].doc or {}
