"""A disk that takes no more: the caller reads why, nothing is half done, and it goes on after."""

from __future__ import annotations

import asyncio
import datetime
import subprocess
from pathlib import Path
from typing import Any

import pytest
from pymongo import AsyncMongoClient
from pymongo.errors import OperationFailure

from desperados.embedded import EmbeddedError, EmbeddedServer
from desperados.embedded.storage.ttl import SWEEP_SECONDS
from tests.disks import fill_up


async def fill(game: Any) -> int:
    """Write until the disk is full; how many documents it took."""
    taken = 0

    async def write() -> None:
        nonlocal taken
        while taken < 10_000:
            await game.a.insert_one({"_id": taken, "text": "x" * 50_000})
            taken += 1

    with pytest.raises(OperationFailure, match="disk is full") as caught:
        await write()
    assert caught.value.code == 14031  # OutOfDiskSpace
    return taken


async def test_a_full_disk_is_told_and_the_world_goes_on_when_there_is_space(
    small_disk: Path,
) -> None:
    path = small_disk / "world.db"
    ballast = small_disk / "ballast"
    ballast.write_bytes(b"x" * 1_200_000)
    async with EmbeddedServer(path=path) as server, AsyncMongoClient(server.url) as client:
        game = client.game
        await game.b.insert_one({"_id": 1, "n": 0})
        taken = await fill(game)
        async with client.start_session() as session:
            with pytest.raises(OperationFailure, match="disk is full"):
                async with await session.start_transaction():
                    await game.b.update_one(
                        {"_id": 1}, {"$set": {"n": "x" * 99_999}}, session=session
                    )
        assert await game.b.find_one() == {"_id": 1, "n": 0}
        assert await game.a.count_documents({}) == taken
        ballast.unlink()
        # Nobody holds what the refused transaction had written.
        await game.b.update_one({"_id": 1}, {"$set": {"n": 1}})
        await game.a.insert_one({"_id": taken})
    async with EmbeddedServer(path=path) as server, AsyncMongoClient(server.url) as client:
        assert await client.game.a.count_documents({}) == taken + 1
        assert await client.game.b.find_one() == {"_id": 1, "n": 1}


async def test_a_file_system_that_is_read_only_is_named_as_such(small_disk: Path) -> None:
    path = small_disk / "world.db"
    async with EmbeddedServer(path=path):
        pass
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    for world in (path, small_disk / "new.db"):
        with pytest.raises(EmbeddedError, match="its file system is read-only"):
            await EmbeddedServer(path=world).start()


async def test_a_world_that_stops_on_a_full_disk_is_whole_when_it_starts_again(
    small_disk: Path,
) -> None:
    path = small_disk / "world.db"
    ballast = small_disk / "ballast"
    ballast.write_bytes(b"x" * 1_200_000)
    async with EmbeddedServer(path=path) as server, AsyncMongoClient(server.url) as client:
        taken = await fill(client.game)
        rest = fill_up(small_disk)
    ballast.unlink()
    rest.unlink()
    async with EmbeddedServer(path=path) as server, AsyncMongoClient(server.url) as client:
        assert await client.game.a.count_documents({}) == taken


async def test_a_world_that_cannot_begin_on_a_full_disk_says_so_and_begins_later(
    small_disk: Path,
) -> None:
    path = small_disk / "world.db"
    rest = fill_up(small_disk)
    with pytest.raises(EmbeddedError, match="disk is full"):
        await EmbeddedServer(path=path).start()
    assert list(small_disk.iterdir()) == [rest]
    rest.unlink()
    async with EmbeddedServer(path=path):
        pass


@pytest.fixture
async def full(tmp_path: Path) -> Any:
    """A world whose file may not grow, which is a full disk to SQLite; with a switch to let it."""
    server = EmbeddedServer(path=tmp_path / "world.db")
    async with server, AsyncMongoClient(server.url) as client:
        await client.game.b.create_index("n", name="n")
        await client.game.b.insert_one({"_id": 1, "n": 0})
        assert server._journal is not None
        run = server._journal._database.execute
        run("PRAGMA max_page_count=1")  # not less than there are
        await fill(client.game)
        yield client.game, lambda: run("PRAGMA max_page_count=1000000")


async def test_no_index_is_made_changed_or_dropped_that_could_not_be_written(full: Any) -> None:
    game, more_space = full
    long = "x" * 20_000
    with pytest.raises(OperationFailure, match="disk is full"):
        await game.b.create_index("m", partialFilterExpression={"m": long})
    assert set(await game.b.index_information()) == {"_id_", "n"}
    with pytest.raises(OperationFailure, match="disk is full"):
        await game.command("collMod", "b", validator={"m": {"$ne": long}})
    await game.b.update_one({"_id": 1}, {"$set": {"n": 0}})
    assert "validator" not in (await game.b.options())
    more_space()
    await game.b.create_index("m", partialFilterExpression={"m": long})


async def test_what_expires_on_a_full_disk_goes_when_there_is_space(
    small_disk: Path, caplog: pytest.LogCaptureFixture
) -> None:
    hour = datetime.timedelta(hours=1)
    now = datetime.datetime.now(datetime.UTC)
    server = EmbeddedServer(path=small_disk / "world.db", clock=lambda: now.timestamp())
    async with server, AsyncMongoClient(server.url) as client:
        game = client.game
        await game.a.create_index("at", expireAfterSeconds=60)
        await game.a.insert_one({"_id": 1, "at": now})
        rest = fill_up(small_disk)
        now += hour
        await asyncio.sleep(3.5 * SWEEP_SECONDS)
        assert await game.a.count_documents({}) == 1
        # Said once, not with each sweep.
        assert [r.getMessage() for r in caplog.records if "disk is full" in r.getMessage()] == [
            f"housekeeping has to wait: {server.path} could not be written: the disk is full. "
            "Free some space, and try again."
        ]
        rest.unlink()
        server.housekeeping()
        assert await game.a.count_documents({}) == 0
