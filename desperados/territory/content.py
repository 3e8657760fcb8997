"""The content of territory: what its files under ``seeds/`` hold beyond the document classes."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from desperados.engine.manifest.content import Content, Kind, To
from desperados.territory import documents
from desperados.vocabulary import (
    Danger,
    Faction,
    Natural,
    PercentOf,
)


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


CONTENT = (
    Kind(
        "territory_zones",
        ("zoneId",),
        documents.TerritoryZone,
        TerritoryZone,
        (To("regionId", "regions"), To("adjacent[]", "territory_zones")),
    ),
    Kind(
        "territories",
        ("zoneId",),
        documents.Territory,
        Territory,
        (To("zoneId", "territory_zones"), To("controllingFaction", "factions")),
        owned=frozenset(
            {
                "controllingGangId",
                "controllingFaction",
                "influence",
                "npcGangId",
                "npcInfluence",
                "stability",
                "lawLevel",
                "economicHealth",
            }
        ),
    ),
)
