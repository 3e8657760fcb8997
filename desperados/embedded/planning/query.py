"""Running a plan: the documents of a query, in order, as one reader sees them."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from desperados.embedded.planning.planner import Plan, Stretch, make_plan
from desperados.embedded.query.match import compile_filter
from desperados.embedded.query.predicates import Context, Predicate
from desperados.embedded.query.sorting import Sort, sort_items
from desperados.embedded.storage.collection import Collection
from desperados.embedded.storage.indexes import Index
from desperados.embedded.storage.sorted_keys import Entry
from desperados.embedded.storage.units import Unit
from desperados.embedded.storage.versions import Record, Version, visible
from desperados.embedded.values.types import Doc, Key

Found = tuple[Record, Version]


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
                collection, query, sort=self.sort, collation=self.collation, hint=hint
            )
        if self.plan.index is not None:
            self.plan.index.uses += 1
        self.examined = 0

    def run(self, unit: Unit) -> Iterator[Found]:
        """The records that match, sorted and limited."""
        found: Iterable[Found] = self._matching(unit)
        if self.sort and not self.plan.sorted:
            found = sort_items(list(found), document_of, self.sort, self.collation, limit=self.last)
        if self.skip or self.limit:
            found = islice(found, self.skip, self.last or None)
        return iter(found)

    @property
    def last(self) -> int:
        return self.skip + self.limit if self.limit else 0

    def _matching(self, unit: Unit) -> Iterator[Found]:
        if self.plan.ids is not None:
            return self._by_ids(unit)
        matches = self.matches
        if not self.filter:
            return _counted(self, candidates(self.collection, self.plan, unit))
        return (
            item
            for item in _counted(self, candidates(self.collection, self.plan, unit))
            if matches(item[1].doc)  # type: ignore[arg-type]
        )

    def _by_ids(self, unit: Unit) -> Iterator[Found]:
        collection = self.collection
        for key in self.plan.ids or ():
            number = collection.by_id.get(key)
            if number is None:
                continue
            record = collection.records[number]
            version = visible(record, unit)
            if version is not None:
                self.examined += 1
                if self.plan.exact or self.matches(version.doc):  # type: ignore[arg-type]
                    yield record, version

    def count(self, unit: Unit) -> int:
        """How many documents match, without looking at them where the index can tell."""
        collection, plan = self.collection, self.plan
        if not self.filter and unit.snapshot is None and not self.skip and not self.limit:
            return collection.live
        if (
            plan.exact
            and plan.index is not None
            and not collection.unsettled
            and not self.skip
            and not self.limit
        ):
            entries = plan.index.entries
            return sum(entries.count(low, high) for low, high in plan.stretches)
        return sum(1 for _ in self.run(unit))


def _counted(query: Query, found: Iterator[Found]) -> Iterator[Found]:
    for item in found:
        query.examined += 1
        yield item


def candidates(collection: Collection, plan: Plan, unit: Unit) -> Iterator[Found]:
    """Every visible record that the plan's part of the filter admits."""
    if plan.ids is not None:
        return _listed(collection, plan.ids, unit)
    if plan.branches is not None:
        return _union(collection, plan.branches, unit)
    if plan.index is None:
        return _everything(collection, unit, backwards=plan.backwards)
    return _along(collection, plan.index, plan, unit)


def _listed(collection: Collection, ids: list[Key], unit: Unit) -> Iterator[Found]:
    for key in ids:
        number = collection.by_id.get(key)
        if number is not None:
            record = collection.records[number]
            version = visible(record, unit)
            if version is not None:
                yield record, version


def _everything(collection: Collection, unit: Unit, *, backwards: bool) -> Iterator[Found]:
    records = collection.records.values()
    for record in reversed(records) if backwards else records:
        version = visible(record, unit)
        if version is not None:
            yield record, version


def _union(collection: Collection, plans: list[Plan], unit: Unit) -> Iterator[Found]:
    seen: set[int] = set()
    for plan in plans:
        for record, version in candidates(collection, plan, unit):
            if record.number not in seen:
                seen.add(record.number)
                yield record, version


def _entries(index: Index, plan: Plan) -> Iterator[Entry]:
    def read(stretch: Stretch) -> Iterator[Entry]:
        return index.entries.between(stretch[0], stretch[1], backwards=plan.backwards)

    if len(plan.stretches) == 1:
        return read(plan.stretches[0])
    if plan.merge:
        # Several points in front of the sorted field: merge their stretches by what follows.
        skip = plan.fixed
        return heapq.merge(
            *map(read, plan.stretches),
            key=lambda entry: (entry[0][skip:], entry[1]),
            reverse=plan.backwards,
        )
    return (entry for stretch in plan.stretches for entry in read(stretch))


def _along(collection: Collection, index: Index, plan: Plan, unit: Unit) -> Iterator[Found]:
    records = collection.records
    seen: set[int] | None = set() if index.multikey else None
    for key, number in _entries(index, plan):
        record = records[number]
        version = visible(record, unit)
        if version is None:
            continue
        # With several versions about, the entry may belong to one that this reader doesn't see.
        if (version.prev is not None or version is not record.head) and (
            key not in index.keys(version.doc)
        ):
            continue
        if seen is not None:
            if number in seen:
                continue
            seen.add(number)
        yield record, version


def document_of(found: Found) -> Doc:
    return found[1].doc or {}
