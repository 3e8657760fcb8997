"""All collections, and the units that read and write them.

All of this runs on one event loop; nothing here awaits, so every method is atomic.
"""

from __future__ import annotations

from collections import deque
from typing import NoReturn, Protocol

from bson import Timestamp

from desperados.embedded.errors import write_conflict
from desperados.embedded.storage.collection import Collection, duplicate_key, untouched
from desperados.embedded.storage.indexes import Index
from desperados.embedded.storage.units import Unit
from desperados.embedded.storage.versions import Locked, Owner, Record, Version
from desperados.embedded.values.types import Doc, Key


class Journal(Protocol):
    """Where commits go that must outlive the process."""

    def commit(self, unit: Unit) -> None: ...

    def save_collection(self, collection: Collection) -> None: ...

    def drop_collection(self, namespace: str) -> None: ...

    def rename_collection(self, old: str, new: str) -> None: ...


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

    def fork(self, other: Store) -> None:
        """Fill an empty store with what is committed here; each goes its own way from then on."""
        other.clock = self.clock
        for namespace, collection in self.collections.items():
            if collection.creator is None:
                other.collections[namespace] = collection.fork()

    @property
    def cluster_time(self) -> Timestamp:
        return Timestamp(self.epoch, self.clock)

    def collection(self, namespace: str, unit: Unit | None = None) -> Collection | None:
        """The collection, unless it is missing or another transaction is still creating it."""
        found = self.collections.get(namespace)
        if found is not None and found.creator is not None and found.creator is not unit:
            return None
        return found

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
            collection.remove_keys(record, new.doc, old)
            if old is None:
                del collection.records[record.number]
                del collection.by_id[record.key]
                collection.unsettled -= 1
                continue
            record.head = old
            if old.unit is None:
                collection.unsettled -= 1
            else:
                # The keys of a version that was replaced within its unit have been removed.
                collection.enter_keys(record, old.doc, new.doc)

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
        if before is not None:
            collection.remove_keys(record, before.doc, record.head)
        if version.doc is None and record.head is version:
            collection.records.pop(record.number, None)
            collection.by_id.pop(record.key, None)

    # Writes --------------------------------------------------------------------------------

    def _claim(self, record: Record, unit: Unit) -> None:
        """Make sure that this unit may write the record: the first writer wins."""
        head = record.head
        if head.unit is not None:
            if head.unit is not unit:
                self.collide(head.unit, unit)
        elif unit.snapshot is not None and head.stamp > unit.snapshot:
            self.collide(None, unit)

    def collide(self, owner: Owner | None, unit: Unit) -> NoReturn:
        """A unit ran into a write of another: it fails, or (outside transactions) waits."""
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
            collection.enter_keys(record, doc)
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
        collection.enter_keys(record, doc, old.doc)
        record.head = version
        unit.changes.append((collection, record, old))
        if replaced:
            collection.remove_keys(record, old.doc, version)
        return version

    def _check_unique(
        self, collection: Collection, doc: Doc, record: Record | None, unit: Unit
    ) -> None:
        for index in collection.indexes.values():
            if not index.unique:
                continue
            if record is not None and untouched(index, record.head.doc, doc):
                continue
            for key in index.unique_keys(doc):
                for number in index.records_at(key):
                    if record is None or number != record.number:
                        self._check_rival(collection, index, key, number, doc, unit)

    def _check_rival(
        self, collection: Collection, index: Index, key: Key, number: int, doc: Doc, unit: Unit
    ) -> None:
        """Another record has, had or may get the same unique key."""
        head = collection.records[number].head
        holds = key in index.unique_keys(head.doc)
        if head.unit is not None and head.unit is not unit:
            # Undecided: the other transaction may yet keep, give or take the key.
            self.collide(head.unit, unit)
        if head.unit is None and unit.snapshot is not None and head.stamp > unit.snapshot:
            self.collide(None, unit)
        if holds:
            raise duplicate_key(collection, index, doc)
