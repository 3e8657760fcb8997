"""Journeys: ways that take time, and arriving.

Who is on a journey is busy until it ends, and its place is that of the arrival all the while. So an
arrival needs nobody: from its moment on the traveller is free, and there. What remains is to note
it, which one job does, once for each journey.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from bson import ObjectId

from desperados.characters.actor import Actor, find_actors
from desperados.characters.condition import Activity, Occupation
from desperados.characters.happenings import Happened, note
from desperados.engine import clock, dice
from desperados.engine.commands import command
from desperados.engine.errors import Contention
from desperados.engine.live.events import push
from desperados.engine.staging import StagedInsert, StagedUpdate
from desperados.engine.transactions import stage
from desperados.world.places import Place, read_place
from desperados.world.travel.documents import Journey
from desperados.world.travel.events import TravelArrived

THE_SCAR = "the-scar"


def new_journey(traveller: Actor, there: Place, time: timedelta) -> Journey | None:
    """A journey that begins now, to be kept when it is paid; None where it takes no time."""
    now = clock.now()
    if not time:
        return None
    return Journey(
        id=dice.new_id(),
        character_id=traveller.id,
        from_id=traveller.location_id,
        to_id=there.id,
        departed_at=now,
        arrives_at=now + time,
    )


def busy_with(journey: Journey | None) -> Occupation | None:
    """What a traveller is busy with until it arrives."""
    if journey is None:
        return None
    return Occupation(Activity.JOURNEY, journey.id, journey.arrives_at)


def set_out(traveller: Actor, here: Place | None, there: Place, journey: Journey | None) -> None:
    """Stage the journey; or, where there is none, note that the traveller is there."""
    if journey is None:
        reach(traveller, here, there)
    else:
        stage(StagedInsert(Journey.collection_name(), journey.to_mongo()))


def reach(traveller: Actor, here: Place | None, there: Place) -> None:
    """Note that somebody who came from ``here`` is now at a place, and perhaps in a region."""
    arrived = replace(traveller, location_id=there.id)
    tags = ["foot", "place"]
    if there.parent is not None:
        tags.append("building")
    if there.code == THE_SCAR:
        tags.append("scar")
    note(arrived, Happened.PLACE_REACHED, *tags, target=f"location:{there.code}", zone=there.zone)
    if there.region is not None and (here is None or here.region != there.region):
        region = f"region:{there.region}"
        note(arrived, Happened.PLACE_REACHED, "region", target=region, zone=there.zone)


@command
async def arrive(journey_id: ObjectId) -> None:
    """Note that a journey has ended, if it has; for the job. It does nothing where that was done.

    Outcomes of the update: noted; not found or a write conflict, when another worker has noted it
    at this moment (the transaction runs again).
    """
    journey = await Journey.load_one({"_id": journey_id})
    now = clock.now()
    if journey is None or journey.arrived_at is not None or now < journey.arrives_at:
        return
    there = await read_place(journey.to_id)
    traveller = (await find_actors([journey.character_id])).get(journey.character_id)
    if there is not None and traveller is not None:
        reach(traveller, await read_place(journey.from_id), there)
        push(TravelArrived(place=there.code, name=there.name), to=traveller.id)
    stage(
        StagedUpdate(
            Journey.collection_name(),
            {"_id": journey_id, "arrivedAt": None},
            {"$set": {"arrivedAt": now}},
            otherwise=Contention(retry_after=1),
        )
    )


def arrival_of(traveller: Actor) -> datetime | None:
    """When somebody arrives who is on the way; None for whoever is not."""
    occupation = traveller.occupation
    if occupation is None or occupation.activity is not Activity.JOURNEY:
        return None
    return occupation.until
