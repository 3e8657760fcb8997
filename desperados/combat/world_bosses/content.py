"""The content of world bosses: what the file under ``seeds/`` holds, and how it is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from desperados.combat.world_bosses.documents import WorldBossDefinition
from desperados.combat.world_bosses.errors import WorldBossNotFound
from desperados.combat.world_bosses.rules import Appearances, Phase
from desperados.engine.manifest.content import Content, Kind, To
from desperados.engine.storage.content import Content as Kept
from desperados.play.requirements import Requirement, targets_at
from desperados.play.requirements.stored import read_requirements
from desperados.play.rewards import Reward, RewardItem, read_reward
from desperados.play.rewards import targets_at as given_at
from desperados.vocabulary import Level, Natural, PercentOf, Positive, Weekday

MOST_BOSSES = 20
MOST_FIGHTERS = 500


class Coming(Content):
    """When it comes: on weekdays (1 is Monday) or days of the month, at an hour of UTC."""

    hour: Annotated[int, Field(ge=0, le=23)]
    weekdays: list[Weekday] = Field(default_factory=list)
    days: list[Annotated[int, Field(ge=1, le=28)]] = Field(default_factory=list)

    @model_validator(mode="after")
    def _comes(self) -> Self:
        if bool(self.weekdays) == bool(self.days):
            raise ValueError("it comes on weekdays or on days of the month")
        return self


class BossPhase(Content):
    """From which percent of its health on it fights so, how hard, and by what."""

    name: str
    below: Annotated[int, Field(ge=1, le=100)]
    damage: Annotated[int, Field(ge=10, le=500)]
    answers: Annotated[list[str], Field(min_length=1)]


class Boss(Content):
    """More of a world boss.

    ``health`` is meant for ``players``: of each beyond it grows by their mean share. ``damage`` and
    ``defense`` are as in ``rules``; one that ``mirrors`` answers with so much of the hand's own
    damage, in percent. ``least_share`` of all damage, in percent, makes eligible. ``spoils`` go to
    all who are, ``rare`` goods with a chance that grows with the share.
    """

    level: Level
    health: Positive
    damage: Natural
    defense: Natural
    mirrors: PercentOf = 0
    minutes: Annotated[int, Field(ge=5, le=60)]
    players: Annotated[int, Field(ge=1, le=MOST_FIGHTERS)]
    most_players: Annotated[int, Field(ge=1, le=MOST_FIGHTERS)] = MOST_FIGHTERS
    least_share: Annotated[int, Field(ge=1, le=50)]
    first_kill: Natural
    comes: Coming
    requirements: list[Requirement] = Field(default_factory=list)
    phases: Annotated[list[BossPhase], Field(min_length=1)]
    spoils: Reward = Field(default_factory=Reward)
    rare: list[RewardItem] = Field(default_factory=list)

    @model_validator(mode="after")
    def _falls_by_stages(self) -> Self:
        below = [phase.below for phase in self.phases]
        if below[0] != 100 or sorted(set(below), reverse=True) != below:
            raise ValueError("phases begin at 100 percent of the health, and each below the last")
        if self.players > self.most_players:
            raise ValueError("players is above mostPlayers")
        return self


CONTENT = (
    Kind(
        "world_bosses",
        ("bossId",),
        WorldBossDefinition,
        Boss,
        (
            To("locationId", "locations"),
            targets_at("requirements[]"),
            *given_at("spoils"),
            To("rare[].itemId", "items"),
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class Known:
    """A world boss, as the game reads it."""

    code: str
    name: str
    description: str
    place: str
    level: int
    health: int
    damage: int
    defense: int
    mirrors: int
    lasts: timedelta
    players: int
    most_players: int
    least_share: int
    first_kill: int
    comes: Appearances
    needs: tuple[Requirement, ...]
    phases: tuple[Phase, ...]
    spoils: Reward
    rare: tuple[RewardItem, ...]


async def all_bosses() -> tuple[Known, ...]:
    """All world bosses, in the order of their ids."""
    return await _BOSSES.all(MOST_BOSSES)


async def find_boss(code: str) -> Known:
    """The world boss with this code.

    Raises:
        WorldBossNotFound: there is none.
    """
    boss = await _BOSSES.get(code)
    if boss is None:
        raise WorldBossNotFound()
    return boss


def _known(row: Mapping[str, Any]) -> Known:
    when = row["comes"]
    return Known(
        code=row["bossId"],
        name=row.get("name", ""),
        description=row.get("description", ""),
        place=row["locationId"],
        level=int(row["level"]),
        health=int(row["health"]),
        damage=int(row["damage"]),
        defense=int(row["defense"]),
        mirrors=int(row.get("mirrors") or 0),
        lasts=timedelta(minutes=int(row["minutes"])),
        players=int(row["players"]),
        most_players=int(row.get("mostPlayers") or MOST_FIGHTERS),
        least_share=int(row["leastShare"]),
        first_kill=int(row["firstKill"]),
        comes=Appearances(
            int(when["hour"]),
            frozenset(map(int, when.get("weekdays") or ())),
            frozenset(map(int, when.get("days") or ())),
        ),
        needs=tuple(read_requirements(row.get("requirements"))),
        phases=tuple(
            Phase(one["name"], int(one["below"]), int(one["damage"]), tuple(one["answers"]))
            for one in row["phases"]
        ),
        spoils=read_reward(row.get("spoils")),
        rare=tuple(
            RewardItem(
                itemId=one["itemId"],
                quantity=int(one.get("quantity") or 1),
                chance=float(one.get("chance") or 100),
            )
            for one in row.get("rare") or ()
        ),
    )


_BOSSES = Kept(WorldBossDefinition, "bossId", _known)
