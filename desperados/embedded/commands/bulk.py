"""MongoDB 8's bulkWrite: writes to several collections in one command."""

from __future__ import annotations

from bson import Int64

from desperados.embedded.commands.writes import (
    Batch,
    checked_list,
    delete_documents,
    insert_one,
    parsed,
    query_of,
    refuse_multi_retry,
    update_documents,
)
from desperados.embedded.errors import CommandError, bad_value, failed_to_parse
from desperados.embedded.instance.calls import Call, Reply, command
from desperados.embedded.values.codec import encode
from desperados.embedded.values.types import Doc, truthy

_OP_FIELDS = {
    "insert": {"insert", "document"},
    "update": {
        "update",
        "filter",
        "updateMods",
        "multi",
        "upsert",
        "hint",
        "collation",
        "arrayFilters",
        "sort",
        "constants",
    },
    "delete": {"delete", "filter", "multi", "hint", "collation"},
}


@command(
    "bulkWrite",
    fields=(
        "ops",
        "nsInfo",
        "ordered",
        "errorsOnly",
        "bypassDocumentValidation",
        "cursor",
        "stmtId",
        "stmtIds",
    ),
    writes=True,
    in_transaction=True,
    admin=True,
    retryable=True,
)
def bulk_write(call: Call) -> Reply:
    ops = checked_list(call, "ops")
    namespaces = [_bulk_namespace(info) for info in checked_list(call, "nsInfo")]
    errors_only = truthy(call.body.get("errorsOnly"))
    batch = Batch(call)
    totals = dict.fromkeys(
        ("nErrors", "nInserted", "nMatched", "nModified", "nUpserted", "nDeleted"), 0
    )
    results: list[Doc] = []
    for op in ops:
        _check_op(call, op, len(namespaces))
    for number, op in enumerate(ops):
        result = batch.attempt(number, lambda o=op: _bulk_op(call, o, namespaces, totals))
        if result is None:
            error = batch.errors[-1]
            totals["nErrors"] += 1
            results.append(
                {
                    "ok": 0.0,
                    "idx": number,
                    "code": error["code"],
                    "errmsg": error["errmsg"],
                    **{k: v for k, v in error.items() if k not in ("index", "code", "errmsg")},
                    "n": 0,
                    **({"nModified": 0} if "update" in op else {}),
                }
            )
            if batch.stopped:
                break
        elif not errors_only:
            results.append({"ok": 1.0, "idx": number, **result})
    if batch.errors and call.in_transaction:
        call.doomed = True
    encoded = [encode(result) for result in results]
    options = call.body.get("cursor")
    size = options.get("batchSize") if type(options) is dict else None
    reply = call.server.cursors.begin("admin.$cmd.bulkWrite", iter(encoded), call.session_id, size)
    reply.beside = dict(totals)
    return reply


def _bulk_namespace(info: Doc) -> str:
    namespace = info.get("ns")
    if type(namespace) is not str or "." not in namespace.strip("."):
        raise CommandError(
            "InvalidNamespace", f"Invalid namespace specified for bulkWrite: '{namespace}'"
        )
    return namespace


def _check_op(call: Call, op: Doc, count: int) -> None:
    kind = next(iter(op))
    known = _OP_FIELDS.get(kind)
    if known is None:
        raise failed_to_parse(f"Unrecognized bulkWrite op type: {kind}")
    for name in op:
        if name not in known:
            raise CommandError(
                "IDLUnknownField", f"BSON field 'bulkWrite.ops.{name}' is an unknown field."
            )
    if type(op[kind]) not in (int, Int64) or not 0 <= op[kind] < count:
        raise bad_value(f"BulkWrite ops entry {op[kind]} has an invalid nsInfo index.")
    refuse_multi_retry(call, truthy(op.get("multi")))


def _bulk_op(call: Call, op: Doc, namespaces: list[str], totals: dict[str, int]) -> Doc:
    kind = next(iter(op))
    namespace = namespaces[op[kind]]
    if kind == "insert":
        insert_one(call, namespace, query_of(op["document"], "bulkWrite.ops.document"), None)
        totals["nInserted"] += 1
        return {"n": 1}
    query = query_of(op["filter"], "bulkWrite.ops.filter")
    multi = truthy(op.get("multi"))
    if kind == "delete":
        outcome = delete_documents(
            call,
            namespace,
            query,
            call.context(op.get("collation")),
            multi=multi,
            hint=op.get("hint"),
        )
        totals["nDeleted"] += outcome.matched
        return {"n": outcome.matched}
    outcome = update_documents(
        call,
        namespace,
        query,
        parsed(call, query, op, op["updateMods"], multi=multi),
        multi=multi,
        upsert=truthy(op.get("upsert")),
        sort=op.get("sort"),
        hint=op.get("hint"),
    )
    totals["nMatched"] += outcome.matched
    totals["nModified"] += outcome.modified
    result: Doc = {"n": outcome.matched, "nModified": outcome.modified}
    if not outcome.matched and outcome.after is not None:
        totals["nUpserted"] += 1
        result["n"] = 1
        result["upserted"] = {"_id": outcome.upserted}
    return result
