"""What bots do for the law."""

from __future__ import annotations

from desperados import law
from desperados.crime.arrests import queries, service
from desperados.engine.manifest.bots import Arguments, Bot, Player, one_of
from desperados.law.rules import ARRESTABLE_FROM


async def _arrest(me: Player) -> Arguments | None:
    if (await law.status(me.character)).wanted >= ARRESTABLE_FROM:
        return None
    outlaw = one_of(await queries.wanted_here(me.character))
    return {"target_id": outlaw.character_id} if outlaw is not None else None


BOTS = (Bot(service.arrest_character, _arrest),)
