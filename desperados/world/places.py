"""Places: what is where, and when it is open. For everybody above, read only.

Game time is UTC: shops and merchants keep their hours by it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bson import ObjectId

from desperados.engine.driver import find_all
from desperados.world.documents import Location

_FIELDS = dict.fromkeys(
    (
        "locationId",
        "type",
        "parentId",
        "regionId",
        "zoneId",
        "territoryZoneId",
        "buildings",
        "operatingHours",
    ),
    1,
)


@dataclass(frozen=True, slots=True)
class Place:
    """A location. ``parent`` is the code of the settlement around it; ``buildings`` are in it.

    ``region`` is the code of its region, ``zone`` that of the territory that it belongs to.

    ``hours`` are its opening and closing hour; equal means always open.
    """

    id: ObjectId
    code: str
    type: str
    parent: str | None
    region: str | None
    zone: str | None
    buildings: tuple[str, ...]
    hours: tuple[int, int]

    def is_open(self, moment: datetime) -> bool:
        """Whether it is open at ``moment``."""
        return is_open(moment.hour, *self.hours)


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
    return {place.code: place for place in await _places("locationId", list(codes))}


async def read_place(location_id: ObjectId | None) -> Place | None:
    """The location with this id, if there is one."""
    found = await _places("_id", [location_id])
    return found[0] if found else None


async def _places(field: str, values: list[Any]) -> list[Place]:
    rows = await find_all(
        Location.collection(), {field: {"$in": values}}, _FIELDS, limit=max(1, len(values))
    )
    return [_place(row) for row in rows]


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
    )


def is_there(where: Place | None, code: str, parent: str | None) -> bool:
    """Whether somebody at ``where`` is at the place ``code``, or in the settlement around it.

    Buildings stand in a settlement: from the street to a shop is no journey.
    """
    return where is not None and where.code in (code, parent)
