"""The file: every commit is one SQLite transaction, on disk before it is acknowledged.

The journal holds documents as BSON with a checksum each, the collections with their options and
indexes, and for each session its last transaction or write, so that a client that retries after
a crash gets the first result. SQLite runs with write-ahead log and `synchronous=FULL`: a commit
returns when the log is flushed, so neither a killed process nor a lost power supply loses it.
The file is locked for one process, and a commit is refused when the file is no longer at its place,
when another program has written to it, or when the disk takes no more (`possession`).
"""

from __future__ import annotations

import contextlib
import gc
import logging
import os
import sqlite3
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import ClassVar

import bson
from bson.errors import BSONError

from desperados.embedded.errors import CommandError, DamagedFile, EmbeddedError
from desperados.embedded.storage.catalogue import add_index, load
from desperados.embedded.storage.collection import Collection
from desperados.embedded.storage.possession import (
    Lock,
    Place,
    log_of,
    mark_closed,
    mark_open,
    require_whole,
)
from desperados.embedded.storage.refusals import not_written, refusal, require_usable
from desperados.embedded.storage.sessions import Sessions
from desperados.embedded.storage.store import Store
from desperados.embedded.storage.units import Unit
from desperados.embedded.storage.versions import Version
from desperados.embedded.values.codec import decode, encode
from desperados.embedded.values.types import Doc

log = logging.getLogger("desperados.embedded")

FORMAT = 1
_APPLICATION_ID = 0x64657370
# A row of up to a quarter of a page lies in it; with SQLite's 4,096 a character would not, and
# would take a page of its own and more. A file that has other pages keeps them.
_PAGE_BYTES = 8192

_SCHEMA = """
CREATE TABLE collections (namespace TEXT PRIMARY KEY, definition BLOB NOT NULL,
                          checksum INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE documents (namespace TEXT NOT NULL, id BLOB NOT NULL, content BLOB NOT NULL,
                        checksum INTEGER NOT NULL, place INTEGER NOT NULL,
                        PRIMARY KEY (namespace, id)) WITHOUT ROWID;
CREATE TABLE receipts (session BLOB PRIMARY KEY, content BLOB NOT NULL,
                       checksum INTEGER NOT NULL) WITHOUT ROWID;
"""
# Receipts beyond these (the oldest sessions) are dropped when the file is opened.
_MAX_RECEIPTS = 10_000


class SqliteJournal:
    """The store's file."""

    # Connections that stay open to the end of the process: SQLite removes a log by its name when it
    # closes the file, and another file's log has the name by now.
    _abandoned: ClassVar[list[sqlite3.Connection]] = []

    def __init__(self, path: Path) -> None:
        self.path = path
        self._place = 0
        try:
            require_usable(path)
            self._file = path.resolve()
            self._lock = Lock(self._file)
            try:
                self._open()
            except BaseException:
                self._lock.release()
                raise
        except OSError as error:
            raise EmbeddedError(f"{path} cannot be opened: {error.strerror}") from error
        except sqlite3.DatabaseError as error:
            raise refusal(path, error) from error

    def _open(self) -> None:
        fresh = not self._file.exists()
        if fresh:
            # Nobody else's to read: there are password hashes in a world. Its log has its rights.
            os.close(os.open(self._file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        else:
            require_whole(self._file)
        self._database = sqlite3.connect(
            self._file, timeout=0, isolation_level=None, check_same_thread=False
        )
        try:
            self._examine(fresh=fresh)
            mark_open(self._database, self._file)
            self._names = Place(self.path, self._file, log_of(self._file), self._lock.path)
            self._version = self._data_version()
        except BaseException:
            self._database.close()
            if fresh:
                # An empty file would be taken for a world that was cut off.
                self._file.unlink(missing_ok=True)
            raise

    def _examine(self, *, fresh: bool) -> None:
        """Make sure that the file is one of this database and in order; fill a new one."""
        run = self._database.execute
        run(f"PRAGMA page_size={_PAGE_BYTES}")
        run("PRAGMA synchronous=FULL")
        # Whoever may have it open without our lock, such as an older version, is heard of here.
        run("BEGIN IMMEDIATE")
        run("COMMIT")
        owner = run("PRAGMA application_id").fetchone()[0]
        tables = run("SELECT count(*) FROM sqlite_master").fetchone()[0]
        if tables == 0 and owner == 0:
            if not fresh:
                # Not taken for a new world: more likely it is one that was cut off.
                raise DamagedFile(
                    f"{self.path} is damaged: there is nothing in it. Restore it from a backup, "
                    "or delete it to begin a new world."
                )
            self._database.executescript(
                f"BEGIN; {_SCHEMA} PRAGMA application_id={_APPLICATION_ID}; "
                f"PRAGMA user_version={FORMAT}; COMMIT;"
            )
            return
        if owner != _APPLICATION_ID:
            raise DamagedFile(f"{self.path} is a SQLite file, but not one of this database")
        version = run("PRAGMA user_version").fetchone()[0]
        if version != FORMAT:
            raise DamagedFile(f"{self.path} has format {version}, this version reads {FORMAT}")
        result = run("PRAGMA integrity_check(1)").fetchone()[0]
        if result != "ok":
            # The first line only names the database.
            found = result.splitlines()[-1]
            raise DamagedFile(f"{self.path} is damaged: {found}. Restore it from a backup.")

    def close(self) -> None:
        """Leave a file that needs no log. If that cannot be, the next opening recovers it."""
        try:
            if self._names.lost() is None:
                mark_closed(self._database)
            else:
                # Wherever the file is now, it shall be whole.
                self._database.execute("DELETE FROM opened")
                self._database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        except sqlite3.DatabaseError as error:
            log.warning(
                "%s is not closed in order; the next start recovers it: %s", self.path, error
            )
        finally:
            if self._names.is_taken(log_of(self._file)):
                self._abandoned.append(self._database)
            else:
                self._database.close()
            self._lock.release()

    # Loading -----------------------------------------------------------------------------------

    def load(self, store: Store, sessions: Sessions) -> None:
        """Fill an empty store with what the file holds."""
        # Nothing that is loaded is garbage; looking for some doubles the time to open.
        collecting = gc.isenabled()
        gc.disable()
        try:
            self._load(store, sessions)
        except (sqlite3.DatabaseError, BSONError, KeyError) as error:
            raise DamagedFile(f"{self.path} is damaged: {error}. Restore it from a backup.") from (
                error
            )
        finally:
            if collecting:
                gc.enable()

    def _load(self, store: Store, sessions: Sessions) -> None:
        rows = self._database.execute("SELECT namespace, definition, checksum FROM collections")
        for namespace, content, checksum in rows.fetchall():
            definition = decode(self._verified(content, checksum, f"collection {namespace}"))
            collection = Collection(namespace, definition["options"], 0)
            for spec in definition["indexes"]:
                add_index(store, collection, spec)
            store.collections[namespace] = collection
            load(collection, self._documents(namespace))
        rows = self._database.execute("SELECT max(place) FROM documents")
        self._place = rows.fetchone()[0] or 0
        rows = self._database.execute("SELECT session, content, checksum FROM receipts")
        receipts = rows.fetchall()
        for key, content, checksum in receipts[-_MAX_RECEIPTS:]:
            sessions.restore(key, decode(self._verified(content, checksum, "a receipt")))

    def verify(self, tell: Callable[[int, int], None]) -> int:
        """Compare every checksum of the file; how many documents it has.

        `tell` is told, now and then, how many documents have been compared, and of how many.

        Raises:
            DamagedFile: what is damaged first.
        """
        run = self._database.execute
        of: int = run("SELECT count(*) FROM documents").fetchone()[0]
        done = 0
        for table in ("collections", "receipts", "documents"):
            column = "definition" if table == "collections" else "content"
            for content, checksum in run(f"SELECT {column}, checksum FROM {table}"):  # noqa: S608 - names of ours
                self._verified(content, checksum, f"a row of its {table}")
                if table == "documents":
                    done += 1
                    if done % 1000 == 0:
                        tell(done, of)
        tell(of, of)
        return of

    def _documents(self, namespace: str) -> Iterator[bytes]:
        rows = self._database.execute(
            "SELECT content, checksum FROM documents WHERE namespace = ? ORDER BY place",
            (namespace,),
        )
        for content, checksum in rows:
            yield self._verified(content, checksum, f"a document of {namespace}")

    def _verified(self, content: bytes, checksum: int, what: str) -> bytes:
        if zlib.crc32(content) != checksum:
            raise DamagedFile(
                f"{self.path} is damaged: {what} does not match its checksum. Restore it from a "
                "backup."
            )
        return content

    # Writing -------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def _writing(self) -> Iterator[Callable[..., sqlite3.Cursor]]:
        """A transaction of the file.

        Outcomes: on disk; a `CommandError` that says why nothing is.
        """
        run = self._database.execute
        try:
            run("BEGIN IMMEDIATE")
            yield run
            self._require_possession()
            run("COMMIT")
        except sqlite3.DatabaseError as error:
            raise not_written(self.path, error) from error
        finally:
            if self._database.in_transaction:
                # On a disk that fails this may fail, too; why the write did is what is told.
                with contextlib.suppress(sqlite3.DatabaseError):
                    run("ROLLBACK")

    def _require_possession(self) -> None:
        lost = self._names.lost()
        if lost is not None:
            raise CommandError(
                "FileStreamFailed",
                f"{lost} was moved, replaced or deleted below the running world, and nothing is "
                "written until it is back. Stop the process, put back what it opened, start again.",
            )
        if self._data_version() != self._version:
            raise CommandError(
                "FileStreamFailed",
                f"another program has written to {self.path}, and what it wrote is not seen here; "
                "nothing is written any more. Stop the process and start it again.",
            )

    def _data_version(self) -> int:
        """Changes when another connection has written to the file."""
        version: int = self._database.execute("PRAGMA data_version").fetchone()[0]
        return version

    def commit(self, unit: Unit) -> None:
        """Write all that a unit has changed, in one transaction.

        Raises:
            CommandError: nothing was written, and why.
        """
        with self._writing() as run:
            for collection in unit.created:
                self._save(collection)
            for collection, number in dict.fromkeys(change[:2] for change in unit.changes):
                version = collection.chains.get(number)
                if version is not None and version.unit is unit:
                    self._write(collection.namespace, version)
            if unit.receipt is not None:
                key, content = unit.receipt
                run(
                    "INSERT OR REPLACE INTO receipts VALUES (?, ?, ?)",
                    (key, content, zlib.crc32(content)),
                )

    def _write(self, namespace: str, version: Version) -> None:
        """Put a version in the place of the one before it."""
        run = self._database.execute
        before = version.prev.doc if version.prev is not None else None
        after, raw = version.doc, version.raw
        # An _id of 1 may have been deleted and inserted again as 1.0: the same key for MongoDB,
        # other bytes here.
        if before is not None and (after is None or _identity(before) != _identity(after)):
            run(
                "DELETE FROM documents WHERE namespace = ? AND id = ?",
                (namespace, _identity(before)),
            )
        if after is None:
            return
        self._place += 1
        run(
            "INSERT INTO documents VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET "
            "content = excluded.content, checksum = excluded.checksum",
            (namespace, _identity(after), raw, zlib.crc32(raw), self._place),
        )

    def _save(self, collection: Collection) -> None:
        indexes = [index.spec for name, index in collection.indexes.items() if name != "_id_"]
        content = encode({"options": collection.options, "indexes": indexes})
        self._database.execute(
            "INSERT OR REPLACE INTO collections VALUES (?, ?, ?)",
            (collection.namespace, content, zlib.crc32(content)),
        )

    def save_collection(self, collection: Collection) -> None:
        with self._writing():
            self._save(collection)

    def drop_collection(self, namespace: str) -> None:
        with self._writing() as run:
            run("DELETE FROM documents WHERE namespace = ?", (namespace,))
            run("DELETE FROM collections WHERE namespace = ?", (namespace,))

    def rename_collection(self, old: str, new: str) -> None:
        """Let the collection take the place of one that may have the new name."""
        with self._writing() as run:
            run("DELETE FROM documents WHERE namespace = ?", (new,))
            run("DELETE FROM collections WHERE namespace = ?", (new,))
            for statement in (
                "UPDATE documents SET namespace = ? WHERE namespace = ?",
                "UPDATE collections SET namespace = ? WHERE namespace = ?",
            ):
                run(statement, (new, old))


def _identity(doc: Doc) -> bytes:
    """The document's `_id` as bytes (of the value as first stored: it never changes)."""
    return bson.encode({"": doc["_id"]})
