"""Words and measures that the content of all domains uses."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from desperados.engine.manifest.content import Content

LOCATION_TYPES = frozenset({
    "town_square", "saloon", "sheriff_office", "bank", "general_store", "stables", "train_station",
    "doctors_office", "gang_hq", "blacksmith", "camp", "cave", "mine", "outpost", "ruins",
    "wilderness", "ranch", "hideout", "settlement", "sacred_site", "trading_post", "fort", "canyon",
    "mesa", "springs", "hotel", "telegraph_office", "church", "assay_office", "railroad_station",
    "newspaper_office", "spirit_lodge", "council_fire", "medicine_lodge", "cantina", "fighting_pit",
    "smugglers_den", "shrine", "government", "courthouse", "mining_office", "elite_club",
})  # fmt: skip
ITEM_TYPES = frozenset({
    "weapon", "armor", "consumable", "mount", "material", "quest", "tool", "accessory", "furniture",
    "misc",
})  # fmt: skip

ItemCode = Annotated[str, Field(min_length=1, max_length=100, examples=["whiskey"])]
Positive = Annotated[int, Field(ge=1)]
Natural = Annotated[int, Field(ge=0)]
PercentOf = Annotated[int, Field(ge=0, le=100)]
Level = Annotated[int, Field(ge=1, le=50)]
Danger = Annotated[int, Field(ge=1, le=10)]
Tier = Annotated[int, Field(ge=1, le=5)]
Hour = Annotated[int, Field(ge=0, le=24)]
Weekday = Annotated[int, Field(ge=1, le=7)]
Faction = Literal[
    "settler_alliance",
    "nahi_coalition",
    "frontera",
    "us_military",
    "railroad_barons",
    "independent_outlaws",
]
Tag = Literal[
    "weapons",
    "ammunition",
    "clothing",
    "provisions",
    "crops",
    "livestock",
    "medicine",
    "tools",
    "materials",
    "mining",
    "furs",
    "wood",
    "luxury",
    "curios",
]
"""Groups of goods that a season or a market event moves together."""


class Range(Content):
    """From ``min`` to ``max``, both included."""

    min: Natural
    max: Natural

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.min > self.max:
            raise ValueError("min is above max")
        return self


class Hours(Content):
    """Game hours [open, close); equal means always."""

    open: Hour
    close: Hour


class Facility(Content):
    """A place to craft at, from tier 1 to 5."""

    type: str
    tier: Tier
