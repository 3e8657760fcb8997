"""insert, update, delete, findAndModify and MongoDB 8's bulkWrite."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bson import Int64, ObjectId, Regex

from desperados.embedded.calls import Call, Reply, command
from desperados.embedded.errors import CommandError, bad_value, failed_to_parse, type_mismatch
from desperados.embedded.match import Context
from desperados.embedded.projection import compile_projection
from desperados.embedded.protocol import encode
from desperados.embedded.query import Query, read_sort
from desperados.embedded.store import MAX_DOCUMENT, Collection, Record, Version
from desperados.embedded.update import Update, matched_position, parse_update, upsert_document
from desperados.embedded.values import Doc, truthy

MAX_BATCH = 100_000


def _checked_list(call: Call, name: str) -> list[Doc]:
    items = call.body.get(name)
    if type(items) is not list:
        raise CommandError(
            "IDLFailedToParse", f"BSON field '{call.name}.{name}' is missing but a required field"
        )
    if not 0 < len(items) <= MAX_BATCH:
        raise CommandError(
            "InvalidLength",
            f"Write batch sizes must be between 1 and {MAX_BATCH}. Got {len(items)} operations.",
        )
    for item in items:
        if type(item) is not dict:
            raise type_mismatch(f"BSON field '{call.name}.{name}' is the wrong type")
    return items


def prepare_insert(doc: Doc, raw: bytes | None) -> tuple[Doc, bytes | None]:
    """The document with its `_id` in front (made when missing)."""
    if "_id" not in doc:
        return {"_id": ObjectId(), **doc}, None
    identity = doc["_id"]
    if type(identity) is list or isinstance(identity, Regex):
        raise CommandError(
            "InvalidIdField",
            f"The '_id' value cannot be of type {'array' if type(identity) is list else 'regex'}",
        )
    if type(identity) is dict and any(name.startswith("$") for name in identity):
        raise CommandError(
            "DollarPrefixedFieldName", "_id fields may not contain '$'-prefixed fields"
        )
    if next(iter(doc)) != "_id":
        return {"_id": identity, **{k: v for k, v in doc.items() if k != "_id"}}, None
    return doc, raw


def check_size(version_or_raw: bytes | Version) -> None:
    size = len(version_or_raw if isinstance(version_or_raw, bytes) else version_or_raw.raw)
    if size > MAX_DOCUMENT:
        raise CommandError(
            "BSONObjectTooLarge",
            f"object to insert too large. size in bytes: {size}, max size: {MAX_DOCUMENT}",
        )


def validate(call: Call, collection: Collection, doc: Doc) -> None:
    """Refuse a document that the collection's validator does not match."""
    if collection.validator is None or truthy(call.body.get("bypassDocumentValidation")):
        return
    if collection.options.get("validationAction", "error") != "error":
        return
    if not collection.validator(doc):
        raise CommandError(
            "DocumentValidationFailure",
            "Document failed validation",
            extra={
                "errInfo": {
                    "failingDocumentId": doc.get("_id"),
                    "details": {
                        "operatorName": "validator",
                        "reason": "the validator did not match",
                    },
                }
            },
        )


def insert_one(call: Call, namespace: str, doc: Doc, raw: bytes | None) -> Doc:
    doc, raw = prepare_insert(doc, raw)
    if raw is None:
        raw = encode(doc)
    if len(raw) > 4096:
        check_size(raw)
    collection = call.store.for_writing(namespace, call.unit)
    validate(call, collection, doc)
    call.store.insert(collection, doc, raw, call.unit)
    return doc


# One update or delete ------------------------------------------------------------------------


class Outcome:
    """What an update or delete statement did."""

    __slots__ = ("after", "before", "matched", "modified", "upserted")

    def __init__(self) -> None:
        self.matched = 0
        self.modified = 0
        self.upserted: Any = None
        self.before: Doc | None = None
        self.after: Doc | None = None


def _found(
    call: Call,
    collection: Collection | None,
    query: Doc,
    context: Context,
    *,
    multi: bool,
    sort: Any = None,
    hint: Any = None,
) -> Iterator[tuple[Record, Version]]:
    if collection is None:
        Query(Collection("none.none", {}, 0), query, context=context)
        return iter(())
    plan = Query(
        collection,
        query,
        sort=read_sort(sort),
        context=context,
        hint=hint,
        limit=0 if multi else 1,
    )
    found = plan.run(call.unit)
    if not multi:
        first = next(found, None)
        call.server.note(call, plan)
        return iter(() if first is None else (first,))
    listed = list(found)
    call.server.note(call, plan)
    return iter(listed)


def update_documents(
    call: Call,
    namespace: str,
    query: Doc,
    update: Update,
    *,
    multi: bool,
    upsert: bool,
    sort: Any = None,
    hint: Any = None,
) -> Outcome:
    outcome = Outcome()
    store, unit = call.store, call.unit
    collection = store.collection(namespace, unit)
    context = update.context
    for record, version in _found(
        call, collection, query, context, multi=multi, sort=sort, hint=hint
    ):
        assert collection is not None
        assert version.doc is not None
        outcome.matched += 1
        after = update.apply(version.doc)
        outcome.before, outcome.after = version.doc, after
        if after is version.doc:
            # Nothing to write. In a transaction the document still must not have moved on.
            continue
        validate(call, collection, after)
        fresh = store.write(collection, record, after, None, unit)
        outcome.modified += 1
        if len(version.raw) > 1_000_000 or len(after) > 1000:
            check_size(fresh)
    if not outcome.matched and upsert:
        doc, raw = prepare_insert(upsert_document(query, update), None)
        collection = store.for_writing(namespace, unit)
        validate(call, collection, doc)
        store.insert(collection, doc, raw, unit)
        outcome.upserted = doc["_id"]
        outcome.after = doc
    return outcome


def delete_documents(
    call: Call,
    namespace: str,
    query: Doc,
    context: Context,
    *,
    multi: bool,
    sort: Any = None,
    hint: Any = None,
) -> Outcome:
    outcome = Outcome()
    collection = call.store.collection(namespace, call.unit)
    for record, version in _found(
        call, collection, query, context, multi=multi, sort=sort, hint=hint
    ):
        assert collection is not None
        outcome.before = version.doc
        call.store.write(collection, record, None, None, call.unit)
        outcome.matched += 1
    return outcome


# Commands ------------------------------------------------------------------------------------


def _write_error(index: int, error: CommandError) -> Doc:
    entry: Doc = {"index": index, "code": error.number}
    entry.update(error.extra)
    entry["errmsg"] = error.message
    return entry


# In a transaction these end the command as a whole, not one of its statements.
_FATAL = frozenset({"WriteConflict", "SnapshotUnavailable", "CommandNotSupported"})


class Batch:
    """Statements of one command, run in order; a failed one leaves no trace of itself."""

    def __init__(self, call: Call) -> None:
        self.call = call
        self.errors: list[Doc] = []
        self.ordered = call.body.get("ordered", True) is not False

    def attempt(self, number: int, statement: Any) -> Any:
        """The statement's result; None when it failed and the failure is noted."""
        mark = len(self.call.unit.changes)
        try:
            return statement()
        except CommandError as error:
            if error.name in _FATAL:
                raise
            self.call.store.undo(self.call.unit, mark)
            self.errors.append(_write_error(number, error))
            return None

    @property
    def stopped(self) -> bool:
        return bool(self.errors) and (self.ordered or self.call.in_transaction)

    def reply(self, body: Doc) -> Doc:
        if self.errors:
            body["writeErrors"] = self.errors
            if self.call.in_transaction:
                self.call.doomed = True
        body["ok"] = 1.0
        return body


@command(
    "insert",
    fields=("documents", "ordered", "bypassDocumentValidation", "stmtId", "stmtIds"),
    writes=True,
    in_transaction=True,
    retryable=True,
)
def insert(call: Call) -> Reply:
    docs = _checked_list(call, "documents")
    raws = call.request.raws.get("documents")
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


def _known(kind: str, statement: Doc, known: set[str], required: tuple[str, ...]) -> None:
    for name in required:
        if name not in statement:
            raise CommandError(
                "IDLFailedToParse", f"BSON field '{kind}.{name}' is missing but a required field"
            )
    for name in statement:
        if name not in known:
            raise CommandError(
                "IDLUnknownField", f"BSON field '{kind}.{name}' is an unknown field."
            )


def _query_of(value: Any, where: str) -> Doc:
    if type(value) is not dict:
        raise type_mismatch(
            f"BSON field '{where}' is the wrong type '{type(value).__name__}', "
            "expected type 'object'"
        )
    return value


def _parse(call: Call, query: Doc, statement: Doc, update: Any, *, multi: bool) -> Update:
    return parse_update(
        update,
        query=query,
        context=call.context(statement.get("collation"), None),
        moment=call.moment,
        array_filters=statement.get("arrayFilters"),
        multi=multi,
    )


@command(
    "update",
    fields=("updates", "ordered", "bypassDocumentValidation", "stmtId", "stmtIds"),
    writes=True,
    in_transaction=True,
    retryable=True,
)
def update(call: Call) -> Reply:
    statements = _checked_list(call, "updates")
    namespace = call.namespace()
    for statement in statements:
        _known("update.updates", statement, _UPDATE_FIELDS, ("q", "u"))
        _refuse_multi_retry(call, truthy(statement.get("multi")))
    batch = Batch(call)
    matched = modified = 0
    upserted: list[Doc] = []

    def run(statement: Doc) -> Outcome:
        multi = truthy(statement.get("multi"))
        query = _query_of(statement["q"], "update.updates.q")
        if statement.get("sort") is not None and multi:
            raise failed_to_parse("Cannot specify sort with multi=true")
        return update_documents(
            call,
            namespace,
            query,
            _parse(call, query, statement, statement["u"], multi=multi),
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


def _refuse_multi_retry(call: Call, multi: bool) -> None:
    if multi and "txnNumber" in call.body and not call.in_transaction:
        raise CommandError(
            "InvalidOptions", "Cannot use retryable writes with multi-document updates or deletes"
        )


@command(
    "delete",
    fields=("deletes", "ordered", "stmtId", "stmtIds"),
    writes=True,
    in_transaction=True,
    retryable=True,
)
def delete(call: Call) -> Reply:
    statements = _checked_list(call, "deletes")
    namespace = call.namespace()
    for statement in statements:
        _known("delete.deletes", statement, _DELETE_FIELDS, ("q", "limit"))
        if statement["limit"] not in (0, 1):
            raise failed_to_parse(
                f"The limit field in delete objects must be 0 or 1. Got {statement['limit']}"
            )
        _refuse_multi_retry(call, statement["limit"] == 0)
    batch = Batch(call)
    count = 0

    def run(statement: Doc) -> Outcome:
        return delete_documents(
            call,
            namespace,
            _query_of(statement["q"], "delete.deletes.q"),
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
    query = _query_of(body.get("query") or {}, "findAndModify.query")
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
            _parse(call, query, body, body["update"], multi=False),
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


# bulkWrite -----------------------------------------------------------------------------------

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
    ops = _checked_list(call, "ops")
    namespaces = [_bulk_namespace(info) for info in _checked_list(call, "nsInfo")]
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
    reply = call.server.open_cursor(call, "admin.$cmd.bulkWrite", iter(encoded), size)
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
    _refuse_multi_retry(call, truthy(op.get("multi")))


def _bulk_op(call: Call, op: Doc, namespaces: list[str], totals: dict[str, int]) -> Doc:
    kind = next(iter(op))
    namespace = namespaces[op[kind]]
    if kind == "insert":
        insert_one(call, namespace, _query_of(op["document"], "bulkWrite.ops.document"), None)
        totals["nInserted"] += 1
        return {"n": 1}
    query = _query_of(op["filter"], "bulkWrite.ops.filter")
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
        _parse(call, query, op, op["updateMods"], multi=multi),
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
