"""Searching an area for places that are hidden in it."""

from __future__ import annotations

from bson import ObjectId

from desperados.characters.happenings import Happened, note
from desperados.characters.participant import Participant, participant_of
from desperados.characters.tallies import Tallies, tallies_of
from desperados.engine import dice
from desperados.engine.allowances import Limit, read_usage
from desperados.engine.commands import command
from desperados.engine.storage.reads import together
from desperados.engine.views import View
from desperados.play.outcome import Cost, Deed, Outcome, Share
from desperados.play.requirements import situation_of, unmet
from desperados.play.requirements.stored import read_requirements
from desperados.play.settle import settle
from desperados.world.errors import PlaceNotFound
from desperados.world.places import Place, read_place
from desperados.world.secrets.rules import (
    SEARCH_COOLDOWN,
    SEARCH_ENERGY,
    XP_OF_FIND,
    search_percent,
)
from desperados.world.travel.finding import is_known, neighbours

SEARCH = Deed(name="search")
SKILL = "tracking"


class SearchView(View):
    """What a search brought: the codes of places that were found, and whether the character saw all
    that it could."""

    succeeded: bool
    places: list[str]
    xp: int
    energy_spent: int


@command
async def search_area(actor: ObjectId, *, key: str | None = None) -> SearchView:
    """Search where the character is for hidden places that a way leads to. Tracking helps. Each
    area can be searched again after ten minutes.

    Raises:
        PlaceNotFound: the character is at no place of this world.
        RateLimited: the character searched here a while ago only.
        NotEnoughEnergy: the character has less than it costs.
        CharacterUnavailable: the character is dead, held or at a game.
        CharacterNotFound: there is no such character.
        KeyReused: the key was used with another request.
    """
    person, tallies = participant_of(actor), tallies_of(actor)
    await together(person, tallies)
    seeker = person.result
    seeker.must_be_idle()
    here = await read_place(seeker.location_id)
    if here is None:
        raise PlaceNotFound()
    limit = Limit(f"search_{here.code}", 1, SEARCH_COOLDOWN)
    usage = await read_usage((limit, actor))
    usage.use(limit, actor)
    hidden = await _within_reach(seeker, here, tallies.result)
    succeeded = dice.roll(100) <= search_percent(seeker.skill(SKILL))
    found = hidden if succeeded else []
    share = Share(seeker, Outcome(xp=XP_OF_FIND * len(found)), Cost(energy=SEARCH_ENERGY))
    (given,) = await settle(SEARCH, share, reference=here.id)
    usage.write()
    for place in found:
        note(seeker, Happened.GOAL_REACHED, "access", target=f"location:{place.code}")
    return SearchView(
        succeeded=succeeded,
        places=[place.code for place in found],
        xp=given.xp,
        energy_spent=given.energy_spent,
    )


async def _within_reach(seeker: Participant, here: Place, tallies: Tallies) -> list[Place]:
    """The hidden places near by that the seeker does not know and is able to find."""
    hidden = [place for place in await neighbours(here) if not is_known(place, tallies)]
    needs = {place.code: read_requirements(place.discovery) for place in hidden}
    situation = await situation_of(seeker, [need for found in needs.values() for need in found])
    return [place for place in hidden if not unmet(situation, needs[place.code])]
