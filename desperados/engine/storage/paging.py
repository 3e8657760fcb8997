"""Keyset pagination: the one way in which lists are read.

A page is found by the sort key of the last item that was seen, so page 1,000 costs what page 1
costs, and nothing is skipped or shown twice when items are added meanwhile. The order is total: it
always ends with ``_id``. The caller sees to it that an index begins with the equality fields of
the filter and goes on with the sort fields.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import bson
from bson.errors import BSONError

from desperados.engine.driver import CODEC
from desperados.engine.errors import InvalidInput
from desperados.engine.storage.collection import find_all
from desperados.engine.views import Page

D = TypeVar("D")
V = TypeVar("V")


async def read_page(
    collection: Any,
    where: Mapping[str, Any],
    *,
    sort: str,
    limit: int,
    after: str | None,
    view: Callable[[dict[str, Any]], V],
    unique: bool = False,
    projection: Mapping[str, int] | None = None,
) -> Page[V]:
    """One page of ``where``, in the order of the stored field ``sort`` ("-createdAt": falling).

    ``after`` is the ``next`` of the page before. ``view`` makes an item out of a stored document,
    or of the fields of ``projection``. With ``unique`` no two documents of ``where`` have the same
    value of ``sort``, which then is the whole order.

    Raises:
        InvalidInput: ``limit`` is not 1 to 100, or ``after`` is not one of this list's cursors.
    """
    if isinstance(limit, bool) or not isinstance(limit, int) or not 1 <= limit <= 100:
        raise InvalidInput("A page holds 1 to 100 items.", path="limit")
    direction = -1 if sort.startswith("-") else 1
    field = sort.lstrip("-")
    order = [(field, direction)]
    if not unique and field != "_id":
        order.append(("_id", direction))
    clauses: dict[str, Any] = dict(where)
    if after is not None:
        clauses = _beyond(clauses, order, _decode(after, field))
    found = await find_all(collection, clauses, projection, sort=order, limit=limit + 1)
    more = len(found) > limit
    items = found[:limit]
    return Page(
        items=[view(document) for document in items],
        next=_encode(items[-1], field) if more else None,
    )


def last_of(after: str, sort: str) -> tuple[Any, Any]:
    """The value of ``sort`` and the id of the last item before the page that begins ``after``.

    Raises:
        InvalidInput: ``after`` is not one of this list's cursors.
    """
    return _decode(after, sort.lstrip("-"))


def _beyond(
    where: Mapping[str, Any], order: list[tuple[str, int]], last: tuple[Any, Any]
) -> dict[str, Any]:
    """``where``, and what comes after ``last``, the values of (field, _id), in this order.

    Each branch is a stretch of the same index, and both are read in its order: however many rows
    share a value with the last one, none is looked at that was on a page before.
    """
    (field, direction), *ties = order
    operator = "$gt" if direction > 0 else "$lt"
    value, identity = last
    if not ties:
        return {"$and": [where, {field: {operator: value}}]}
    return {
        "$or": [
            {"$and": [where, {field: value, "_id": {operator: identity}}]},
            {"$and": [where, {field: {operator: value}}]},
        ]
    }


def _encode(document: Mapping[str, Any], field: str) -> str:
    packed = bson.encode({"f": field, "v": document.get(field), "i": document["_id"]})
    return base64.urlsafe_b64encode(packed).decode().rstrip("=")


def _decode(cursor: str, field: str) -> tuple[Any, Any]:
    """The sort key inside a cursor. It comes from a client: nothing in it is trusted."""
    refused = InvalidInput("This cursor is not one of this list.", path="after")
    try:
        packed = base64.urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4))
        parts = bson.decode(packed, CODEC)
    except (BSONError, binascii.Error, ValueError, UnicodeError):
        raise refused from None
    if set(parts) != {"f", "v", "i"} or parts["f"] != field:
        raise refused
    for value in (parts["v"], parts["i"]):
        # An operator document or a pattern here would change the meaning of the query.
        if isinstance(value, dict | list | bson.Regex | bson.Code):
            raise refused
    return parts["v"], parts["i"]
