"""Migrations: versioned changes of stored data, forward and back, one runner at a time.

A run goes through a collection in the order of ``_id``, in batches, and stores after each how far
it came: cut off, it goes on from there. Every run is recorded. Indexes are migrated the same way:
what is declared is compared with what is there.
"""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from pymongo import UpdateOne
from pymongo.errors import BulkWriteError, DuplicateKeyError

from desperados.assembly.documents import documents
from desperados.engine import clock, dice
from desperados.engine.errors import Conflict, InvalidInput
from desperados.engine.game import current_game
from desperados.engine.storage.collection import find_all
from desperados.engine.storage.indexes import remake_index

RECORDS = "migrations"
RUNS = "migrationruns"
LOCK = "lock"
LOCK_SECONDS = 60
BATCH = 500
DUPLICATE_KEY = 11000

Document = dict[str, Any]
Change = dict[str, Any]
Tell = Callable[[str, int], None]


class MigrationLocked(Conflict):
    """Another runner is migrating this database."""


class Irreversible(Conflict):
    """This migration cannot be undone."""


@dataclass(frozen=True, slots=True)
class Migration:
    """A change of every document of ``collection``.

    ``up`` and ``down`` get a stored document and give an update, or None where there is nothing to
    do. ``down`` None says that there is no way back. ``unique`` names the declared index that is
    made first, so that it refuses what would break it instead of being refused itself afterwards.
    """

    version: int
    name: str
    collection: str
    up: Callable[[Document], Change | None]
    down: Callable[[Document], Change | None] | None
    unique: str | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one run did, or in a dry run would do. ``refused`` met a unique index."""

    version: int
    name: str
    direction: str
    examined: int
    changed: int
    refused: int


@dataclass(frozen=True, slots=True)
class Status:
    """Where one migration stands: pending, applied, or cut off in a direction."""

    version: int
    name: str
    state: str


async def status(migrations: Sequence[Migration]) -> list[Status]:
    """Where every migration stands."""
    records = {record["_id"]: record for record in await _records()}
    return [
        Status(m.version, m.name, records.get(m.version, {}).get("state", "pending"))
        for m in migrations
    ]


async def up(
    migrations: Sequence[Migration], *, dry_run: bool = False, tell: Tell | None = None
) -> list[Outcome]:
    """Apply every migration that is not applied, in order.

    Raises:
        MigrationLocked: another runner is at work.
        ConfigurationError: an index that must be there first cannot be made; the text names it.
    """
    async with locked(dry_run=dry_run) as lock:
        applied = {record["_id"] for record in await _records() if record["state"] == "applied"}
        outcomes = []
        for migration in migrations:
            if migration.version in applied:
                continue
            if migration.unique is not None and not dry_run:
                database = current_game().database
                await remake_index(
                    database[migration.collection], documents().values(), migration.unique
                )
            outcomes.append(await _run(migration, "up", migration.up, lock, dry_run, tell))
        return outcomes


async def down(
    migrations: Sequence[Migration], to: int, *, dry_run: bool = False, tell: Tell | None = None
) -> list[Outcome]:
    """Undo every migration above version ``to``, last first.

    Raises:
        MigrationLocked: another runner is at work.
        Irreversible: one of them cannot be undone; nothing was.
        InvalidInput: ``to`` is no version.
    """
    if to and to not in {migration.version for migration in migrations}:
        raise InvalidInput(f"There is no migration {to}.", path="to")
    async with locked(dry_run=dry_run) as lock:
        touched = {record["_id"] for record in await _records()}
        undone = [m for m in reversed(migrations) if m.version > to and m.version in touched]
        for migration in undone:
            if migration.down is None:
                raise Irreversible(f"Migration {migration.version} cannot be undone.")
        return [
            await _run(migration, "down", migration.down, lock, dry_run, tell)
            for migration in undone
            if migration.down is not None
        ]


async def _run(
    migration: Migration,
    direction: str,
    change: Callable[[Document], Change | None],
    lock: _Lock,
    dry_run: bool,
    tell: Tell | None,
) -> Outcome:
    records = current_game().database[RECORDS]
    started = clock.now()
    examined = changed = refused = 0
    position = None if dry_run else await _begin(migration, direction)
    while batch := await _after(migration.collection, position):
        position = batch[-1]["_id"]
        updates = [(document["_id"], change(document)) for document in batch]
        writes = [UpdateOne({"_id": id_}, update) for id_, update in updates if update]
        examined += len(batch)
        changed += len(writes)
        if not dry_run:
            lost = await _write(migration.collection, writes)
            refused += lost
            changed -= lost
            await records.update_one({"_id": migration.version}, {"$set": {"position": position}})
            await lock.renew()
        if tell is not None:
            tell(migration.name, examined)
    outcome = Outcome(migration.version, migration.name, direction, examined, changed, refused)
    if not dry_run:
        await _finish(migration, outcome, started)
    return outcome


async def _begin(migration: Migration, direction: str) -> Any:
    """Mark the run as begun. Returns where an earlier run in this direction was cut off."""
    records = current_game().database[RECORDS]
    state = f"{direction}, cut off"
    record = await records.find_one({"_id": migration.version})
    if record is not None and record["state"] == state:
        return record.get("position")
    await records.update_one(
        {"_id": migration.version},
        {"$set": {"name": migration.name, "state": state}, "$unset": {"position": ""}},
        upsert=True,
    )
    return None


async def _finish(migration: Migration, outcome: Outcome, started: Any) -> None:
    database = current_game().database
    await record_run({**dataclasses.asdict(outcome), "startedAt": started})
    if outcome.direction == "up":
        await database[RECORDS].update_one(
            {"_id": migration.version},
            {"$set": {"state": "applied", "finishedAt": clock.now()}, "$unset": {"position": ""}},
        )
    else:
        await database[RECORDS].delete_one({"_id": migration.version})


async def _after(collection: str, position: Any) -> list[Document]:
    where = {} if position is None else {"_id": {"$gt": position}}
    return await find_all(
        current_game().database[collection], where, sort=[("_id", 1)], limit=BATCH
    )


async def _write(collection: str, writes: list[UpdateOne]) -> int:
    """Send a batch. Returns how many a unique index refused; any other error is raised."""
    if not writes:
        return 0
    try:
        await current_game().database[collection].bulk_write(writes, ordered=False)
    except BulkWriteError as error:
        failures = error.details["writeErrors"]
        if any(failure["code"] != DUPLICATE_KEY for failure in failures):
            raise
        return len(failures)
    return 0


async def _records() -> list[Document]:
    return await find_all(
        current_game().database[RECORDS], {"_id": {"$type": "number"}}, limit=10_000
    )


class _Lock:
    """The right to migrate; lost when it was not renewed in time."""

    def __init__(self) -> None:
        self.owner = dice.token(8)

    async def take(self) -> None:
        """Take it.

        Outcomes: free or expired, taken; a duplicate key, when another runner holds it.
        """
        now = clock.now()
        try:
            await (
                current_game()
                .database[RECORDS]
                .update_one(
                    {"_id": LOCK, "until": {"$lte": now}},
                    {"$set": {"owner": self.owner, "until": now + timedelta(seconds=LOCK_SECONDS)}},
                    upsert=True,
                )
            )
        except DuplicateKeyError:
            raise MigrationLocked(
                "Another runner is migrating this database. If none is, wait a minute: the lock "
                "of a runner that died expires."
            ) from None

    async def renew(self) -> None:
        """Hold it longer."""
        result = (
            await current_game()
            .database[RECORDS]
            .update_one(
                {"_id": LOCK, "owner": self.owner},
                {"$set": {"until": clock.now() + timedelta(seconds=LOCK_SECONDS)}},
            )
        )
        if not result.matched_count:
            raise MigrationLocked("The lock was lost to another runner; run again to go on.")

    async def give_up(self) -> None:
        """Let others have it."""
        await current_game().database[RECORDS].delete_one({"_id": LOCK, "owner": self.owner})


@asynccontextmanager
async def locked(*, dry_run: bool = False) -> AsyncIterator[_Lock]:
    """The lock, held for as long as the block lasts; a dry run changes nothing and takes none.

    Raises:
        MigrationLocked: another runner is at work.
    """
    lock = _Lock()
    if dry_run:
        yield lock
        return
    await lock.take()
    keeper = asyncio.create_task(_keep(lock))
    try:
        yield lock
    finally:
        keeper.cancel()
        await asyncio.gather(keeper, return_exceptions=True)
        await lock.give_up()


async def _keep(lock: _Lock) -> None:
    """Renew the lock while something long is done, as the creation of an index may be."""
    while True:
        await asyncio.sleep(LOCK_SECONDS / 3)
        await lock.renew()


async def record_run(record: Document) -> None:
    """Note what a run did, for whoever asks later what happened to this database."""
    await (
        current_game()
        .database[RUNS]
        .insert_one({"_id": dice.new_id(), **record, "finishedAt": clock.now()})
    )
