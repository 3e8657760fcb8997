"""What content says of places, land and people beyond their document classes."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from desperados.seeding.content import (
    Content,
    Danger,
    Facility,
    Faction,
    Level,
    Natural,
    PercentOf,
    Positive,
    Range,
    Tier,
)


class RegionLink(Content):
    """A road to a region."""

    region_id: str
    energy: Positive


class Region(Content):
    """More of a region."""

    category: Literal["territory", "borderland", "reservation"]
    danger_range: Range
    faction_id: Faction | None = None
    unlock: dict[str, Any] = Field(default_factory=dict)
    links: list[RegionLink] = Field(default_factory=list)


class Zone(Content):
    """More of a zone."""

    adjacent: list[str] = Field(default_factory=list)
    danger_range: Range
    theme: str
    faction_id: Faction | None = None


class Connection(Content):
    """A road to a place, with its cost in energy."""

    target_id: str
    energy_cost: Positive
    travel_seconds: Natural = 0
    requirements: dict[str, Any] = Field(default_factory=dict)


class EntryRequirements(Content):
    """What a character needs to come in."""

    min_level: Level | None = None
    max_wanted: Annotated[int, Field(ge=0, le=5)] | None = None
    min_criminal_rep: PercentOf | None = None
    faction: Faction | None = None
    gang_member: bool | None = None


class MapPosition(Content):
    """Where a place is on the map, 0 to 100 from the north-west corner."""

    x: PercentOf
    y: PercentOf


class Location(Content):
    """More of a place."""

    parent_id: str | None = None
    territory_zone_id: str | None = None
    subtype: str | None = None
    is_zone_hub: bool = False
    connections: list[Connection] = Field(default_factory=list)
    requirements: EntryRequirements | None = None
    faction_influence: dict[Faction, PercentOf] = Field(default_factory=dict)
    tier: Tier = 1
    capacity: Positive | None = None
    hidden: bool = False
    supernatural: bool = False
    hunting_ground: bool = False
    crafting_facilities: list[Facility] = Field(default_factory=list)
    map_position: MapPosition | None = None


class Secret(Content):
    """More of a secret."""

    type: Literal["location", "npc", "item", "quest", "lore", "treasure"]
    hint: str
    repeatable: bool = False
    cooldown_minutes: Positive | None = None
    hidden_until_half: bool = False


class TerritoryZone(Content):
    """More of a zone of control. Income in dollars a day."""

    specialization: Literal[
        "military", "criminal", "trading", "mining", "industrial", "frontier", "ranching", "mixed"
    ]
    daily_income: Natural
    defense_rating: PercentOf
    capital: bool = False
    gang_layer: bool = True
    adjacent: list[str] = Field(default_factory=list)
    volatility: Annotated[float, Field(gt=0)] = 1
    faction_start: dict[Faction, PercentOf] | None = None


class Territory(Content):
    """More of the first state of a zone of control."""

    npc_gang_id: (
        Literal["railroad_barons", "el_rey", "comanche_raiders", "bankers_syndicate"] | None
    ) = None
    npc_influence: dict[str, PercentOf] = Field(default_factory=dict)
    stability: PercentOf
    law_level: PercentOf
    economic_health: PercentOf
    strategic_value: Danger


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


class LootItem(Content):
    """An item that may drop; ``chance`` from 0 to 1."""

    item_id: str
    chance: Annotated[float, Field(gt=0, le=1)]


class Loot(Content):
    """Dollars from ``min`` to ``max``, and what else may drop."""

    min: Natural
    max: Natural
    items: list[LootItem] = Field(default_factory=list)


class Npc(Content):
    """More of an NPC; the last five fields belong to those who are fought."""

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
    loot: Loot | None = None
    respawn_minutes: Positive | None = None

    @model_validator(mode="after")
    def _fighters_are_complete(self) -> Self:
        combat = (self.level, self.hp, self.difficulty, self.loot, self.respawn_minutes)
        if self.kind == "combat" and None in combat:
            raise ValueError("a combat NPC needs level, hp, difficulty, loot and respawnMinutes")
        return self
