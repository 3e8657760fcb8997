"""The kinds of content: one entry of ``KINDS`` for each file under ``seeds/``.

A new kind is one entry here, a model for the fields that its document class does not declare (in
``content_world`` or ``content_things``), and a file. Kinds stand in the order in which they are
loaded, so that what is referred to comes before what refers to it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from desperados.assembly.documents import documents
from desperados.engine.storage.documents import Document
from desperados.seeding import content_things as things
from desperados.seeding import content_world as world
from desperados.seeding.content import Content


@dataclass(frozen=True)
class To:
    """The values at ``path`` are natural keys of the kind, or words of the vocabulary, ``target``.

    In a path, ``[]`` stands for the items of a list: ``rewards.items[]``.
    """

    path: str
    target: str


@dataclass(frozen=True)
class Prefixed:
    """The values at ``path`` read ``prefix:key``, or are one of ``words``."""

    path: str
    targets: Mapping[str, str]
    words: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Tagged:
    """In the objects at ``path``, the field ``tag`` says what the field ``value`` refers to."""

    path: str
    tag: str
    value: str
    targets: Mapping[str, str]


Link = To | Prefixed | Tagged


@dataclass(frozen=True, eq=False)
class Kind:
    """What the entries of one file are.

    ``key`` are the fields of the natural key. ``document`` names the document class; a kind without
    one is checked but not stored. ``extras`` describes the fields that the class does not declare.
    ``owned`` are fields that play changes: they are written once, when the document is created.
    """

    name: str
    key: tuple[str, ...]
    document: str | None
    extras: type[Content]
    links: tuple[Link, ...] = ()
    owned: frozenset[str] = frozenset()
    file: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "file", f"{self.name}.yaml")

    @cached_property
    def model(self) -> type[Document] | None:
        """The document class."""
        return None if self.document is None else documents()[self.document]


KINDS: tuple[Kind, ...] = (
    Kind("continents", ("continentId",), "Continent", Content),
    Kind(
        "regions",
        ("regionId",),
        "Region",
        world.Region,
        (To("continentId", "continents"), To("links[].regionId", "regions")),
    ),
    Kind(
        "zones",
        ("zoneId",),
        "WorldZone",
        world.Zone,
        (To("regionId", "regions"), To("adjacent[]", "zones")),
    ),
    Kind(
        "items",
        ("itemId",),
        "Item",
        things.Item,
        (To("type", "item_types"), To("rarity", "rarities")),
    ),
    Kind(
        "recipes",
        ("_id",),
        "Recipe",
        things.Recipe,
        (
            To("skillRequired", "skills"),
            To("materials[].itemId", "items"),
            To("output.itemId", "items"),
        ),
    ),
    Kind("cards", ("_id",), "Card", things.Card),
    Kind(
        "actions",
        ("_id",),
        "Action",
        things.Action,
        (
            To("type", "action_types"),
            To("effects.items[]", "items"),
            To("locationTypes[]", "location_types"),
        ),
    ),
    Kind(
        "achievements",
        ("_id",),
        "Achievement",
        things.Achievement,
        (To("rewards.items[]", "items"),),
    ),
    Kind(
        "locations",
        ("locationId",),
        "Location",
        world.Location,
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
            To("connections[].targetId", "locations"),
            To("discoverRequirements.secret", "secrets"),
        ),
        owned=frozenset({"factionInfluence"}),
    ),
    Kind(
        "npcs",
        ("_id",),
        "NPC",
        world.Npc,
        (
            To("locationId", "locations"),
            To("relations[].npcId", "npcs"),
            To("loot.items[].itemId", "items"),
        ),
    ),
    Kind(
        "quests",
        ("_id",),
        "Quest",
        things.Quest,
        (
            To("giverNpcId", "npcs"),
            To("prerequisites[]", "quests"),
            To("rewards.items[]", "items"),
            Prefixed(
                "objectives[].target",
                {
                    "location": "locations",
                    "npc": "npcs",
                    "item": "items",
                    "action": "actions",
                    "recipe": "recipes",
                    "skill": "skills",
                },
                frozenset({"any"}),
            ),
        ),
    ),
    Kind(
        "encounters",
        ("_id",),
        "Encounter",
        things.Encounter,
        (
            To("type", "encounter_types"),
            To("locationTypes[]", "regions"),
            To("outcomes[].effects.items[].itemId", "items"),
            To("outcomes[].failEffects.items[].itemId", "items"),
            To("outcomes[].requirements.items[].itemId", "items"),
        ),
    ),
    Kind(
        "secrets",
        ("secretId",),
        "Secret",
        world.Secret,
        (
            To("locationId", "locations"),
            To("rewards.items[]", "items"),
            To("rewards.locationAccess[]", "locations"),
            Tagged(
                "discoveryRequirements[]",
                "kind",
                "target",
                {
                    "npc_trust": "npcs",
                    "quest_complete": "quests",
                    "item_owned": "items",
                    "secret_known": "secrets",
                    "location_visit": "locations",
                    "achievement": "achievements",
                    "faction_standing": "factions",
                    "skill_level": "skills",
                },
            ),
        ),
    ),
    Kind(
        "territory_zones",
        ("zoneId",),
        "TerritoryZone",
        world.TerritoryZone,
        (To("regionId", "regions"), To("adjacent[]", "territory_zones")),
    ),
    Kind(
        "territories",
        ("zoneId",),
        "Territory",
        world.Territory,
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
    Kind(
        "merchants",
        ("merchantId",),
        "Merchant",
        things.Merchant,
        (To("merchantId", "npcs"), To("route[].locationId", "locations")),
    ),
    Kind(
        "merchant_stock",
        ("merchantId", "itemId"),
        "MerchantStock",
        things.MerchantStock,
        (To("merchantId", "merchants"), To("itemId", "items")),
        owned=frozenset({"quantity", "restocksAt"}),
    ),
    Kind(
        "shops",
        ("shopId",),
        "Shop",
        things.Shop,
        (
            To("locationId", "locations"),
            To("keeperNpcId", "npcs"),
            To("itemIds[]", "items"),
        ),
    ),
    Kind("investment_products", ("productType",), "InvestmentProduct", things.InvestmentProduct),
    Kind(
        "exchange_rates",
        ("currency", "effectiveAt"),
        "ResourceExchangeRate",
        things.ExchangeRate,
    ),
)

BY_NAME: Mapping[str, Kind] = {kind.name: kind for kind in KINDS}
