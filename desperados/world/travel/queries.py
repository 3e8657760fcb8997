"""Looks at the ways that lead from where a character is."""

from __future__ import annotations

from bson import ObjectId

from desperados.characters.participant import participant_of
from desperados.characters.tallies import tallies_of
from desperados.engine.storage.reads import together
from desperados.play.requirements import Situation, situation_of, unmet
from desperados.play.requirements.views import unmet_view
from desperados.world.errors import PlaceNotFound
from desperados.world.modifiers import read_modifiers
from desperados.world.places import read_place
from desperados.world.travel.finding import is_known, may_enter, neighbours
from desperados.world.travel.journeys import arrival_of
from desperados.world.travel.views import ExitsView, ExitView
from desperados.world.travel.ways import Way, find_way


async def read_exits(actor: ObjectId) -> ExitsView:
    """Where a character can go from where it is, with what each way costs and takes now, and what
    it still lacks for it. Places that it has not found are left out.

    Raises:
        CharacterNotFound: there is no such character.
        PlaceNotFound: the character is at no place of this world.
    """
    person, tallies = participant_of(actor), tallies_of(actor)
    await together(person, tallies)
    traveller, known = person.result, tallies.result
    here = await read_place(traveller.location_id)
    if here is None:
        raise PlaceNotFound()
    climate = await read_modifiers(here, traveller.at)
    found = [
        await find_way(traveller, here, there, climate, let_in=may_enter(there, known))
        for there in await neighbours(here)
        if is_known(there, known)
    ]
    ways = [way for way in found if way is not None]
    situation = await situation_of(traveller, [need for way in ways for need in way.requirements])
    return ExitsView(
        place=here.code,
        name=here.name,
        arrives_at=arrival_of(traveller),
        energy=traveller.energy.value,
        exits=[_exit(way, situation) for way in ways],
    )


def _exit(way: Way, situation: Situation) -> ExitView:
    there = way.there
    return ExitView(
        place=there.code,
        name=there.name,
        type=there.type,
        danger=there.danger,
        energy=way.energy,
        seconds=int(way.time.total_seconds()),
        indoors=way.road.indoors,
        unmet=[unmet_view(missing) for missing in unmet(situation, way.requirements)],
    )
