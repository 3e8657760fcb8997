"""The situation in which a character is asked for requirements: itself, its place, and the moment.

A situation is loaded in one round trip, however many requirements there are and of whatever kinds:
what they need beyond the character leaves together with it. Places are content, from memory.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bson import ObjectId

from desperados.characters.actor import itself
from desperados.characters.participant import Participant, participant_of
from desperados.engine.storage.reads import together
from desperados.play.requirements.kinds import Requirement
from desperados.play.requirements.sources import Needs
from desperados.world.places import Place, read_place


@dataclass(frozen=True, slots=True)
class Situation:
    """A character where it is at a moment, and what was read for its requirements."""

    participant: Participant
    place: Place | None
    needs: Needs
    at: datetime


async def load_situation(character_id: ObjectId, requirements: Sequence[Requirement]) -> Situation:
    """The character, and what ``requirements`` need to know of it, in one round trip.

    Raises:
        CharacterNotFound: there is no such character, or it was deleted.
    """
    needs = Needs(requirements, character_id)
    read = participant_of(character_id)
    await together(read, *needs.reads)
    return await _situation(read.result, needs)


async def situation_of(participant: Participant, requirements: Sequence[Requirement]) -> Situation:
    """What ``requirements`` need to know of a character that was loaded before: one round trip, or
    none where the character itself answers all."""
    needs = Needs(requirements, participant.id, standings=participant.standings)
    if needs.reads:
        await together(itself(participant), *needs.reads)
    return await _situation(participant, needs)


async def _situation(participant: Participant, needs: Needs) -> Situation:
    place = await read_place(participant.location_id)
    return Situation(participant, place, needs, participant.at)
