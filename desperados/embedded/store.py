"""Versions of documents: what each reader sees and which writer comes first.

Every document is a `Record` with a chain of `Version`s, newest first. A version belongs to the
`Unit` that wrote it until that unit commits; the commit stamps it with the next number of the
store's clock. A reader with a snapshot takes the newest version that is not younger than its
snapshot; its own uncommitted versions come first. Old versions live only as long as somebody
may still read them.

Documents in versions are never changed in place: an update copies along the paths that it
touches. So versions, cursors and replies may share them freely.

All of this runs on one event loop; nothing here awaits, so every method is atomic.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterator
from typing import Any, Protocol
from uuid import uuid4

import bson
from bson import CodecOptions, Timestamp
from bson.codec_options import DatetimeConversion

from desperados.embedded.collation import Collation, parse_collation
from desperados.embedded.errors import CommandError, write_conflict
from desperados.embedded.indexes import Index, check_conflict
from desperados.embedded.match import compile_filter
from desperados.embedded.predicates import Context, Predicate
from desperados.embedded.sorted_keys import SortedKeys
from desperados.embedded.values import MISSING, Doc, Key, order_key

CODEC: CodecOptions[Doc] = CodecOptions(datetime_conversion=DatetimeConversion.DATETIME_AUTO)
MAX_DOCUMENT = 16 * 1024 * 1024


class Locked(Exception):
    """A statement outside transactions ran into a document that an open one has written."""

    def __init__(self, owner: Unit) -> None:
        super().__init__("locked")
        self.owner = owner


class Version:
    """One state of a record: a document, or None once it is deleted."""

    __slots__ = ("_raw", "doc", "prev", "stamp", "unit")

    def __init__(self, doc: Doc | None, raw: bytes | None, unit: Unit | None, prev: Version | None):
        self.doc = doc
        self._raw = raw
        self.stamp = 0
        self.unit = unit
        self.prev = prev

    @property
    def raw(self) -> bytes:
        """The document as BSON, encoded when first needed."""
        if self._raw is None:
            self._raw = bson.encode(self.doc or {}, codec_options=CODEC)
        return self._raw


class Record:
    """A document's identity through all its versions."""

    __slots__ = ("head", "key", "number")

    def __init__(self, number: int, key: Key, head: Version) -> None:
        self.number = number
        self.key = key
        self.head = head


class Unit:
    """The writes of one statement, or of one multi-document transaction."""

    def __init__(self, snapshot: int | None, *, multi: bool) -> None:
        self.snapshot = snapshot
        self.multi = multi
        self.changes: list[tuple[Collection, Record, Version | None]] = []
        self.created: list[Collection] = []
        self._waiting: list[asyncio.Future[None]] = []
        # A row that must become durable together with the writes (an exactly-once result).
        self.receipt: tuple[bytes, bytes] | None = None

    async def finished(self, timeout: float) -> None:
        """Wait until this unit has committed or aborted; TimeoutError after `timeout`."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(future)
        await asyncio.wait_for(future, timeout)

    def release(self) -> None:
        for future in self._waiting:
            if not future.done():
                future.set_result(None)
        self._waiting.clear()


class Journal(Protocol):
    """Where commits go that must outlive the process."""

    def commit(self, unit: Unit) -> None: ...

    def save_collection(self, collection: Collection) -> None: ...

    def drop_collection(self, namespace: str) -> None: ...

    def rename_collection(self, old: str, new: str) -> None: ...


class Collection:
    """The records and the indexes of one namespace."""

    def __init__(self, namespace: str, options: Doc, created: int) -> None:
        self.namespace = namespace
        self.database, _, self.name = namespace.partition(".")
        self.options = options
        self.uuid = uuid4()
        self.created = created
        self.creator: Unit | None = None
        self.records: dict[int, Record] = {}
        self.by_id: dict[Key, int] = {}
        self.live = 0
        self.unsettled = 0
        self._next = 1
        self.set_options(options)
        self.indexes: dict[str, Index] = {}
        primary: Doc = {"key": {"_id": 1}, "name": "_id_"}
        if self.collation is not None:
            primary["collation"] = self.collation.spec
        self.indexes["_id_"] = Index(primary)

    def set_options(self, options: Doc) -> None:
        self.options = options
        self.collation: Collation | None = parse_collation(options.get("collation"))
        validator = options.get("validator")
        self.validator: Predicate | None = None
        if validator:
            self.validator = compile_filter(validator, Context(self.collation))

    def id_key(self, value: Any) -> Key:
        return order_key(value, self.collation.fold if self.collation else None)

    def take_number(self) -> int:
        number = self._next
        self._next += 1
        return number

    def versions(self) -> Iterator[tuple[Record, Version]]:
        for record in self.records.values():
            version: Version | None = record.head
            while version is not None:
                yield record, version
                version = version.prev


def visible(record: Record, unit: Unit) -> Version | None:
    """The version of a record that a unit sees; None when there is none, or it is deleted."""
    version: Version | None = record.head
    snapshot = unit.snapshot
    while version is not None:
        owner = version.unit
        if owner is unit or (owner is None and (snapshot is None or version.stamp <= snapshot)):
            return None if version.doc is None else version
        version = version.prev
    return None


def _has_key(version: Version | None, index: Index, key: Key) -> bool:
    while version is not None:
        if key in index.keys(version.doc):
            return True
        version = version.prev
    return False


class Store:
    """All collections, the clock of commits, and the snapshots that are still in use."""

    def __init__(self, epoch: int) -> None:
        self.collections: dict[str, Collection] = {}
        self.clock = 1
        self.epoch = epoch
        self.conflicts = 0
        self.journal: Journal | None = None
        self.snapshots: dict[object, int] = {}
        self._garbage: deque[tuple[int, Collection, Record, Version]] = deque()

    @property
    def cluster_time(self) -> Timestamp:
        return Timestamp(self.epoch, self.clock)

    # Units ---------------------------------------------------------------------------------

    def statement(self) -> Unit:
        """A unit that reads what is committed and commits at the end of its command."""
        return Unit(None, multi=False)

    def transaction(self) -> Unit:
        """A unit that reads the present state for as long as it lasts."""
        unit = Unit(self.clock, multi=True)
        self.snapshots[unit] = self.clock
        return unit

    def pin(self, holder: object, stamp: int) -> None:
        """Keep what was visible at this stamp readable until `unpin`."""
        self.snapshots[holder] = stamp

    def unpin(self, holder: object) -> None:
        if self.snapshots.pop(holder, None) is not None:
            self._sweep()

    def oldest_readable(self) -> int:
        return min(self.snapshots.values(), default=self.clock)

    def commit(self, unit: Unit) -> None:
        """Make the unit's writes durable (with a journal), then visible."""
        if unit.changes or unit.created:
            if self.journal is not None:
                self.journal.commit(unit)
            self.clock += 1
            stamp = self.clock
            for collection in unit.created:
                collection.creator = None
                collection.created = stamp
            crowded = len(self.snapshots) > (unit in self.snapshots)
            for collection, record, _ in unit.changes:
                head = record.head
                if head.unit is not unit:
                    continue
                head.unit = None
                head.stamp = stamp
                before = head.prev
                collection.live += (head.doc is not None) - (
                    before is not None and before.doc is not None
                )
                collection.unsettled -= 1
                if crowded and (before is not None or head.doc is None):
                    collection.unsettled += 1
                    self._garbage.append((stamp, collection, record, head))
                else:
                    self._prune(collection, record, head)
        elif unit.receipt is not None and self.journal is not None:
            self.journal.commit(unit)
        self._close(unit)

    def abort(self, unit: Unit) -> None:
        """Undo everything that the unit wrote."""
        self.undo(unit, 0)
        for collection in unit.created:
            if self.collections.get(collection.namespace) is collection and not collection.records:
                del self.collections[collection.namespace]
        self._close(unit)

    def _close(self, unit: Unit) -> None:
        unit.changes = []
        unit.created = []
        if self.snapshots.pop(unit, None) is not None:
            self._sweep()
        unit.release()

    def undo(self, unit: Unit, mark: int) -> None:
        """Take back the unit's writes after the mark (a length of `unit.changes`)."""
        while len(unit.changes) > mark:
            collection, record, old = unit.changes.pop()
            new = record.head
            if old is None:
                for index in collection.indexes.values():
                    for key in index.keys(new.doc):
                        index.discard(key, record.number)
                del collection.records[record.number]
                collection.by_id.pop(record.key, None)
                collection.unsettled -= 1
                continue
            record.head = old
            if old.unit is None:
                collection.unsettled -= 1
            for index in collection.indexes.values():
                if _untouched(index, old.doc, new.doc):
                    continue
                for key in index.keys(new.doc):
                    if not _has_key(old, index, key):
                        index.discard(key, record.number)
                for key in index.keys(old.doc):
                    index.add(key, record.number)

    def _sweep(self) -> None:
        oldest = self.oldest_readable()
        garbage = self._garbage
        while garbage and garbage[0][0] <= oldest:
            _, collection, record, version = garbage.popleft()
            collection.unsettled -= 1
            self._prune(collection, record, version)

    def _prune(self, collection: Collection, record: Record, version: Version) -> None:
        """Forget what came before a committed version that everybody sees."""
        before = version.prev
        version.prev = None
        if before is not None and before.doc is not None:
            for index in collection.indexes.values():
                if _untouched(index, before.doc, version.doc):
                    continue
                for key in index.keys(before.doc):
                    if not _has_key(record.head, index, key):
                        index.discard(key, record.number)
        if version.doc is None and record.head is version:
            collection.records.pop(record.number, None)
            collection.by_id.pop(record.key, None)

    # Writes --------------------------------------------------------------------------------

    def _claim(self, record: Record, unit: Unit) -> None:
        """Make sure that this unit may write the record: the first writer wins."""
        head = record.head
        if head.unit is not None:
            if head.unit is not unit:
                self._collide(head.unit, unit)
        elif unit.snapshot is not None and head.stamp > unit.snapshot:
            self._collide(None, unit)

    def _collide(self, owner: Unit | None, unit: Unit) -> None:
        if unit.multi or owner is None:
            self.conflicts += 1
            raise write_conflict()
        raise Locked(owner)

    def insert(self, collection: Collection, doc: Doc, raw: bytes | None, unit: Unit) -> None:
        key = collection.id_key(doc["_id"])
        number = collection.by_id.get(key)
        if number is None:
            self._check_unique(collection, doc, None, unit)
            version = Version(doc, raw, unit, None)
            record = Record(collection.take_number(), key, version)
            self._enter(collection, record, doc, None)
            collection.records[record.number] = record
            collection.by_id[key] = record.number
            collection.unsettled += 1
            unit.changes.append((collection, record, None))
            return
        record = collection.records[number]
        self._claim(record, unit)
        if record.head.doc is not None:
            raise duplicate_key(collection, collection.indexes["_id_"], doc)
        self.write(collection, record, doc, raw, unit)

    def write(
        self, collection: Collection, record: Record, doc: Doc | None, raw: bytes | None, unit: Unit
    ) -> Version:
        """Give the record a new version (None: delete it)."""
        self._claim(record, unit)
        old = record.head
        if doc is not None:
            self._check_unique(collection, doc, record, unit)
        replaced = old.unit is unit
        version = Version(doc, raw, unit, old.prev if replaced else old)
        if not replaced:
            collection.unsettled += 1
        self._enter(collection, record, doc, old)
        record.head = version
        unit.changes.append((collection, record, old))
        if replaced:
            for index in collection.indexes.values():
                if _untouched(index, old.doc, doc):
                    continue
                for key in index.keys(old.doc):
                    if not _has_key(version, index, key):
                        index.discard(key, record.number)
        return version

    def _enter(
        self, collection: Collection, record: Record, doc: Doc | None, old: Version | None
    ) -> None:
        if doc is None:
            return
        for index in collection.indexes.values():
            if old is not None and _untouched(index, old.doc, doc):
                continue
            for key in index.keys(doc):
                index.entries.add((key, record.number))

    def _check_unique(
        self, collection: Collection, doc: Doc, record: Record | None, unit: Unit
    ) -> None:
        for index in collection.indexes.values():
            if not index.unique:
                continue
            if record is not None and _untouched(index, record.head.doc, doc):
                continue
            for key in index.keys(doc):
                for number in index.records_at(key):
                    if record is None or number != record.number:
                        self._check_rival(collection, index, key, number, doc, unit)

    def _check_rival(
        self, collection: Collection, index: Index, key: Key, number: int, doc: Doc, unit: Unit
    ) -> None:
        """Another record has, had or may get the same unique key."""
        head = collection.records[number].head
        holds = key in index.keys(head.doc)
        if head.unit is not None and head.unit is not unit:
            # Undecided: the other transaction may yet keep, give or take the key.
            self._collide(head.unit, unit)
        if head.unit is None and unit.snapshot is not None and head.stamp > unit.snapshot:
            self._collide(None, unit)
        if holds:
            raise duplicate_key(collection, index, doc)

    # Catalogue -----------------------------------------------------------------------------

    def collection(self, namespace: str, unit: Unit | None = None) -> Collection | None:
        """The collection, unless it is missing or another transaction is still creating it."""
        found = self.collections.get(namespace)
        if found is not None and found.creator is not None and found.creator is not unit:
            return None
        return found

    def create(self, namespace: str, options: Doc, unit: Unit) -> Collection:
        existing = self.collections.get(namespace)
        if existing is not None and existing.creator is not None:
            self._collide(existing.creator, unit)
        collection = Collection(namespace, options, self.clock)
        collection.creator = unit
        self.collections[namespace] = collection
        unit.created.append(collection)
        return collection

    def for_writing(self, namespace: str, unit: Unit) -> Collection:
        """The collection to insert into, created when missing as MongoDB does."""
        found = self.collections.get(namespace)
        if found is None or (found.creator is not None and found.creator is not unit):
            return self.create(namespace, {}, unit)
        if unit.snapshot is not None and found.created > unit.snapshot:
            raise CommandError(
                "SnapshotUnavailable",
                "Unable to write to a collection that was created after the transaction's "
                f"snapshot: {namespace}",
            )
        return found

    def require_unlocked(self, collection: Collection) -> None:
        """Wait (by way of `Locked`) until no open transaction has writes in the collection."""
        for record in collection.records.values():
            if record.head.unit is not None:
                raise Locked(record.head.unit)

    def drop(self, namespace: str) -> None:
        collection = self.collections[namespace]
        self.require_unlocked(collection)
        if self.journal is not None:
            self.journal.drop_collection(namespace)
        del self.collections[namespace]
        self.clock += 1

    def rename(self, collection: Collection, namespace: str) -> None:
        self.require_unlocked(collection)
        if namespace in self.collections:
            self.drop(namespace)
        if self.journal is not None:
            self.journal.rename_collection(collection.namespace, namespace)
        del self.collections[collection.namespace]
        collection.namespace = namespace
        collection.database, _, collection.name = namespace.partition(".")
        self.collections[namespace] = collection
        self.clock += 1

    def add_index(self, collection: Collection, spec: Doc) -> bool:
        """Create an index and fill it; False when the very same index was there."""
        index = Index(spec)
        for existing in list(collection.indexes.values()):
            if check_conflict(existing, index.spec):
                return False
        if collection.records:
            self.require_unlocked(collection)
            self._fill(collection, index)
        collection.indexes[index.name] = index
        self.save(collection)
        return True

    def _fill(self, collection: Collection, index: Index) -> None:
        entries = []
        owners: dict[Key, int] = {}
        for record, version in collection.versions():
            for key in index.keys(version.doc):
                entries.append((key, record.number))
                if not index.unique or version is not record.head:
                    continue
                if owners.setdefault(key, record.number) != record.number:
                    raise duplicate_key(collection, index, version.doc or {})
        if collection.unsettled:
            # Two versions of a record may have the same key.
            entries = list(dict.fromkeys(entries))
        index.entries = SortedKeys(entries)

    def drop_index(self, collection: Collection, name: str) -> None:
        del collection.indexes[name]
        self.save(collection)

    def save(self, collection: Collection) -> None:
        """Make the collection's options and indexes durable."""
        if self.journal is not None and collection.creator is None:
            self.journal.save_collection(collection)

    def load(self, collection: Collection, rows: Iterator[tuple[Doc, bytes]]) -> None:
        """Fill an empty collection from the journal, all indexes at once."""
        for doc, raw in rows:
            key = collection.id_key(doc["_id"])
            record = Record(collection.take_number(), key, Version(doc, raw, None, None))
            collection.records[record.number] = record
            collection.by_id[key] = record.number
        collection.live = len(collection.records)
        for index in collection.indexes.values():
            self._fill(collection, index)


def _untouched(index: Index, old: Doc | None, new: Doc | None) -> bool:
    """Whether both versions surely have the same keys: they share the indexed fields."""
    if old is None or new is None:
        return False
    return all(old.get(root, MISSING) is new.get(root, MISSING) for root in index.roots)


def duplicate_key(collection: Collection, index: Index, doc: Doc) -> CommandError:
    values: Doc = {}
    for field in index.fields:
        value: Any = doc
        for part in field.split("."):
            value = value.get(part) if type(value) is dict else None
        values[field] = value
    shown = ", ".join(f"{field}: {_shell(value)}" for field, value in values.items())
    return CommandError(
        "DuplicateKey",
        f"E11000 duplicate key error collection: {collection.namespace} index: {index.name} "
        f"dup key: {{ {shown} }}",
        extra={"keyPattern": index.key, "keyValue": values},
    )


def _shell(value: Any) -> str:
    """A value as the server's messages print it."""
    if value is None:
        return "null"
    if type(value) is str:
        return f'"{value}"'
    if isinstance(value, bson.ObjectId):
        return f"ObjectId('{value}')"
    return str(value)
