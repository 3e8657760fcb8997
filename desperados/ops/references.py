"""Dangling references: an id that names a document which is not there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from desperados.assembly.documents import references
from desperados.engine.game import current_game
from desperados.engine.manifest.auditing import Check, Progress

BATCH = 1000


async def check_references(check: Check, tell: Progress) -> None:
    """Every declared reference of every document points at an existing document."""
    for model, path, target in references():
        source, wanted = model.collection_name(), target.collection_name()
        tell("references", check.examined)
        batch: list[dict[str, Any]] = []
        cursor = (
            current_game()
            .collection(source)
            .find({}, {path: 1}, sort=[("_id", 1)], batch_size=BATCH)
        )
        async for document in cursor:
            check.examined += 1
            batch.append(document)
            if len(batch) == BATCH:
                await _check_batch(check, source, path, wanted, batch)
                batch = []
        if batch:
            await _check_batch(check, source, path, wanted, batch)


async def _check_batch(
    check: Check, source: str, path: str, wanted: str, batch: list[dict[str, Any]]
) -> None:
    named = {value for document in batch for value in values_at(document, path.split("."))}
    if not named:
        return
    cursor = (
        current_game()
        .collection(wanted)
        .find({"_id": {"$in": list(named)}}, {"_id": 1}, batch_size=BATCH)
    )
    absent = named - {document["_id"] async for document in cursor}
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
