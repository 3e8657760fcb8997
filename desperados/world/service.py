"""Reads the content of the world: what the seeds hold, as far as any player may know it.

Each kind lists the fields that are shown. Everything else (what an encounter leads to, what an NPC
hides, how a secret place is found) stays in the game, and hidden entries are not listed at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field
from pydantic_core import to_jsonable_python

from desperados.engine.errors import NotFound
from desperados.engine.game import current_game
from desperados.engine.storage.paging import read_page
from desperados.engine.views import Cursor, Limit, Page, View

LONGEST_KEY = 200
_SHOWN_TO_ALL = {"isSecret": {"$ne": True}, "hidden": {"$ne": True}}

ContentKey = Annotated[str, Field(min_length=1, max_length=LONGEST_KEY, examples=["red-gulch"])]


class ContentKind(StrEnum):
    """A kind of content."""

    ACHIEVEMENTS = "achievements"
    ACTIONS = "actions"
    CARDS = "cards"
    CONTINENTS = "continents"
    ITEMS = "items"
    LOCATIONS = "locations"
    NPCS = "npcs"
    QUESTS = "quests"
    RECIPES = "recipes"
    REGIONS = "regions"
    TERRITORIES = "territories"
    TERRITORY_ZONES = "territory-zones"
    ZONES = "zones"


@dataclass(frozen=True, slots=True)
class _Source:
    """Where a kind is stored, the indexed field that names an entry, and what is shown of it."""

    collection: str
    key: str
    fields: tuple[str, ...]


def _source(collection: str, key: str, fields: str) -> _Source:
    return _Source(collection, key, tuple(fields.split()))


_SOURCES = {
    ContentKind.ACHIEVEMENTS: _source(
        "achievements", "_id", "name description category tier requirements rewards"
    ),
    ContentKind.ACTIONS: _source(
        "actions",
        "_id",
        "name description type suit gameType tier difficulty energyCost cooldownSeconds "
        "locationTypes requirements",
    ),
    ContentKind.CARDS: _source("cards", "_id", "name suit rank value rarity"),
    ContentKind.CONTINENTS: _source("continents", "continentId", "name description"),
    ContentKind.ITEMS: _source(
        "items",
        "itemId",
        "name description type subtype rarity value weight stackable maxStack stats effects "
        "equipSlot levelRequired bindOn tags",
    ),
    ContentKind.LOCATIONS: _source(
        "locations",
        "locationId",
        "name description type subtype regionId zoneId parentId buildings npcs jobs shops "
        "dangerLevel travelCost operatingHours tier capacity connections mapPosition",
    ),
    ContentKind.NPCS: _source("npcs", "_id", "name type role faction locationId services level"),
    ContentKind.QUESTS: _source(
        "quests",
        "_id",
        "name description chainId chainOrder level objectives rewards prerequisites",
    ),
    ContentKind.RECIPES: _source(
        "recipes",
        "_id",
        "name category skillRequired levelRequired materials output time xp difficulty facility",
    ),
    ContentKind.REGIONS: _source(
        "regions",
        "regionId",
        "name description continentId weatherPattern dangerModifier category factionId",
    ),
    ContentKind.TERRITORIES: _source(
        "territories",
        "zoneId",
        "name controllingFaction influence bonuses resources dangerLevel",
    ),
    ContentKind.TERRITORY_ZONES: _source(
        "territoryzones", "zoneId", "name regionId type size defaultBonuses maxInfluence"
    ),
    ContentKind.ZONES: _source(
        "worldzones", "zoneId", "name regionId levelRange unlockRequirements adjacent theme"
    ),
}


class ContentView(View):
    """An entry of the world's content. ``details`` has the fields of its kind."""

    kind: ContentKind
    key: str
    name: str
    details: dict[str, Any]


async def list_kinds() -> list[ContentKind]:
    """The kinds of content there are."""
    return list(ContentKind)


async def list_content(
    kind: ContentKind,
    *,
    limit: Limit = 50,
    after: Cursor | None = None,
) -> Page[ContentView]:
    """The entries of a kind, in the order of their keys.

    Raises:
        InvalidInput: the limit is not 1 to 100, or the cursor is not one of this list.
    """
    source = _SOURCES[kind]
    named = {source.key: {"$gt": ""}} if after is None else {}  # else the cursor says more
    return await read_page(
        current_game().collection(source.collection),
        {**_SHOWN_TO_ALL, **named},
        sort=source.key,
        limit=limit,
        after=after,
        view=lambda row: _view(kind, source, row),
        unique=True,
        projection=_projection(source),
    )


async def get_content(kind: ContentKind, entry: ContentKey) -> ContentView:
    """One entry, by its key.

    Raises:
        NotFound: there is no such entry, or players are not told of it.
    """
    source = _SOURCES[kind]
    row = (
        await current_game()
        .collection(source.collection)
        .find_one({**_SHOWN_TO_ALL, source.key: entry}, _projection(source))
    )
    if row is None:
        raise NotFound("There is no such entry.", kind=kind.value)
    return _view(kind, source, row)


def _projection(source: _Source) -> dict[str, int]:
    return dict.fromkeys((*source.fields, source.key), 1)


def _view(kind: ContentKind, source: _Source, row: Mapping[str, Any]) -> ContentView:
    details = {name: row[name] for name in source.fields if name in row and name != "name"}
    return ContentView(
        kind=kind,
        key=row[source.key],
        name=row.get("name", row[source.key]),
        details=to_jsonable_python(details, fallback=str),
    )
