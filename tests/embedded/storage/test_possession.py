"""Whose the file is: one process, at its place, whole; whatever is done to it from outside."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from pymongo import AsyncMongoClient
from pymongo.errors import OperationFailure

from desperados.embedded import (
    DamagedFile,
    DatabaseInUse,
    EmbeddedError,
    EmbeddedServer,
    back_up,
)
from desperados.embedded.storage import possession

OPEN = (
    "import asyncio, sys\n"
    "from desperados.embedded import EmbeddedServer\n"
    "asyncio.run(EmbeddedServer(path=sys.argv[1]).start())\n"
)
# Serves a file, says that it has written to it, and is killed.
WRITE_AND_WAIT = """
import asyncio, sys
from pymongo import AsyncMongoClient
from desperados.embedded import EmbeddedServer

async def main():
    # On a port: a socket of its own would be left when it is killed.
    server = EmbeddedServer(path=sys.argv[1], port=0)
    async with server:
        client = AsyncMongoClient(server.url)
        await client.game.a.insert_one({"_id": 1})
        print("written", flush=True)
        await asyncio.sleep(60)

asyncio.run(main())
"""


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[tuple[Path, Any]]:
    """A running world with one document in it: its file and its database."""
    path = tmp_path / "world.db"
    async with EmbeddedServer(path=path) as server, AsyncMongoClient(server.url) as client:
        await client.game.a.insert_one({"_id": 1})
        yield path, client.game


async def ids(path: Path) -> list[int]:
    async with EmbeddedServer(path=path) as server, AsyncMongoClient(server.url) as client:
        return [doc["_id"] async for doc in client.game.a.find().sort("_id")]


def killed(path: Path) -> None:
    """A world whose process was killed after it had written."""
    child = subprocess.Popen(
        [sys.executable, "-c", WRITE_AND_WAIT, str(path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "written\n"
    child.kill()
    child.wait()
    child.stdout.close()


async def test_reading_the_file_where_it_is_served_lets_no_second_process_in(
    world: tuple[Path, Any],
) -> None:
    path, game = world
    for name in list(path.parent.iterdir()):
        name.read_bytes()
    with pytest.raises(DatabaseInUse, match="desperados db"):
        await EmbeddedServer(path=path).start()
    other = subprocess.run(
        [sys.executable, "-c", OPEN, str(path)], capture_output=True, check=False
    )
    assert b"DatabaseInUse" in other.stderr
    await game.a.insert_one({"_id": 2})


async def test_another_name_of_the_file_is_the_same_world(world: tuple[Path, Any]) -> None:
    path, _ = world
    link = path.with_name("link.db")
    link.symlink_to(path)
    with pytest.raises(DatabaseInUse):
        await EmbeddedServer(path=link).start()


async def test_nobody_else_may_read_a_world_or_its_backup(tmp_path: Path) -> None:
    path = tmp_path / "world.db"
    async with EmbeddedServer(path=path):
        back_up(path, tmp_path / "backup.db", lambda *_: None)
        assert len(list(tmp_path.iterdir())) == 5
        for file in tmp_path.iterdir():
            assert stat.S_IMODE(file.stat().st_mode) == 0o600, file


async def test_a_world_leaves_nothing_beside_its_file(tmp_path: Path) -> None:
    path = tmp_path / "world.db"
    async with EmbeddedServer(path=path):
        assert len(list(tmp_path.iterdir())) > 1
    assert list(tmp_path.iterdir()) == [path]


def moved(path: Path) -> None:
    path.rename(path.with_name("elsewhere.db"))


def deleted(path: Path) -> None:
    path.unlink()


def replaced(path: Path) -> None:
    shutil.copy(path, path.with_name("new"))
    path.with_name("new").replace(path)


def folder_moved(path: Path) -> None:
    path.parent.rename(path.parent.with_name("elsewhere"))


def log_deleted(path: Path) -> None:
    possession.log_of(path).unlink()


def lock_deleted(path: Path) -> None:
    path.with_name(path.name + ".lock").unlink()


@pytest.mark.parametrize(
    "harm", [moved, deleted, replaced, folder_moved, log_deleted, lock_deleted]
)
async def test_what_is_done_to_a_file_below_a_running_world_is_told_instead_of_acknowledged(
    harm: Callable[[Path], None], tmp_path: Path
) -> None:
    path = tmp_path / "worlds" / "world.db"
    async with EmbeddedServer(path=path) as server, AsyncMongoClient(server.url) as client:
        game = client.game
        await game.a.insert_one({"_id": 1})
        harm(path)
        with pytest.raises(OperationFailure, match="moved, replaced or deleted below") as caught:
            await game.a.insert_one({"_id": 2})
        assert caught.value.code == 39
        async with client.start_session() as session:
            with pytest.raises(OperationFailure, match="moved, replaced or deleted below"):
                async with await session.start_transaction():
                    await game.a.insert_one({"_id": 3}, session=session)
        with pytest.raises(OperationFailure, match="moved, replaced or deleted below"):
            await game.b.create_index("n")
        # What was refused is not there, and reading goes on.
        assert await game.a.find().to_list() == [{"_id": 1}]


async def test_a_file_that_is_back_at_its_place_is_written_again(world: tuple[Path, Any]) -> None:
    path, game = world
    path.rename(path.with_name("elsewhere.db"))
    with pytest.raises(OperationFailure, match="moved"):
        await game.a.insert_one({"_id": 2})
    path.with_name("elsewhere.db").rename(path)
    await game.a.insert_one({"_id": 2})


async def test_a_file_that_was_moved_away_has_all_that_was_acknowledged(tmp_path: Path) -> None:
    path, elsewhere = tmp_path / "world.db", tmp_path / "elsewhere.db"
    async with EmbeddedServer(path=path) as server, AsyncMongoClient(server.url) as client:
        await client.game.a.insert_many([{"_id": n} for n in range(3)])
        path.rename(elsewhere)
    assert await ids(elsewhere) == [0, 1, 2]


async def test_the_log_of_a_file_that_took_its_place_is_left_alone(tmp_path: Path) -> None:
    path, other = tmp_path / "world.db", tmp_path / "other" / "world.db"
    other.parent.mkdir()
    killed(other)
    async with EmbeddedServer(path=path) as server, AsyncMongoClient(server.url) as client:
        await client.game.a.insert_one({"_id": 100})
        path.rename(tmp_path / "elsewhere.db")
        other.rename(path)
        possession.log_of(other).rename(possession.log_of(path))
    assert await ids(path) == [1]


async def test_what_another_program_writes_to_the_file_stops_the_writing(
    world: tuple[Path, Any],
) -> None:
    path, game = world
    with closing(sqlite3.connect(path)) as other:
        other.execute("DELETE FROM documents")
        other.commit()
    for _ in range(2):
        with pytest.raises(OperationFailure, match="another program has written"):
            await game.a.insert_one({"_id": 2})
    assert await game.a.find().to_list() == [{"_id": 1}]


async def test_a_copy_of_a_running_world_is_not_taken_for_the_world(
    world: tuple[Path, Any], tmp_path: Path
) -> None:
    path, _ = world
    alone, whole = tmp_path / "alone", tmp_path / "whole"
    for folder in (alone, whole):
        folder.mkdir()
        shutil.copy(path, folder)
    shutil.copy(possession.log_of(path), whole)
    with pytest.raises(DamagedFile, match=r"its log world\.db-wal is missing.*desperados backup"):
        await EmbeddedServer(path=alone / "world.db").start()
    for _ in range(2):  # looking at it does not make it one
        with pytest.raises(DamagedFile, match=r"is a copy .*desperados backup"):
            await EmbeddedServer(path=whole / "world.db").start()


async def test_a_killed_world_without_its_log_is_not_taken_for_the_world(tmp_path: Path) -> None:
    path = tmp_path / "world.db"
    killed(path)
    log = possession.log_of(path)
    log.rename(tmp_path / "kept")
    with pytest.raises(DamagedFile, match="is missing"):
        await EmbeddedServer(path=path).start()
    (tmp_path / "kept").rename(log)
    assert await ids(path) == [1]


async def test_the_log_of_a_killed_world_is_not_applied_to_the_one_that_was_restored(
    tmp_path: Path,
) -> None:
    path, backup = tmp_path / "world.db", tmp_path / "backup.db"
    async with EmbeddedServer(path=backup) as server, AsyncMongoClient(server.url) as client:
        await client.game.a.insert_one({"_id": 7})
    killed(path)
    shutil.copy(backup, path)
    with pytest.raises(DamagedFile, match=r"is not the log of .*Move it away"):
        await EmbeddedServer(path=path).start()
    possession.log_of(path).unlink()
    assert await ids(path) == [7]


async def test_a_world_of_the_version_before_opens_and_is_marked_from_then_on(
    tmp_path: Path,
) -> None:
    path = tmp_path / "world.db"
    killed(path)
    with closing(sqlite3.connect(path)) as older:
        older.execute("DROP TABLE opened")
        older.commit()
    assert await ids(path) == [1]
    with closing(sqlite3.connect(path)) as closed:
        assert closed.execute("SELECT count(*) FROM opened").fetchone() == (0,)
        assert closed.execute("PRAGMA journal_mode").fetchone() == ("delete",)


async def test_a_version_that_knows_no_lock_file_keeps_others_out_and_is_kept_out(
    tmp_path: Path,
) -> None:
    path = tmp_path / "world.db"
    async with EmbeddedServer(path=path):
        with closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as older:
            older.execute("PRAGMA locking_mode=EXCLUSIVE")
            with pytest.raises(sqlite3.OperationalError, match="locked"):
                older.execute("BEGIN EXCLUSIVE")
    with closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as older:
        older.execute("PRAGMA locking_mode=EXCLUSIVE")
        older.execute("BEGIN EXCLUSIVE")
        older.execute("COMMIT")
        with pytest.raises(DatabaseInUse):
            await EmbeddedServer(path=path).start()


async def test_a_file_system_without_locks_is_refused_with_the_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_locks(*_: object) -> None:
        raise OSError(37, os.strerror(37))

    monkeypatch.setattr(possession.fcntl, "flock", no_locks)
    with pytest.raises(EmbeddedError, match=r"No locks available.*local disk"):
        await EmbeddedServer(path=tmp_path / "world.db").start()


async def test_a_file_with_two_names_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "world.db"
    async with EmbeddedServer(path=path):
        pass
    path.with_name("snapshot.db").hardlink_to(path)
    with pytest.raises(EmbeddedError, match="2 names"):
        await EmbeddedServer(path=path).start()


# Opens a file, writes to it and closes it, in a child that is killed before its n-th statement; the
# next opening must find what the one before has left. Prints how many statements there are.
KILLED_ANYWHERE = """
import os, signal, sqlite3, sys
from pathlib import Path
from desperados.embedded.storage.durability import SqliteJournal

connect, left = sqlite3.connect, 0

class Deadly(sqlite3.Connection):
    def execute(self, *arguments):
        global left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return super().execute(*arguments)

def use(path, number):
    journal = SqliteJournal(path)
    with journal._writing() as run:
        run("INSERT INTO receipts VALUES (?, x'00', 0)", (b"%d" % number,))
    journal.close()

path, number = Path(sys.argv[1]), 0
use(path, number)
while True:
    number += 1
    child = os.fork()
    if child == 0:
        sqlite3.connect, left = lambda *a, **k: connect(*a, factory=Deadly, **k), number
        use(path, number)
        os._exit(0)
    ended = os.waitpid(child, 0)[1]
    journal = SqliteJournal(path)
    found = {row[0] for row in journal._database.execute("SELECT session FROM receipts")}
    assert found >= {b"0"}
    # What was committed before it was killed is there as well.
    assert ended != 0 or b"%d" % number in found
    journal.close()
    if ended == 0:
        break
print(number)
"""


def test_a_process_that_is_killed_between_any_two_steps_leaves_a_file_that_opens(
    tmp_path: Path,
) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", KILLED_ANYWHERE, str(tmp_path / "world.db")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    assert int(ended.stdout) > 25
