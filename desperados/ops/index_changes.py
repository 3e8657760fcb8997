"""Index migrations: what is declared against what is there, shown and then applied.

Missing indexes are created, and those whose options changed are made anew. An index that is not
declared is dropped only when asked for: an operator may have added it on purpose.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from desperados.assembly.documents import documents
from desperados.engine import clock
from desperados.engine.game import current_game
from desperados.engine.storage.index_texts import described
from desperados.engine.storage.indexes import ensure_indexes, index_differences, remake_index
from desperados.ops import migrations


@dataclass(frozen=True, slots=True)
class IndexChange:
    """One index that is not as declared. ``action`` is create, rebuild or drop.

    ``wanted`` is the declared index, ``actual`` the one that is there; one of them may be missing.
    """

    action: str
    collection: str
    wanted: dict[str, Any] | None
    actual: dict[str, Any] | None

    @property
    def index(self) -> str:
        """Its name."""
        name: str = (self.wanted or self.actual or {})["name"]
        return name

    def __str__(self) -> str:
        """What it is now, and what it will be."""
        words = [described(index) for index in (self.actual, self.wanted) if index is not None]
        return "; now ".join(reversed(words))


async def planned_index_changes() -> list[IndexChange]:
    """Every index of the current game's database that is not as declared."""
    planned = []
    for found in await index_differences(current_game().database, documents().values()):
        name = found.collection
        planned += [IndexChange("create", name, wanted, None) for wanted in found.missing]
        planned += [IndexChange("rebuild", name, *pair) for pair in found.changed]
        planned += [IndexChange("drop", name, None, actual) for actual in found.extra]
    return planned


async def apply_index_changes(*, drop: bool = False) -> list[IndexChange]:
    """Make the indexes as declared; drop undeclared ones only with ``drop``.

    A rebuilt unique index is away for a moment: run this when nobody plays. If it cannot be made,
    the one that was there comes back.

    Raises:
        ConfigurationError: the data breaks a unique index; the text names it.
        MigrationLocked: another runner is at work.
    """
    database = current_game().database
    async with migrations.locked() as lock:
        started = clock.now()
        planned = await planned_index_changes()
        applied = [change for change in planned if change.action != "drop" or drop]
        for change in applied:
            await lock.renew()
            if change.action == "rebuild":
                await remake_index(database[change.collection], documents().values(), change.index)
            elif change.action == "drop":
                await database[change.collection].drop_index(change.index)
        await ensure_indexes(database, documents().values(), compare=True)
        if applied:
            await migrations.record_run(
                {
                    "name": "indexes",
                    "changes": [f"{c.action} {c.collection}.{c.index}" for c in applied],
                    "startedAt": started,
                }
            )
    return applied
