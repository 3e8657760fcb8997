"""Travel: going from place to place, through doors, along roads, and from hub to hub.

Energy is paid at the start and never given back. A way that takes time keeps its traveller busy
until the arrival; what may happen on the way is asked before (``encounters``).
"""

from __future__ import annotations

from typing import Annotated

from bson import ObjectId
from pydantic import Field

from desperados.characters.participant import Participant, participant_of
from desperados.characters.tallies import tallies_of
from desperados.engine.commands import command
from desperados.engine.storage.reads import together
from desperados.play.outcome import Cost, Deed, Outcome, Share
from desperados.play.requirements import require
from desperados.play.settle import settle
from desperados.world.errors import AlreadyThere, NoWay
from desperados.world.modifiers import read_modifiers
from desperados.world.places import Place, read_place
from desperados.world.travel import encounters, journeys
from desperados.world.travel.finding import find_place, may_enter
from desperados.world.travel.views import TravelView
from desperados.world.travel.ways import Way, find_way

TRAVEL = Deed(name="travel")

PlaceCode = Annotated[str, Field(min_length=1, max_length=100, examples=["fort-ashford"])]


@command
async def travel(actor: ObjectId, target: PlaceCode, *, key: str | None = None) -> TravelView:
    """Go to a place: into a building or out of it, along a road, across country within a zone, or
    from hub to hub.

    Its energy, which weather and events may raise to three times the base, is paid at once and not
    given back. Something may happen on the way: then a question is asked, and the journey goes on
    when it is answered, or half an hour later. Weather never closes a road.

    Raises:
        PlaceNotFound: there is no such place, or it is hidden from the character.
        AlreadyThere: the character is there.
        NoWay: no way leads there from here.
        RequirementUnmet: something that the place, the road or the border asks for is missing.
        NotEnoughEnergy: the character has less than it costs.
        CharacterUnavailable: the character is dead, held or at a game.
        CharacterNotFound: there is no such character.
        KeyReused: the key was used with another request.
    """
    traveller, here, way = await _load(actor, target)
    await require(traveller, way.requirements)
    meeting = await encounters.on_the_way(traveller, way)
    cost = Cost(energy=way.base)
    asked, journey = None, None
    if meeting is not None:
        asked = encounters.ask_what_to_do(traveller, way, meeting)
        share = Share(traveller, cost=cost, begins=encounters.waiting(asked))
    else:
        journey = journeys.new_journey(traveller, way.there, way.time)
        outcome = Outcome(place=way.there.id)
        share = Share(traveller, outcome, cost, journeys.busy_with(journey))
    (given,) = await settle(TRAVEL, share, reference=way.there.id)
    if asked is None:
        journeys.set_out(traveller, here, way.there, journey)
    return TravelView(
        place=way.there.code,
        name=way.there.name,
        energy_spent=given.energy_spent,
        energy=traveller.energy.value - given.energy_spent,
        arrives_at=journey.arrives_at if journey is not None else None,
        question=asked.id if asked is not None else None,
    )


async def _load(actor: ObjectId, target: str) -> tuple[Participant, Place, Way]:
    """The traveller, where it is, and its way."""
    person, tallies = participant_of(actor), tallies_of(actor)
    await together(person, tallies)
    traveller = person.result
    traveller.must_be_idle()
    here = await read_place(traveller.location_id)
    there = await find_place(target, tallies.result)
    if here is None:
        raise NoWay()
    if here.code == there.code:
        raise AlreadyThere()
    climate = await read_modifiers(here, traveller.at)
    let_in = may_enter(there, tallies.result)
    way = await find_way(traveller, here, there, climate, let_in=let_in)
    if way is None:
        raise NoWay()
    return traveller, here, way
