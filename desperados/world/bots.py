"""What bots read of the world."""

from __future__ import annotations

from desperados.engine import dice
from desperados.engine.manifest.bots import Arguments, Bot, Player, one_of
from desperados.world import service
from desperados.world.service import ContentKind


async def _list(_me: Player) -> Arguments | None:
    return {"kind": dice.choice(list(ContentKind))}


async def _look(_me: Player) -> Arguments | None:
    kind = dice.choice(list(ContentKind))
    entry = one_of((await service.list_content(kind)).items)
    return {"kind": kind, "entry": entry.key} if entry is not None else None


BOTS = (Bot(service.list_content, _list), Bot(service.get_content, _look))
