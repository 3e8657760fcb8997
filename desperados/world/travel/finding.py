"""Finding ways: where one can go from a place, and which places one knows of."""

from __future__ import annotations

from desperados.characters.tallies import Tallies
from desperados.world.errors import PlaceNotFound
from desperados.world.places import Place, read_place_of, read_places
from desperados.world.travel.lands import (
    read_continent,
    read_land,
    read_lands,
    read_zone,
    read_zones,
)

OPENED = "place_opened"
"""The tally of the places that a character may enter whatever they ask of others: those that it has
found, and those that a secret has opened to it."""


def may_enter(place: Place, tallies: Tallies) -> bool:
    """Whether a place is open to a character, whatever it asks of others."""
    return tallies.has(OPENED, f"location:{place.code}")


def is_known(place: Place, tallies: Tallies) -> bool:
    """Whether a character knows of a place."""
    return not place.hidden or may_enter(place, tallies)


async def find_place(code: str, tallies: Tallies) -> Place:
    """The place with this code, if the character knows of it.

    Raises:
        PlaceNotFound: there is none, or it is hidden from the character.
    """
    # A condition instead of a code would find any place.
    place = await read_place_of(code) if isinstance(code, str) else None
    if place is None or not is_known(place, tallies):
        raise PlaceNotFound(path="target")
    return place


async def neighbours(here: Place) -> list[Place]:
    """The places that a way leads to from here, hidden ones too; doors first, then roads, then
    across country, then the hubs. There may be some to which no way leads."""
    codes = [*([here.parent] if here.parent else []), *here.buildings]
    if here.parent is not None:
        parent = await read_place_of(here.parent)
        codes += parent.buildings if parent is not None else ()
    else:
        codes += [road.target for road in here.connections]
        zone = await read_zone(here.travel_zone)
        codes += zone.places if zone is not None else ()
        codes += await _places_of_continent(here) if here.hub else ()
    found = await read_places(list(dict.fromkeys(codes)))
    return [place for code, place in found.items() if code != here.code]


async def _places_of_continent(here: Place) -> list[str]:
    """The codes of all places of the continent that a place is in."""
    land = await read_land(here.region)
    continent = await read_continent(land.continent) if land is not None else None
    if continent is None:
        return []
    lands = await read_lands(continent.regions)
    zones = await read_zones([zone for land in lands.values() for zone in land.zones])
    return [place for zone in zones.values() for place in zone.places]
