"""Whether a filter implies another one, as far as MongoDB proves it: who may use a partial index.

A partial index serves a query only if every document that the query can match is in it. The
server does not reason about values there, it compares clauses (`isSubsetOf` in its source,
`src/mongo/db/matcher/expression_algo.cpp`), and so does this module:

- `{$eq}` and the ranges are implied by an equality, a `$in` or a range on the same path that
  lies within, of the same type of values;
- `{$exists: true}` by any clause on the path that cannot match a missing field;
- `{$in}` by a clause that implies one of its values;
- everything else, `{$type}` above all, only by the very same clause. `{name: "Ann"}` does not
  imply `{name: {$type: "string"}}`.

Each clause of the index's filter has to follow from a single clause of the query, of its `$or`
one branch, and from a `$or` of the query only if all its branches imply it. (Servers after 8.0
prove a little more of a `$or` in the index's filter.)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bson import Regex

from desperados.embedded.query.conditions import read_types
from desperados.embedded.query.predicates import is_operators
from desperados.embedded.values.order import ARRAY, NAN, OBJECT, STRING, order_key
from desperados.embedded.values.types import Doc, truthy


@dataclass(frozen=True, slots=True)
class Clause:
    """One operator on one path; `negated` under `$not`."""

    path: str
    operator: str
    operand: Any
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Either:
    """A `$or`: one of its branches holds."""

    branches: list[list[Clause | Either]]


# What has to hold at once. A filter is such a conjunction.
Clauses = list[Clause | Either]


def clauses_of(query: Doc) -> Clauses:
    """The filter taken apart. What no index can be proven by (`$expr`, `$nor` ...) is left out."""
    found: Clauses = []
    for name, condition in query.items():
        if name == "$and":
            for branch in condition:
                found += clauses_of(branch)
        elif name == "$or":
            branches = [clauses_of(branch) for branch in condition]
            found += branches[0] if len(branches) == 1 else [Either(branches)]
        elif name.startswith("$"):
            continue
        elif is_operators(condition):
            for operator, operand in condition.items():
                found += _clauses(name, operator, operand, condition)
        else:
            found.append(_equality(name, condition))
    return found


def _clauses(path: str, operator: str, operand: Any, condition: Doc) -> Clauses:
    if operator == "$eq":
        return [Clause(path, "$eq", operand)]
    if operator == "$in":
        return [_any_of(path, operand)]
    if operator == "$ne":
        return [Clause(path, "$eq", operand, negated=True)]
    if operator == "$nin":
        return [Clause(path, "$in", operand, negated=True)]
    if operator == "$exists":
        return [Clause(path, "$exists", True, negated=not truthy(operand))]
    if operator == "$type":
        return [Clause(path, "$type", read_types(operand))]
    if operator == "$regex":
        return [Clause(path, "$regex", (operand, condition.get("$options")))]
    if operator == "$all":
        return [
            _equality(path, item)
            for item in operand
            if not (type(item) is dict and "$elemMatch" in item)
        ]
    if operator == "$not":
        inner = clauses_of({path: operand}) if is_operators(operand) else [_equality(path, operand)]
        # Not all of several: that says nothing of any one of them.
        return [
            Clause(clause.path, clause.operator, clause.operand, not clause.negated)
            for clause in inner
            if isinstance(clause, Clause) and len(inner) == 1
        ]
    return [Clause(path, operator, operand)]


def _equality(path: str, value: Any) -> Clause:
    if isinstance(value, Regex):
        return Clause(path, "$regex", (value, None))
    return Clause(path, "$eq", value)


def _any_of(path: str, values: list[Any]) -> Clause:
    return _equality(path, values[0]) if len(values) == 1 else Clause(path, "$in", values)


def implies(query: Clauses, wanted: Clauses, *, same_collation: bool) -> bool:
    """Whether all that the query can match is proven to match what is wanted."""
    return all(
        any(implies(query, branch, same_collation=same_collation) for branch in clause.branches)
        if isinstance(clause, Either)
        else any(_clause_implies(given, clause, same_collation) for given in query)
        for clause in wanted
    )


def _clause_implies(given: Clause | Either, wanted: Clause, same_collation: bool) -> bool:
    if isinstance(given, Either):
        return all(
            implies(branch, [wanted], same_collation=same_collation) for branch in given.branches
        )
    if given.path != wanted.path:
        return False
    if wanted.negated:
        return given == wanted
    if wanted.operator == "$exists":
        return _excludes_missing(given)
    if given.negated:
        return False
    if wanted.operator == "$in":
        if given.operator == "$in":
            return _same_values(given.operand, wanted.operand, same_collation)
        return any(
            _within(given, Clause(wanted.path, "$eq", value), same_collation)
            for value in wanted.operand
        )
    if wanted.operator in _RANGES or wanted.operator == "$eq":
        return _within(given, wanted, same_collation)
    return given.operator == wanted.operator and bool(given.operand == wanted.operand)


_PRESENT = frozenset({"$elemMatch", "$exists", "$mod", "$regex", "$size", "$type"})


def _excludes_missing(given: Clause) -> bool:
    if given.negated and "." in given.path:
        # No null under `a.b` may also mean that the array `a` is empty.
        return False
    if given.operator == "$in":
        return (None in given.operand) is given.negated
    if given.operator == "$eq":
        return (given.operand is None) is given.negated
    if given.operator in _RANGES:
        return given.operand is not None and not given.negated
    return given.operator in _PRESENT and not given.negated


def _same_values(left: list[Any], right: list[Any], same_collation: bool) -> bool:
    keys = set(map(order_key, left))
    return keys == set(map(order_key, right)) and (
        same_collation or not any(key[0] in _COLLATED for key in keys)
    )


_RANGES = frozenset({"$gt", "$gte", "$lt", "$lte"})
_COLLATED = (STRING, OBJECT, ARRAY)
_INCLUSIVE = ("$eq", "$gte", "$lte")


def _within(given: Clause, wanted: Clause, same_collation: bool) -> bool:
    """Whether an equality, a range or all values of a `$in` lie within what is wanted."""
    if given.operator == "$in":
        return all(
            not isinstance(value, Regex)
            and _within(Clause(given.path, "$eq", value), wanted, same_collation)
            for value in given.operand
        )
    if given.operator not in _RANGES and given.operator != "$eq":
        return False
    have, want = order_key(given.operand), order_key(wanted.operand)
    if NAN in (have[0], want[0]):
        return have == want and given.operator in _INCLUSIVE and wanted.operator in _INCLUSIVE
    if have[0] != want[0] or (have[0] in _COLLATED and not same_collation):
        return False
    if given.operator == wanted.operator and have == want:
        return True
    if wanted.operator == "$lte":
        return given.operator in ("$lt", "$lte", "$eq") and have <= want
    if wanted.operator == "$lt":
        return given.operator in ("$lt", "$lte", "$eq") and have < want
    if wanted.operator == "$gte":
        return given.operator in ("$gt", "$gte", "$eq") and have >= want
    if wanted.operator == "$gt":
        return given.operator in ("$gt", "$gte", "$eq") and have > want
    return False
