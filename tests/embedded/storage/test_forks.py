"""Forks of a world: each begins with what was committed, and goes its own way from there."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    rule,
)
from pymongo import AsyncMongoClient
from pymongo.errors import DuplicateKeyError

from desperados.embedded import EmbeddedServer
from desperados.embedded.errors import CommandError
from desperados.embedded.planning.query import Query
from desperados.embedded.storage import catalogue
from desperados.embedded.storage.collection import Collection
from desperados.embedded.storage.keys import entry
from desperados.embedded.storage.store import Store
from desperados.embedded.storage.units import Unit

Database = Any


@asynccontextmanager
async def opened(server: EmbeddedServer) -> AsyncIterator[Database]:
    """The database "game" of a server that runs while this is open."""
    async with server, AsyncMongoClient[dict[str, Any]](server.url) as client:
        yield client.game


async def prepared(**options: Any) -> EmbeddedServer:
    """A stopped server with three people, a unique index and one that expires."""
    server = EmbeddedServer(**options)
    async with opened(server) as game:
        await game.people.create_index("name", unique=True)
        await game.people.create_index("until", expireAfterSeconds=0)
        await game.people.insert_many([{"_id": n, "name": f"n{n}"} for n in range(3)])
    return server


async def names(game: Database) -> list[str]:
    return [doc["name"] async for doc in game.people.find().sort("name")]


async def test_a_fork_begins_with_what_is_there_and_goes_its_own_way() -> None:
    world = await prepared()
    async with opened(world.fork()) as one, opened(world.fork()) as two, opened(world) as parent:
        await one.people.update_one({"_id": 0}, {"$set": {"name": "one"}})
        await two.people.delete_one({"_id": 0})
        await parent.people.insert_one({"_id": 3, "name": "n3"})
        assert await names(one) == ["n1", "n2", "one"]
        assert await names(two) == ["n1", "n2"]
        assert await names(parent) == ["n0", "n1", "n2", "n3"]
        for game in (one, two, parent):
            assert (await game.command("validate", "people"))["valid"]


async def test_a_fork_of_a_fork_and_one_of_a_running_world() -> None:
    world = await prepared()
    async with opened(world) as game:
        child = world.fork()
        await game.people.delete_many({})
        async with opened(child) as young:
            await young.people.delete_one({"_id": 1})
            async with opened(child.fork()) as youngest:
                assert await names(youngest) == ["n0", "n2"]


async def test_indexes_of_a_fork_are_its_own() -> None:
    world = await prepared()
    async with opened(world.fork()) as one, opened(world.fork()) as two:
        await one.people.drop_index("name_1")
        await one.people.create_index("age")
        await one.people.insert_one({"name": "n0"})
        with pytest.raises(DuplicateKeyError):
            await two.people.insert_one({"name": "n0"})
        await one.command("collMod", "people", index={"name": "until_1", "expireAfterSeconds": 60})
        assert set(await two.people.index_information()) == {"_id_", "name_1", "until_1"}
        assert (await two.people.index_information())["until_1"]["expireAfterSeconds"] == 0


async def test_collections_made_renamed_and_dropped_in_a_fork_concern_nobody_else() -> None:
    world = await prepared()
    async with opened(world.fork()) as one, opened(world.fork()) as two:
        await one.people.rename("persons")
        await two.people.drop()
        await two.horses.insert_one({})
        assert await one.list_collection_names() == ["persons"]
        assert await two.list_collection_names() == ["horses"]
    async with opened(world) as parent:
        assert await names(parent) == ["n0", "n1", "n2"]


async def test_documents_of_a_fork_expire_there_and_by_the_clock_of_the_world() -> None:
    moment = 1000.0
    world = await prepared(clock=lambda: moment)
    fork = world.fork()
    async with opened(fork) as game, opened(world.fork()) as other:
        await game.people.update_one({"_id": 0}, [{"$set": {"until": "$$NOW"}}])
        moment += 1
        fork.housekeeping()
        assert await names(game) == ["n1", "n2"]
        assert await names(other) == ["n0", "n1", "n2"]


async def test_an_open_transaction_is_in_no_fork_and_its_end_changes_none() -> None:
    world = await prepared()
    async with opened(world) as game, game.client.start_session() as session:
        async with await session.start_transaction():
            await game.people.update_one({"_id": 0}, {"$set": {"name": "x"}}, session=session)
            await game.people.delete_one({"_id": 1}, session=session)
            await game.people.insert_one({"_id": 9, "name": "n9"}, session=session)
            await game.horses.insert_one({}, session=session)
            fork = world.fork()
        async with opened(fork) as forked:
            assert await names(forked) == ["n0", "n1", "n2"]
            assert await forked.list_collection_names() == ["people"]
            assert (await forked.command("validate", "people"))["valid"]
            # Nothing of it stands in the way of a write.
            await forked.people.insert_one({"_id": 9, "name": "x"})
        assert await names(game) == ["n2", "n9", "x"]


async def test_a_session_of_the_parent_means_nothing_to_a_fork() -> None:
    world = await prepared()
    async with opened(world) as game, game.client.start_session() as session:
        await game.people.insert_one({"_id": 9, "name": "n9"}, session=session)
        fork = world.fork()
        assert not fork.sessions.all
        assert fork.stats.scan_count == 0
        assert not fork.cursors.open


async def test_a_fork_of_a_world_with_a_file_is_in_memory(tmp_path: Path) -> None:
    path = tmp_path / "world.db"
    world = await prepared(path=path)
    async with opened(world.fork()) as game:
        await game.people.delete_many({})
    async with opened(EmbeddedServer(path=path)) as game:
        assert await names(game) == ["n0", "n1", "n2"]


def test_a_fork_does_not_cost_by_what_is_in_it() -> None:
    def cost(size: int) -> float:
        world, _ = _world([{"_id": n, "value": n, "word": str(n)} for n in range(size)])
        times = []
        for _ in range(9):
            start = time.process_time()
            _fork(world)
            times.append(time.process_time() - start)
        return min(times)

    # Two hundred times as much; by documents it would be seconds.
    assert cost(20_000) < cost(100) + 0.05


# Any family of worlds ---------------------------------------------------------------------------


def _world(docs: list[dict[str, Any]]) -> tuple[Store, Collection]:
    store = Store(1)
    unit = store.statement()
    collection = catalogue.create(store, "g.c", {}, unit)
    for number, key in enumerate(({"value": 1}, {"word": 1, "value": -1})):
        catalogue.add_index(store, collection, {"key": key, "name": f"i{number}"})
    catalogue.add_index(
        store,
        collection,
        {"key": {"unique": 1}, "name": "u", "unique": True, "sparse": True},
    )
    for doc in docs:
        store.insert(collection, doc, None, unit)
    store.commit(unit)
    return store, collection


def _fork(world: Store) -> Store:
    other = Store(1)
    world.fork(other)
    return other


class _World:
    """A store, what should be in it, and a transaction that may be open there."""

    def __init__(self, store: Store, expected: dict[int, dict[str, Any]]) -> None:
        self.store = store
        self.committed = expected
        self.unit: Unit | None = None
        self.pending: dict[int, dict[str, Any]] = {}

    @property
    def collection(self) -> Collection:
        return self.store.collections["g.c"]

    def fork(self) -> _World:
        return _World(_fork(self.store), dict(self.committed))

    def write(self, key: int, doc: dict[str, Any] | None) -> None:
        """Put the document under the key (None: delete it), in the open transaction if any."""
        unit = self.unit or self.store.statement()
        expected = self.pending if self.unit else self.committed
        found = next(Query(self.collection, {"_id": key}).run(unit), None)
        assert (found is not None) == (key in expected)
        mark = len(unit.changes)
        try:
            if found is not None:
                self.store.write(self.collection, found[0], doc, None, unit)
            elif doc is not None:
                self.store.insert(self.collection, doc, None, unit)
        except CommandError as error:
            assert error.name == "DuplicateKey"  # noqa: PT017 (others are raised on)
            assert any(doc and o.get("unique") == doc.get("unique") for o in expected.values())
            self.store.undo(unit, mark)
        else:
            if doc is not None:
                expected[key] = doc
            else:
                expected.pop(key, None)
        if self.unit is None:
            self.store.commit(unit)

    def begin(self) -> None:
        if self.unit is None:
            self.unit, self.pending = self.store.transaction(), dict(self.committed)

    def end(self, *, commit: bool) -> None:
        if self.unit is None:
            return
        if commit:
            self.store.commit(self.unit)
            self.committed = self.pending
        else:
            self.store.abort(self.unit)
        self.unit = None

    def check(self) -> None:
        reader = self.store.statement()
        if self.unit is None:
            self._compare(reader, self.committed)
        else:
            self._compare(self.unit, self.pending)
            self._compare(reader, self.committed)

    def _compare(self, unit: Unit, expected: dict[int, dict[str, Any]]) -> None:
        for query in ({}, {"_id": {"$gte": 0}}, {"value": {"$gte": 0}}, {"word": {"$gte": ""}}):
            found = [version.doc for _, version in Query(self.collection, query).run(unit)]
            assert sorted(found, key=lambda doc: doc["_id"]) == [
                expected[key] for key in sorted(expected)
            ]


class FamilyOfWorlds(RuleBasedStateMachine):
    """Forks of forks in which all write at will: each has what it wrote itself."""

    worlds = Bundle("worlds")
    keys = st.integers(0, 5)

    def __init__(self) -> None:
        super().__init__()
        self.all: list[_World] = []

    @initialize(target=worlds)
    def first(self) -> _World:
        docs = [{"_id": key, "value": key, "word": "w"} for key in range(4)]
        store, _ = _world(docs)
        self.all.append(_World(store, {doc["_id"]: doc for doc in docs}))
        return self.all[0]

    @rule(target=worlds, world=worlds)
    def fork(self, world: _World) -> Any:
        if len(self.all) == 5:
            return multiple()
        self.all.append(world.fork())
        return self.all[-1]

    @rule(world=worlds, key=keys, value=st.integers(0, 3), unique=st.none() | st.integers(0, 2))
    def write(self, world: _World, key: int, value: int, unique: int | None) -> None:
        extra = {} if unique is None else {"unique": unique}
        world.write(key, {"_id": key, "value": value, "word": "ab"[value % 2], **extra})

    @rule(world=worlds, key=keys)
    def delete(self, world: _World, key: int) -> None:
        world.write(key, None)

    @rule(world=worlds)
    def begin(self, world: _World) -> None:
        world.begin()

    @rule(world=worlds, commit=st.booleans())
    def end(self, world: _World, commit: bool) -> None:
        world.end(commit=commit)

    @invariant()
    def each_has_its_own(self) -> None:
        for world in self.all:
            world.check()

    def teardown(self) -> None:
        for world in self.all:
            world.end(commit=True)
            world.check()
            for index in world.collection.indexes.values():
                expected = {
                    entry(key, number)
                    for number, version in world.collection.versions()
                    for key in index.keys(version.doc)
                }
                assert len(index.entries) == len(expected)
                assert all(item in index.entries for item in expected)


test_a_family_of_worlds = FamilyOfWorlds.TestCase
