"""Answers with a batch of documents, put together from documents that are already encoded."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field

from bson import Int64

from desperados.embedded.values.codec import encode
from desperados.embedded.values.types import Doc

_INT = struct.Struct("<i")

_KEYS = [b"\x03%d\0" % number for number in range(2000)]


def array_of(raws: Sequence[bytes]) -> bytes:
    parts: list[bytes] = []
    for number, raw in enumerate(raws):
        parts.append(_KEYS[number] if number < 2000 else b"\x03%d\0" % number)
        parts.append(raw)
    content = b"".join(parts)
    return _INT.pack(len(content) + 5) + content + b"\0"


@dataclass
class CursorReply:
    """The answer of `find`, `aggregate` and `getMore`: a batch of encoded documents."""

    namespace: str
    batch: Sequence[bytes]
    id: int = 0
    first: bool = True
    extra: Doc = field(default_factory=dict)
    beside: Doc = field(default_factory=dict)

    def encode(self) -> bytes:
        name = b"\x04firstBatch\0" if self.first else b"\x04nextBatch\0"
        rest = encode({"id": Int64(self.id), "ns": self.namespace, **self.extra})[4:]
        content = name + array_of(self.batch) + rest
        cursor = b"\x03cursor\0" + _INT.pack(len(content) + 4) + content
        outer = encode({**self.beside, "ok": 1.0})[4:]
        return _INT.pack(len(cursor) + len(outer) + 4) + cursor + outer


def with_fields(body: bytes, fields: bytes) -> bytes:
    """An encoded document with more encoded fields (an encoded document) at its end."""
    tail = fields[4:]
    return _INT.pack(len(body) + len(fields) - 5) + body[4:-1] + tail
