"""The parts of the world that places lie in: continents, regions and zones. Read only.

A place is in a region, which has its weather and what may happen on its roads, and in a zone,
within which one travels across country.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from desperados.engine.storage.content import Content
from desperados.world import documents


@dataclass(frozen=True, slots=True)
class Continent:
    """The largest part of the world. ``regions`` are codes."""

    code: str
    regions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Land:
    """A region. ``zones`` and ``encounters``, which are what may happen on its roads, are codes."""

    code: str
    continent: str
    zones: tuple[str, ...]
    encounters: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Zone:
    """A part of a region. ``places`` are codes."""

    code: str
    region: str
    places: tuple[str, ...]


async def read_continent(code: str | None) -> Continent | None:
    """The continent with this code, if there is one."""
    return await _CONTINENTS.get(code)


async def read_land(code: str | None) -> Land | None:
    """The region with this code, if there is one."""
    return await _LANDS.get(code)


async def read_lands(codes: Iterable[str]) -> dict[str, Land]:
    """The regions with these codes; unknown ones are left out."""
    return await _LANDS.read(codes)


async def read_zone(code: str | None) -> Zone | None:
    """The zone with this code, if there is one."""
    return await _ZONES.get(code)


async def read_zones(codes: Iterable[str]) -> dict[str, Zone]:
    """The zones with these codes; unknown ones are left out."""
    return await _ZONES.read(codes)


def _continent(row: Mapping[str, Any]) -> Continent:
    return Continent(row["continentId"], tuple(row.get("regions") or ()))


def _land(row: Mapping[str, Any]) -> Land:
    return Land(
        row["regionId"],
        row.get("continentId", ""),
        tuple(row.get("zones") or ()),
        tuple(row.get("encounters") or ()),
    )


def _zone(row: Mapping[str, Any]) -> Zone:
    return Zone(
        row["zoneId"],
        row.get("regionId", ""),
        tuple(row.get("places") or ()),
    )


_CONTINENTS = Content(documents.Continent, "continentId", _continent)
_LANDS = Content(documents.Region, "regionId", _land)
_ZONES = Content(documents.WorldZone, "zoneId", _zone)
