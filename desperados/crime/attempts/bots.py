"""What bots do against the law, and about what they saw."""

from __future__ import annotations

from desperados.crime.attempts import queries, service, sightings
from desperados.crime.attempts.views import SilenceMethod
from desperados.deck.bots import play_on
from desperados.engine.manifest.bots import Arguments, Bot, Player, now_and_then, one_of


async def _attempt(me: Player) -> Arguments | None:
    crimes = await queries.list_crimes(me.character)
    crime = one_of([crime for crime in crimes if not crime.unmet and crime.ready_at is None])
    return {"crime": crime.crime} if crime is not None else None


async def _report(me: Player) -> Arguments | None:
    account = one_of((await queries.my_sightings(me.character)).items)
    return {"sighting_id": account.id} if account is not None else None


async def _silence(me: Player) -> Arguments | None:
    account = one_of((await queries.told_of_me(me.character)).items)
    if account is None or not now_and_then(50):
        return None
    return {"sighting_id": account.id, "method": one_of(list(SilenceMethod))}


BOTS = (
    Bot(service.attempt_crime, _attempt, weight=8, learn=play_on),
    Bot(sightings.report_crime, _report),
    Bot(sightings.silence_witness, _silence),
)
