"""Versions of documents: what each reader sees and which writer comes first.

A document of which everybody sees the same is kept as it is: its BSON, a tenth of what it takes
decoded. One that somebody is at work on has a chain of `Version`s, newest first. A version
belongs to the `Owner` that wrote it (a unit of writes) until that one commits; the commit stamps
it with the next number of the store's clock. A reader with a snapshot takes the newest version
that is not younger than its snapshot; its own uncommitted versions come first. Versions live only
as long as somebody may still read them, and a chain until everybody sees its newest version.

Decoded documents are shared and never changed in place: an update copies along the paths that it
touches.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from functools import lru_cache

from desperados.embedded.values.codec import decode, encode
from desperados.embedded.values.types import Doc

# The documents that were read last stay decoded, if they are small. A statement looks at a
# document several times: to match, to sort, to change, for the keys of each index.
_REMEMBERED = 512
_SMALL = 16_384

_decoded = lru_cache(maxsize=_REMEMBERED)(decode)


class Version:
    """One state of a record: its document as BSON, or no bytes once it is deleted."""

    __slots__ = ("_doc", "prev", "raw", "stamp", "unit")

    def __init__(
        self,
        raw: bytes,
        unit: Owner | None = None,
        prev: Version | None = None,
        doc: Doc | None = None,
        stamp: int = 0,
    ) -> None:
        self.raw = raw
        self._doc = doc
        self.stamp = stamp
        self.unit = unit
        self.prev = prev

    @classmethod
    def of(cls, doc: Doc | None, raw: bytes | None, unit: Owner, prev: Version | None) -> Version:
        """A version that a unit writes."""
        if doc is None:
            return cls(b"", unit, prev)
        return cls(encode(doc) if raw is None else raw, unit, prev, doc)

    @property
    def doc(self) -> Doc | None:
        """The document; None when it is deleted."""
        if self._doc is None and self.raw:
            self._doc = _decoded(self.raw) if len(self.raw) <= _SMALL else decode(self.raw)
        return self._doc


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


def chain_of(head: Version) -> Iterator[Version]:
    """A record's versions, newest first."""
    version: Version | None = head
    while version is not None:
        yield version
        version = version.prev


def visible(head: Version, unit: Owner) -> Version | None:
    """The version of a record that a unit sees; None when there is none, or it is deleted."""
    version: Version | None = head
    snapshot = unit.snapshot
    while version is not None:
        owner = version.unit
        if owner is unit or (owner is None and (snapshot is None or version.stamp <= snapshot)):
            return version if version.raw else None
        version = version.prev
    return None
