"""What outlaws do between two deeds."""

from __future__ import annotations

from desperados import law
from desperados.crime.hiding import service
from desperados.crime.hiding.rules import DisguiseKind, LieLowMethod
from desperados.engine.manifest.bots import Arguments, Bot, Player, now_and_then, one_of


async def _lie_low(me: Player) -> Arguments | None:
    if (await law.status(me.character)).wanted == 0:
        return None
    return {"method": one_of(list(LieLowMethod))}


async def _disguise(me: Player) -> Arguments | None:
    if not now_and_then(20) or (await law.status(me.character)).wanted == 0:
        return None
    return {"kind": one_of(list(DisguiseKind))}


async def _drop(_me: Player) -> Arguments | None:
    return {} if now_and_then(10) else None


BOTS = (
    Bot(service.lie_low, _lie_low),
    Bot(service.wear_disguise, _disguise),
    Bot(service.drop_disguise, _drop),
)
