"""Check the content of a world, and load it.

Loading is one read and one write (in batches) for each kind, so it stays quick. Nothing is written
unless everything is in order. Documents are found by their natural key and keep their ``_id``; of
one that exists, only the fields that its entry names are written, and of those only what differs.
Seeds never delete: a field or an entry that leaves the files stays in the database.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from pymongo import UpdateOne
from pymongo.errors import BulkWriteError

from desperados.engine.manifest.content import Kind
from desperados.engine.storage.collection import find_all
from desperados.engine.storage.content import content_changed
from desperados.seeding.derived import derive
from desperados.seeding.kinds import KINDS
from desperados.seeding.linking import dangling, seeded_ids
from desperados.seeding.problems import BrokenSeeds, Problem
from desperados.seeding.reading import World, read_world
from desperados.seeding.rows import Row, Rows, make_rows
from desperados.seeding.sanity import oddities

BATCH = 500
"""Entries in one read or write."""

DUPLICATE_KEY = 11000

Progress = Callable[[str, int, int], None]
"""Told after each batch: the kind, how many of its entries are done, and how many it has."""

_MISSING = object()


@dataclass(slots=True)
class Counts:
    """What became of the entries of one kind."""

    created: int = 0
    changed: int = 0
    unchanged: int = 0


@dataclass(slots=True)
class Summary:
    """What a load did, by kind."""

    kinds: dict[str, Counts] = field(default_factory=dict)

    @property
    def total(self) -> Counts:
        """The sums over all kinds."""
        counts = self.kinds.values()
        return Counts(
            sum(kind.created for kind in counts),
            sum(kind.changed for kind in counts),
            sum(kind.unchanged for kind in counts),
        )


def default_directory() -> Path:
    """The seeds that come with the package: the repository's ``seeds/``, or its copy in a wheel."""
    return Path(__file__).parent / "shipped"


def check(directory: Path | None = None) -> list[Problem]:
    """Everything that is wrong with the seed files, by file and line. Needs no database."""
    return _prepared(directory or default_directory())[2]


async def seed(directory: Path | None = None, *, progress: Progress | None = None) -> Summary:
    """Load the seed files into the current game. Run it as often as you like.

    A load that is cut short is completed by the next one.

    Raises:
        BrokenSeeds: something is wrong with the files; nothing was loaded.
    """
    world, rows, problems = _prepared(directory or default_directory())
    if problems:
        raise BrokenSeeds(problems)
    stored = {kind.name: await _stored(kind, rows[kind.name]) for kind in KINDS}
    ids = seeded_ids(world)
    known = {
        name: {key: document["_id"] for key, document in documents.items()}
        for name, documents in stored.items()
    }
    if any(ids[name][key] != found for name in known for key, found in known[name].items()):
        # Some documents are not ours and have ids of their own: refer to those.
        rows, problems = make_rows(
            world, {name: {**ids[name], **known.get(name, {})} for name in ids}
        )
        if problems:
            raise BrokenSeeds(problems)
    summary = Summary()
    for kind in KINDS:
        if rows[kind.name]:
            summary.kinds[kind.name] = await _load(
                kind, rows[kind.name], stored[kind.name], progress
            )
    if summary.total.created or summary.total.changed:
        await content_changed()
    return summary


def _prepared(directory: Path) -> tuple[World, Rows, list[Problem]]:
    """The world under ``directory``. What is looked for next may rely on what was in order before:
    references on the keys, and the world as a whole on every single entry."""
    world, problems = read_world(directory)
    rows: Rows = {}
    if not problems:
        derive(world)
        rows, problems = make_rows(world, seeded_ids(world))
        problems = sorted({*problems, *dangling(world)})
    if not problems:
        problems = list(oddities(world))
    return world, rows, sorted(problems)


async def _stored(kind: Kind, rows: Sequence[Row]) -> dict[str, dict[str, Any]]:
    """The documents of these entries that the database has, by natural key.

    Of several with one key (no index forbids it) the one with the lowest id counts.
    """
    first = kind.key[0]
    values = list(dict.fromkeys(row.document[first] for row in rows))
    wanted = {row.entry.key for row in rows}
    found: dict[str, dict[str, Any]] = {}
    for start in range(0, len(values), BATCH):
        documents = await find_all(
            kind.model.collection(),
            {first: {"$in": values[start : start + BATCH]}},
            limit=BATCH * BATCH,
            sort=[("_id", 1)],
        )
        for document in documents:
            key = "/".join(_key_text(document.get(name)) for name in kind.key)
            if key in wanted:
                found.setdefault(key, document)
    return found


def _key_text(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


async def _load(
    kind: Kind,
    rows: Sequence[Row],
    stored: Mapping[str, Mapping[str, Any]],
    progress: Progress | None,
) -> Counts:
    """Write what is new or differs, a batch at a time."""
    collection = kind.model.collection()
    counts = Counts()
    for start in range(0, len(rows), BATCH):
        batch = rows[start : start + BATCH]
        new = [row.document for row in batch if row.entry.key not in stored]
        changes = [
            UpdateOne({"_id": before["_id"]}, {"$set": change})
            for row in batch
            if (before := stored.get(row.entry.key)) and (change := _change(row, before))
        ]
        if new:
            counts.created += await _insert(collection, new)
        if changes:
            await collection.bulk_write(changes, ordered=False)
            counts.changed += len(changes)
        if progress is not None:
            progress(kind.name, start + len(batch), len(rows))
    counts.unchanged = len(rows) - counts.created - counts.changed
    return counts


async def _insert(collection: Any, documents: Sequence[dict[str, Any]]) -> int:
    """Insert what nobody else has inserted since the read; how many that were.

    Outcomes for each document: inserted; a duplicate, since another process seeds at the same time
    (it stays as that one wrote it); any other error is raised.
    """
    try:
        await collection.insert_many(documents, ordered=False)
    except BulkWriteError as error:
        if any(wrong["code"] != DUPLICATE_KEY for wrong in error.details["writeErrors"]):
            raise
        inserted: int = error.details["nInserted"]
        return inserted
    return len(documents)


def _change(row: Row, before: Mapping[str, Any]) -> dict[str, Any]:
    """The content fields in which the stored document differs from its entry."""
    return {
        name: row.document[name]
        for name in row.content
        if before.get(name, _MISSING) != row.document[name]
    }
