"""Whose the file is: one process has it, at its place, and leaves word in it.

The lock is a `flock` on a file of its own. SQLite's locks are POSIX locks, which the system drops
as soon as the process closes any other descriptor of the same file: who reads the world from the
process that serves it would open it to a second one.

The mark is a row in the file itself, there from the opening to an orderly end. It is written and
taken away while SQLite keeps no log, so the file alone, without its log, tells whether it is whole:

    no mark          closed in order: it needs no log
    a mark           a process has it open or was killed; with the log beside it, it is whole
    a mark that names another file (inode) than it is in
                     a copy that was made meanwhile: perhaps torn, perhaps without its log
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from desperados.embedded.errors import DamagedFile, DatabaseInUse, EmbeddedError

Identity = tuple[int, int]

_TABLE = "CREATE TABLE IF NOT EXISTS opened (inode INTEGER NOT NULL, logged INTEGER NOT NULL)"


_REMEDY = (
    "Copy a running world with `desperados backup`; what is in this file is saved by "
    "`desperados backup --salvage`."
)


def log_of(file: Path) -> Path:
    """Where SQLite keeps the log of a file."""
    return file.with_name(file.name + "-wal")


def _identity(path: Path) -> Identity | None:
    """Which file has this name; None: none that can be found."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


class Lock:
    """Held by the one process that serves the file, until `release`."""

    def __init__(self, file: Path) -> None:
        self.path = file.with_name(file.name + ".lock")
        self._descriptor = self._take(file)

    def _take(self, file: Path) -> int:
        while True:
            descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                os.close(descriptor)
                if isinstance(error, BlockingIOError):
                    raise in_use(file) from error
                raise EmbeddedError(
                    f"{file} cannot be locked: {error.strerror}. Its file system keeps no locks, "
                    "so a second process might write beside this one; move it to a local disk"
                ) from error
            if self._is_at_its_name(descriptor):
                return descriptor
            # Its last holder removed it between the two calls: this one locks nothing.
            os.close(descriptor)

    def release(self) -> None:
        """Let the next process have the file; nothing is left behind."""
        if self._is_at_its_name(self._descriptor):
            self.path.unlink(missing_ok=True)
        os.close(self._descriptor)

    def _is_at_its_name(self, descriptor: int) -> bool:
        opened = os.fstat(descriptor)
        return _identity(self.path) == (opened.st_dev, opened.st_ino)


def in_use(file: Path) -> DatabaseInUse:
    return DatabaseInUse(
        f"{file} is open in another process. To use one world from several processes, "
        f"run it alone with `desperados db --path {file} --port 27017` and connect "
        "each process to mongodb://127.0.0.1:27017"
    )


class Place:
    """Which files have these names now, and whether they still have them."""

    def __init__(self, *paths: Path) -> None:
        self._known = {path: _identity(path) for path in paths}

    def lost(self) -> Path | None:
        """The first of the names that leads to another file, or to none."""
        return next((path for path, known in self._known.items() if _identity(path) != known), None)

    def is_taken(self, path: Path) -> bool:
        """Whether the name leads to a file that was not there before."""
        return _identity(path) not in (None, self._known[path])


@dataclass(frozen=True, slots=True)
class Mark:
    """What a file says of the process that opened it. `logged`: its log is, or was, beside it."""

    inode: int
    logged: bool


def _read(database: sqlite3.Connection) -> Mark | None:
    """The mark that a connection sees.

    Raises:
        sqlite3.DatabaseError: the file has no place for one (an older version wrote it), or cannot
            be read without its log.
    """
    row = database.execute("SELECT inode, logged FROM opened").fetchone()
    return None if row is None else Mark(row[0], bool(row[1]))


def require_whole(file: Path) -> None:
    """Refuse a file that is not all that was acknowledged, before SQLite takes it for whole.

    Raises:
        DamagedFile: its log is missing or another's, or it is a copy of a running world.
    """
    log = log_of(file)
    try:
        # Read as it lies there, its log not looked at.
        with closing(sqlite3.connect(f"{file.as_uri()}?immutable=1", uri=True)) as database:
            mark = _read(database)
    except sqlite3.DatabaseError:
        return
    if mark is None:
        if log.exists() and log.stat().st_size:
            raise DamagedFile(
                f"{log} is not the log of {file}, which was closed in order: it is left from the "
                "world that had this name before. Move it away"
            )
    elif mark.logged and not log.exists():
        raise DamagedFile(
            f"{file} is a part of a world: its log {log.name} is missing, and what was written "
            f"last with it. {_REMEDY}"
        )
    elif mark.inode != file.stat().st_ino:
        raise DamagedFile(
            f"{file} is a copy that was made while a process had the world open, or was moved "
            f"after that had been killed: it may be a part of it. {_REMEDY}"
        )


def mark_open(database: sqlite3.Connection, file: Path) -> None:
    """Leave word that the file is open, and have SQLite keep a log from now on."""
    mark_closed(database)
    database.execute(_TABLE)
    database.execute("INSERT INTO opened VALUES (?, FALSE)", (file.stat().st_ino,))
    database.execute("PRAGMA journal_mode=WAL")
    # The log is there now, and has to be for as long as the mark says so.
    database.execute("UPDATE opened SET logged = TRUE")
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def mark_closed(database: sqlite3.Connection) -> None:
    """Bring the log into the file, remove it, and take the mark away: in this order, so that who
    is killed between two steps leaves a file that is whole and says nothing else."""
    marked = database.execute("SELECT 1 FROM sqlite_master WHERE name = 'opened'").fetchone()
    if marked:
        database.execute("UPDATE opened SET logged = FALSE")
    database.execute("PRAGMA journal_mode=DELETE")
    if marked:
        database.execute("DELETE FROM opened")
