"""insert, update, delete and findAndModify."""

from __future__ import annotations

from desperados.embedded.commands.writes import (
    Batch,
    Outcome,
    check_fields,
    checked_list,
    delete_documents,
    insert_one,
    parsed,
    query_of,
    refuse_multi_retry,
    update_documents,
)
from desperados.embedded.errors import failed_to_parse
from desperados.embedded.instance.calls import Call, Reply, command
from desperados.embedded.query.positional import matched_position
from desperados.embedded.query.projection import compile_projection
from desperados.embedded.values.types import Doc, truthy

_UPDATE_FIELDS = {
    "q",
    "u",
    "c",
    "upsert",
    "multi",
    "hint",
    "collation",
    "arrayFilters",
    "sort",
    "sampleId",
    "upsertSupplied",
    "constants",
}
_DELETE_FIELDS = {"q", "limit", "hint", "collation", "sampleId"}


@command(
    "insert",
    fields=("documents", "ordered", "bypassDocumentValidation", "stmtId", "stmtIds"),
    writes=True,
    in_transaction=True,
    retryable=True,
)
def insert(call: Call) -> Reply:
    docs = checked_list(call, "documents")
    raws = call.raws.get("documents")
    namespace = call.namespace()
    batch = Batch(call)
    count = 0
    for number, doc in enumerate(docs):
        raw = raws[number] if raws else None
        if batch.attempt(number, lambda d=doc, r=raw: insert_one(call, namespace, d, r)):
            count += 1
        elif batch.stopped:
            break
    return batch.reply({"n": count})


@command(
    "update",
    fields=("updates", "ordered", "bypassDocumentValidation", "stmtId", "stmtIds"),
    writes=True,
    in_transaction=True,
    retryable=True,
)
def update(call: Call) -> Reply:
    statements = checked_list(call, "updates")
    namespace = call.namespace()
    for statement in statements:
        check_fields("update.updates", statement, _UPDATE_FIELDS, ("q", "u"))
        refuse_multi_retry(call, truthy(statement.get("multi")))
    batch = Batch(call)
    matched = modified = 0
    upserted: list[Doc] = []

    def run(statement: Doc) -> Outcome:
        multi = truthy(statement.get("multi"))
        query = query_of(statement["q"], "update.updates.q")
        if statement.get("sort") is not None and multi:
            raise failed_to_parse("Cannot specify sort with multi=true")
        return update_documents(
            call,
            namespace,
            query,
            parsed(call, query, statement, statement["u"], multi=multi),
            multi=multi,
            upsert=truthy(statement.get("upsert")),
            sort=statement.get("sort"),
            hint=statement.get("hint"),
        )

    for number, statement in enumerate(statements):
        outcome = batch.attempt(number, lambda s=statement: run(s))
        if outcome is not None:
            matched += outcome.matched
            modified += outcome.modified
            if not outcome.matched and outcome.after is not None:
                upserted.append({"index": number, "_id": outcome.upserted})
        elif batch.stopped:
            break
    body: Doc = {"n": matched + len(upserted), "nModified": modified}
    if upserted:
        body["upserted"] = upserted
    return batch.reply(body)


@command(
    "delete",
    fields=("deletes", "ordered", "stmtId", "stmtIds"),
    writes=True,
    in_transaction=True,
    retryable=True,
)
def delete(call: Call) -> Reply:
    statements = checked_list(call, "deletes")
    namespace = call.namespace()
    for statement in statements:
        check_fields("delete.deletes", statement, _DELETE_FIELDS, ("q", "limit"))
        if statement["limit"] not in (0, 1):
            raise failed_to_parse(
                f"The limit field in delete objects must be 0 or 1. Got {statement['limit']}"
            )
        refuse_multi_retry(call, statement["limit"] == 0)
    batch = Batch(call)
    count = 0

    def run(statement: Doc) -> Outcome:
        return delete_documents(
            call,
            namespace,
            query_of(statement["q"], "delete.deletes.q"),
            call.context(statement.get("collation")),
            multi=statement["limit"] == 0,
            hint=statement.get("hint"),
        )

    for number, statement in enumerate(statements):
        outcome = batch.attempt(number, lambda s=statement: run(s))
        if outcome is not None:
            count += outcome.matched
        elif batch.stopped:
            break
    return batch.reply({"n": count})


@command(
    "findAndModify",
    "findandmodify",
    fields=(
        "query",
        "sort",
        "remove",
        "update",
        "new",
        "fields",
        "upsert",
        "hint",
        "collation",
        "arrayFilters",
        "bypassDocumentValidation",
        "stmtId",
    ),
    writes=True,
    in_transaction=True,
    retryable=True,
)
def find_and_modify(call: Call) -> Reply:
    body = call.body
    namespace = call.namespace()
    query = query_of(body.get("query") or {}, "findAndModify.query")
    remove, new = truthy(body.get("remove")), truthy(body.get("new"))
    if remove and "update" in body:
        raise failed_to_parse("Cannot specify both an 'update' and 'remove'=true")
    if remove and (new or truthy(body.get("upsert"))):
        raise failed_to_parse("Cannot specify both 'new'/'upsert' and 'remove'=true")
    if not remove and "update" not in body:
        raise failed_to_parse("Either an update or remove=true must be specified")
    context = call.context()
    if remove:
        outcome = delete_documents(
            call,
            namespace,
            query,
            context,
            multi=False,
            sort=body.get("sort"),
            hint=body.get("hint"),
        )
        last: Doc = {"n": outcome.matched}
        value = outcome.before
    else:
        outcome = update_documents(
            call,
            namespace,
            query,
            parsed(call, query, body, body["update"], multi=False),
            multi=False,
            upsert=truthy(body.get("upsert")),
            sort=body.get("sort"),
            hint=body.get("hint"),
        )
        inserted = not outcome.matched and outcome.after is not None
        last = {"n": outcome.matched + inserted, "updatedExisting": outcome.matched > 0}
        if inserted:
            last["upserted"] = outcome.upserted
        value = outcome.after if new else outcome.before
    if value is not None and body.get("fields"):
        project = compile_projection(
            body["fields"], context, position=lambda doc: matched_position(query, doc, context)
        )
        value = project(value)
    return {"lastErrorObject": last, "value": value, "ok": 1.0}
