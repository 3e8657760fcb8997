"""Indexes: declared next to the fields, created in one round trip per collection or none.

A document class lists its indexes in ``Settings.indexes`` with ``index``, ``unique`` and ``ttl``.
Names are MongoDB's own (``characterId_1_createdAt_-1``), the same that Mongoose would give, so that
an index it made is recognised.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from bson import ObjectId
from pymongo import ASCENDING, DESCENDING, IndexModel
from pymongo.errors import OperationFailure

from desperados.engine import clock, driver
from desperados.engine.errors import ConfigurationError
from desperados.engine.storage.index_texts import CONFLICTS, refusal

METADATA = "desperadosmetadata"
FINGERPRINT = "indexes"
# What is told of an index beside its options.
_NOT_OPTIONS = frozenset({"key", "v", "ns"})
CONCURRENT = 8
NAMESPACE_EXISTS = 48

# Filters of partial indexes: the field has text, a number, a date, an id. An equality or a range
# on the field implies them to MongoDB, so such a query is served. It never implies a
# {"$type": ...}, nor anything about another field: that the query has to state itself.
HAS_TEXT = {"$gt": ""}
HAS_NUMBER = {"$gte": float("-inf")}
HAS_DATE = {"$gt": datetime.fromtimestamp(0, UTC).replace(tzinfo=None)}  # as indexes are listed
HAS_ID = {"$gt": ObjectId("0" * 24)}

_OPTIONS = ("unique", "expireAfterSeconds", "partialFilterExpression", "sparse", "collation")


def index(
    *keys: str, where: Mapping[str, Any] | None = None, name: str | None = None
) -> IndexModel:
    """An index on stored fields, ascending; ``-createdAt`` is descending.

    ``where`` limits it to the documents that match (a partial index). It serves the queries that
    imply ``where`` by MongoDB's rules: see ``HAS_TEXT``.
    """
    return _index(keys, where=where, name=name)


def unique(
    *keys: str, where: Mapping[str, Any] | None = None, name: str | None = None
) -> IndexModel:
    """An index that allows each combination of values once, among the documents of ``where``."""
    return _index(keys, where=where, name=name, unique=True)


def ttl(key: str, seconds: int = 0, *, where: Mapping[str, Any] | None = None) -> IndexModel:
    """Documents (those that match ``where``) vanish ``seconds`` after the date in ``key``.

    Never on a document with value.
    """
    return _index((key,), where=where, expireAfterSeconds=seconds)


def _index(
    keys: tuple[str, ...],
    *,
    where: Mapping[str, Any] | None = None,
    name: str | None = None,
    **options: Any,
) -> IndexModel:
    if where is not None:
        options["partialFilterExpression"] = dict(where)
    if name is not None:
        options["name"] = name
    return IndexModel(
        [(key.removeprefix("-"), DESCENDING if key[0] == "-" else ASCENDING) for key in keys],
        **options,
    )


@dataclass(frozen=True, slots=True)
class IndexDifferences:
    """How the indexes of one collection differ from the declared ones; values are documents as
    ``listIndexes`` returns them."""

    collection: str
    missing: tuple[dict[str, Any], ...] = ()
    extra: tuple[dict[str, Any], ...] = ()
    changed: tuple[tuple[dict[str, Any], dict[str, Any]], ...] = ()  # (declared, actual)


def declared_indexes(documents: Iterable[Any]) -> dict[str, list[IndexModel]]:
    """The indexes of each collection, by the collection's name."""
    return {
        document.collection_name(): list(getattr(document.Settings, "indexes", []))
        for document in documents
    }


def fingerprint(declared: Mapping[str, list[IndexModel]]) -> str:
    """Changes when a collection or an index is added, dropped or changed."""
    described = (
        f"{json.dumps(name)}: [{', '.join(map(_described, models))}]"
        for name, models in sorted(declared.items())
    )
    return hashlib.sha256(f"{{{', '.join(described)}}}".encode()).hexdigest()


@lru_cache(maxsize=4096)
def _described(model: IndexModel) -> str:
    """A declaration as text. Worth remembering: each start needs that of all indexes."""
    return json.dumps(_comparable(model.document), sort_keys=True, default=str)


async def indexes_are_current(database: Any, documents: Iterable[Any]) -> bool:
    """Whether the indexes that were created last are those that are declared now."""
    known = await database[METADATA].find_one({"_id": FINGERPRINT})
    return known is not None and known["fingerprint"] == fingerprint(declared_indexes(documents))


async def ensure_indexes(database: Any, documents: Iterable[Any], *, compare: bool = False) -> int:
    """Create collections and indexes that are missing; returns to how many collections it spoke.

    One round trip when the database already has what is declared (it keeps a fingerprint of what
    was created last), else one more per collection. ``compare`` does not believe the fingerprint.
    Nothing is dropped or changed: that is a migration's work.

    Raises:
        ConfigurationError: an index exists with other options, or its data is not unique.
    """
    declared = declared_indexes(documents)
    if driver.is_imitation(database.client):
        declared = {name: _whole_ones(models) for name, models in declared.items()}
    wanted = fingerprint(declared)
    metadata = database[METADATA]
    known = await metadata.find_one({"_id": FINGERPRINT})
    if not compare and known is not None and known["fingerprint"] == wanted:
        return 0
    gate = asyncio.Semaphore(CONCURRENT)

    async def create(name: str, models: list[IndexModel]) -> None:
        async with gate:
            if models:
                await _create_indexes(database[name], models)
            elif not driver.is_imitation(database.client):
                await _create_collection(database, name)

    try:
        async with asyncio.TaskGroup() as group:
            for name, models in declared.items():
                group.create_task(create(name, models))
    except ExceptionGroup as failed:
        # The first failure has ended the others.
        raise failed.exceptions[0] from None
    await metadata.replace_one(
        {"_id": FINGERPRINT}, {"fingerprint": wanted, "createdAt": clock.now()}, upsert=True
    )
    return len(declared)


async def create_index(collection: Any, documents: Iterable[Any], name: str) -> None:
    """Create the one declared index ``name`` of ``collection``, if it is missing.

    Raises:
        ConfigurationError: it exists with other options, or the data is not unique.
    """
    models = declared_indexes(documents)[collection.name]
    await _create_indexes(collection, [m for m in models if m.document["name"] == name])


async def remake_index(collection: Any, documents: Iterable[Any], name: str) -> None:
    """Make the declared index ``name`` as declared, in the place of what was there instead.

    It is away for a moment. If it cannot be made, the one that was there comes back.

    Raises:
        ConfigurationError: the data breaks a unique index; the text names it.
    """
    models = [m for m in declared_indexes(documents)[collection.name] if m.document["name"] == name]
    found = compared(collection.name, models, await _actual_indexes(collection))
    for _, actual in found.changed:
        await collection.drop_index(actual["name"])
    try:
        await _create_indexes(collection, models)
    except ConfigurationError:
        for _, actual in found.changed:
            options = {k: v for k, v in actual.items() if k not in _NOT_OPTIONS}
            await collection.create_index(actual["key"], **options)
        raise


def _whole_ones(models: list[IndexModel]) -> list[IndexModel]:
    """Without partial indexes, which mongomock would apply to all documents."""
    return [model for model in models if "partialFilterExpression" not in model.document]


async def _create_indexes(collection: Any, models: list[IndexModel]) -> None:
    if not models:
        return
    try:
        with driver.unhurried():
            await collection.create_indexes(models)
    except OperationFailure as error:
        found = IndexDifferences(collection.name)
        if error.code in CONFLICTS:
            found = compared(collection.name, models, await _actual_indexes(collection))
            wanted = {index["name"] for index in found.missing}
            if not found.changed and len(wanted) < len(models):
                # What stood in the way is there under another name, and does as well.
                await _create_indexes(
                    collection, [model for model in models if model.document["name"] in wanted]
                )
                return
        different = found.changed[0] if found.changed else None
        raise refusal(collection.name, error, different) from error


async def _create_collection(database: Any, name: str) -> None:
    """Created now, for creating one inside a transaction makes other transactions wait or fail.

    Outcomes: created; NamespaceExists, it was there.
    """
    try:
        await database.create_collection(name, check_exists=False)
    except OperationFailure as error:
        if error.code != NAMESPACE_EXISTS:
            raise


async def index_differences(database: Any, documents: Iterable[Any]) -> list[IndexDifferences]:
    """The collections whose actual indexes are not as declared."""
    found = []
    for name, models in declared_indexes(documents).items():
        differences = compared(name, models, await _actual_indexes(database[name]))
        if differences.missing or differences.extra or differences.changed:
            found.append(differences)
    return found


def compared(
    collection: str, models: list[IndexModel], actual: Mapping[str, dict[str, Any]]
) -> IndexDifferences:
    """How indexes differ from the declared ones. Another name makes no difference."""
    left = dict(actual)
    missing, changed = [], []
    declared = {model.document["name"]: dict(model.document) for model in models}
    for name, wanted in declared.items():
        other = left.get(name) or next(
            (a for n, a in left.items() if n not in declared and _same_place(wanted, a)), None
        )
        if other is None:
            missing.append(wanted)
            continue
        del left[other["name"]]
        if _comparable(wanted) != _comparable(other):
            changed.append((wanted, other))
    return IndexDifferences(collection, tuple(missing), tuple(left.values()), tuple(changed))


def _same_place(wanted: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether MongoDB refuses to have both: all that tells them apart is the name or the expiry."""
    left, right = _comparable(wanted), _comparable(other)
    left.pop("expireAfterSeconds", None)
    right.pop("expireAfterSeconds", None)
    return left == right


async def _actual_indexes(collection: Any) -> dict[str, dict[str, Any]]:
    information = await collection.index_information()
    return {
        name: {**description, "name": name}
        for name, description in information.items()
        if name != "_id_"
    }


def _comparable(description: Mapping[str, Any]) -> dict[str, Any]:
    """What makes two descriptions the same index; the rest is the server's business."""
    keys = description["key"]
    pairs = keys.items() if isinstance(keys, Mapping) else keys
    return {
        # Text and geospatial indexes of somebody else have a word where ours have a number.
        "key": [(key, way if isinstance(way, str) else int(way)) for key, way in pairs],
        **{option: description[option] for option in _OPTIONS if description.get(option)},
        **({"expireAfterSeconds": 0} if description.get("expireAfterSeconds") == 0 else {}),
    }
