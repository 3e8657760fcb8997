"""What bots do for their souls."""

from __future__ import annotations

from desperados.engine.manifest.bots import Arguments, Bot, Player, now_and_then, up_to
from desperados.mystic import rules, service


async def _give(_me: Player) -> Arguments | None:
    return {"amount": up_to(rules.GENEROUS_FROM)} if now_and_then(20) else None


BOTS = (Bot(service.give_alms, _give),)
