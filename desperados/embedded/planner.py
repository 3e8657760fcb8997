"""Which index answers a query, and which stretches of it.

The planner reads the conjunction at the top of a filter: equalities, `$in`, ranges, anchored
regular expressions and `$elemMatch` per path. It takes the index with the longest prefix of
equalities, then one range, then the sort order. What it finds is a superset of the answer (an
`exact` plan: the very answer); the caller checks every document against the whole filter.

A `$or` whose branches all have a plan is read branch by branch. Values under a collation only
use an index of the same collation.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import product
from typing import Any

from bson import MaxKey, MinKey, Regex

from desperados.embedded.collation import Collation
from desperados.embedded.errors import bad_value
from desperados.embedded.indexes import AFTER, Index, descending
from desperados.embedded.match import compile_filter
from desperados.embedded.predicates import is_operators
from desperados.embedded.store import Collection
from desperados.embedded.values import ARRAY, NULL, OBJECT, STRING, Doc, Key, order_key, same

Sort = list[tuple[str, int]]
Stretch = tuple[tuple[Any, ...], tuple[Any, ...]]

# More points than this (the product of all `$in` lists) and the last lists are not expanded.
_MAX_POINTS = 4000


@dataclass
class Bounds:
    """What the filter demands of one path."""

    points: list[Any] | None = None
    low: tuple[Any, bool] | None = None
    high: tuple[Any, bool] | None = None
    present: bool = False

    def excludes_missing(self) -> bool:
        if self.points is not None:
            return all(point is not None for point in self.points)
        return self.low is not None or self.high is not None or self.present


@dataclass
class Shape:
    """The indexable part of a filter; `exact` when that is all of it."""

    bounds: dict[str, Bounds] = field(default_factory=dict)
    branches: list[Doc] | None = None
    exact: bool = True


@dataclass
class Plan:
    """How to find the candidates of a query."""

    index: Index | None = None
    stretches: list[Stretch] = field(default_factory=list)
    backwards: bool = False
    ids: list[Key] | None = None
    branches: list[Plan] | None = None
    sorted: bool = False
    exact: bool = False
    # How many leading fields each stretch fixes: where to begin when merging several in order.
    fixed: int = 0
    merge: bool = False
    score: float = 0.0

    @property
    def scans(self) -> bool:
        return self.index is None and self.ids is None and self.branches is None


def read_shape(query: Doc) -> Shape:
    shape = Shape()
    _conjunction(query, shape)
    return shape


def _conjunction(query: Doc, shape: Shape) -> None:
    for name, condition in query.items():
        if name == "$and":
            for branch in condition:
                _conjunction(branch, shape)
        elif name == "$or":
            shape.exact = False
            if len(condition) == 1:
                _conjunction(condition[0], shape)
            elif shape.branches is None:
                shape.branches = condition
        elif name.startswith("$"):
            shape.exact = shape.exact and name == "$comment"
        else:
            _path(name, condition, shape)


def _path(name: str, condition: Any, shape: Shape) -> None:
    bounds = shape.bounds.setdefault(name, Bounds())
    if not is_operators(condition):
        _point(bounds, [condition], shape)
        return
    for operator, operand in condition.items():
        if operator == "$eq":
            _point(bounds, [operand], shape)
        elif operator == "$in":
            _point(bounds, operand, shape)
        elif operator in ("$gt", "$gte", "$lt", "$lte"):
            _range(bounds, operator, operand, shape)
        elif operator == "$exists" and operand:
            bounds.present = True
            shape.exact = False
        elif operator == "$regex" and "$options" not in condition:
            _prefix(bounds, operand, shape)
        elif operator == "$elemMatch" and type(operand) is dict and not is_operators(operand):
            shape.exact = False
            inner = Shape()
            _conjunction(operand, inner)
            for path, nested in inner.bounds.items():
                # Missing inside an element says nothing about the path from outside.
                if nested.excludes_missing():
                    shape.bounds.setdefault(f"{name}.{path}", nested)
        else:
            shape.exact = False


def _point(bounds: Bounds, operands: list[Any], shape: Shape) -> None:
    if any(type(operand) is list for operand in operands):
        shape.exact = False
        return
    if any(isinstance(operand, Regex) for operand in operands):
        if len(operands) == 1:
            _prefix(bounds, operands[0], shape)
        shape.exact = False
        return
    if bounds.points is not None or any(operand is None for operand in operands):
        # null also matches missing through arrays; a second condition is left to the check.
        shape.exact = False
    if bounds.points is None or len(operands) < len(bounds.points):
        bounds.points = operands


def _range(bounds: Bounds, operator: str, operand: Any, shape: Shape) -> None:
    if type(operand) in (MinKey, MaxKey, list, Regex) or operand is None:
        shape.exact = False
        return
    limit = (operand, operator in ("$gte", "$lte"))
    if operator in ("$gt", "$gte"):
        if bounds.low is None:
            bounds.low = limit
        else:
            shape.exact = False
    elif bounds.high is None:
        bounds.high = limit
    else:
        shape.exact = False


_LITERAL = re.compile(r"\^((?:[^\\.^$*+?()\[\]{}|]|\\[^a-zA-Z0-9])+)(.?)")


def _prefix(bounds: Bounds, pattern: Any, shape: Shape) -> None:
    """An anchored pattern that begins with plain text bounds the strings that it matches."""
    shape.exact = False
    if isinstance(pattern, Regex):
        if pattern.flags & ~re.UNICODE:
            return
        pattern = pattern.pattern
    found = _LITERAL.match(pattern) if isinstance(pattern, str) and "|" not in pattern else None
    if found is None or bounds.low is not None or bounds.high is not None:
        return
    text = re.sub(r"\\(.)", r"\1", found.group(1))
    if found.group(2) and found.group(2) in "*?{":
        text = text[:-1]
    if text and ord(text[-1]) < 0x10FFFE:
        bounds.low = (text, True)
        bounds.high = (text[:-1] + chr(ord(text[-1]) + 1), False)


def make_plan(
    collection: Collection,
    query: Doc,
    *,
    sort: Sort | None = None,
    collation: Collation | None = None,
    hint: Any = None,
) -> Plan:
    """The best plan for a query; a full scan when no index serves it."""
    shape = read_shape(query)
    natural = hint is not None and type(hint) is dict and "$natural" in hint
    if natural:
        return Plan(backwards=hint["$natural"] < 0, sorted=not sort)
    hinted = None if hint is None else find_hinted(collection, hint)
    identity = shape.bounds.get("_id")
    if (
        identity is not None
        and identity.points is not None
        and hinted is None
        and _comparable(identity.points, collation, collection.collation)
    ):
        ids = [collection.id_key(point) for point in identity.points]
        return Plan(
            ids=list(dict.fromkeys(ids)),
            exact=shape.exact and len(shape.bounds) == 1,
            sorted=len(ids) == 1,
            index=None,
        )
    best: Plan | None = None
    for index in [hinted] if hinted is not None else collection.indexes.values():
        if index.hidden and hinted is None:
            continue
        plan = _with_index(index, shape, query, sort, collation, forced=hinted is not None)
        if plan is not None and (best is None or plan.score > best.score):
            best = plan
    if best is not None and (best.score >= 1 or hinted is not None):
        return best
    if shape.branches is not None:
        plans = [make_plan(collection, branch, collation=collation) for branch in shape.branches]
        if not any(plan.scans for plan in plans):
            return Plan(branches=plans)
    return best if best is not None else Plan(sorted=not sort)


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


def _same_collation(left: Collation | None, right: Collation | None) -> bool:
    if left is None or right is None:
        return left is right
    return left.spec == right.spec


def _comparable(values: list[Any], wanted: Collation | None, has: Collation | None) -> bool:
    if _same_collation(wanted, has):
        return True
    return not any(order_key(value)[0] in (STRING, OBJECT, ARRAY) for value in values)


def _implied(partial: Doc, query: Doc, shape: Shape) -> bool:
    """Whether every document that the query can match is in the partial index."""
    for name, condition in partial.items():
        if name == "$and":
            if not all(_implied(branch, query, shape) for branch in condition):
                return False
            continue
        if name in query and same(query[name], condition):
            continue
        bounds = shape.bounds.get(name)
        if bounds is None or name == "$or":
            return False
        if bounds.points is not None and "." not in name:
            covers = compile_filter({name: condition})
            if all(covers({name: point}) for point in bounds.points):
                continue
            return False
        if not _range_implied(bounds, condition):
            return False
    return True


def _range_implied(bounds: Bounds, condition: Any) -> bool:
    if not is_operators(condition):
        return False
    for operator, operand in condition.items():
        if operator == "$exists":
            if not bounds.excludes_missing():
                return False
        elif operator in ("$gt", "$gte"):
            if bounds.low is None or order_key(bounds.low[0]) < order_key(operand):
                return False
            same_edge = order_key(bounds.low[0]) == order_key(operand)
            if same_edge and bounds.low[1] and operator == "$gt":
                return False
        elif operator in ("$lt", "$lte"):
            if bounds.high is None or order_key(bounds.high[0]) > order_key(operand):
                return False
            same_edge = order_key(bounds.high[0]) == order_key(operand)
            if same_edge and bounds.high[1] and operator == "$lt":
                return False
        else:
            return False
    return True


def _with_index(
    index: Index,
    shape: Shape,
    query: Doc,
    sort: Sort | None,
    collation: Collation | None,
    *,
    forced: bool,
) -> Plan | None:
    if index.partial is not None and not _implied(index.partial, query, shape):
        return None
    if (
        index.sparse
        and not any(
            name in shape.bounds and shape.bounds[name].excludes_missing() for name in index.fields
        )
        and not forced
    ):
        return None
    fold = index.collation.fold if index.collation else None
    prefixes: list[Key] = [()]
    fixed = 0
    for number, name in enumerate(index.fields):
        bounds = shape.bounds.get(name)
        if bounds is None or bounds.points is None:
            break
        if not _comparable(bounds.points, collation, index.collation):
            break
        keys = list(dict.fromkeys(order_key(point, fold) for point in bounds.points))
        if len(keys) * len(prefixes) > _MAX_POINTS and fixed:
            break
        if index.turned[number]:
            keys = list(map(descending, keys))
        keys.sort()
        prefixes = [(*head, key) for head, key in product(prefixes, keys)]
        fixed += 1
    ranged = False
    exact_range = True
    stretches = [(prefix, (*prefix, AFTER)) for prefix in prefixes]
    if fixed < len(index.fields):
        bounds = shape.bounds.get(index.fields[fixed])
        if bounds is not None and (bounds.low is not None or bounds.high is not None):
            edges = _edges(bounds, index, fixed, collation)
            if edges is not None:
                low, high, exact_range = edges
                stretches = [((*prefix, *low), (*prefix, *high)) for prefix in prefixes]
                ranged = True
    in_order, backwards, merge = _order(index, shape, fixed, sort, collation)
    if backwards and not merge:
        stretches.reverse()
    used = fixed + ranged
    score = fixed + 0.6 * ranged + (0.3 if sort and in_order else 0) + 0.01 * index.unique
    if not used and not (sort and in_order) and not forced:
        return None
    if sort and in_order and not used:
        score = 0.5
    exact = (
        shape.exact
        and exact_range
        and not index.multikey
        and used == len(shape.bounds)
        and all(not _half(bounds) for bounds in shape.bounds.values())
    )
    return Plan(
        index=index,
        stretches=[((low,), (high,)) for low, high in stretches],
        backwards=backwards,
        sorted=in_order or not sort,
        exact=exact,
        fixed=fixed,
        merge=merge and len(stretches) > 1,
        score=score,
    )


def _half(bounds: Bounds) -> bool:
    """Points together with a range: the index answers only the points."""
    return bounds.points is not None and (bounds.low is not None or bounds.high is not None)


def _edges(
    bounds: Bounds, index: Index, number: int, collation: Collation | None
) -> tuple[Key, Key, bool] | None:
    """The ends of a range within one field of the index."""
    values = [limit[0] for limit in (bounds.low, bounds.high) if limit is not None]
    if not _comparable(values, collation, index.collation):
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
    low_key: Any = (rank,) if lows is None else order_key(lows[0], fold)
    high_key: Any = (rank, AFTER) if highs is None else order_key(highs[0], fold)
    low_in = lows is None or lows[1]
    high_in = highs is not None and highs[1]
    if index.turned[number]:
        low_key, high_key = (
            (-rank,) if highs is None else descending(high_key),
            (-rank, AFTER) if lows is None else descending(low_key),
        )
        low_in, high_in = high_in or highs is None, low_in
    low = (low_key,) if low_in else (low_key, AFTER)
    high = (high_key, AFTER) if high_in else (high_key,)
    return low, high, exact


def _order(
    index: Index, shape: Shape, fixed: int, sort: Sort | None, collation: Collation | None
) -> tuple[bool, bool, bool]:
    """Whether reading the index gives the sort order, whether backwards, and whether only by
    merging the stretches of several points."""
    if not sort or index.multikey or not _same_collation(collation, index.collation):
        return False, False, False
    single = {
        name
        for name, bounds in shape.bounds.items()
        if bounds.points is not None and len(bounds.points) == 1
    }
    wanted = [(name, direction) for name, direction in sort if name not in single]
    if not wanted:
        return True, False, False
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
