"""Orders of documents: what a sort document means, and what a document is sorted by."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from typing import Any, TypeVar

from desperados.embedded.errors import CommandError, bad_value, located
from desperados.embedded.values.collation import Collation
from desperados.embedded.values.order import order_key
from desperados.embedded.values.paths import values_at
from desperados.embedded.values.types import (
    MISSING,
    Doc,
    Key,
    is_number,
)

Sort = list[tuple[str, int]]
Item = TypeVar("Item")

_EMPTY_ARRAY: Key = (3,)


def read_sort(spec: Any) -> Sort:
    """A sort document as a list of (path, 1 or -1)."""
    if spec is None:
        return []
    if type(spec) is not dict:
        raise CommandError("TypeMismatch", "BSON field 'sort' is the wrong type, expected 'object'")
    sort: Sort = []
    for name, direction in spec.items():
        if type(direction) is dict:
            raise bad_value("$meta sorts are not supported by the embedded server")
        if not is_number(direction) or direction not in (1, -1):
            raise located(
                15975,
                "$sort key ordering must be 1 (for ascending) or -1 (for descending)",
            )
        sort.append((name, int(direction)))
    return sort


def sort_value(doc: Doc, parts: tuple[str, ...], direction: int, fold: Any) -> Key:
    """What a document is sorted by: of an array the least element, descending the greatest."""
    keys: list[Key] = []
    for value in values_at(doc, parts):
        if type(value) is list:
            if value:
                keys.extend(order_key(item, fold) for item in value)
            else:
                keys.append(_EMPTY_ARRAY)
        else:
            keys.append(order_key(value, fold))
    if not keys:
        return order_key(MISSING)
    if len(keys) == 1:
        return keys[0]
    return min(keys) if direction > 0 else max(keys)


def sort_items(
    items: list[Item],
    doc_of: Callable[[Item], Doc],
    sort: Sort,
    collation: Collation | None,
    *,
    limit: int = 0,
) -> list[Item]:
    """The items in the order of their documents; with a limit only the first so many."""
    fold = collation.fold if collation else None

    def places(name: str, direction: int) -> Callable[[Item], Key]:
        parts = tuple(name.split("."))
        return lambda item: sort_value(doc_of(item), parts, direction, fold)

    if limit and len(sort) == 1:
        pick = heapq.nsmallest if sort[0][1] > 0 else heapq.nlargest
        return pick(limit, items, key=places(*sort[0]))
    for name, direction in reversed(sort):
        items.sort(key=places(name, direction), reverse=direction < 0)
    return items
