"""What the imitated server says it is, and how much it takes at once.

The manual speaks of 100 levels of nesting; the server's own number is 180 for what is stored and
200 for what is sent (`src/mongo/bson/bson_depth.h`). Transactions have no limit on their size:
since 4.2 a large one is several oplog entries, and `transactionSizeLimitBytes` is unlimited.
"""

from __future__ import annotations

from typing import Any

from desperados.embedded.errors import CommandError
from desperados.embedded.values.codec import encode
from desperados.embedded.values.types import Doc

VERSION = "8.0.0"
MAX_WIRE_VERSION = 25

MAX_MESSAGE = 48_000_000
MAX_DOCUMENT = 16 * 1024 * 1024
# What a document in a command or an answer may have besides a user's document.
MAX_INTERNAL = MAX_DOCUMENT + 16 * 1024
MAX_STORED_LEVELS, MAX_LEVELS = 180, 200
# The default of internalQueryMaxPushBytes, internalQueryMaxRangeBytes and their like.
MAX_MEMORY = 100 * 1024 * 1024

# The fewest bytes that a level takes: its type, the end of an empty name, its length, its end.
_LEVEL_BYTES = 7


def nests_deeper(doc: Doc, levels: int, size: int) -> bool:
    """Whether a document of `size` bytes has more levels; an empty one inside is none."""
    if size < levels * _LEVEL_BYTES:
        return False
    level: list[Any] = [doc]
    for _ in range(levels):
        level = [
            item
            for outer in level
            for item in (outer.values() if type(outer) is dict else outer)
            if item and type(item) in (dict, list)
        ]
        if not level:
            return False
    return True


def encode_answer(doc: Doc) -> bytes:
    """A document made for an answer as BSON, refused when the server could not send it."""
    raw = encode(doc)
    if len(raw) > MAX_INTERNAL:
        raise CommandError(
            "BSONObjectTooLarge",
            f"BSONObj size: {len(raw)} (0x{len(raw):X}) is invalid. Size must be between 0 and "
            f"{MAX_INTERNAL}(16MB)",
        )
    if nests_deeper(doc, MAX_LEVELS, len(raw)):
        raise CommandError(
            "Overflow",
            "cannot convert document to BSON because it exceeds the limit of "
            f"{MAX_LEVELS} levels of nesting",
        )
    return raw


def exceeds_memory(values: list[Any]) -> bool:
    """Whether values take more than the server gives an operator that cannot use the disk."""
    if len(values) * MAX_INTERNAL < MAX_MEMORY:
        return False
    size = 0
    for start in range(0, len(values), 1000):
        size += len(encode({"": values[start : start + 1000]}))
        if size > MAX_MEMORY:
            return True
    return False


def need_memory(name: str, values: list[Any]) -> list[Any]:
    """The values, if an operator may hold them all."""
    if exceeds_memory(values):
        raise CommandError(
            "ExceededMemoryLimit",
            f"{name} used too much memory and cannot spill to disk. Memory limit: {MAX_MEMORY} "
            "bytes",
        )
    return values
