"""How much there is: databases, collections, and whether indexes hold what they should."""

from __future__ import annotations

from desperados.embedded.errors import CommandError
from desperados.embedded.instance.calls import Call, Reply, command
from desperados.embedded.query.match import compile_filter
from desperados.embedded.query.predicates import Context
from desperados.embedded.storage.keys import entry
from desperados.embedded.storage.sizes import read_scale, size_of, storage_stats
from desperados.embedded.values.types import Doc, truthy


@command("listDatabases", fields=("filter", "nameOnly", "authorizedDatabases"), admin=True)
def list_databases(call: Call) -> Reply:
    matches = compile_filter(call.body.get("filter") or {}, Context())
    name_only = truthy(call.body.get("nameOnly"))
    sizes: dict[str, int] = {}
    for collection in call.store.collections.values():
        if collection.creator is None:
            size = 0 if name_only else size_of(collection)
            sizes[collection.database] = sizes.get(collection.database, 0) + size
    shown = [
        {"name": name} if name_only else {"name": name, "sizeOnDisk": size, "empty": size == 0}
        for name, size in sorted(sizes.items())
    ]
    shown = [doc for doc in shown if matches(doc)]
    if name_only:
        return {"databases": shown, "ok": 1.0}
    total = sum(sizes.values())
    return {"databases": shown, "totalSize": total, "totalSizeMb": total // 2**20, "ok": 1.0}


@command("collStats", "collstats", fields=("scale",))
def coll_stats(call: Call) -> Reply:
    stats = storage_stats(call.collection(), read_scale(call.body.get("scale")))
    return {"ns": call.namespace(), **stats, "ok": 1.0}


@command("dbStats", "dbstats", fields=("scale", "freeStorage"))
def db_stats(call: Call) -> Reply:
    scale = read_scale(call.body.get("scale"))
    mine = [
        c
        for c in call.store.collections.values()
        if c.database == call.database and c.creator is None
    ]
    size = sum(map(size_of, mine))
    count = sum(c.live for c in mine)
    return {
        "db": call.database,
        "collections": len(mine),
        "views": 0,
        "objects": count,
        "avgObjSize": size / count if count else 0.0,
        "dataSize": size / scale,
        "storageSize": size / scale,
        "indexes": sum(len(c.indexes) for c in mine),
        "indexSize": 0.0,
        "totalSize": size / scale,
        "scaleFactor": scale,
        "ok": 1.0,
    }


@command("validate", fields=("full", "background", "repair", "metadata", "checkBSONConformance"))
def validate(call: Call) -> Reply:
    """Compare every index with the documents, as the server does."""
    collection = call.collection()
    if collection is None:
        raise CommandError("NamespaceNotFound", f"ns does not exist: {call.namespace()}")
    errors = []
    keys: Doc = {}
    for index in collection.indexes.values():
        expected = {
            entry(key, number)
            for number, version in collection.versions()
            for key in index.keys(version.doc)
        }
        keys[index.name] = len(expected)
        if len(expected) != len(index.entries) or any(e not in index.entries for e in expected):
            errors.append(f"index {index.name} does not match the documents")
    live = sum(1 for _, head in collection.heads() if head.raw)
    return {
        "ns": collection.namespace,
        "nInvalidDocuments": 0,
        "nrecords": live,
        "nIndexes": len(collection.indexes),
        "keysPerIndex": keys,
        "valid": not errors,
        "warnings": [],
        "errors": errors,
        "ok": 1.0,
    }
