"""How much a collection holds, as `collStats`, `$collStats` and `dbStats` tell it.

Sizes are those of the documents as BSON. Indexes lie in memory beside them and are not measured:
their sizes are told as 0.
"""

from __future__ import annotations

from typing import Any

from desperados.embedded.errors import CommandError
from desperados.embedded.storage.collection import Collection
from desperados.embedded.values.numbers import as_int
from desperados.embedded.values.types import Doc, is_number


def size_of(collection: Collection) -> int:
    """The bytes of the documents that are there."""
    return sum(len(head.raw) for _, head in collection.heads())


def read_scale(value: Any) -> int:
    """The number that sizes are divided by."""
    if value is None:
        return 1
    if not is_number(value) or as_int(value, "scale") < 1:
        raise CommandError("BadValue", "scale has to be at least 1")
    return as_int(value, "scale")


def storage_stats(collection: Collection | None, scale: int) -> Doc:
    """What a collection holds; of one that is not there, nothing."""
    size = size_of(collection) if collection else 0
    count = collection.live if collection else 0
    names = list(collection.indexes) if collection else []
    return {
        "size": size // scale,
        "count": count,
        # Never divided by the scale.
        "avgObjSize": size // count if count else 0,
        "numOrphanDocs": 0,
        "storageSize": size // scale,
        "freeStorageSize": 0,
        "capped": False,
        "nindexes": len(names),
        "indexDetails": {},
        "indexBuilds": [],
        "totalIndexSize": 0,
        "totalSize": size // scale,
        "indexSizes": dict.fromkeys(names, 0),
        "scaleFactor": scale,
    }
