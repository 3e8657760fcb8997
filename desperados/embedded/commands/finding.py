"""The query that a command like `find` describes in its body."""

from __future__ import annotations

from desperados.embedded.errors import located, type_mismatch
from desperados.embedded.instance.calls import Call
from desperados.embedded.planning.query import Query
from desperados.embedded.query.sorting import read_sort
from desperados.embedded.storage.collection import Collection
from desperados.embedded.values.numbers import as_int
from desperados.embedded.values.types import Doc, is_number


def amount(body: Doc, name: str) -> int:
    value = body.get(name)
    if value is None:
        return 0
    if not is_number(value):
        raise type_mismatch(
            f"BSON field '{name}' is the wrong type, expected types '[long, int, decimal, double]'",
        )
    number = as_int(value, name)
    if number < 0:
        raise located(51024, f"BSON field '{name}' value must be >= 0, actual value '{number}'")
    return number


def planned(call: Call, collection: Collection, body: Doc, filter_name: str = "filter") -> Query:
    """The query of a find-like command."""
    query = body.get(filter_name)
    if query is None:
        query = {}
    if type(query) is not dict:
        raise type_mismatch(f"BSON field '{filter_name}' is the wrong type, expected type 'object'")
    return Query(
        collection,
        query,
        sort=read_sort(body.get("sort")),
        context=call.context(),
        hint=body.get("hint") or None,
        skip=amount(body, "skip"),
        limit=amount(body, "limit"),
    )


def nowhere(namespace: str) -> Collection:
    """An empty stand-in for a collection that does not exist."""
    return Collection(namespace, {}, 0)
