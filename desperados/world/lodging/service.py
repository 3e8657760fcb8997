"""Rest: a bed, a drink, a fire, a bath, a prayer, care. Each can be had once in a while."""

from __future__ import annotations

from datetime import datetime

from bson import ObjectId

from desperados.characters.participant import load_participant, participant_of
from desperados.engine.allowances import Limit, read_usage, usage_of
from desperados.engine.commands import command
from desperados.engine.storage.reads import together
from desperados.engine.views import View
from desperados.ledger.money.sources import Source
from desperados.play.outcome import Cost, Deed, Outcome, Share
from desperados.play.requirements import require, situation_of, unmet
from desperados.play.requirements.views import UnmetView, unmet_view
from desperados.play.settle import settle
from desperados.world.errors import NotOfferedHere
from desperados.world.lodging.rules import RESTS, RestKind, offered_at
from desperados.world.places import read_place
from desperados.world.travel.ways import at_the_door

REST = Deed(name="rest", spending=Source.LODGING)


class RestView(View):
    """A way to rest that is offered here: what it costs, what energy and health it gives at once,
    and for how many seconds what it adds to them comes back faster. It can be had if nothing is
    ``unmet``, and from ``ready_at`` on."""

    kind: RestKind
    dollars: int
    energy: int
    health: int
    seconds: int
    ready_at: datetime | None
    unmet: list[UnmetView]


class RestedView(View):
    """What a rest cost and gave; ``until`` is the end of what lasts."""

    kind: RestKind
    dollars: int
    energy: int
    health: int
    until: datetime | None
    ready_at: datetime


@command
async def rest(actor: ObjectId, kind: RestKind, *, key: str | None = None) -> RestedView:
    """Rest where the character is, in one of the ways that are offered there.

    What it gives at once does not go beyond what is full. What makes energy and health come back
    faster for a while takes the place of what an earlier rest did.

    Raises:
        NotOfferedHere: that is not offered here.
        RequirementUnmet: the place is closed, or refuses the character.
        RateLimited: the character rested so a while ago only.
        InsufficientFunds: the character has fewer dollars than it costs.
        TooManyEffects: the character would have more than 24 effects.
        CharacterUnavailable: the character is dead, held or at a game.
        CharacterNotFound: there is no such character.
        KeyReused: the key was used with another request.
    """
    found = RESTS.get(kind)
    if found is None:
        raise NotOfferedHere(path="kind")
    limit = limit_of(kind)
    person, counters = participant_of(actor), usage_of((limit, actor))
    await together(person, counters)
    guest, usage = person.result, counters.result
    guest.must_be_idle()
    place = await read_place(guest.location_id)
    if place is None or place.type not in found.places:
        raise NotOfferedHere(path="kind")
    usage.use(limit, actor)
    await require(guest, await at_the_door(place))
    effects = found.effect(guest.at)
    outcome = Outcome(energy=found.energy, health=found.health, effects=effects)
    share = Share(guest, outcome, Cost(dollars=found.dollars))
    (given,) = await settle(REST, share, reference=place.id)
    usage.write()
    return RestedView(
        kind=RestKind(kind),
        dollars=found.dollars,
        energy=given.energy,
        health=given.health,
        until=effects[0].until if effects else None,
        ready_at=guest.at + found.cooldown,
    )


async def read_rests(actor: ObjectId) -> list[RestView]:
    """The ways to rest that are offered where a character is.

    Raises:
        CharacterNotFound: there is no such character.
    """
    guest = await load_participant(actor)
    place = await read_place(guest.location_id)
    kinds = offered_at(place.type) if place is not None else []
    if place is None or not kinds:
        return []
    usage = await read_usage(*((limit_of(kind), actor) for kind in kinds))
    door = await at_the_door(place)
    missing = [unmet_view(found) for found in unmet(await situation_of(guest, door), door)]
    return [
        RestView(
            kind=kind,
            dollars=RESTS[kind].dollars,
            energy=RESTS[kind].energy,
            health=RESTS[kind].health,
            seconds=int(RESTS[kind].lasting.total_seconds()),
            ready_at=usage.free_at(limit_of(kind), actor),
            unmet=missing,
        )
        for kind in kinds
    ]


def limit_of(kind: RestKind) -> Limit:
    """Each way to rest can be had again after a while."""
    return Limit(f"rest_{kind}", 1, RESTS[kind].cooldown)
