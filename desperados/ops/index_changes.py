"""Index migrations: what is declared against what is there, shown and then applied.

Missing indexes are created, and those whose options changed are made anew. An index that is not
declared is dropped only when asked for: an operator may have added it on purpose.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from desperados.engine.game import current_game
from desperados.engine.indexes import ensure_indexes, index_differences
from desperados.registry import documents


@dataclass(frozen=True, slots=True)
class IndexChange:
    """One index that is not as declared. ``action`` is create, rebuild or drop."""

    action: str
    collection: str
    index: str
    options: dict[str, Any]


async def planned_index_changes() -> list[IndexChange]:
    """Every index of the current game's database that is not as declared."""
    planned = []
    for found in await index_differences(current_game().database, documents().values()):
        groups = (
            ("create", found.missing),
            ("rebuild", [declared for declared, _ in found.changed]),
            ("drop", found.extra),
        )
        planned += [
            IndexChange(action, found.collection, index["name"], _options(index))
            for action, indexes in groups
            for index in indexes
        ]
    return planned


async def apply_index_changes(*, drop: bool = False) -> list[IndexChange]:
    """Make the indexes as declared; drop undeclared ones only with ``drop``.

    A rebuilt unique index is away for a moment: run this when nobody plays.

    Raises:
        ConfigurationError: the data breaks a unique index; the text names it.
    """
    planned = await planned_index_changes()
    database = current_game().database
    for change in planned:
        if change.action == "rebuild" or (change.action == "drop" and drop):
            await database[change.collection].drop_index(change.index)
    await ensure_indexes(database, documents().values(), compare=True)
    return [change for change in planned if change.action != "drop" or drop]


def _options(index: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in index.items() if key not in {"name", "v", "ns"}}
