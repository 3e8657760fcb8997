"""Collections and indexes: made, found for writing, changed, dropped, filled from the journal."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from desperados.embedded.errors import CommandError
from desperados.embedded.storage.collection import Collection, duplicate_key
from desperados.embedded.storage.indexes import Index, check_conflict
from desperados.embedded.storage.keys import entry
from desperados.embedded.storage.sorted_keys import SortedKeys
from desperados.embedded.storage.store import Store
from desperados.embedded.storage.units import Unit
from desperados.embedded.storage.versions import Locked
from desperados.embedded.values.codec import decode
from desperados.embedded.values.types import Doc


def create(store: Store, namespace: str, options: Doc, unit: Unit) -> Collection:
    existing = store.collections.get(namespace)
    if existing is not None and existing.creator is not None:
        store.collide(existing.creator, unit)
    collection = Collection(namespace, options, store.clock)
    collection.creator = unit
    store.collections[namespace] = collection
    unit.created.append(collection)
    return collection


def for_writing(store: Store, namespace: str, unit: Unit) -> Collection:
    """The collection to insert into, created when missing as MongoDB does."""
    found = store.collections.get(namespace)
    if found is None or (found.creator is not None and found.creator is not unit):
        return create(store, namespace, {}, unit)
    if unit.snapshot is not None and found.created > unit.snapshot:
        raise CommandError(
            "SnapshotUnavailable",
            "Unable to write to a collection that was created after the transaction's "
            f"snapshot: {namespace}",
        )
    return found


def _require_unlocked(collection: Collection) -> None:
    """Wait (by way of `Locked`) until no open transaction has writes in the collection."""
    for head in collection.chains.values():
        if head.unit is not None:
            raise Locked(head.unit)


def drop(store: Store, namespace: str) -> None:
    collection = store.collections[namespace]
    _require_unlocked(collection)
    if store.journal is not None:
        store.journal.drop_collection(namespace)
    del store.collections[namespace]
    store.clock += 1


def rename(store: Store, collection: Collection, namespace: str) -> None:
    """Give the collection another name, in the place of one that has it."""
    _require_unlocked(collection)
    if namespace in store.collections:
        _require_unlocked(store.collections[namespace])
    if store.journal is not None:
        store.journal.rename_collection(collection.namespace, namespace)
    del store.collections[collection.namespace]
    collection.namespace = namespace
    collection.database, _, collection.name = namespace.partition(".")
    store.collections[namespace] = collection
    store.clock += 1


def add_index(store: Store, collection: Collection, spec: Doc) -> None:
    """Create an index and fill it, unless the very same index is there."""
    index = Index(spec)
    for existing in list(collection.indexes.values()):
        if check_conflict(existing, index.spec):
            return
    if collection.records:
        _require_unlocked(collection)
        _fill(collection, index)
    with changing(store, collection):
        collection.indexes[index.name] = index


def add_indexes(store: Store, collection: Collection, specs: list[Doc]) -> None:
    """Create all of these indexes or, when one of them cannot be, none."""
    before = set(collection.indexes)
    try:
        for spec in specs:
            add_index(store, collection, spec)
    except (CommandError, Locked):
        for name in collection.indexes.keys() - before:
            drop_index(store, collection, name)
        raise


def _fill(collection: Collection, index: Index) -> None:
    entries: list[bytes] = []
    owners: dict[bytes, int] = {}
    for number, version in collection.versions():
        doc = version.doc
        entries += [entry(key, number) for key in index.keys(doc)]
        if not index.unique or version is not collection.chains.get(number, version):
            continue
        for key in index.unique_keys(doc):
            if owners.setdefault(key, number) != number:
                raise duplicate_key(collection, index, doc or {})
    if collection.chains:
        # Two versions of a record may have the same key.
        entries = list(dict.fromkeys(entries))
    index.entries = SortedKeys(entries)


def drop_index(store: Store, collection: Collection, name: str) -> None:
    with changing(store, collection):
        del collection.indexes[name]


@contextmanager
def changing(store: Store, collection: Collection) -> Iterator[None]:
    """Change the collection's options and indexes: durable at the end, or as they were."""
    options, indexes = collection.options, dict(collection.indexes)
    specs = {name: dict(index.spec) for name, index in indexes.items()}
    try:
        yield
        if store.journal is not None and collection.creator is None:
            store.journal.save_collection(collection)
    except CommandError:
        collection.set_options(options)
        # In place: plans in the making may hold the table.
        collection.indexes.clear()
        collection.indexes.update(indexes)
        for name, index in indexes.items():
            index.spec = specs[name]
            index.hidden = bool(index.spec.get("hidden"))
        raise


def load(collection: Collection, raws: Iterator[bytes]) -> None:
    """Fill an empty collection from the journal, all indexes at once."""
    entries: dict[str, list[bytes]] = {name: [] for name in collection.indexes}
    for raw in raws:
        number = collection.take_number()
        collection.records[number] = raw
        doc = decode(raw)
        for name, index in collection.indexes.items():
            entries[name] += [entry(key, number) for key in index.keys(doc)]
    collection.live = len(collection.records)
    for name, index in collection.indexes.items():
        index.entries = SortedKeys(entries[name])
