"""What the inventory needs to know about the character who acts."""

from __future__ import annotations

from typing import Any

from bson import ObjectId

from desperados.engine.driver import collection_of
from desperados.inventory.errors import CharacterNotFound, CharacterUnavailable

_FIELDS = dict.fromkeys(("currentLocationId", "isDead", "isInJail", "isInCombat"), 1)


async def require_character(character_id: ObjectId) -> None:
    """The character exists.

    Raises:
        CharacterNotFound: there is no such character, or it was deleted.
    """
    await _load(character_id)


async def location_of_free(character_id: ObjectId) -> ObjectId:
    """Where a character is who can go about and handle things.

    Raises:
        CharacterNotFound: there is no such character, or it was deleted.
        CharacterUnavailable: the character is dead, in jail or in a fight.
    """
    character = await _load(character_id)
    if character.get("isDead"):
        raise CharacterUnavailable("The dead carry nothing.")
    if character.get("isInJail"):
        raise CharacterUnavailable("Leave the jail first.")
    if character.get("isInCombat"):
        raise CharacterUnavailable("Finish the fight first.")
    location: ObjectId = character["currentLocationId"]
    return location


async def _load(character_id: ObjectId) -> dict[str, Any]:
    found: dict[str, Any] | None = await collection_of("characters").find_one(
        {"_id": character_id, "deletedAt": None}, _FIELDS
    )
    if found is None:
        raise CharacterNotFound()
    return found
