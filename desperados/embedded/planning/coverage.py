"""Whether an index holds all that a query looks for, in an order that the query knows."""

from __future__ import annotations

from typing import Any

from desperados.embedded.planning.bounds import Bounds, Shape
from desperados.embedded.query.match import compile_filter
from desperados.embedded.query.predicates import is_operators
from desperados.embedded.storage.indexes import Index
from desperados.embedded.values.collation import Collation
from desperados.embedded.values.order import (
    ARRAY,
    OBJECT,
    STRING,
    order_key,
    same,
)
from desperados.embedded.values.types import Doc


def is_covered(index: Index, query: Doc, shape: Shape, collation: Collation | None) -> bool:
    """Whether every document that the query can match has an entry in a partial index."""
    if index.partial is None:
        return True
    # Under a collation, strings other than the named ones may match too.
    collated = collation is not None or index.collation is not None
    return not (collated and _names_text(index.partial)) and _implied(index.partial, query, shape)


def leaves_out_none(index: Index, shape: Shape) -> bool:
    """Whether every document that the query can match has an entry in a sparse index."""
    return not index.sparse or any(
        name in shape.bounds and shape.bounds[name].excludes_missing() for name in index.fields
    )


def same_collation(left: Collation | None, right: Collation | None) -> bool:
    if left is None or right is None:
        return left is right
    return left.spec == right.spec


def comparable(values: list[Any], wanted: Collation | None, has: Collation | None) -> bool:
    if same_collation(wanted, has):
        return True
    return not any(order_key(value)[0] in (STRING, OBJECT, ARRAY) for value in values)


def _names_text(partial: Any) -> bool:
    if type(partial) is dict:
        return any(_names_text(value) for name, value in partial.items() if name != "$type")
    if type(partial) is list:
        return any(map(_names_text, partial))
    return type(partial) is str


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
