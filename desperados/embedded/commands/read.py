"""find, getMore, killCursors, aggregate, count and distinct."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bson import Int64

from desperados.embedded.commands.explain import explain_pipeline
from desperados.embedded.commands.finding import amount, nowhere, planned
from desperados.embedded.commands.pipelines import Pipeline
from desperados.embedded.errors import CommandError, failed_to_parse, located
from desperados.embedded.instance.calls import Call, Reply, command
from desperados.embedded.planning.query import Query
from desperados.embedded.query.positional import matched_position
from desperados.embedded.query.projection import compile_projection
from desperados.embedded.storage.units import Unit
from desperados.embedded.values.codec import encode
from desperados.embedded.values.limits import MAX_DOCUMENT, encode_answer
from desperados.embedded.values.order import order_key
from desperados.embedded.values.types import is_number, truthy

_FIND_FIELDS = (
    "filter",
    "projection",
    "sort",
    "skip",
    "limit",
    "batchSize",
    "singleBatch",
    "hint",
    "collation",
    "allowDiskUse",
    "noCursorTimeout",
    "allowPartialResults",
    "tailable",
    "awaitData",
    "oplogReplay",
    "returnKey",
    "showRecordId",
    "min",
    "max",
)


@command("find", fields=_FIND_FIELDS, in_transaction=True)
def find(call: Call) -> Reply:
    body = call.body
    for name in ("returnKey", "showRecordId", "min", "max", "tailable", "awaitData"):
        if body.get(name):
            raise CommandError(
                "CommandNotSupported", f"find: {name} is not supported by the embedded server"
            )
    namespace = call.namespace()
    collection = call.collection() or nowhere(namespace)
    query = planned(call, collection, body)
    unit, snapshot = call.unit, call.unit.snapshot
    if unit.multi or not query.plan.keeps_its_place:
        snapshot = None
    elif snapshot is None:
        # However late it is fetched, an answer is that of this moment.
        snapshot = call.store.clock
        unit = Unit(snapshot, multi=False)
    docs = _projected(call, query, unit)
    single = truthy(body.get("singleBatch"))
    size = body.get("batchSize")
    size = None if size is None else amount(body, "batchSize")
    reply = call.server.cursors.begin(
        namespace, docs, call.session_id, size, single=single, snapshot=snapshot
    )
    call.server.stats.note(query)
    return reply


def _projected(call: Call, query: Query, unit: Unit) -> Iterator[bytes]:
    spec = call.body.get("projection")
    if not spec:
        return (version.raw for _, version in query.run(unit))
    context = call.context()
    project = compile_projection(
        spec, context, position=lambda doc: matched_position(query.filter, doc, context)
    )
    return (encode_answer(project(version.doc or {})) for _, version in query.run(unit))


@command(
    "getMore",
    fields=("collection", "batchSize", "term", "lastKnownCommittedOpTime"),
    in_transaction=True,
)
def get_more(call: Call) -> Reply:
    number = call.body["getMore"]
    if type(number) is not Int64:
        raise CommandError(
            "TypeMismatch", "BSON field 'getMore.getMore' is the wrong type, expected type 'long'"
        )
    name = call.body.get("collection")
    # Cursors of commands live in names of the form $cmd.listCollections.
    is_command = type(name) is str and name.startswith("$cmd.")
    namespace = f"{call.database}.{name}" if is_command else call.namespace(name)
    size = call.body.get("batchSize")
    return call.server.cursors.more(
        number,
        namespace,
        call.session_id,
        None if size is None else amount(call.body, "batchSize"),
    )


@command("killCursors", fields=("cursors",), in_transaction=True)
def kill_cursors(call: Call) -> Reply:
    killed: list[int] = []
    missing: list[int] = []
    for number in call.body.get("cursors", ()):
        (killed if call.server.cursors.close(number) else missing).append(number)
    return {
        "cursorsKilled": killed,
        "cursorsNotFound": missing,
        "cursorsAlive": [],
        "cursorsUnknown": [],
        "ok": 1.0,
    }


@command("count", fields=("query", "limit", "skip", "hint", "collation", "fields"))
def count(call: Call) -> Reply:
    collection = call.collection()
    body = dict(call.body)
    if is_number(body.get("limit")) and body["limit"] < 0:
        body["limit"] = -body["limit"]
    query = planned(call, collection or nowhere(call.namespace()), body, "query")
    number = query.count(call.unit)
    call.server.stats.note(query)
    return {"n": number, "ok": 1.0}


# What a document has besides its one element.
_FRAME_BYTES = 5


@command("distinct", fields=("key", "query", "collation", "hint"), in_transaction=True)
def distinct(call: Call) -> Reply:
    name = call.body.get("key")
    if type(name) is not str:
        raise CommandError("TypeMismatch", "BSON field 'distinct.key' is the wrong type")
    collection = call.collection()
    query = planned(call, collection or nowhere(call.namespace()), call.body, "query")
    parts = tuple(name.split("."))
    found: dict[Any, Any] = {}
    size = 0
    for _, version in query.run(call.unit):
        for value in _values(version.doc, parts):
            key = order_key(value)
            if key not in found:
                found[key] = value
                size += len(encode({"": value})) - _FRAME_BYTES
    call.server.stats.note(query)
    if size >= MAX_DOCUMENT:
        raise located(17217, "distinct too big, 16mb cap")
    return {"values": list(found.values()), "ok": 1.0}


def _values(value: Any, parts: tuple[str, ...]) -> Iterator[Any]:
    """The values under a path; arrays count as their elements."""
    if type(value) is list:
        for number, item in enumerate(value):
            if parts and type(item) is not dict:
                if parts[0] == str(number):
                    yield from _values(item, parts[1:])
            elif not parts:
                yield item
            else:
                yield from _values(item, parts)
    elif not parts:
        yield value
    elif type(value) is dict and parts[0] in value:
        yield from _values(value[parts[0]], parts[1:])


_AGGREGATE_FIELDS = (
    "pipeline",
    "cursor",
    "allowDiskUse",
    "hint",
    "collation",
    "explain",
    "bypassDocumentValidation",
    "fromMongos",
    "needsMerge",
    "exchange",
)


@command("aggregate", fields=_AGGREGATE_FIELDS, writes=True, in_transaction=True)
def aggregate(call: Call) -> Reply:
    body = call.body
    if truthy(body.get("explain")):
        return explain_pipeline(call, "queryPlanner")
    cursor = body.get("cursor")
    if type(cursor) is not dict:
        raise failed_to_parse(
            "The 'cursor' option is required, except for aggregate with the explain argument"
        )
    target = body["aggregate"]
    if type(target) is str:
        namespace = call.namespace()
    elif target == 1:
        namespace = f"{call.database}.$cmd.aggregate"
    else:
        raise failed_to_parse(
            "Invalid command format: the 'aggregate' field must specify a collection name or 1"
        )
    pipeline = Pipeline(call, namespace, body.get("pipeline"))
    docs = pipeline.run()
    if pipeline.writes:
        # The output is put in place now, not when the client asks for its (empty) cursor.
        docs = iter(list(docs))
    size = None if cursor.get("batchSize") is None else amount(cursor, "batchSize")
    reply = call.server.cursors.begin(
        namespace, (encode_answer(doc) for doc in docs), call.session_id, size
    )
    pipeline.note()
    return reply
