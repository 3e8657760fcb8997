"""Whether an index holds all that a query looks for, in an order that the query knows."""

from __future__ import annotations

from typing import Any

from desperados.embedded.planning.bounds import Shape
from desperados.embedded.planning.subset import clauses_of, implies
from desperados.embedded.storage.indexes import Index
from desperados.embedded.values.collation import Collation
from desperados.embedded.values.order import (
    ARRAY,
    OBJECT,
    STRING,
    order_key,
)
from desperados.embedded.values.types import Doc


def is_covered(index: Index, query: Doc, collation: Collation | None) -> bool:
    """Whether a partial index is proven to hold every document that the query can match."""
    return index.partial is None or implies(
        clauses_of(query),
        clauses_of(index.partial),
        same_collation=same_collation(collation, index.collation),
    )


def leaves_out_none(index: Index, shape: Shape) -> bool:
    """Whether a sparse index holds what the query looks for: its first field must be there."""
    first = shape.bounds.get(index.fields[0])
    return not index.sparse or (first is not None and first.excludes_missing())


def same_collation(left: Collation | None, right: Collation | None) -> bool:
    if left is None or right is None:
        return left is right
    return left.spec == right.spec


def comparable(values: list[Any], wanted: Collation | None, has: Collation | None) -> bool:
    if same_collation(wanted, has):
        return True
    return not any(order_key(value)[0] in (STRING, OBJECT, ARRAY) for value in values)
