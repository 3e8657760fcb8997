"""All collections, and the units that read and write them.

All of this runs on one event loop; nothing here awaits, so every method is atomic.
"""

from __future__ import annotations

from typing import NoReturn, Protocol

from bson import Timestamp

from desperados.embedded.errors import write_conflict
from desperados.embedded.storage.collection import Collection, duplicate_key, untouched
from desperados.embedded.storage.indexes import Index
from desperados.embedded.storage.readers import Readers
from desperados.embedded.storage.units import Unit
from desperados.embedded.storage.versions import Locked, Owner, Version
from desperados.embedded.values.types import Doc


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
        self.readers = Readers()

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
        self.readers.open(unit, self.clock)
        return unit

    def pin(self, holder: object, stamp: int) -> None:
        """Keep what was visible at this stamp readable until `unpin`."""
        self.readers.open(holder, stamp)

    def unpin(self, holder: object) -> None:
        for collection, number in self.readers.close(holder):
            self._settle(collection, number)

    def commit(self, unit: Unit) -> None:
        """Make the unit's writes durable (with a journal), then visible."""
        if unit.changes or unit.created:
            if self.journal is not None:
                self.journal.commit(unit)
            # It reads nothing any more: nothing need be kept for it.
            self.unpin(unit)
            self.clock += 1
            for collection in unit.created:
                collection.creator = None
                collection.created = self.clock
            for collection, number, _ in unit.changes:
                head = collection.chains.get(number)
                if head is None or head.unit is not unit:
                    continue
                head.unit = None
                head.stamp = self.clock
                before = head.prev
                collection.live += bool(head.raw) - bool(before is not None and before.raw)
                self._settle(collection, number)
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
        self.unpin(unit)
        unit.release()

    def undo(self, unit: Unit, mark: int) -> None:
        """Take back the unit's writes after the mark (a length of `unit.changes`)."""
        while len(unit.changes) > mark:
            collection, number, old = unit.changes.pop()
            new = collection.chains[number]
            collection.remove_keys(number, new.doc, old)
            if old is None:
                del collection.records[number], collection.chains[number]
                continue
            collection.chains[number] = old
            if old.unit is not None:
                # The keys of a version that was replaced within its unit have been removed.
                collection.enter_keys(number, old.doc, new.doc)
            else:
                self._settle(collection, number)

    def _settle(self, collection: Collection, number: int) -> None:
        """Forget the versions of a record that nobody can see any more."""
        head = collection.chains.get(number)
        if head is None:
            return
        place, version = (collection, number), head
        while version.prev is not None:
            older = version.prev
            if version.unit is not None or self.readers.keep(place, older.stamp, version.stamp):
                version = older
            else:
                version.prev = older.prev
                collection.remove_keys(number, older.doc, head)
        if head.unit is None and head.prev is None and not self.readers.keep(place, 0, head.stamp):
            collection.settle(number)

    # Writes --------------------------------------------------------------------------------

    def _claim(self, head: Version, unit: Unit) -> None:
        """Make sure that this unit may write the record: the first writer wins."""
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
        number = collection.number_of(collection.id_key(doc["_id"]))
        if number is None:
            self._check_unique(collection, doc, None, unit)
            version = Version.of(doc, raw, unit, None)
            number = collection.take_number()
            collection.enter_keys(number, doc)
            collection.records[number] = b""
            collection.chains[number] = version
            unit.changes.append((collection, number, None))
            return
        head = collection.head(number)
        self._claim(head, unit)
        if head.raw:
            raise duplicate_key(collection, collection.primary, doc)
        self.write(collection, number, doc, raw, unit)

    def write(
        self, collection: Collection, number: int, doc: Doc | None, raw: bytes | None, unit: Unit
    ) -> Version:
        """Give the record a new version (None: delete it)."""
        old = collection.head(number)
        self._claim(old, unit)
        if doc is not None:
            self._check_unique(collection, doc, number, unit)
        replaced = old.unit is unit
        version = Version.of(doc, raw, unit, old.prev if replaced else old)
        collection.enter_keys(number, doc, old.doc)
        collection.chains[number] = version
        unit.changes.append((collection, number, old))
        if replaced:
            collection.remove_keys(number, old.doc, version)
        return version

    def _check_unique(
        self, collection: Collection, doc: Doc, number: int | None, unit: Unit
    ) -> None:
        old = None if number is None else collection.head(number).doc
        for index in collection.indexes.values():
            if not index.unique or untouched(index, old, doc):
                continue
            for key in index.unique_keys(doc):
                for rival in index.records_at(key):
                    if rival != number:
                        self._check_rival(collection, index, key, rival, doc, unit)

    def _check_rival(
        self, collection: Collection, index: Index, key: bytes, rival: int, doc: Doc, unit: Unit
    ) -> None:
        """Another record has, had or may get the same unique key."""
        head = collection.head(rival)
        if head.unit is not None and head.unit is not unit:
            # Undecided: the other transaction may yet keep, give or take the key.
            self.collide(head.unit, unit)
        if head.unit is None and unit.snapshot is not None and head.stamp > unit.snapshot:
            self.collide(None, unit)
        if key in index.unique_keys(head.doc):
            raise duplicate_key(collection, index, doc)
