"""Places: what is where, and when it is open (by the game's clock). For everybody, read only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bson import ObjectId

from desperados.engine.storage.content import Content
from desperados.engine.storage.reads import Read
from desperados.world.clock import HOURS_OF_DAY, game_time, next_hour
from desperados.world.documents import Location


@dataclass(frozen=True, slots=True)
class Connection:
    """A road to the place ``target``: its cost in energy before anything changes it, and how long
    it takes (0: no time at all). ``needs`` are requirements, as stored."""

    target: str
    energy: int
    seconds: int = 0
    needs: Any = None


@dataclass(frozen=True, slots=True)
class Place:
    """A location. ``parent`` is the code of the settlement around it; ``buildings`` are in it.

    ``region`` is the code of its region, ``zone`` that of the territory that it belongs to and
    ``travel_zone`` that of the part of the world that one travels in.

    ``hours`` are its opening and closing hour; equal means always open. ``danger`` is 1 to 10, and
    from a ``hub`` one comes to every other hub. ``hidden`` places are known to those who have found
    them, for which they require ``discovery`` (as stored), and to those to whom a secret has opened
    them.
    """

    id: ObjectId
    code: str
    type: str
    parent: str | None
    region: str | None
    zone: str | None
    buildings: tuple[str, ...]
    hours: tuple[int, int]
    name: str = ""
    travel_zone: str | None = None
    danger: int = 1
    hub: bool = False
    hidden: bool = False
    discovery: Any = None
    supernatural: bool = False
    connections: tuple[Connection, ...] = ()
    jobs: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
    facilities: Mapping[str, int] = field(default_factory=dict)

    @property
    def settlement(self) -> str:
        """The code of the settlement that it is in, or that it is."""
        return self.parent or self.code

    def is_open(self, moment: datetime) -> bool:
        """Whether it is open at ``moment``."""
        return is_open(game_time(moment).hour, *self.hours)

    def opens_at(self, moment: datetime) -> datetime:
        """When it opens next after ``moment``."""
        return next_hour(moment, self.hours[0] % HOURS_OF_DAY)


def is_open(hour: int, opens: int, closes: int) -> bool:
    """Whether a place is open in an hour of the day: [opens, closes), round midnight too.

    Equal hours mean always.
    """
    if opens == closes:
        return True
    if opens < closes:
        return opens <= hour < closes
    return hour >= opens or hour < closes


async def read_places(codes: Sequence[str]) -> dict[str, Place]:
    """The locations with these codes; unknown ones are left out."""
    return await _BY_CODE.read(codes)


async def read_place_of(code: str) -> Place | None:
    """The location with this code, if there is one."""
    return await _BY_CODE.get(code)


async def read_place(location_id: ObjectId | None) -> Place | None:
    """The location with this id, if there is one."""
    return await _BY_ID.get(location_id)


def hub_of(place: Place | None) -> Read[ObjectId | None]:
    """The id of the safest town in the region of ``place``; None if there is none."""

    def first(rows: list[dict[str, Any]]) -> ObjectId | None:
        return rows[0]["_id"] if rows else None

    return Read(
        Location,
        {"regionId": None if place is None else place.region, "isZoneHub": True},
        first,
        {"_id": 1},
        sort={"dangerLevel": 1, "_id": 1},
    )


def _place(row: Mapping[str, Any]) -> Place:
    hours = row.get("operatingHours") or {}
    zone = row.get("territoryZoneId") or row.get("zoneId")
    return Place(
        row["_id"],
        row["locationId"],
        row.get("type", ""),
        row.get("parentId"),
        row.get("regionId"),
        zone if isinstance(zone, str) else None,
        tuple(row.get("buildings") or ()),
        (int(hours.get("open") or 0), int(hours.get("close") or 0)),
        name=row.get("name", ""),
        travel_zone=row.get("zoneId"),
        danger=int(row.get("dangerLevel") or 1),
        hub=bool(row.get("isZoneHub")),
        hidden=bool(row.get("hidden") or row.get("isSecret")),
        discovery=row.get("discoverRequirements"),
        supernatural=bool(row.get("supernatural")),
        connections=tuple(
            Connection(
                road["targetId"],
                int(road.get("energyCost") or 0),
                int(road.get("travelSeconds") or 0),
                road.get("requirements"),
            )
            for road in row.get("connections") or ()
        ),
        jobs=tuple(row.get("jobs") or ()),
        secrets=tuple(row.get("secrets") or ()),
        facilities={
            facility["type"]: int(facility.get("tier") or 1)
            for facility in row.get("craftingFacilities") or ()
        },
    )


_BY_CODE = Content(Location, "locationId", _place)
_BY_ID = Content(Location, "_id", _place)


def is_there(where: Place | None, code: str, parent: str | None) -> bool:
    """Whether somebody at ``where`` is at the place ``code``, or in the settlement around it.

    Buildings stand in a settlement: from the street to a shop is no journey.
    """
    return where is not None and where.code in (code, parent)
