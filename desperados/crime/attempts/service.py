"""A crime is tried: what it asks for is checked, what it costs is taken, the cards are dealt."""

from __future__ import annotations

from typing import Annotated

from bson import ObjectId
from pydantic import Field

from desperados.characters.effects import Stat
from desperados.characters.participant import participant_of
from desperados.crime.attempts import rules
from desperados.crime.errors import CrimeNotFound, NoCrowd
from desperados.crime.records import criminal_record
from desperados.deck.actions import ActionType, PlayedAction, find_action
from desperados.deck.errors import ActionNotFound
from desperados.deck.sessions import begin
from desperados.deck.views import DeckGameView
from desperados.engine.commands import command
from desperados.engine.storage.reads import together
from desperados.world.crowd import crowd_at
from desperados.world.places import read_place

PURPOSE = "crime"

CrimeCode = Annotated[str, Field(min_length=1, max_length=100, examples=["steal_from_market"])]


@command(queue="actor")
async def attempt_crime(
    actor: ObjectId, crime: CrimeCode, *, key: str | None = None
) -> DeckGameView:
    """Try a crime where the character is: a game of cards begins, and its end is that of the crime.

    Who gets enough has the loot, and has got away if nobody saw it. Who does not is caught. What is
    paid is energy, before the first card; whoever gives up has failed. The skill that the crime
    asks for lowers what the game takes.

    Raises:
        CrimeNotFound: there is no such crime.
        NotDoneHere: it is done at other places.
        NoCrowd: it takes people, and nobody is about.
        RequirementUnmet: something that it asks for is missing, or it is done at other hours.
        RateLimited: it was done a while ago only.
        NotEnoughEnergy: the character has less than it costs.
        CharacterUnavailable: the character is dead, held or at a game.
        CharacterNotFound: there is no such character.
        KeyReused: the key was used with another request.
    """
    action = await find_crime(crime)
    person, record = participant_of(actor), criminal_record(actor)
    await together(person, record)
    who = person.result
    if action.code in rules.CROWDED:
        place = await read_place(who.location_id)
        if place is not None and (await crowd_at(place, who.at)).factors.pickpocket == 0:
            raise NoCrowd()
    level = record.result.skill(rules.skill_of(action))
    lower = rules.relief(level, who.percent(Stat.CRIME_SUCCESS))
    return await begin(who, action, purpose=PURPOSE, relief=lower)


async def find_crime(code: str) -> PlayedAction:
    """The crime with this code.

    Raises:
        CrimeNotFound: there is none.
    """
    try:
        action = await find_action(code)
    except ActionNotFound:
        raise CrimeNotFound(path="crime") from None
    if action.type is not ActionType.CRIME:
        raise CrimeNotFound(path="crime")
    return action
