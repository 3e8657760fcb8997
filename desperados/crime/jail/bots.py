"""What prisoners do."""

from __future__ import annotations

from desperados import law
from desperados.crime.jail import queries, service
from desperados.engine.manifest.bots import Arguments, Bot, Player, now_and_then


async def _sits(me: Player) -> bool:
    return (await law.status(me.character)).sentence is not None


async def _escape(me: Player) -> Arguments | None:
    return {} if now_and_then(30) and await _sits(me) else None


async def _bribe(me: Player) -> Arguments | None:
    if not now_and_then(30) or not await _sits(me):
        return None
    return {"amount": (await queries.read_jail(me.character)).least_bribe}


async def _pass_the_time(me: Player) -> Arguments | None:
    return {} if await _sits(me) else None


BOTS = (
    Bot(service.attempt_escape, _escape),
    Bot(service.bribe_jailer, _bribe),
    Bot(service.prison_labour, _pass_the_time),
    Bot(service.socialize, _pass_the_time),
)
