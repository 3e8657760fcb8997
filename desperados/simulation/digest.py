"""The whole database as one number: SHA-256 of every document of every collection.

Collections come in the order of their names, documents in that of their ``_id``, each with the
bytes of its BSON as it is stored. Nothing is left out: the name of a collection counts once it
holds anything, and so do the order and the types of the fields.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from bson.codec_options import CodecOptions
from bson.raw_bson import RawBSONDocument

from desperados.engine.game import current_game

BATCH = 1_000


@dataclass(frozen=True, slots=True)
class Content:
    """What one collection holds: how many documents, and their hash in hexadecimal digits."""

    documents: int
    sha256: str


async def digest() -> dict[str, Content]:
    """The content of every collection of the current game that holds anything, by name."""
    database = current_game().database
    found = {}
    for name in sorted(await database.list_collection_names()):
        if not name.startswith("system."):
            content = await _digest_of(name)
            if content.documents:
                found[name] = content
    return found


async def _digest_of(name: str) -> Content:
    raw = current_game().database.get_collection(
        name, codec_options=CodecOptions(document_class=RawBSONDocument)
    )
    documents, sha256 = 0, hashlib.sha256()
    async for document in raw.find({}, sort=[("_id", 1)], batch_size=BATCH):
        sha256.update(document.raw)
        documents += 1
    return Content(documents, sha256.hexdigest())


def whole(contents: dict[str, Content]) -> str:
    """The hash of all collections together."""
    lines = (f"{name} {content.sha256}\n" for name, content in sorted(contents.items()))
    return hashlib.sha256("".join(lines).encode()).hexdigest()
