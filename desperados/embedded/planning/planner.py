"""Which index answers a query, and which stretches of it.

The planner takes the index with the longest prefix of equalities, then one range, then the sort
order; of a limited query one that gives the order, if that reads less (`_in_order`). What it
finds is a superset of the answer (an `exact` plan: the very answer); the caller checks every
document against the whole filter.

A `$or` whose branches all have a plan is read branch by branch, or merged in the wanted order.
Values under a collation only use an index of the same collation.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import product
from typing import Any, NamedTuple

from desperados.embedded.errors import bad_value
from desperados.embedded.planning.bounds import Bounds, Shape, read_shape
from desperados.embedded.planning.coverage import (
    comparable,
    is_covered,
    leaves_out_none,
    same_collation,
)
from desperados.embedded.query.sorting import Sort
from desperados.embedded.storage.collection import Collection
from desperados.embedded.storage.indexes import Index
from desperados.embedded.storage.keys import after, part_of, rank_of, turned
from desperados.embedded.values.collation import Collation
from desperados.embedded.values.order import NULL, order_key
from desperados.embedded.values.types import Doc

Stretch = tuple[bytes, bytes]

# More points than this (the product of all `$in` lists) and the last lists are not expanded.
_MAX_POINTS = 4000


@dataclass
class Plan:
    """How to find the candidates of a query."""

    index: Index | None = None
    stretches: list[Stretch] = field(default_factory=list)
    backwards: bool = False
    ids: list[bytes] | None = None
    branches: list[Plan] | None = None
    sorted: bool = False
    exact: bool = False
    # Through all of the index, for its order alone.
    whole: bool = False
    # Several stretches are in order only merged, by what follows so many bytes of each.
    merge: list[int] | None = None
    score: float = 0.0

    def size(self) -> int:
        """How many entries of its index it reads at most."""
        assert self.index is not None
        return sum(self.index.entries.count(low, high) for low, high in self.stretches)

    @property
    def keeps_its_place(self) -> bool:
        """Whether reading can go on after others have written: not from record to record."""
        if self.branches is not None:
            return all(branch.keeps_its_place for branch in self.branches)
        return not self.scans

    @property
    def scans(self) -> bool:
        return self.index is None and self.ids is None and self.branches is None


def make_plan(
    collection: Collection,
    query: Doc,
    *,
    sort: Sort | None = None,
    collation: Collation | None = None,
    hint: Any = None,
    limit: int = 0,
) -> Plan:
    """The best plan for a query; a full scan when no index serves it."""
    shape = read_shape(query)
    natural = hint is not None and type(hint) is dict and "$natural" in hint
    if natural:
        return Plan(backwards=hint["$natural"] < 0, sorted=not sort)
    hinted = None if hint is None else find_hinted(collection, hint)
    identified = None if hinted is not None else _by_ids(collection, shape, collation)
    if identified is not None:
        return identified
    indexes = [index for index in collection.indexes.values() if not index.hidden]
    candidates = (
        _with_index(index, shape, query, sort, collation, forced=hinted is not None)
        for index in (indexes if hinted is None else [hinted])
    )
    plans = [plan for plan in candidates if plan is not None]
    best = max(plans, key=_score, default=None)
    if best is not None and limit and not best.sorted:
        best = _in_order(plans, best, limit)
    if best is not None and (best.score >= 1 or hinted is not None):
        return best
    if shape.branches is not None:
        union = _union(collection, shape.branches, sort, collation, limit)
        if union is not None:
            return union
    return best if best is not None else Plan(sorted=not sort)


def _by_ids(collection: Collection, shape: Shape, collation: Collation | None) -> Plan | None:
    """The plan for a filter that names the `_id`s which it may find."""
    identity = shape.bounds.get("_id")
    if (
        identity is None
        or identity.points is None
        or not comparable(identity.points, collation, collection.collation)
    ):
        return None
    ids = [collection.id_key(point) for point in identity.points]
    return Plan(
        ids=list(dict.fromkeys(ids)),
        exact=shape.exact and len(shape.bounds) == 1,
        sorted=len(ids) == 1,
    )


def _union(
    collection: Collection,
    branches: list[Doc],
    sort: Sort | None,
    collation: Collation | None,
    limit: int,
) -> Plan | None:
    """All branches of an `$or`, each by an index: in the wanted order, if all of them can."""
    if sort:
        parts = [
            make_plan(collection, branch, sort=sort, collation=collation, limit=limit)
            for branch in branches
        ]
        # Each through a whole index would be the collection once for each branch.
        if all(part.index and part.sorted and not part.whole for part in parts):
            return Plan(branches=parts, sorted=True)
    parts = [make_plan(collection, branch, collation=collation) for branch in branches]
    return None if any(part.scans for part in parts) else Plan(branches=parts, sorted=not sort)


def _score(plan: Plan) -> float:
    return plan.score


def _in_order(plans: list[Plan], best: Plan, limit: int) -> Plan:
    """The best plan that reads in the wanted order, where that finds the first few sooner than to
    read and sort all that the best plan finds.

    What one plan finds is taken to lie evenly in what the other reads. (The server tries both and
    takes the one that is first to find enough.)
    """
    in_order = [plan for plan in plans if plan.sorted and not plan.whole]
    ordered = max(in_order, key=_score, default=None)
    if ordered is None:
        return best
    few, many = best.size(), ordered.size()
    return ordered if limit * many < few * few else best


def find_hinted(collection: Collection, hint: Any) -> Index:
    for index in collection.indexes.values():
        if index.name == hint or (
            type(hint) is dict and list(index.key.items()) == list(hint.items())
        ):
            return index
    raise bad_value(
        "error processing query: planner returned error :: caused by :: hint provided does not "
        "correspond to an existing index"
    )


def _with_index(
    index: Index,
    shape: Shape,
    query: Doc,
    sort: Sort | None,
    collation: Collation | None,
    *,
    forced: bool,
) -> Plan | None:
    """How this index would serve; None when it cannot. A hint forces a sparse index."""
    prefixes, fixed = _prefixes(index, shape, collation)
    edges = _edges(index, shape, fixed, collation)
    stretches = [
        (prefix, after(prefix)) if edges is None else edges.behind(prefix) for prefix in prefixes
    ]
    used = fixed + (edges is not None)
    in_order, backwards, merge = _order(index, shape, fixed, sort, collation)
    sorts = bool(sort) and in_order
    if not used and not sorts and not forced:
        return None
    if not is_covered(index, query, collation) or not (forced or leaves_out_none(index, shape)):
        return None
    if backwards and not merge:
        stretches.reverse()
    exact = (
        shape.exact
        and (edges is None or edges.exact)
        and not index.multikey
        and used == len(shape.bounds)
        and not any(_half(bounds) for bounds in shape.bounds.values())
    )
    score = fixed + 0.6 * (edges is not None) + 0.3 * sorts + 0.01 * index.unique
    return Plan(
        index=index,
        stretches=stretches,
        backwards=backwards,
        sorted=in_order or not sort,
        exact=exact,
        whole=not used,
        merge=list(map(len, prefixes)) if merge and len(stretches) > 1 else None,
        score=score if used or not sorts else 0.5,
    )


def _prefixes(index: Index, shape: Shape, collation: Collation | None) -> tuple[list[bytes], int]:
    """The leading keys that equalities fix, in the index's order, and how many fields they fix."""
    fold = index.collation.fold if index.collation else None
    prefixes = [b""]
    fixed = 0
    for name, against in zip(index.fields, index.turned, strict=True):
        bounds = shape.bounds.get(name)
        if bounds is None or bounds.points is None:
            break
        if not comparable(bounds.points, collation, index.collation):
            break
        parts = {part_of(point, fold) for point in bounds.points}
        if len(parts) * len(prefixes) > _MAX_POINTS and fixed:
            break
        ordered = sorted(map(turned, parts) if against else parts)
        prefixes = [head + part for head, part in product(prefixes, ordered)]
        fixed += 1
    return prefixes, fixed


def _half(bounds: Bounds) -> bool:
    """Points together with a range: the index answers only the points."""
    return bounds.points is not None and (bounds.low is not None or bounds.high is not None)


class _Range(NamedTuple):
    """The ends of a range in one field of an index, and whether they are all of the filter's."""

    low: bytes
    low_in: bool
    high: bytes
    high_in: bool
    exact: bool

    def behind(self, prefix: bytes) -> Stretch:
        """The stretch of the range where the fields before are fixed."""
        low, high = prefix + self.low, prefix + self.high
        return low if self.low_in else after(low), after(high) if self.high_in else high

    def turned(self) -> _Range:
        """The same range where the field runs the other way."""
        return _Range(turned(self.high), self.high_in, turned(self.low), self.low_in, self.exact)


def _edges(index: Index, shape: Shape, number: int, collation: Collation | None) -> _Range | None:
    """The range that the filter gives the field of this number, if it gives one."""
    bounds = shape.bounds.get(index.fields[number]) if number < len(index.fields) else None
    if bounds is None or (bounds.low is None and bounds.high is None):
        return None
    values = [limit[0] for limit in (bounds.low, bounds.high) if limit is not None]
    if not comparable(values, collation, index.collation):
        return None
    fold = index.collation.fold if index.collation else None
    lows, highs = bounds.low, bounds.high
    exact = True
    if lows is not None and highs is not None and index.multikey:
        # Two elements of an array may satisfy one end each: only one end can bound.
        highs = None
        exact = False
    rank = order_key(values[0])[0]
    if any(order_key(value)[0] != rank for value in values) or rank == NULL:
        return None
    # Where an end is open, the range goes to the end of the type.
    low, low_in = (rank_of(rank), True) if lows is None else (part_of(lows[0], fold), lows[1])
    high, high_in = (rank_of(rank), True) if highs is None else (part_of(highs[0], fold), highs[1])
    found = _Range(low, low_in, high, high_in, exact)
    return found.turned() if index.turned[number] else found


def _order(
    index: Index, shape: Shape, fixed: int, sort: Sort | None, collation: Collation | None
) -> tuple[bool, bool, bool]:
    """Whether reading the index gives the sort order, whether backwards, and whether only by
    merging the stretches of several points."""
    if not sort or not same_collation(collation, index.collation):
        return False, False, False
    # Of an array the order is that of its least or greatest element, whichever one is equal.
    plain = {name for number, name in enumerate(index.fields) if number not in index.arrays}
    single = {
        name
        for name, bounds in shape.bounds.items()
        if bounds.points is not None and len(bounds.points) == 1 and name in plain
    }
    wanted = [(name, direction) for name, direction in sort if name not in single]
    if not wanted:
        return True, False, False
    if any(name not in plain for name, _ in wanted):
        return False, False, False
    fields = list(zip(index.fields, index.directions, strict=True))
    for start in (0, fixed):
        turn = _turn(fields[start:], wanted, single)
        if turn is not None:
            # Entries lie in the order of the first field ascending.
            return True, turn * index.directions[0] < 0, start > 0
    return False, False, False


def _turn(fields: list[tuple[str, int]], wanted: Sort, single: set[str]) -> int | None:
    """1 when the fields in this order are the wanted sort, -1 when they are its reverse."""
    at = 0
    turn: int | None = None
    for name, direction in wanted:
        while at < len(fields) and fields[at][0] in single and fields[at][0] != name:
            at += 1
        if at == len(fields) or fields[at][0] != name:
            return None
        sign = direction * fields[at][1]
        if turn is not None and turn != sign:
            return None
        turn = sign
        at += 1
    return turn
