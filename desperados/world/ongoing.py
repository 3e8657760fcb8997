"""What goes on in the world: its events. For everybody above, read only.

Who asks says what concerns it, and the database leaves out the rest: however many events are on
elsewhere, or about other things, none that counts is cut off.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from bson import ObjectId

from desperados.engine import clock
from desperados.engine.storage.reads import Read
from desperados.world.documents import WorldEvent
from desperados.world.places import Place

MOST = 100  # that count for one question; nobody means to have as many

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Ongoing:
    """An event that is on: at a location, else in a region, else everywhere."""

    type: str
    location_id: ObjectId | None
    region: str | None

    def concerns(self, place: Place | None) -> bool:
        """Whether it is on at ``place``; nowhere (None) only what is everywhere."""
        if self.location_id is not None:
            return place is not None and place.id == self.location_id
        return self.region is None or (place is not None and place.region == self.region)


def ongoing_events(
    place: Place | None, concerning: Mapping[str, Any], fields: Mapping[str, int]
) -> Read[list[Row]]:
    """The events at a place that match ``concerning``, as stored, the eldest first.

    An event that names neither a location nor a region is everywhere; one that names a location is
    there, and one that names only a region is in all of it. Nowhere (None) only the first count.
    """
    now = clock.now()
    here: list[Row] = [{"locationId": None, "regionId": None}]
    if place is not None:
        here.append({"locationId": place.id})
        if place.region is not None:
            here.append({"locationId": None, "regionId": place.region})
    where = {
        "status": "active",
        "endsAt": {"$gt": now},
        "startsAt": {"$lte": now},
        "$and": [{"$or": here}, concerning],
    }
    return Read(WorldEvent, where, list, fields, limit=MOST, sort={"startsAt": 1, "_id": 1})


def ongoing_of_types(types: Collection[str]) -> Read[list[Ongoing]]:
    """The events of these types that are on, wherever that is, the eldest first."""
    now = clock.now()
    where = {
        "status": "active",
        "endsAt": {"$gt": now},
        "startsAt": {"$lte": now},
        "eventType": {"$in": list(types)},
    }
    fields = {"eventType": 1, "locationId": 1, "regionId": 1}
    return Read(
        WorldEvent,
        where,
        lambda rows: [
            Ongoing(row["eventType"], row.get("locationId"), row.get("regionId")) for row in rows
        ],
        fields,
        limit=MOST,
        sort={"startsAt": 1, "_id": 1},
    )
