"""`$out` and `$merge`: a pipeline's documents written to a collection."""

from __future__ import annotations

from typing import Any

from desperados.embedded.aggregation.fields import compile_pipeline_update
from desperados.embedded.aggregation.stages import Stream
from desperados.embedded.commands.writes import encode_stored, insert_one
from desperados.embedded.errors import CommandError, failed_to_parse, located
from desperados.embedded.expressions.operands import Scope
from desperados.embedded.instance.calls import Call
from desperados.embedded.planning.query import Query
from desperados.embedded.query.predicates import Context
from desperados.embedded.storage import catalogue
from desperados.embedded.storage.collection import Collection, duplicate_key
from desperados.embedded.storage.indexes import Index
from desperados.embedded.update.operators import Moment
from desperados.embedded.values.order import order_key
from desperados.embedded.values.paths import value_at
from desperados.embedded.values.types import MISSING, Doc


def _target(call: Call, spec: Any) -> str:
    if type(spec) is str:
        return f"{call.database}.{spec}"
    if type(spec) is dict and type(spec.get("db")) is str and type(spec.get("coll")) is str:
        return f"{spec['db']}.{spec['coll']}"
    raise located(
        16990, f"the output must be a collection name, or an object with db and coll, not {spec!r}"
    )


def out(call: Call, spec: Any, docs: Stream) -> None:
    """Replace the whole collection, keeping its indexes."""
    namespace = _target(call, spec)
    fresh = list(docs)
    collection = catalogue.for_writing(call.store, namespace, call.unit)
    for number, head in list(collection.heads()):
        if head.raw:
            call.store.write(collection, number, None, None, call.unit)
    for doc in fresh:
        insert_one(call, namespace, doc, None)


def merge(call: Call, spec: Any, docs: Stream, context: Context) -> None:
    """Insert or combine each document by the `on` fields."""
    if type(spec) is str:
        spec = {"into": spec}
    if type(spec) is not dict or "into" not in spec:
        raise failed_to_parse("$merge requires an 'into' field")
    into = spec["into"]
    if type(into) is dict and "db" not in into:
        into = {"db": call.database, **into}
    namespace = _target(call, into)
    on = spec.get("on", "_id")
    fields = on if type(on) is list else [on]
    matched, missed = spec.get("whenMatched", "merge"), spec.get("whenNotMatched", "insert")
    if missed not in ("insert", "discard", "fail"):
        raise CommandError(
            "BadValue",
            f"Enumeration value '{missed}' for field 'whenNotMatched' is not a valid value.",
        )
    if type(matched) is not list and matched not in ("replace", "keepExisting", "merge", "fail"):
        raise CommandError(
            "BadValue",
            f"Enumeration value '{matched}' for field 'whenMatched' is not a valid value.",
        )
    _require_unique(call.store.collection(namespace, call.unit), fields)
    for doc in list(docs):
        _merge_one(call, namespace, doc, fields, matched, missed, context)


def _require_unique(collection: Collection | None, fields: list[str]) -> None:
    if fields != ["_id"]:
        if collection is None:
            raise located(51183, "Cannot find index to verify that join fields will be unique")
        _unique_index(collection, fields)


def _unique_index(collection: Collection, fields: list[str]) -> Index:
    for index in collection.indexes.values():
        if set(index.fields) == set(fields) and (index.unique or index.name == "_id_"):
            return index
    raise located(51183, "Cannot find index to verify that join fields will be unique")


def _merge_one(
    call: Call,
    namespace: str,
    doc: Doc,
    fields: list[str],
    matched: Any,
    missed: str,
    context: Context,
) -> None:
    key = {field: value_at(doc, tuple(field.split("."))) for field in fields}
    if any(value is MISSING for value in key.values()):
        key = {field: None if value is MISSING else value for field, value in key.items()}
    collection = call.store.collection(namespace, call.unit)
    found = None
    if collection is not None:
        found = next(
            Query(collection, {f: {"$eq": v} for f, v in key.items()}).run(call.unit), None
        )
    if found is None:
        if missed == "fail":
            raise CommandError(
                "MergeStageNoMatchingDocument",
                "$merge could not find a matching document in the target collection",
                number=13113,
            )
        if missed == "insert":
            insert_one(call, namespace, doc, None)
        return
    number, version = found
    old = version.doc or {}
    if matched == "fail":
        assert collection is not None
        raise duplicate_key(collection, _unique_index(collection, fields), doc)
    if matched == "keepExisting":
        return
    if type(matched) is list:
        variables = {**context.variables, "new": doc}
        inner = Context(context.collation, variables, Scope(context.scope.names | {"new"}))
        new = compile_pipeline_update(matched, inner, Moment().now)(old)
    else:
        new = {**old, **doc} if matched == "merge" else {"_id": old["_id"], **doc}
    if order_key(new.get("_id", old["_id"])) != order_key(old["_id"]):
        raise CommandError("ImmutableField", "$merge would modify the immutable field '_id'")
    assert collection is not None
    call.store.write(collection, number, new, encode_stored(new), call.unit)
