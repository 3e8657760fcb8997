"""Jails: where the law takes its prisoners.

A jail is a sheriff's office. Who is free again stands in it, in the middle of a town: from a
building to the street is no journey, so nobody is moved at the end of a sentence, and it does not
matter when somebody looks.
"""

from __future__ import annotations

from bson import ObjectId

from desperados.law.rules import HOME_JAIL, JAILS
from desperados.world.places import Place, read_place, read_places

OFFICE = "sheriff_office"


async def office_at(location_id: ObjectId | None) -> Place | None:
    """The sheriff's office at a place: it is one, or one stands in the settlement that it is."""
    place = await read_place(location_id)
    if place is None or place.type == OFFICE:
        return place
    buildings = await read_places(place.buildings)
    return next((found for found in buildings.values() if found.type == OFFICE), None)


async def jail_near(location_id: ObjectId | None) -> Place | None:
    """The jail for somebody who is caught at a place: the sheriff's office there, else that of the
    region. None in a world without any; then the prisoner is held where he is.

    It comes from memory, and is no round trip.
    """
    office = await office_at(location_id)
    if office is not None:
        return office
    place = await read_place(location_id)
    code = JAILS.get(place.region or "", HOME_JAIL) if place is not None else HOME_JAIL
    return (await read_places([code])).get(code)
