"""The content of legends: what the file under ``seeds/`` holds, and how it is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from desperados.characters.effects import Stat
from desperados.combat.fights.engine.setup import Ability, Foe, Phase
from desperados.combat.legends.documents import Legend
from desperados.combat.legends.errors import LegendNotFound
from desperados.engine.manifest.content import Content, Kind, To
from desperados.engine.storage.content import Content as Kept
from desperados.play.requirements import Requirement, targets_at
from desperados.play.requirements.stored import read_requirements
from desperados.play.rewards import Reward, RewardItem, read_reward
from desperados.play.rewards import targets_at as given_at
from desperados.vocabulary import ItemCode, Level, Natural, PercentOf, Positive

MOST_LEGENDS = 50


class Rumor(Content):
    """What somebody tells of it, from a level of trust on."""

    npc_id: str
    text: str
    trust: PercentOf = 0


class Clue(Content):
    """A trace of it somewhere, for whoever can read it (``difficulty``, against tracking)."""

    id: str
    location_id: str
    text: str
    difficulty: Annotated[int, Field(ge=1, le=99)]


class LegendEntry(Content):
    """More of a legend.

    It is fought at its lair (``locationId``) under its ``requirements``. ``health`` and ``attack``
    (one round's damage) are those of a fight with one hunter; ``danger`` is how deadly a defeat is.
    ``reward`` is the first victory's, with the ``trophy`` and the ``bonus`` for good; ``drops``
    come with every one.
    """

    level: Level
    health: Positive
    attack: Natural
    spread: Natural = 0
    danger: PercentOf
    cooldown_hours: Annotated[int, Field(ge=1, le=168)]
    phases: Annotated[list[Phase], Field(min_length=1)]
    abilities: list[Ability] = Field(default_factory=list)
    rumors: Annotated[list[Rumor], Field(min_length=3, max_length=5)]
    clues: Annotated[list[Clue], Field(min_length=3, max_length=5)]
    requirements: list[Requirement] = Field(default_factory=list)
    trophy: ItemCode
    bonus: dict[str, Annotated[int, Field(ge=1, le=25)]]
    reward: Reward
    drops: list[RewardItem] = Field(default_factory=list)

    @model_validator(mode="after")
    def _can_be_found(self) -> Self:
        for what, names in (
            ("rumors are told by the same NPC", [rumor.npc_id for rumor in self.rumors]),
            ("clues have the same id", [clue.id for clue in self.clues]),
        ):
            if len(set(names)) < len(names):
                raise ValueError(f"two {what}")
        if strangers := set(self.bonus) - set(Stat):
            raise ValueError(f"no effect changes {min(strangers)!r}")
        return self


CONTENT = (
    Kind(
        "legends",
        ("creatureId",),
        Legend,
        LegendEntry,
        (
            To("locationId", "locations"),
            To("rumors[].npcId", "npcs"),
            To("clues[].locationId", "locations"),
            To("trophy", "items"),
            To("drops[].itemId", "items"),
            targets_at("requirements[]"),
            *given_at("reward"),
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class Told:
    """A rumor, by who tells it."""

    npc: str
    text: str
    trust: int


@dataclass(frozen=True, slots=True)
class Trace:
    """A clue, by its id."""

    id: str
    place: str
    text: str
    difficulty: int


@dataclass(frozen=True, slots=True)
class Known:
    """A legend, as the game reads it."""

    code: str
    name: str
    description: str
    lair: str
    level: int
    danger: int
    cooldown: timedelta
    foe: Foe
    rumors: tuple[Told, ...]
    clues: tuple[Trace, ...]
    needs: tuple[Requirement, ...]
    trophy: str
    bonus: Mapping[str, int]
    reward: Reward
    drops: Reward


async def all_legends() -> tuple[Known, ...]:
    """All legends, in the order of their ids."""
    return await _LEGENDS.all(MOST_LEGENDS)


async def find_legend(code: str) -> Known:
    """The legend with this code.

    Raises:
        LegendNotFound: there is none.
    """
    # A condition instead of a code would find any.
    legend = await _LEGENDS.get(code) if isinstance(code, str) else None
    if legend is None:
        raise LegendNotFound(path="legend")
    return legend


def _known(row: Mapping[str, Any]) -> Known:
    return Known(
        code=row["creatureId"],
        name=row.get("name", ""),
        description=row.get("description", ""),
        lair=row["locationId"],
        level=int(row["level"]),
        danger=int(row.get("danger") or 0),
        cooldown=timedelta(hours=int(row["cooldownHours"])),
        foe=Foe(
            code=row["creatureId"],
            name=row.get("name", ""),
            level=int(row["level"]),
            health=int(row["health"]),
            attack=int(row["attack"]),
            spread=int(row.get("spread") or 0),
            phases=[Phase.model_validate(phase) for phase in row["phases"]],
            abilities=[Ability.model_validate(one) for one in row.get("abilities") or ()],
        ),
        rumors=tuple(
            Told(rumor["npcId"], rumor["text"], int(rumor.get("trust") or 0))
            for rumor in row["rumors"]
        ),
        clues=tuple(
            Trace(clue["id"], clue["locationId"], clue["text"], int(clue["difficulty"]))
            for clue in row["clues"]
        ),
        needs=tuple(read_requirements(row.get("requirements"))),
        trophy=row["trophy"],
        bonus={stat: int(points) for stat, points in row["bonus"].items()},
        reward=read_reward(row["reward"]),
        drops=read_reward({"items": row.get("drops") or []}),
    )


_LEGENDS = Kept(Legend, "creatureId", _known)
