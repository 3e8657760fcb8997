"""What is kept of a document: its bytes, and the versions that somebody may still read."""

from __future__ import annotations

import datetime
import gc
import tracemalloc
from typing import Any

from bson import ObjectId
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from desperados.embedded.errors import CommandError
from desperados.embedded.planning.query import Query
from desperados.embedded.storage import catalogue
from desperados.embedded.storage.collection import Collection
from desperados.embedded.storage.store import Store
from desperados.embedded.storage.units import Unit
from desperados.embedded.storage.versions import Locked, visible
from desperados.embedded.values.codec import decode, encode

NOW = datetime.datetime(2026, 1, 2)


def make(*keys: dict[str, int]) -> tuple[Store, Collection]:
    """A store with one collection and indexes on these keys."""
    store = Store(1)
    unit = store.statement()
    collection = catalogue.create(store, "g.c", {}, unit)
    for number, key in enumerate(keys):
        catalogue.add_index(store, collection, {"key": key, "name": f"i{number}"})
    store.commit(unit)
    return store, collection


def put(
    store: Store, collection: Collection, doc: dict[str, Any], unit: Unit | None = None
) -> None:
    """Insert the document or give it a new version, by default in a statement of its own."""
    writer = unit or store.statement()
    number = collection.number_of(collection.id_key(doc["_id"]))
    if number is None:
        store.insert(collection, doc, None, writer)
    else:
        store.write(collection, number, doc, None, writer)
    if unit is None:
        store.commit(writer)


def kept(collection: Collection) -> int:
    return sum(1 for _ in collection.versions())


def test_of_a_thousand_versions_under_an_old_snapshot_two_are_kept() -> None:
    store, collection = make({"value": 1})
    put(store, collection, {"_id": 1, "value": 0})
    reader = store.transaction()
    for value in range(1, 1001):
        put(store, collection, {"_id": 1, "value": value})
    assert [version.doc["value"] for _, version in collection.versions() if version.doc] == [
        1000,
        0,
    ]
    assert len(collection.indexes["i0"].entries) == 2
    store.abort(reader)
    assert kept(collection) == len(collection.indexes["i0"].entries) == 1


def test_a_version_goes_with_the_last_of_those_who_see_it_though_older_ones_stay() -> None:
    store, collection = make()
    readers = []
    for value in range(4):
        put(store, collection, {"_id": 1, "value": value})
        readers.append([store.transaction(), store.transaction()])
    assert kept(collection) == 4
    for reader in readers[2]:
        assert kept(collection) == 4
        store.abort(reader)
    assert kept(collection) == 3
    store.abort(readers[0][0])
    assert kept(collection) == 3


def test_a_count_at_a_snapshot_leaves_out_what_came_later() -> None:
    store, collection = make({"value": 1})
    put(store, collection, {"_id": 1, "value": 5})
    reader = store.transaction()
    put(store, collection, {"_id": 2, "value": 5})
    assert Query(collection, {"value": 5}).count(reader) == 1
    assert Query(collection, {"value": 5}).count(store.statement()) == 2
    store.abort(reader)
    assert not collection.chains


def test_a_deleted_document_leaves_nothing() -> None:
    store, collection = make({"value": 1})
    put(store, collection, {"_id": 1, "value": 0})
    unit, reader = store.statement(), store.transaction()
    store.write(collection, 1, None, None, unit)
    store.commit(unit)
    assert collection.visible(1, reader) is not None
    store.abort(reader)
    assert not collection.records
    assert not collection.chains
    assert not any(len(index.entries) for index in collection.indexes.values())


class ReadersAndWriters(RuleBasedStateMachine):
    """Each reader sees what was there when it came; what is kept is what is seen, no more."""

    keys = st.integers(0, 2)

    def __init__(self) -> None:
        super().__init__()
        self.store, self.collection = make({"value": 1})
        self.now: dict[int, int] = {}
        self.readers: list[tuple[Unit, dict[int, int]]] = []
        self.writer: Unit | None = None
        self.value = 0

    @rule(key=keys)
    def write(self, key: int) -> None:
        self.value += 1
        try:
            put(self.store, self.collection, {"_id": key, "value": self.value})
        except Locked:
            return  # it would wait for the end of the transaction that has it
        self.now[key] = self.value

    @rule(key=keys)
    def delete(self, key: int) -> None:
        if key not in self.now or self.writer is not None:
            return
        number = self.collection.number_of(self.collection.id_key(key))
        assert number is not None
        unit = self.store.statement()
        self.store.write(self.collection, number, None, None, unit)
        self.store.commit(unit)
        del self.now[key]

    @rule()
    def come(self) -> None:
        self.readers.append((self.store.transaction(), self.now.copy()))

    @rule(data=st.data())
    def go(self, data: st.DataObject) -> None:
        if self.readers:
            reader, _ = self.readers.pop(data.draw(st.integers(0, len(self.readers) - 1)))
            self.store.abort(reader)

    @rule(key=keys)
    def begin(self, key: int) -> None:
        if self.writer is None:
            self.writer = self.store.transaction()
        try:
            put(self.store, self.collection, {"_id": key, "value": -1}, self.writer)
        except CommandError:
            self.end()  # a conflict with what has changed since

    @rule()
    def end(self) -> None:
        if self.writer is not None:
            self.store.abort(self.writer)
            self.writer = None

    @invariant()
    def all_see_their_own(self) -> None:
        seen = set()
        for unit, expected in (*self.readers, (self.store.statement(), self.now)):
            found = {}
            for _, head in self.collection.heads():
                version = visible(head, unit)
                if version is not None and version.doc is not None:
                    found[version.doc["_id"]] = version.doc["value"]
                    seen.add((version.doc["_id"], version.doc["value"]))
            assert found == expected
        if self.writer is None:
            docs = [version.doc for _, version in self.collection.versions() if version.doc]
            assert len(docs) == len(seen)
            assert {(doc["_id"], doc["value"]) for doc in docs} == seen
            entries = sum(1 for _ in self.collection.indexes["i0"].entries.between(b"", b"\xff"))
            assert entries == len(seen)


test_readers_and_writers = ReadersAndWriters.TestCase


# Bytes --------------------------------------------------------------------------------------------


def cost_of(docs: list[dict[str, Any]], *keys: dict[str, int]) -> float:
    """The bytes of memory that a stored document takes, with its entries in the indexes."""
    store, collection = make(*keys)
    raws = [encode(doc) for doc in docs]
    gc.collect()
    tracemalloc.start()
    try:
        for raw in raws:
            # Of its own, and decoded for the statement that inserts it, as off the wire.
            own = bytes(bytearray(raw))
            unit = store.statement()
            store.insert(collection, decode(own), own, unit)
            store.commit(unit)
        del own, unit
        gc.collect()
        return tracemalloc.get_traced_memory()[0] / len(docs)
    finally:
        tracemalloc.stop()


def test_a_character_takes_little_more_than_its_bytes() -> None:
    skills = {f"skill_{number}": {"level": number, "xp": 17 * number} for number in range(30)}
    docs = [
        {
            "_id": ObjectId(),
            "userId": ObjectId(),
            "name": f"Rider {number}",
            "level": number % 50,
            "dollars": number,
            "currentLocationId": ObjectId(),
            "gangId": ObjectId(),
            "skills": skills,
            "createdAt": NOW,
            "lastActive": NOW,
        }
        for number in range(2000)
    ]
    keys = ("userId", "name", "level", "currentLocationId", "gangId", "lastActive")
    # About 2,000; decoded it was 19,000, and the aim is a third of that.
    assert cost_of(docs, *({key: 1} for key in keys)) < 4000


def test_the_seven_rows_of_a_transfer_take_little_more_than_their_bytes() -> None:
    docs = [
        {
            "_id": ObjectId(),
            "characterId": ObjectId(),
            "amount": -number,
            "type": "transfer",
            "source": "player_trade",
            "balanceBefore": number,
            "balanceAfter": 0,
            "metadata": {"note": "rent", "other": ObjectId()},
            "seq": number,
            "currency": "dollars",
            "timestamp": NOW,
        }
        for number in range(4000)
    ]
    keys = ("characterId", "type", "source", "seq", "timestamp")
    # About 5,500 with all of these indexes; decoded it was 18,000 with fewer.
    assert 7 * cost_of(docs, *({key: 1, "_id": -1} for key in keys)) < 7000
