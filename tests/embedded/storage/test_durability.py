"""The file: acknowledged is on disk, damage is found, one process at a time."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
import time
import uuid
from pathlib import Path
from typing import Any

import bson
import pytest
from bson import Binary, Int64
from pymongo import AsyncMongoClient

from desperados.embedded import DamagedFile, DatabaseInUse, EmbeddedError, EmbeddedServer
from tests.embedded.wire.messages import Wire

# A child that serves a file and, until it is killed, tells every write that was acknowledged.
CHILD = """
import asyncio, sys
from pymongo import AsyncMongoClient
from desperados.embedded import EmbeddedServer

async def main():
    async with EmbeddedServer(path=sys.argv[1]) as server:
        client = AsyncMongoClient(server.url)
        game = client.game
        await game.accounts.update_one({"_id": 0}, {"$setOnInsert": {"n": 0}}, upsert=True)
        start = await game.rows.count_documents({})
        print("ready", flush=True)
        for number in range(start, 10**6):
            async with client.start_session() as session:
                async with await session.start_transaction():
                    await game.accounts.update_one({"_id": 0}, {"$inc": {"n": 1}}, session=session)
                    await game.rows.insert_one({"_id": number}, session=session)
            print(number, flush=True)

asyncio.run(main())
"""


async def dump(path: Path) -> dict[str, Any]:
    async with EmbeddedServer(path=path) as server, AsyncMongoClient(server.url) as client:
        names = await client.game.list_collection_names()
        return {name: await client.game[name].find().to_list() for name in names}


async def test_everything_is_there_after_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "world.db"
    async with EmbeddedServer(path=path) as server, AsyncMongoClient(server.url) as client:
        game = client.game
        await game.people.create_index(
            "name", unique=True, collation={"locale": "en", "strength": 2}
        )
        await game.people.insert_many([{"_id": n, "name": f"p{n}", "l": [n]} for n in range(50)])
        await game.people.update_many({"_id": {"$lt": 10}}, {"$push": {"l": Int64(7)}})
        await game.people.delete_many({"_id": {"$gte": 40}})
        await game.create_collection("empty", validator={"a": 1})
        await game.gone.insert_one({})
        await game.gone.drop()
        await game.old.insert_one({"_id": 1})
        await game.new.insert_one({"_id": 2})
        await game.old.rename("new", dropTarget=True)
        before = await game.people.find().to_list()
        information = await game.people.index_information()
    async with EmbeddedServer(path=path) as server, AsyncMongoClient(server.url) as client:
        game = client.game
        after = await game.people.find().to_list()
        assert [bson.encode(doc) for doc in after] == [bson.encode(doc) for doc in before]
        assert await game.people.index_information() == information
        assert sorted(await game.list_collection_names()) == ["empty", "new", "people"]
        assert (await game.command("validate", "people"))["valid"]
        assert await game.new.find().to_list() == [{"_id": 1}]


async def test_an_open_transaction_is_not_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "world.db"
    async with EmbeddedServer(path=path) as server:
        wire = await Wire.open(server)
        await wire.command({"insert": "a", "documents": [{"_id": 1}]})
        fields = {
            "lsid": {"id": Binary.from_uuid(uuid.uuid4())},
            "txnNumber": Int64(1),
            "autocommit": False,
        }
        first = {"insert": "a", "documents": [{"_id": 2}], "startTransaction": True}
        assert (await wire.command({**first, **fields}))["n"] == 1
        assert (await wire.command({"insert": "b", "documents": [{}], **fields}))["n"] == 1
        await wire.close()
    assert await dump(path) == {"a": [{"_id": 1}]}


async def test_an_id_that_came_back_in_another_number_type_is_one_document(
    tmp_path: Path,
) -> None:
    path = tmp_path / "world.db"
    async with EmbeddedServer(path=path) as server, AsyncMongoClient(server.url) as client:
        await client.game.a.insert_one({"_id": 1})
        async with client.start_session() as session, await session.start_transaction():
            await client.game.a.delete_one({"_id": 1}, session=session)
            await client.game.a.insert_one({"_id": 1.0, "n": 2}, session=session)
    assert await dump(path) == {"a": [{"_id": 1.0, "n": 2}]}


async def test_nothing_that_was_acknowledged_is_lost_when_the_process_is_killed(
    tmp_path: Path,
) -> None:
    path = tmp_path / "world.db"
    for _ in range(3):
        child = subprocess.Popen(
            [sys.executable, "-c", CHILD, str(path)],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
        told = [int(child.stdout.readline()) for _ in range(20)]
        child.send_signal(signal.SIGKILL)
        told += [int(line) for line in child.stdout.read().split()]
        child.wait()
        world = await dump(path)
        rows = {doc["_id"] for doc in world["rows"]}
        assert set(told) <= rows
        # Each transaction is there whole or not at all.
        assert world["accounts"] == [{"_id": 0, "n": len(rows)}]


async def test_a_write_repeated_after_a_restart_gets_its_first_answer(tmp_path: Path) -> None:
    path = tmp_path / "world.db"
    fields = {"lsid": {"id": Binary.from_uuid(uuid.uuid4())}, "txnNumber": Int64(1)}
    command = {
        "update": "a",
        "updates": [{"q": {"_id": 1}, "u": {"$inc": {"n": 1}}, "upsert": True}],
        **fields,
    }
    replies = []
    for _ in range(2):
        async with EmbeddedServer(path=path) as server:
            wire = await Wire.open(server)
            replies.append(await wire.command(command))
            await wire.close()
    assert replies[0]["upserted"] == replies[1]["upserted"]
    assert await dump(path) == {"a": [{"_id": 1, "n": 1}]}


async def test_a_second_opener_is_told_of_desperados_db(tmp_path: Path) -> None:
    path = tmp_path / "world.db"
    async with EmbeddedServer(path=path):
        with pytest.raises(DatabaseInUse, match="desperados db"):
            await EmbeddedServer(path=path).start()
        script = (
            "import asyncio, sys\n"
            "from desperados.embedded import EmbeddedServer\n"
            "asyncio.run(EmbeddedServer(path=sys.argv[1]).start())\n"
        )
        other = await asyncio.create_subprocess_exec(
            sys.executable, "-c", script, str(path), stderr=asyncio.subprocess.PIPE
        )
        _, errors = await other.communicate()
        assert other.returncode == 1
        assert b"desperados db" in errors
    async with EmbeddedServer(path=path):
        pass


async def fill(path: Path, count: int) -> None:
    async with EmbeddedServer(path=path) as server, AsyncMongoClient(server.url) as client:
        await client.game.a.create_index("n")
        docs = [{"_id": n, "n": n, "text": f"document {n:07}"} for n in range(count)]
        await client.game.a.insert_many(docs)


@pytest.mark.parametrize("damage", ["garbage", "header", "content", "truncated"])
async def test_a_damaged_file_is_reported_not_served(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "world.db"
    await fill(path, 2000)
    data = bytearray(path.read_bytes())
    if damage == "garbage":
        data[:] = b"this is no database" * 100
    elif damage == "header":
        data[40:100] = b"\xff" * 60
    elif damage == "truncated":
        del data[len(data) // 2 :]
    else:
        at = data.index(b"document 0001000")
        data[at] ^= 1
    path.write_bytes(data)
    with pytest.raises(DamagedFile, match=r"world\.db"):
        await EmbeddedServer(path=path).start()


@pytest.mark.parametrize("cut", [1, 50, 100, 4096])
async def test_a_file_cut_to_its_beginning_is_reported(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "world.db"
    await fill(path, 10)
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(DamagedFile, match=r"world\.db is damaged: .*Restore it from a backup"):
        await EmbeddedServer(path=path).start()


async def test_pages_of_garbage_are_reported_in_one_line(tmp_path: Path) -> None:
    path = tmp_path / "world.db"
    await fill(path, 2000)
    data = bytearray(path.read_bytes())
    for at in range(8192, len(data), 40_000):
        data[at : at + 16] = b"\xff" * 16
    path.write_bytes(data)
    with pytest.raises(DamagedFile) as caught:
        await EmbeddedServer(path=path).start()
    assert "\n" not in str(caught.value)
    assert "damaged" in str(caught.value)


async def test_an_empty_file_is_not_taken_for_a_new_world(tmp_path: Path) -> None:
    path = tmp_path / "world.db"
    path.touch()
    for _ in range(2):  # looking at it did not make one either
        with pytest.raises(DamagedFile, match="there is nothing in it"):
            await EmbeddedServer(path=path).start()
    path.unlink()
    async with EmbeddedServer(path=path):
        pass


async def test_what_is_no_file_is_refused_with_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(EmbeddedError, match="is a folder; a database is one file"):
        await EmbeddedServer(path=tmp_path).start()
    plain = tmp_path / "plain"
    plain.touch()
    with pytest.raises(EmbeddedError, match="plain is a file, not a folder"):
        await EmbeddedServer(path=plain / "world.db").start()


@pytest.mark.parametrize(("of_file", "of_folder"), [(0o000, 0o755), (0o444, 0o755), (0o644, 0o555)])
async def test_a_file_that_may_not_be_written_is_refused_with_a_sentence(
    tmp_path: Path, of_file: int, of_folder: int
) -> None:
    folder = tmp_path / "worlds"
    path = folder / "world.db"
    await fill(path, 1)
    path.chmod(of_file)
    folder.chmod(of_folder)
    try:
        if os.access(path, os.R_OK | os.W_OK) and os.access(folder, os.W_OK):
            pytest.skip("this user may read and write everything")
        with pytest.raises(EmbeddedError, match="this user may not"):
            await EmbeddedServer(path=path).start()
    finally:
        folder.chmod(0o755)


async def test_a_sqlite_file_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE things (a)")
    other.close()
    with pytest.raises(DamagedFile, match="not one of this database"):
        await EmbeddedServer(path=path).start()


async def test_a_large_file_opens_in_seconds(tmp_path: Path) -> None:
    path = tmp_path / "world.db"
    await fill(path, 10_000)
    start = time.perf_counter()
    async with EmbeddedServer(path=path):
        assert time.perf_counter() - start < 2
