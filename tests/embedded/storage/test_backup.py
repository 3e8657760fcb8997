"""A backup of a world that is being written: whole, of one moment, there when it is proven."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from pymongo import AsyncMongoClient

from desperados.embedded import DamagedFile, EmbeddedError, EmbeddedServer, back_up


def silent(_: str, __: int, ___: int) -> None: ...


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[tuple[Path, Any]]:
    """A running world of a few megabytes: its file and its database."""
    path = tmp_path / "world.db"
    async with EmbeddedServer(path=path) as server, AsyncMongoClient(server.url) as client:
        await client.game.a.create_index("n", unique=True)
        await client.game.a.insert_many(
            [{"_id": n, "n": n, "text": f"document {n:07}" * 20} for n in range(5_000)]
        )
        yield path, client.game


async def test_a_backup_of_a_world_that_is_written_is_one_moment_of_it(
    world: tuple[Path, Any], tmp_path: Path
) -> None:
    path, game = world
    backup = tmp_path / "backup.db"
    written = 0

    async def write() -> None:
        """Pairs that are there both or not at all."""
        nonlocal written
        while True:
            async with game.client.start_session() as session, await session.start_transaction():
                await game.left.insert_one({"_id": written}, session=session)
                await game.right.insert_one({"_id": written}, session=session)
            written += 1

    writer = asyncio.create_task(write())
    while written < 3:
        await asyncio.sleep(0.001)
    told: list[tuple[str, int, int]] = []
    before = written
    documents = await asyncio.to_thread(back_up, path, backup, lambda *step: told.append(step))
    after = written
    writer.cancel()
    assert after > before  # it was written all the while
    async with EmbeddedServer(path=backup) as server, AsyncMongoClient(server.url) as client:
        left = [doc["_id"] async for doc in client.game.left.find().sort("_id")]
        right = [doc["_id"] async for doc in client.game.right.find().sort("_id")]
        assert left == right == list(range(len(left)))
        assert before <= len(left) <= after + 1
        assert documents == 5_000 + len(left) + len(right)
        assert await client.game.a.find_one({"n": 4_999}) == await game.a.find_one({"n": 4_999})
        assert (await client.game.a.index_information())["n_1"]["unique"]
    assert {what for what, _, _ in told} == {"copying", "verifying"}
    assert all(0 <= done <= of for _, done, of in told)
    # The world that was copied goes on, and nothing was left beside the copy.
    await game.a.insert_one({"_id": -1, "n": -1})
    assert {p.name for p in tmp_path.iterdir()} == {
        "world.db",
        "world.db-wal",
        "world.db-shm",
        "world.db.lock",
        "backup.db",
    }


async def test_a_world_at_rest_is_backed_up_and_stays_as_it_was(tmp_path: Path) -> None:
    path, backup = tmp_path / "world.db", tmp_path / "backup.db"
    async with EmbeddedServer(path=path) as server, AsyncMongoClient(server.url) as client:
        await client.game.a.insert_one({"_id": 1})
    before = path.read_bytes()
    assert back_up(path, backup, silent) == 1
    assert path.read_bytes() == before
    assert {p.name for p in tmp_path.iterdir()} == {"world.db", "backup.db"}


async def test_a_backup_never_replaces_a_file(world: tuple[Path, Any], tmp_path: Path) -> None:
    path, _ = world
    for target in (path, tmp_path):
        with pytest.raises(EmbeddedError, match="never replaces"):
            back_up(path, target, silent)
    with pytest.raises(EmbeddedError, match="no folder"):
        back_up(path, tmp_path / "missing" / "backup.db", silent)
    with pytest.raises(EmbeddedError, match="no world"):
        back_up(tmp_path / "missing.db", tmp_path / "backup.db", silent)


async def test_a_damaged_world_gives_no_backup(tmp_path: Path) -> None:
    path, backup = tmp_path / "world.db", tmp_path / "backup.db"
    async with EmbeddedServer(path=path) as server, AsyncMongoClient(server.url) as client:
        await client.game.a.insert_many([{"_id": n, "text": f"number {n:05}"} for n in range(99)])
    data = bytearray(path.read_bytes())
    data[data.index(b"number 00050")] ^= 1
    path.write_bytes(data)
    with pytest.raises(DamagedFile, match="does not match its checksum"):
        back_up(path, backup, silent)
    assert [p.name for p in tmp_path.iterdir()] == ["world.db"]


async def test_what_is_in_a_copy_of_a_running_world_is_saved_when_asked_for(
    world: tuple[Path, Any], tmp_path: Path
) -> None:
    path, _ = world
    copy, saved = tmp_path / "copy.db", tmp_path / "saved.db"
    shutil.copy(path, copy)
    with pytest.raises(DamagedFile, match=r"its log copy\.db-wal is missing"):
        back_up(copy, saved, silent)
    documents = back_up(copy, saved, silent, salvage=True)
    async with EmbeddedServer(path=saved) as server, AsyncMongoClient(server.url) as client:
        assert await client.game.a.count_documents({}) == documents


async def test_a_full_disk_leaves_no_half_of_a_backup(
    world: tuple[Path, Any], small_disk: Path
) -> None:
    path, game = world
    await game.a.insert_many([{"_id": -n, "text": "x" * 1000, "n": -n} for n in range(1, 3000)])
    with pytest.raises(EmbeddedError, match=r"backup\.db cannot be written: the disk is full"):
        back_up(path, small_disk / "backup.db", silent)
    assert list(small_disk.iterdir()) == []
