"""What boosts the income of a character at this moment. Read only for what may be boosted.

Three indexed reads; one more in the first two hours of a character. It knows nothing of who writes
the documents; what is missing, or of another form than expected, changes no amount:

- ``WorldEvent``: ``extraEffects.income`` of those that are on, here or everywhere.
- ``LegacyProfile``: ``bonuses.goldBonus``.
- ``Character``: its age, and whether the account ever had another before it. Deleted characters
  keep their rows, so deleting the first and making another is no second stake.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bson import ObjectId

from desperados.characters.actor import Actor, load_actor
from desperados.characters.documents import Character, LegacyProfile
from desperados.economy import boost_rules as rules
from desperados.engine import clock
from desperados.engine.storage.reads import alone
from desperados.world.ongoing import ongoing_events
from desperados.world.places import read_place

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Boost:
    """The factors on a reward, in ten-thousandths; those of the events by their ids."""

    events: tuple[tuple[Any, int], ...]
    prestige: int
    newcomer: int

    def of(self, amount: int) -> int:
        """``amount`` after these factors."""
        events = (factor for _, factor in self.events)
        return rules.boosted(amount, events, self.prestige, self.newcomer)

    def metadata(self, base: int) -> dict[str, Any] | None:
        """What the row keeps, so that the amount can be explained; None if nothing counted."""
        if not self.events and self.prestige == self.newcomer == rules.ONE:
            return None
        events = [{"id": event_id, "factor": factor} for event_id, factor in self.events]
        factors = {"events": events, "prestige": self.prestige, "newcomer": self.newcomer}
        return {"boost": {"base": base, **factors}}


async def read_boost(character_id: ObjectId) -> Boost:
    """What boosts the income of a character now.

    Raises:
        CharacterNotFound: there is no such character, or it was deleted.
    """
    character = await load_actor(character_id)
    legacy = await LegacyProfile.collection().find_one(
        {"characterId": character_id}, {"bonuses.goldBonus": 1}
    )
    bonuses = (legacy or {}).get("bonuses")
    return Boost(
        await _events(character.location_id),
        rules.prestige_factor(bonuses.get("goldBonus") if isinstance(bonuses, dict) else None),
        rules.NEWCOMER if await _is_newcomer(character) else rules.ONE,
    )


async def _events(location_id: ObjectId | None) -> tuple[tuple[Any, int], ...]:
    """The events that count here, the eldest first, with their factors."""
    rows = await alone(
        ongoing_events(
            await read_place(location_id),
            {"extraEffects.income": {"$type": "number"}},
            {"extraEffects.income": 1},
        )
    )
    factors = ((row["_id"], rules.event_factor(row["extraEffects"]["income"])) for row in rows)
    return tuple((event_id, factor) for event_id, factor in factors if factor != rules.ONE)


async def _is_newcomer(character: Actor) -> bool:
    """Whether this is the first character that the account ever had, in its first two hours."""
    if not rules.is_new(character.created_at, clock.now()):
        return False
    elder = await Character.collection().find_one(
        {
            "userId": character.user_id,
            "_id": {"$ne": character.id},
            # A row of unknown age counts as older.
            "createdAt": {"$not": {"$gt": character.created_at}},
        },
        {"_id": 1},
    )
    return elder is None
