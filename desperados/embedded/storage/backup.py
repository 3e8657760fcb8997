"""A copy of a world's file that is whole, made while a process may be serving it.

The world is read in one snapshot of SQLite's, beside whoever writes, and copied page by page; what
is committed meanwhile is not in the copy. The copy gets its name only when it has been opened and
every checksum in it compared.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

from desperados.embedded.errors import DamagedFile, EmbeddedError
from desperados.embedded.storage.durability import SqliteJournal
from desperados.embedded.storage.possession import mark_closed, require_whole
from desperados.embedded.storage.refusals import refusal

Progress = Callable[[str, int, int], None]
"""Told of what is being done ("copying", "verifying"), how much of it is done, and of how much."""

_PAGES = 256  # copied in one step: two megabytes
_LEFT_BY_SQLITE = ("", "-journal", "-wal", "-shm", ".lock")


def back_up(source: Path, target: Path, tell: Progress, *, salvage: bool = False) -> int:
    """Copy the world in `source`, which may be in use, to a new file; how many documents it has.

    `salvage`: take also a file that is perhaps a part of a world (a copy of a running one).

    Raises:
        EmbeddedError: there is no world, or the target cannot be written or exists.
        DamagedFile: the world is damaged, or perhaps a part of one; nothing was left at the target.
    """
    source = source.resolve()
    target = target.absolute()
    if not source.is_file():
        raise EmbeddedError(f"there is no world at {source}")
    if target.exists() or target.is_symlink():
        raise EmbeddedError(f"{target} exists; a backup never replaces a file")
    if not target.parent.is_dir():
        raise EmbeddedError(f"there is no folder {target.parent}")
    if not salvage:
        require_whole(source)
    # Beside its place, so that it gets there in one step.
    unfinished = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        with _naming(target):
            _copy(source, unfinished, tell)
        documents = _verify(source, unfinished, tell)
        unfinished.rename(target)
        _flush_folder(target.parent)
    except OSError as error:
        raise EmbeddedError(f"{target} cannot be written: {error.strerror}") from error
    finally:
        for suffix in _LEFT_BY_SQLITE:
            with contextlib.suppress(OSError):
                unfinished.with_name(unfinished.name + suffix).unlink(missing_ok=True)
    return documents


def _copy(source: Path, unfinished: Path, tell: Progress) -> None:
    with _naming(source):
        reading = sqlite3.connect(f"{source.as_uri()}?mode=ro", uri=True, isolation_level=None)
    with closing(reading):
        with _naming(source):
            # Held to the end: a copy that is made in steps would begin again with each commit.
            reading.execute("BEGIN")
            reading.execute("SELECT 1 FROM sqlite_master").fetchone()
        os.close(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        with closing(sqlite3.connect(unfinished, isolation_level=None)) as copy:
            reading.backup(
                copy,
                pages=_PAGES,
                progress=lambda _, left, pages: tell("copying", pages - left, pages),
            )
            # It is nobody's: the mark that came with it is the running world's.
            mark_closed(copy)


def _verify(source: Path, unfinished: Path, tell: Progress) -> int:
    try:
        journal = SqliteJournal(unfinished)
        try:
            return journal.verify(lambda done, of: tell("verifying", done, of))
        finally:
            journal.close()
    except DamagedFile as error:
        raise DamagedFile(f"the copy of {source} is not in order and is gone: {error}") from error


@contextlib.contextmanager
def _naming(path: Path) -> Iterator[None]:
    """Whichever of the two files SQLite complains of, the refusal names it."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        raise refusal(path, error) from error


def _flush_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
