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
from desperados.world.weather import Weather, weather_at


@dataclass(frozen=True, slots=True)
class Situation:
    """A character where it is at a moment, and what was read for its requirements. The weather is
    there if one asks for it."""

    participant: Participant
    place: Place | None
    needs: Needs
    at: datetime
    weather: Weather | None = None


async def load_situation(character_id: ObjectId, requirements: Sequence[Requirement]) -> Situation:
    """The character, and what ``requirements`` need to know of it, in one round trip.

    Raises:
        CharacterNotFound: there is no such character, or it was deleted.
    """
    needs = Needs(requirements, character_id)
    read = participant_of(character_id)
    await together(read, *needs.reads)
    return await situate(read.result, needs)


async def situation_of(participant: Participant, requirements: Sequence[Requirement]) -> Situation:
    """What ``requirements`` need to know of a character that was loaded before: one round trip, or
    none where the character itself answers all."""
    standings = [
        faction
        for faction, points in participant.standings.items()
        if isinstance(points, int | float)
    ]
    needs = Needs(requirements, participant.id, standings=standings)
    if needs.reads:
        await together(itself(participant), *needs.reads)
    return await situate(participant, needs)


async def situate(participant: Participant, needs: Needs) -> Situation:
    """The situation of a character whose ``needs`` were read, with others or alone. Its place and
    the weather there are content, from memory."""
    place = await read_place(participant.location_id)
    weather = None
    if needs.weather and place is not None:
        weather = await weather_at(place, participant.at)
    return Situation(participant, place, needs, participant.at, weather)
