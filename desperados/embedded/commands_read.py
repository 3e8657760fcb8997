"""find, getMore, killCursors, aggregate, count, distinct and explain."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bson import Int64

from desperados.embedded.calls import Call, Reply, command
from desperados.embedded.collection import Collection
from desperados.embedded.errors import CommandError, bad_value, failed_to_parse
from desperados.embedded.pipelines import Pipeline
from desperados.embedded.positional import matched_position
from desperados.embedded.projection import compile_projection
from desperados.embedded.protocol import encode
from desperados.embedded.query import Query
from desperados.embedded.sorting import read_sort
from desperados.embedded.values import Doc, as_int, is_number, order_key, truthy


def _amount(body: Doc, name: str) -> int:
    value = body.get(name)
    if value is None:
        return 0
    if not is_number(value):
        raise CommandError(
            "TypeMismatch",
            f"BSON field '{name}' is the wrong type, expected types '[long, int, decimal, double]'",
        )
    number = as_int(value, name)
    if number < 0:
        raise CommandError(
            "Location51024",
            f"BSON field '{name}' value must be >= 0, actual value '{number}'",
            number=51024,
        )
    return number


def planned(call: Call, collection: Collection, body: Doc, filter_name: str = "filter") -> Query:
    """The query of a find-like command."""
    query = body.get(filter_name)
    if query is None:
        query = {}
    if type(query) is not dict:
        raise CommandError(
            "TypeMismatch", f"BSON field '{filter_name}' is the wrong type, expected type 'object'"
        )
    return Query(
        collection,
        query,
        sort=read_sort(body.get("sort")),
        context=call.context(),
        hint=body.get("hint") or None,
        skip=_amount(body, "skip"),
        limit=_amount(body, "limit"),
    )


def nowhere(namespace: str) -> Collection:
    """An empty stand-in for a collection that does not exist."""
    return Collection(namespace, {}, 0)


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
    docs = _projected(call, query)
    single = truthy(body.get("singleBatch"))
    size = body.get("batchSize")
    size = None if size is None else _amount(body, "batchSize")
    reply = call.server.open_cursor(call, namespace, docs, size, single=single)
    call.server.note(call, query)
    return reply


def _projected(call: Call, query: Query) -> Iterator[bytes]:
    spec = call.body.get("projection")
    if not spec:
        return (version.raw for _, version in query.run(call.unit))
    context = call.context()
    project = compile_projection(
        spec, context, position=lambda doc: matched_position(query.filter, doc, context)
    )
    return (encode(project(version.doc or {})) for _, version in query.run(call.unit))


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
    return call.server.more(
        call, number, namespace, None if size is None else _amount(call.body, "batchSize")
    )


@command("killCursors", fields=("cursors",), in_transaction=True)
def kill_cursors(call: Call) -> Reply:
    killed: list[int] = []
    missing: list[int] = []
    for number in call.body.get("cursors", ()):
        (killed if call.server.close_cursor(number) else missing).append(number)
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
    call.server.note(call, query)
    return {"n": number, "ok": 1.0}


@command("distinct", fields=("key", "query", "collation", "hint"), in_transaction=True)
def distinct(call: Call) -> Reply:
    name = call.body.get("key")
    if type(name) is not str:
        raise CommandError("TypeMismatch", "BSON field 'distinct.key' is the wrong type")
    collection = call.collection()
    query = planned(call, collection or nowhere(call.namespace()), call.body, "query")
    parts = tuple(name.split("."))
    found: dict[Any, Any] = {}
    for _, version in query.run(call.unit):
        for value in _values(version.doc, parts):
            found.setdefault(order_key(value), value)
    call.server.note(call, query)
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
    size = None if cursor.get("batchSize") is None else _amount(cursor, "batchSize")
    reply = call.server.open_cursor(call, namespace, (encode(doc) for doc in docs), size)
    pipeline.note()
    return reply


# Explain ---------------------------------------------------------------------------------------


@command("explain", fields=("verbosity",))
def explain(call: Call) -> Reply:
    inner = call.body["explain"]
    if type(inner) is not dict or not inner:
        raise failed_to_parse("explain command requires a nested object")
    verbosity = call.body.get("verbosity", "allPlansExecution")
    if verbosity not in ("queryPlanner", "executionStats", "allPlansExecution"):
        raise failed_to_parse(f"verbosity string must be one of the known modes: {verbosity}")
    name = next(iter(inner))
    call.name = name
    call.body = inner
    if name == "aggregate":
        return explain_pipeline(call, verbosity)
    if name in ("update", "delete"):
        statement = inner["updates" if name == "update" else "deletes"][0]
        body: Doc = {
            "filter": statement["q"],
            "hint": statement.get("hint"),
            "collation": statement.get("collation"),
        }
    elif name in ("count", "distinct", "findAndModify", "findandmodify"):
        body = {**inner, "filter": inner.get("query") or {}}
    elif name == "find":
        body = inner
    else:
        raise CommandError("CommandNotFound", f"Explain failed due to unknown command: {name}")
    collection = call.collection() or nowhere(call.namespace())
    query = planned(call, collection, body)
    stats = verbosity != "queryPlanner"
    return {**explain_query(call, query, stats=stats), **_server_info(call), "ok": 1.0}


def _server_info(call: Call) -> Doc:
    return {"command": call.body, "serverInfo": call.server.info()}


def explain_query(call: Call, query: Query, *, stats: bool) -> Doc:
    plan = winning_plan(query)
    reply: Doc = {
        "explainVersion": "1",
        "queryPlanner": {
            "namespace": query.collection.namespace,
            "parsedQuery": query.filter,
            "winningPlan": plan,
            "rejectedPlans": [],
        },
    }
    if stats:
        returned = sum(1 for _ in query.run(call.unit))
        reply["executionStats"] = {
            "executionSuccess": True,
            "nReturned": returned,
            "executionTimeMillis": 0,
            "totalKeysExamined": 0 if query.plan.scans else query.examined,
            "totalDocsExamined": query.examined,
            "executionStages": {**plan, "nReturned": returned},
        }
    return reply


def _scan_stage(query: Query) -> Doc:
    plan = query.plan
    if plan.ids is not None:
        return {
            "stage": "FETCH",
            "inputStage": {
                "stage": "IXSCAN",
                "indexName": "_id_",
                "keyPattern": {"_id": 1},
                "isUnique": True,
                "direction": "forward",
            },
        }
    if plan.branches is not None:
        names = [branch.index.name if branch.index else "_id_" for branch in plan.branches]
        return {
            "stage": "FETCH",
            "inputStage": {
                "stage": "OR",
                "inputStages": [{"stage": "IXSCAN", "indexName": name} for name in names],
            },
        }
    if plan.index is None:
        return {"stage": "COLLSCAN", "direction": "backward" if plan.backwards else "forward"}
    index = plan.index
    return {
        "stage": "FETCH",
        "inputStage": {
            "stage": "IXSCAN",
            "indexName": index.name,
            "keyPattern": index.key,
            "isMultiKey": index.multikey,
            "isUnique": index.unique,
            "isSparse": index.sparse,
            "isPartial": index.partial is not None,
            "direction": "backward" if plan.backwards else "forward",
        },
    }


def winning_plan(query: Query) -> Doc:
    stage = _scan_stage(query)
    if query.sort and not query.plan.sorted:
        stage = {"stage": "SORT", "sortPattern": dict(query.sort), "inputStage": stage}
    if query.skip:
        stage = {"stage": "SKIP", "skipAmount": query.skip, "inputStage": stage}
    if query.limit:
        stage = {"stage": "LIMIT", "limitAmount": query.limit, "inputStage": stage}
    return stage


def explain_pipeline(call: Call, verbosity: str) -> Doc:
    pipeline = Pipeline(call, call.namespace(), call.body.get("pipeline"))
    if pipeline.query is None:
        raise bad_value("this pipeline reads no collection")
    inner = explain_query(call, pipeline.query, stats=verbosity != "queryPlanner")
    stages = [{"$cursor": inner}, *pipeline.rest]
    return {**inner, "stages": stages, **_server_info(call), "ok": 1.0}
