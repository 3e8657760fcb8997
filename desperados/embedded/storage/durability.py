"""The file: every commit is one SQLite transaction, on disk before it is acknowledged.

The journal holds documents as BSON with a checksum each, the collections with their options and
indexes, and for each session its last transaction or write, so that a client that retries after
a crash gets the first result. SQLite runs with write-ahead log and `synchronous=FULL`: a commit
returns when the log is flushed, so neither a killed process nor a lost power supply loses it.
The file is locked for one process.
"""

from __future__ import annotations

import gc
import os
import sqlite3
import zlib
from collections.abc import Iterator
from pathlib import Path

import bson
from bson.errors import BSONError

from desperados.embedded.errors import DamagedFile, DatabaseInUse, EmbeddedError
from desperados.embedded.storage.catalogue import add_index, load
from desperados.embedded.storage.collection import Collection
from desperados.embedded.storage.sessions import Sessions
from desperados.embedded.storage.store import Store
from desperados.embedded.storage.units import Unit
from desperados.embedded.storage.versions import Version
from desperados.embedded.values.codec import decode, encode
from desperados.embedded.values.types import Doc

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
# What is wrong with the disk or the rights, not with the file.
_OUTSIDE = (
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_READONLY,
)
# Receipts beyond these (the oldest sessions) are dropped when the file is opened.
_MAX_RECEIPTS = 10_000


def _check(path: Path) -> None:
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
    if path.exists() and not os.access(path, os.R_OK | os.W_OK):
        raise EmbeddedError(f"{path} cannot be opened: this user may not read and write it")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise EmbeddedError(
            f"{path} cannot be opened: this user may not write to {folder}, where its log goes"
        )


def _refusal(path: Path, error: sqlite3.DatabaseError) -> EmbeddedError:
    """What SQLite means when it does not open the file."""
    # The rest of an extended code says more than anybody wants to know.
    kind = error.sqlite_errorcode & 0xFF
    if kind in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return DatabaseInUse(
            f"{path} is open in another process. To use one world from several processes, "
            f"run it alone with `desperados db --path {path} --port 27017` and connect "
            "each process to mongodb://127.0.0.1:27017"
        )
    if kind in _OUTSIDE:
        return EmbeddedError(f"{path} cannot be opened: {error}")
    return DamagedFile(f"{path} is damaged: {error}. Restore it from a backup.")


class SqliteJournal:
    """The store's file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._place = 0
        try:
            _check(path)
            fresh = not path.exists()
            self._database = sqlite3.connect(
                path, timeout=0, isolation_level=None, check_same_thread=False
            )
            try:
                self._open(fresh=fresh)
            except BaseException:
                self._database.close()
                raise
        except OSError as error:
            raise EmbeddedError(f"{path} cannot be opened: {error.strerror}") from error
        except sqlite3.DatabaseError as error:
            raise _refusal(path, error) from error

    def _open(self, *, fresh: bool) -> None:
        run = self._database.execute
        run(f"PRAGMA page_size={_PAGE_BYTES}")
        run("PRAGMA locking_mode=EXCLUSIVE")
        run("PRAGMA journal_mode=WAL")
        run("PRAGMA synchronous=FULL")
        # Takes the lock now; in this locking mode it is kept until the file is closed.
        run("BEGIN EXCLUSIVE")
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
        self._database.close()

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

    def commit(self, unit: Unit) -> None:
        """Write all that a unit has changed, in one transaction."""
        run = self._database.execute
        run("BEGIN IMMEDIATE")
        try:
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
            run("COMMIT")
        except BaseException:
            run("ROLLBACK")
            raise

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
        self._save(collection)

    def drop_collection(self, namespace: str) -> None:
        with self._database:
            self._database.execute("BEGIN")
            self._database.execute("DELETE FROM documents WHERE namespace = ?", (namespace,))
            self._database.execute("DELETE FROM collections WHERE namespace = ?", (namespace,))

    def rename_collection(self, old: str, new: str) -> None:
        """Let the collection take the place of one that may have the new name."""
        with self._database:
            self._database.execute("BEGIN")
            self._database.execute("DELETE FROM documents WHERE namespace = ?", (new,))
            self._database.execute("DELETE FROM collections WHERE namespace = ?", (new,))
            for statement in (
                "UPDATE documents SET namespace = ? WHERE namespace = ?",
                "UPDATE collections SET namespace = ? WHERE namespace = ?",
            ):
                self._database.execute(statement, (new, old))


def _identity(doc: Doc) -> bytes:
    """The document's `_id` as bytes (of the value as first stored: it never changes)."""
    return bson.encode({"": doc["_id"]})
