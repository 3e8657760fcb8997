"""Dangling references: an id that names a document which is not there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from desperados.assembly.documents import references
from desperados.engine.game import collection_of
from desperados.engine.manifest.auditing import Check, Progress
from desperados.engine.manifest.reading import batches
from desperados.engine.storage.streams import stream

BATCH = 500


async def check_references(check: Check, tell: Progress) -> None:
    """Every declared reference of every document points at an existing document."""
    for model, path, target in references():
        source, wanted = model.collection_name(), target.collection_name()
        tell("references", check.examined)
        async for batch in batches(source, {}, {path: 1}, size=BATCH):
            check.examined += len(batch)
            await _check_batch(check, source, path, wanted, batch)


async def _check_batch(
    check: Check, source: str, path: str, wanted: str, batch: list[dict[str, Any]]
) -> None:
    named = {value for document in batch for value in values_at(document, path.split("."))}
    if not named:
        return
    found = stream(collection_of(wanted), {"_id": {"$in": list(named)}}, {"_id": 1})
    absent = named - {document["_id"] async for document in found}
    if not absent:
        return
    for document in batch:
        for value in values_at(document, path.split(".")):
            if value in absent:
                check.report(
                    f"{source}/{document['_id']}", f"{path} names {value}, not in {wanted}"
                )


def values_at(value: Any, path: Iterable[str]) -> Iterator[Any]:
    """The scalar values at a path of the registry, through lists; nothing for null and missing.

    ``*`` stands for every value of a map.
    """
    parts = list(path)
    if isinstance(value, list):
        for element in value:
            yield from values_at(element, parts)
    elif not parts:
        if value is not None:
            yield value
    elif isinstance(value, dict):
        for element in value.values() if parts[0] == "*" else [value.get(parts[0])]:
            yield from values_at(element, parts[1:])
