"""What bots pay for heads."""

from __future__ import annotations

from desperados.crime.bounties import queries, service
from desperados.crime.bounties.rules import LEAST
from desperados.engine import dice
from desperados.engine.manifest.bots import Arguments, Bot, Player, now_and_then, one_of


async def _post(me: Player) -> Arguments | None:
    head = one_of(me.others()) if now_and_then(30) else None
    if head is None:
        return None
    return {
        "target_id": head.character,
        "amount": LEAST + dice.roll(200),
        "reason": "Personal.",
        "anonymous": now_and_then(50),
    }


async def _cancel(me: Player) -> Arguments | None:
    mine = (await queries.my_bounties(me.character)).items
    bounty = one_of([bounty for bounty in mine if bounty.closed_at is None])
    return {"bounty_id": bounty.id} if bounty is not None and now_and_then(20) else None


async def _look(me: Player) -> Arguments | None:
    return {"character_id": me.character}


BOTS = (
    Bot(service.post_bounty, _post),
    Bot(service.cancel_bounty, _cancel),
    Bot(queries.bounties_on, _look),
)
