"""The bosses there are, as their content says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any

from pydantic import Field

from desperados.combat.bosses import content
from desperados.combat.bosses.documents import Boss
from desperados.combat.bosses.errors import BossNotFound
from desperados.engine.storage.content import Content
from desperados.play.requirements.kinds import Kind, Requirement
from desperados.play.rewards import plain

MOST = 100

BossCode = Annotated[
    str,
    Field(min_length=1, max_length=100, description="a boss", examples=["tommyknocker-king"]),
]


@dataclass(frozen=True, slots=True)
class Foe:
    """A boss: where it is, who may come, and ``details``, the rest of what content says of it."""

    code: str
    name: str
    level: int
    place: str
    details: content.Boss

    @property
    def least(self) -> int:
        """How many must come."""
        return self.details.party.least

    @property
    def most(self) -> int:
        """How many may come."""
        return self.details.party.most

    @property
    def respawn(self) -> timedelta:
        """When whoever has beaten it may come again."""
        return timedelta(hours=self.details.respawn_hours)

    @property
    def needs(self) -> tuple[Requirement, ...]:
        """What it asks of each who comes, the place before all."""
        return (Requirement(Kind.AT, self.place), *self.details.requirements)


async def find_boss(code: str) -> Foe:
    """The boss with this code.

    Raises:
        BossNotFound: there is no such boss.
    """
    found = await look_for(code)
    if found is None:
        raise BossNotFound(path="boss")
    return found


async def look_for(code: str) -> Foe | None:
    """The boss with this code, if there is one (any more)."""
    # A condition instead of a code would find any boss.
    return await _BOSSES.get(code) if isinstance(code, str) else None


async def all_bosses() -> tuple[Foe, ...]:
    """All bosses there are, in the order of their codes."""
    return await _BOSSES.all(MOST)


def _foe(row: Mapping[str, Any]) -> Foe:
    described = content.Boss.model_fields.values()
    names = {field.alias for field in described}
    details = {name: value for name, value in row.items() if name in names}
    return Foe(
        row["_id"],
        row["name"],
        int(row["level"]),
        row["locationId"],
        content.Boss.model_validate(plain(details)),
    )


_BOSSES = Content(Boss, "_id", _foe)
