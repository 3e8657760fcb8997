"""Collections, indexes and databases: create, list, change, drop."""

from __future__ import annotations

from typing import Any

from bson import Binary

from desperados.embedded.errors import CommandError, bad_value
from desperados.embedded.instance.calls import Call, Reply, command
from desperados.embedded.planning.planner import find_hinted
from desperados.embedded.query.match import compile_filter
from desperados.embedded.query.predicates import Context
from desperados.embedded.storage import catalogue
from desperados.embedded.storage.collection import Collection
from desperados.embedded.storage.indexes import default_name, normalise
from desperados.embedded.values.codec import encode
from desperados.embedded.values.collation import parse_collation
from desperados.embedded.values.types import Doc, truthy


def _required(call: Call) -> Collection:
    collection = call.collection()
    if collection is None:
        raise CommandError("NamespaceNotFound", f"ns not found: {call.namespace()}")
    return collection


_CREATE_FIELDS = (
    "validator",
    "validationLevel",
    "validationAction",
    "collation",
    "capped",
    "size",
    "max",
    "autoIndexId",
    "idIndex",
    "storageEngine",
    "indexOptionDefaults",
    "viewOn",
    "pipeline",
    "timeseries",
    "expireAfterSeconds",
    "clusteredIndex",
    "changeStreamPreAndPostImages",
    "encryptedFields",
)
_KEPT = (
    "validator",
    "validationLevel",
    "validationAction",
    "collation",
    "changeStreamPreAndPostImages",
)


@command("create", fields=_CREATE_FIELDS, writes=True, in_transaction=True)
def create(call: Call) -> Reply:
    body = call.body
    namespace = call.namespace()
    for name in ("viewOn", "timeseries", "clusteredIndex", "encryptedFields"):
        if body.get(name):
            raise CommandError(
                "CommandNotSupported", f"create: {name} is not supported by the embedded server"
            )
    if truthy(body.get("capped")):
        raise CommandError(
            "CommandNotSupported",
            "create: capped collections are not supported by the embedded server",
        )
    options: Doc = {name: body[name] for name in _KEPT if body.get(name) is not None}
    collation = parse_collation(body.get("collation"))
    if collation is not None:
        options["collation"] = collation.spec
    existing = call.store.collection(namespace, call.unit)
    if existing is not None:
        if not call.in_transaction and encode(existing.options) == encode(options):
            return {"ok": 1.0}
        raise CommandError("NamespaceExists", f"Collection {namespace} already exists.")
    catalogue.create(call.store, namespace, options, call.unit)
    return {"ok": 1.0}


@command("drop", writes=True)
def drop(call: Call) -> Reply:
    collection = call.collection()
    if collection is None:
        return {"ok": 1.0}
    count = len(collection.indexes)
    catalogue.drop(call.store, collection.namespace)
    return {"nIndexesWas": count, "ns": collection.namespace, "ok": 1.0}


@command("dropDatabase", writes=True)
def drop_database(call: Call) -> Reply:
    for namespace in [n for n in call.store.collections if n.startswith(f"{call.database}.")]:
        catalogue.drop(call.store, namespace)
    return {"dropped": call.database, "ok": 1.0}


@command("renameCollection", fields=("to", "dropTarget"), writes=True, admin=True)
def rename_collection(call: Call) -> Reply:
    source, target = call.body["renameCollection"], call.body.get("to")
    if type(source) is not str or type(target) is not str or "." not in target:
        raise CommandError("InvalidNamespace", f"Invalid namespace: {source} to {target}")
    collection = call.store.collection(source, call.unit)
    if collection is None:
        raise CommandError("NamespaceNotFound", f"Source collection {source} does not exist")
    if source == target:
        raise CommandError("IllegalOperation", "Can't rename a collection to itself")
    if target in call.store.collections and not truthy(call.body.get("dropTarget")):
        raise CommandError("NamespaceExists", "target namespace exists")
    catalogue.rename(call.store, collection, target)
    return {"ok": 1.0}


@command(
    "collMod",
    fields=(
        "index",
        "validator",
        "validationLevel",
        "validationAction",
        "changeStreamPreAndPostImages",
    ),
    writes=True,
)
def coll_mod(call: Call) -> Reply:
    collection = _required(call)
    body = call.body
    reply: Doc = {"ok": 1.0}
    with catalogue.changing(call.store, collection):
        if "index" in body:
            reply |= _change_index(collection, body["index"])
        options = dict(collection.options)
        for name in (
            "validator",
            "validationLevel",
            "validationAction",
            "changeStreamPreAndPostImages",
        ):
            if name in body:
                options[name] = body[name]
        collection.set_options(options)
    return reply


def _change_index(collection: Collection, change: Doc) -> Doc:
    """Change what may be changed of an index; what it was and is, for the reply."""
    told: Doc = {}
    wanted = change.get("name") or change.get("keyPattern")
    try:
        index = find_hinted(collection, wanted)
    except CommandError:
        raise CommandError(
            "IndexNotFound", f"cannot find index {wanted} for ns {collection.namespace}"
        ) from None
    if "expireAfterSeconds" in change:
        told["expireAfterSeconds_old"] = index.spec.get("expireAfterSeconds")
        told["expireAfterSeconds_new"] = change["expireAfterSeconds"]
        index.spec["expireAfterSeconds"] = change["expireAfterSeconds"]
    if "hidden" in change:
        told["hidden_old"], told["hidden_new"] = index.hidden, change["hidden"]
        index.hidden = truthy(change["hidden"])
        index.spec.pop("hidden", None)
        if index.hidden:
            index.spec["hidden"] = True
    return told


# Indexes ----------------------------------------------------------------------------------------


@command("createIndexes", fields=("indexes", "commitQuorum"), writes=True, in_transaction=True)
def create_indexes(call: Call) -> Reply:
    specs = call.body.get("indexes")
    if type(specs) is not list or not specs:
        raise bad_value("Must specify at least one index to create")
    namespace = call.namespace()
    existing = call.store.collection(namespace, call.unit)
    if existing is not None and call.in_transaction and existing.records:
        raise CommandError(
            "OperationNotSupportedInTransaction",
            "Cannot create new indexes on non-empty collection in a transaction",
        )
    prepared = []
    for spec in specs:
        if type(spec) is not dict:
            raise CommandError("TypeMismatch", "the elements of 'indexes' must be objects")
        if "name" not in spec and type(spec.get("key")) is dict:
            spec = {**spec, "name": default_name(spec["key"])}
        if existing is not None and existing.collation and "collation" not in spec:
            spec = {**spec, "collation": existing.collation.spec}
        normalise(spec)
        prepared.append(spec)
    collection = existing or catalogue.create(call.store, namespace, {}, call.unit)
    before = len(collection.indexes)
    catalogue.add_indexes(
        call.store, collection, [spec for spec in prepared if list(spec["key"]) != ["_id"]]
    )
    reply: Doc = {
        "numIndexesBefore": before,
        "numIndexesAfter": len(collection.indexes),
        "createdCollectionAutomatically": existing is None,
    }
    if len(collection.indexes) == before:
        reply["note"] = "all indexes already exist"
    return {**reply, "ok": 1.0}


@command("listIndexes", fields=("cursor", "includeBuildUUIDs"))
def list_indexes(call: Call) -> Reply:
    collection = call.collection()
    if collection is None:
        raise CommandError("NamespaceNotFound", f"ns does not exist: {call.namespace()}")
    docs = [encode(index.description()) for index in collection.indexes.values()]
    return call.server.cursors.begin(
        collection.namespace, iter(docs), call.session_id, _batch_size(call)
    )


def _batch_size(call: Call) -> int | None:
    cursor = call.body.get("cursor")
    size = cursor.get("batchSize") if type(cursor) is dict else None
    return None if size is None else int(size)


@command("dropIndexes", "deleteIndexes", fields=("index",), writes=True)
def drop_indexes(call: Call) -> Reply:
    collection = _required(call)
    before = len(collection.indexes)
    wanted = call.body.get("index")
    if wanted == "*":
        names = [name for name in collection.indexes if name != "_id_"]
    else:
        names = [
            _named(collection, item) for item in (wanted if type(wanted) is list else [wanted])
        ]
    if "_id_" in names:
        raise CommandError("InvalidOptions", "cannot drop _id index")
    for name in names:
        catalogue.drop_index(call.store, collection, name)
    return {"nIndexesWas": before, "ok": 1.0}


def _named(collection: Collection, wanted: Any) -> str:
    try:
        return find_hinted(collection, wanted).name
    except CommandError:
        raise CommandError("IndexNotFound", f"index not found with name [{wanted}]") from None


# Lists ------------------------------------------------------------------------------------------


@command("listCollections", fields=("filter", "nameOnly", "authorizedCollections", "cursor"))
def list_collections(call: Call) -> Reply:
    matches = compile_filter(call.body.get("filter") or {}, Context())
    name_only = truthy(call.body.get("nameOnly"))
    docs = []
    for collection in call.store.collections.values():
        if collection.database != call.database or (
            collection.creator is not None and collection.creator is not call.unit
        ):
            continue
        doc: Doc = {"name": collection.name, "type": "collection"}
        full = {
            **doc,
            "options": collection.options,
            "info": {"readOnly": False, "uuid": Binary(collection.uuid.bytes, 4)},
            "idIndex": collection.indexes["_id_"].description(),
        }
        if matches(full):
            docs.append(encode(doc if name_only else full))
    return call.server.cursors.begin(
        f"{call.database}.$cmd.listCollections", iter(docs), call.session_id, _batch_size(call)
    )
