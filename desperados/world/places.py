"""Places: where somebody is, and whether it is open. For everybody above, read only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bson import ObjectId

from desperados.economy.people import Person
from desperados.economy.shops import pricing
from desperados.engine.collection import find_all
from desperados.engine.game import collection_of

LOCATIONS = "locations"


@dataclass(frozen=True, slots=True)
class Place:
    """A location. ``hours`` are its opening and closing hour; equal means always open."""

    id: ObjectId
    code: str
    parent: str | None
    hours: tuple[int, int]

    def is_open(self, moment: datetime) -> bool:
        """Whether it is open at ``moment``."""
        return pricing.is_open(moment.hour, *self.hours)


async def read_places(codes: list[str]) -> dict[str, Place]:
    """The locations with these codes; unknown ones are left out."""
    return {place.code: place for place in await _places("locationId", codes)}


async def place_of(person: Person) -> Place | None:
    """Where a character is."""
    found = await _places("_id", [person.location_id])
    return found[0] if found else None


async def _places(field: str, values: list[Any]) -> list[Place]:
    rows = await find_all(
        collection_of(LOCATIONS),
        {field: {"$in": values}},
        projection={"locationId": 1, "parentId": 1, "operatingHours": 1},
        limit=max(1, len(values)),
    )
    return [_place(row) for row in rows]


def _place(row: Mapping[str, Any]) -> Place:
    hours = row.get("operatingHours") or {}
    return Place(
        row["_id"],
        row["locationId"],
        row.get("parentId"),
        (int(hours.get("open") or 0), int(hours.get("close") or 0)),
    )


def is_there(where: Place | None, code: str, parent: str | None) -> bool:
    """Whether somebody at ``where`` is at the place ``code``, or in the settlement around it.

    Buildings stand in a settlement: from the street to a shop is no journey.
    """
    return where is not None and where.code in (code, parent)
