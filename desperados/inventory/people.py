"""What the inventory needs to know about the character who acts."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from bson import ObjectId

from desperados.characters.errors import CharacterNotFound, CharacterUnavailable, TradeLocked
from desperados.engine import clock
from desperados.engine.game import collection_of

# Until when the staff bar a character from trade.
TRADE_LOCK = "tradeLockedUntil"
_FIELDS = dict.fromkeys(("currentLocationId", "isDead", "isInJail", "isInCombat", TRADE_LOCK), 1)


def require_unlocked(character_id: ObjectId, locked_until: datetime | None) -> None:
    """Refuse whom the staff bar from trade.

    The one check of every command by which value could leave a character's hands. The lock lies on
    the character because a trade changes the wallet there: a lock and a trade at the same moment
    meet at one document, and one of them looks again.

    Raises:
        TradeLocked: until ``locked_until``, which is still to come.
    """
    if locked_until is not None and clock.now() < locked_until:
        raise TradeLocked(character=str(character_id), until=locked_until.isoformat())


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
    return _location_of_free(await _load(character_id))


async def location_of_giver(character_id: ObjectId) -> ObjectId:
    """Where a character is who can go about, and let others have what it carries.

    Raises:
        CharacterNotFound: there is no such character, or it was deleted.
        CharacterUnavailable: the character is dead, in jail or in a fight.
        TradeLocked: the staff bar the character from trade.
    """
    character = await _load(character_id)
    require_unlocked(character_id, character.get(TRADE_LOCK))
    return _location_of_free(character)


def _location_of_free(character: dict[str, Any]) -> ObjectId:
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
