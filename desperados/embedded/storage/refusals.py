"""What stands in the way of using a file, in a sentence instead of SQLite's riddle."""

from __future__ import annotations

import os
import shutil
import sqlite3
from pathlib import Path

from desperados.embedded.errors import CommandError, DamagedFile, DiskFull, EmbeddedError
from desperados.embedded.storage.possession import in_use

_FULL = "the disk is full. Free some space"
# What is wrong with the disk or the rights, not with the file.
_OUTSIDE = (
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_READONLY,
)
# With less than this left on the disk, that is what an error of writing means.
_FULL_BYTES = 128 * 1024


def require_usable(path: Path) -> None:
    """Refuse, with a sentence, what SQLite would refuse with a riddle."""
    folder = path.parent
    if folder.exists() and not folder.is_dir():
        raise EmbeddedError(f"{path} cannot be opened: {folder} is a file, not a folder")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise EmbeddedError(f"{folder} cannot be made: {error.strerror}") from error
    if path.is_dir():
        raise EmbeddedError(f"{path} is a folder; a database is one file")
    if os.statvfs(folder).f_flag & os.ST_RDONLY:
        raise EmbeddedError(f"{path} cannot be opened: its file system is read-only")
    if path.exists() and not os.access(path, os.R_OK | os.W_OK):
        raise EmbeddedError(f"{path} cannot be opened: this user may not read and write it")
    if path.exists() and (names := path.stat().st_nlink) > 1:
        raise EmbeddedError(
            f"{path} cannot be opened: the file has {names} names (hard links), but its log goes "
            "by one. Make a copy of it and use that"
        )
    if not os.access(folder, os.W_OK | os.X_OK):
        raise EmbeddedError(
            f"{path} cannot be opened: this user may not write to {folder}, where its log goes"
        )


def refusal(path: Path, error: sqlite3.DatabaseError) -> EmbeddedError:
    """What SQLite means when it does not open the file."""
    # The rest of an extended code says more than anybody wants to know.
    kind = error.sqlite_errorcode & 0xFF
    if kind in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return in_use(path)
    if kind == sqlite3.SQLITE_FULL or (kind in _OUTSIDE and _disk_is_full(path)):
        return DiskFull(f"{path} cannot be written: {_FULL}.")
    if kind in _OUTSIDE:
        return EmbeddedError(f"{path} cannot be opened: {error}")
    return DamagedFile(f"{path} is damaged: {error}. Restore it from a backup.")


def _disk_is_full(path: Path) -> bool:
    return shutil.disk_usage(path.parent).free < _FULL_BYTES


def not_written(path: Path, error: sqlite3.DatabaseError) -> CommandError:
    """Why a commit is not in the file, for the caller who asked for it; nothing was changed."""
    kind = error.sqlite_errorcode & 0xFF
    if kind == sqlite3.SQLITE_FULL or (kind == sqlite3.SQLITE_IOERR and _disk_is_full(path)):
        return CommandError(
            "OutOfDiskSpace", f"{path} could not be written: {_FULL}, and try again."
        )
    return CommandError("FileStreamFailed", f"{path} could not be written: {error}.")
