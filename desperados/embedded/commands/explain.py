"""explain: the plan of another command, and what running it would look at."""

from __future__ import annotations

from desperados.embedded.commands.finding import nowhere, planned
from desperados.embedded.commands.pipelines import Pipeline
from desperados.embedded.errors import CommandError, bad_value, failed_to_parse
from desperados.embedded.instance.calls import Call, Reply, command
from desperados.embedded.planning.query import Query
from desperados.embedded.values.types import Doc


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
    return {**_explain_query(call, query, stats=stats), **_server_info(call), "ok": 1.0}


def _server_info(call: Call) -> Doc:
    return {"command": call.body, "serverInfo": call.server.info()}


def _explain_query(call: Call, query: Query, *, stats: bool) -> Doc:
    plan = _winning_plan(query)
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
            "totalKeysExamined": query.work.keys,
            "totalDocsExamined": query.work.documents,
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


def _winning_plan(query: Query) -> Doc:
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
    inner = _explain_query(call, pipeline.query, stats=verbosity != "queryPlanner")
    stages = [{"$cursor": inner}, *pipeline.rest]
    return {**inner, "stages": stages, **_server_info(call), "ok": 1.0}
