"""Versions of documents: what each reader sees and which writer comes first.

Every document is a `Record` with a chain of `Version`s, newest first. A version belongs to the
`Owner` that wrote it (a unit of writes) until that one commits; the commit stamps it with the
next number of the store's clock. A reader with a snapshot takes the newest version that is not
younger than its snapshot; its own uncommitted versions come first. Old versions live only as
long as somebody may still read them.

Documents in versions are never changed in place: an update copies along the paths that it
touches. So versions, cursors and replies may share them freely.
"""

from __future__ import annotations

import asyncio

from desperados.embedded.values.codec import encode
from desperados.embedded.values.types import Doc, Key


class Version:
    """One state of a record: a document, or None once it is deleted."""

    __slots__ = ("_raw", "doc", "prev", "stamp", "unit")

    def __init__(
        self, doc: Doc | None, raw: bytes | None, unit: Owner | None, prev: Version | None
    ):
        self.doc = doc
        self._raw = raw
        self.stamp = 0
        self.unit = unit
        self.prev = prev

    @property
    def raw(self) -> bytes:
        """The document as BSON, encoded when first needed."""
        if self._raw is None:
            self._raw = encode(self.doc or {})
        return self._raw


class Record:
    """A document's identity through all its versions."""

    __slots__ = ("head", "key", "number")

    def __init__(self, number: int, key: Key, head: Version) -> None:
        self.number = number
        self.key = key
        self.head = head


class Owner:
    """Who reads at a snapshot, and owns what it writes until it commits."""

    def __init__(self, snapshot: int | None) -> None:
        self.snapshot = snapshot
        self._waiting: list[asyncio.Future[None]] = []

    async def finished(self, timeout: float) -> None:
        """Wait until this owner has committed or aborted; TimeoutError after `timeout`."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(future)
        await asyncio.wait_for(future, timeout)

    def release(self) -> None:
        for future in self._waiting:
            if not future.done():
                future.set_result(None)
        self._waiting.clear()


class Locked(Exception):
    """A statement outside transactions ran into a document that an open one has written."""

    def __init__(self, owner: Owner) -> None:
        super().__init__("locked")
        self.owner = owner


def visible(record: Record, unit: Owner) -> Version | None:
    """The version of a record that a unit sees; None when there is none, or it is deleted."""
    version: Version | None = record.head
    snapshot = unit.snapshot
    while version is not None:
        owner = version.unit
        if owner is unit or (owner is None and (snapshot is None or version.stamp <= snapshot)):
            return None if version.doc is None else version
        version = version.prev
    return None
