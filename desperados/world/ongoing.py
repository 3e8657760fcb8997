"""What goes on in the world: its events. For everybody above, read only.

Who asks says what concerns it, and the database leaves out the rest: however many events are on
elsewhere, or about other things, none that counts is cut off.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from desperados.engine import clock
from desperados.engine.storage.reads import Read
from desperados.world.documents import WorldEvent
from desperados.world.places import Place

MOST = 100  # that count for one question; nobody means to have as many

Row = dict[str, Any]


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
