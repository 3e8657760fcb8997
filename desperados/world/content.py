"""The content of world: what its files under ``seeds/`` hold beyond the document classes."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from desperados.deck import documents as deck_documents
from desperados.engine.manifest.content import Content, Kind, To
from desperados.play.requirements import Requirement, targets_at
from desperados.play.rewards import Reward
from desperados.play.rewards import targets_at as given_at
from desperados.vocabulary import (
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
from desperados.world import documents as world_documents


class Continent(Content):
    """More of a continent."""

    regions: list[str] = Field(default_factory=list)


class RegionLink(Content):
    """A road to a region."""

    region_id: str
    energy: Positive


class Region(Content):
    """More of a region."""

    category: Literal["territory", "borderland", "reservation"]
    danger_range: Range
    faction_id: Faction | None = None
    unlock: list[Requirement] = Field(default_factory=list)
    links: list[RegionLink] = Field(default_factory=list)
    zones: list[str] = Field(default_factory=list)
    encounters: list[str] = Field(default_factory=list)


class Zone(Content):
    """More of a zone."""

    adjacent: list[str] = Field(default_factory=list)
    danger_range: Range
    theme: str
    faction_id: Faction | None = None
    places: list[str] = Field(default_factory=list)
    unlock_requirements: list[Requirement] = Field(default_factory=list)


class Connection(Content):
    """A road to a place, with its cost in energy."""

    target_id: str
    energy_cost: Positive
    travel_seconds: Natural = 0
    requirements: list[Requirement] = Field(default_factory=list)


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
    secrets: list[str] = Field(default_factory=list)
    requirements: list[Requirement] = Field(default_factory=list)
    discover_requirements: list[Requirement] = Field(default_factory=list)
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
    discovery_requirements: list[Requirement] = Field(default_factory=list)
    rewards: Reward = Field(default_factory=Reward)


class Outcome(Content):
    """A way out of an encounter; ``chance`` in percent, 100 where it is missing. ``fight`` is whom
    it leads to a fight with."""

    id: str
    label: str
    effects: Reward
    fight: str | None = None
    requirements: list[Requirement] = Field(default_factory=list)
    chance: PercentOf | None = None
    fail_effects: Reward | None = None


class Encounter(Content):
    """More of an encounter."""

    danger_min: Danger
    danger_max: Danger
    time: Literal["day", "night", "any"]
    weight: Annotated[int, Field(ge=1, le=100)]
    min_level: Level | None = None
    max_level: Level | None = None
    outcomes: Annotated[list[Outcome], Field(min_length=2)]

    @model_validator(mode="after")
    def _can_happen(self) -> Self:
        if self.danger_min > self.danger_max:
            raise ValueError("dangerMin is above dangerMax")
        if all(outcome.requirements or outcome.fight for outcome in self.outcomes):
            raise ValueError(
                "every outcome has requirements or a fight: one must be open to anybody"
            )
        if any(outcome.fight and outcome.chance not in (None, 100) for outcome in self.outcomes):
            raise ValueError("a fight takes no luck to begin")
        return self


CONTENT = (
    Kind(
        "continents",
        ("continentId",),
        world_documents.Continent,
        Continent,
        (To("regions[]", "regions"),),
    ),
    Kind(
        "regions",
        ("regionId",),
        world_documents.Region,
        Region,
        (
            To("continentId", "continents"),
            To("links[].regionId", "regions"),
            To("zones[]", "zones"),
            To("encounters[]", "encounters"),
            targets_at("unlock[]"),
        ),
    ),
    Kind(
        "zones",
        ("zoneId",),
        world_documents.WorldZone,
        Zone,
        (
            To("regionId", "regions"),
            To("adjacent[]", "zones"),
            To("places[]", "locations"),
            targets_at("unlockRequirements[]"),
        ),
    ),
    Kind(
        "locations",
        ("locationId",),
        world_documents.Location,
        Location,
        (
            To("type", "location_types"),
            To("regionId", "regions"),
            To("zoneId", "zones"),
            To("territoryZoneId", "territory_zones"),
            To("parentId", "locations"),
            To("buildings[]", "locations"),
            To("npcs[]", "npcs"),
            To("shops[]", "shops"),
            To("jobs[]", "actions"),
            To("secrets[]", "secrets"),
            To("connections[].targetId", "locations"),
            targets_at("requirements[]"),
            targets_at("discoverRequirements[]"),
            targets_at("connections[].requirements[]"),
        ),
        owned=frozenset({"factionInfluence"}),
    ),
    Kind(
        "secrets",
        ("secretId",),
        world_documents.Secret,
        Secret,
        (
            To("locationId", "locations"),
            *given_at("rewards"),
            targets_at("discoveryRequirements[]"),
        ),
    ),
    Kind(
        "encounters",
        ("_id",),
        deck_documents.Encounter,
        Encounter,
        (
            To("type", "encounter_types"),
            To("locationTypes[]", "regions"),
            To("outcomes[].fight", "npcs"),
            *given_at("outcomes[].effects"),
            *given_at("outcomes[].failEffects"),
            targets_at("outcomes[].requirements[]"),
        ),
    ),
)
