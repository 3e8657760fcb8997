"""What the tests of the world change and read of characters, behind the services."""

from __future__ import annotations

from typing import Any

from bson import ObjectId

from desperados.characters.documents import Character
from desperados.world.documents import Location
from desperados.world.places import read_place


async def change(who: ObjectId, **fields: Any) -> None:
    """Change a character as it is stored."""
    await Character.collection().update_one({"_id": who}, {"$set": fields})


async def stored(who: ObjectId) -> dict[str, Any]:
    """A character as it is stored."""
    row: dict[str, Any] = await Character.collection().find_one({"_id": who})
    return row


async def where(who: ObjectId) -> str:
    """The code of the place where a character is."""
    place = await read_place((await stored(who))["currentLocationId"])
    assert place is not None
    return place.code


async def energy(who: ObjectId) -> int:
    """The energy of a character as it is stored."""
    return int((await stored(who))["energy"])


async def place_id(code: str) -> ObjectId:
    """The id of the place with this code."""
    found = await Location.load_one({"locationId": code})
    assert found is not None
    return found.id
