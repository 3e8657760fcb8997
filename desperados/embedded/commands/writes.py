"""Inserts, updates and deletes as all write commands do them, statement by statement."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bson import ObjectId, Regex

from desperados.embedded.errors import CommandError, type_mismatch
from desperados.embedded.instance.calls import Call
from desperados.embedded.planning.query import Query
from desperados.embedded.query.predicates import Context
from desperados.embedded.query.sorting import read_sort
from desperados.embedded.storage import catalogue
from desperados.embedded.storage.collection import Collection
from desperados.embedded.storage.versions import Version
from desperados.embedded.update.apply import Update
from desperados.embedded.update.parser import parse_update
from desperados.embedded.update.upserts import upsert_document
from desperados.embedded.values.codec import encode
from desperados.embedded.values.limits import MAX_DOCUMENT, MAX_STORED_LEVELS, nests_deeper
from desperados.embedded.values.types import Doc, truthy

MAX_BATCH = 100_000


def checked_list(call: Call, name: str) -> list[Doc]:
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


def encode_stored(doc: Doc) -> bytes:
    """A document as it is stored, refused when it is too large or too deep for that."""
    raw = encode(doc)
    check_storable(doc, raw)
    return raw


def check_storable(doc: Doc, raw: bytes) -> None:
    if len(raw) > MAX_DOCUMENT:
        raise CommandError(
            "BSONObjectTooLarge",
            f"object to insert too large. size in bytes: {len(raw)}, max size: {MAX_DOCUMENT}",
        )
    if nests_deeper(doc, MAX_STORED_LEVELS, len(raw)):
        raise CommandError(
            "Overflow",
            f"cannot insert document because it exceeds {MAX_STORED_LEVELS} levels of nesting",
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
        raw = encode_stored(doc)
    else:
        check_storable(doc, raw)
    collection = catalogue.for_writing(call.store, namespace, call.unit)
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
) -> Iterator[tuple[int, Version]]:
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
        call.server.stats.note(plan)
        return iter(() if first is None else (first,))
    listed = list(found)
    call.server.stats.note(plan)
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
    for number, version in _found(
        call, collection, query, context, multi=multi, sort=sort, hint=hint
    ):
        assert collection is not None
        before = version.doc
        assert before is not None
        outcome.matched += 1
        after = update.apply(before)
        outcome.before, outcome.after = before, after
        if after is before:
            # Nothing to write. In a transaction the document still must not have moved on.
            continue
        validate(call, collection, after)
        store.write(collection, number, after, encode_stored(after), unit)
        outcome.modified += 1
    if not outcome.matched and upsert:
        doc = insert_one(call, namespace, upsert_document(query, update), None)
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
    for number, version in _found(
        call, collection, query, context, multi=multi, sort=sort, hint=hint
    ):
        assert collection is not None
        outcome.before = version.doc
        call.store.write(collection, number, None, None, call.unit)
        outcome.matched += 1
    return outcome


# Statements ---------------------------------------------------------------------------------


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


def check_fields(kind: str, statement: Doc, known: set[str], required: tuple[str, ...]) -> None:
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


def query_of(value: Any, where: str) -> Doc:
    if type(value) is not dict:
        raise type_mismatch(
            f"BSON field '{where}' is the wrong type '{type(value).__name__}', "
            "expected type 'object'"
        )
    return value


def parsed(call: Call, query: Doc, statement: Doc, update: Any, *, multi: bool) -> Update:
    return parse_update(
        update,
        query=query,
        context=call.context(statement.get("collation"), None),
        moment=call.moment,
        array_filters=statement.get("arrayFilters"),
        multi=multi,
    )


def refuse_multi_retry(call: Call, multi: bool) -> None:
    if multi and "txnNumber" in call.body and not call.in_transaction:
        raise CommandError(
            "InvalidOptions", "Cannot use retryable writes with multi-document updates or deletes"
        )
