"""The content of npcs: what its files under ``seeds/`` hold beyond the document classes."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from desperados.engine.manifest.content import Content, Kind, To
from desperados.npcs import documents
from desperados.play.rewards import Reward, targets_at
from desperados.vocabulary import (
    Danger,
    Faction,
    Level,
    Natural,
    PercentOf,
    Positive,
)


class Relation(Content):
    """What an NPC is to another."""

    npc_id: str
    type: str
    strength: Annotated[int, Field(ge=1, le=10)]
    sentiment: Annotated[int, Field(ge=-10, le=10)]
    public: bool


class NpcSecret(Content):
    """What an NPC tells from a level of trust on."""

    id: str
    trust: PercentOf
    text: str


class Npc(Content):
    """More of an NPC; the last six fields belong to those who are fought. ``trophy`` is what one
    leaves to whoever fells it for the first time."""

    kind: Literal["social", "combat", "merchant", "provider", "entertainer", "mentor", "mystic"]
    role: str | None = None
    faction: Faction | None = None
    personality: str | None = None
    gossipiness: PercentOf = 50
    relations: list[Relation] = Field(default_factory=list)
    secrets: list[NpcSecret] = Field(default_factory=list)
    prices: dict[str, Natural] = Field(default_factory=dict)
    barter: bool = False
    hidden: bool = False
    level: Level | None = None
    hp: Positive | None = None
    difficulty: Danger | None = None
    loot: Reward | None = None
    trophy: Reward | None = None
    respawn_minutes: Positive | None = None

    @model_validator(mode="after")
    def _fighters_are_complete(self) -> Self:
        combat = (self.level, self.hp, self.difficulty, self.loot, self.respawn_minutes)
        if self.kind == "combat" and None in combat:
            raise ValueError("a combat NPC needs level, hp, difficulty, loot and respawnMinutes")
        return self


CONTENT = (
    Kind(
        "npcs",
        ("_id",),
        documents.NPC,
        Npc,
        (
            To("locationId", "locations"),
            To("relations[].npcId", "npcs"),
            *targets_at("loot"),
            *targets_at("trophy"),
        ),
    ),
)
