"""The wire protocol: OP_MSG both ways, OP_QUERY only for a driver's first hello.

https://www.mongodb.com/docs/manual/reference/mongodb-wire-protocol/
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

from bson.errors import BSONError

from desperados.embedded.errors import EmbeddedError
from desperados.embedded.values.codec import decode
from desperados.embedded.values.limits import MAX_LEVELS, MAX_MESSAGE, nests_deeper
from desperados.embedded.values.types import Doc

OP_REPLY, OP_QUERY, OP_MSG = 1, 2004, 2013
CHECKSUM_PRESENT, MORE_TO_COME, EXHAUST_ALLOWED = 1, 2, 1 << 16

_HEADER = struct.Struct("<iiii")
_INT = struct.Struct("<i")
_FLAGS = struct.Struct("<I")


class BrokenMessage(EmbeddedError):
    """Bytes that are not a message: the connection cannot go on."""


@dataclass
class Request:
    """One command as it came in; `raws` keeps the bytes of documents sent as sequences.

    `deep`: it nests more levels than a server reads.
    """

    id: int
    body: Doc
    acknowledged: bool = True
    legacy: bool = False
    deep: bool = False
    raws: dict[str, list[bytes]] = field(default_factory=dict)


def message_length(buffer: bytes | bytearray) -> int | None:
    """The length of the message at the buffer's start; None while the header is incomplete."""
    if len(buffer) < 16:
        return None
    length: int = _INT.unpack_from(buffer)[0]
    if not 16 <= length <= MAX_MESSAGE:
        raise BrokenMessage(f"a message of {length} bytes")
    return length


def parse_message(data: bytes) -> Request:
    """A command from the bytes of one message."""
    _, request_id, _, code = _HEADER.unpack_from(data)
    try:
        if code == OP_MSG:
            return _parse_msg(data, request_id)
        if code == OP_QUERY:
            return _parse_query(data, request_id)
    except (BSONError, struct.error, ValueError, IndexError) as error:
        raise BrokenMessage(str(error)) from error
    raise BrokenMessage(f"unsupported operation code {code}")


def _parse_msg(data: bytes, request_id: int) -> Request:
    flags = _FLAGS.unpack_from(data, 16)[0]
    if flags & 0xFFFF & ~(CHECKSUM_PRESENT | MORE_TO_COME):
        raise BrokenMessage("unknown required flag bits")
    end = len(data) - (4 if flags & CHECKSUM_PRESENT else 0)
    body: Doc | None = None
    sequences: dict[str, list[bytes]] = {}
    at = 20
    while at < end:
        kind = data[at]
        at += 1
        size = _INT.unpack_from(data, at)[0]
        if size < 5 or at + size > end:
            raise BrokenMessage("a section is longer than its message")
        if kind == 0:
            body = decode(data[at : at + size])
        elif kind == 1:
            name_end = data.index(b"\0", at + 4)
            name = data[at + 4 : name_end].decode()
            sequences[name] = split_documents(data[name_end + 1 : at + size])
        else:
            raise BrokenMessage(f"unknown section kind {kind}")
        at += size
    if body is None:
        raise BrokenMessage("no body section")
    deep = nests_deeper(body, MAX_LEVELS, len(data))
    for name, raws in sequences.items():
        docs = body[name] = [decode(raw) for raw in raws]
        deep = deep or any(map(_is_deep, docs, raws))
    return Request(request_id, body, not flags & MORE_TO_COME, raws=sequences, deep=deep)


def _is_deep(doc: Doc, raw: bytes) -> bool:
    return nests_deeper(doc, MAX_LEVELS, len(raw))


def _parse_query(data: bytes, request_id: int) -> Request:
    name_end = data.index(b"\0", 20)
    namespace = data[20:name_end].decode()
    body = decode(data[name_end + 9 :])
    if not namespace.endswith(".$cmd"):
        raise BrokenMessage("OP_QUERY is only answered for commands")
    body.setdefault("$db", namespace.removesuffix(".$cmd"))
    return Request(request_id, body, legacy=True)


def split_documents(data: bytes) -> list[bytes]:
    """The single documents of a document sequence."""
    raws = []
    at = 0
    while at < len(data):
        size = _INT.unpack_from(data, at)[0]
        if size < 5 or at + size > len(data):
            raise BrokenMessage("a document is longer than its sequence")
        raws.append(data[at : at + size])
        at += size
    return raws


def message(request: Request, number: int, body: bytes) -> bytes:
    """The reply message around an encoded body."""
    if request.legacy:
        header = _HEADER.pack(36 + len(body), number, request.id, OP_REPLY)
        return header + struct.pack("<iqii", 8, 0, 0, 1) + body
    return _HEADER.pack(21 + len(body), number, request.id, OP_MSG) + b"\0\0\0\0\0" + body
