"""What bots do with what they carry: drop it, pick up what lies there, take what waited."""

from __future__ import annotations

from desperados.engine.manifest.bots import Arguments, Bot, Player, one_of, up_to
from desperados.inventory import ground, service


async def _drop(me: Player) -> Arguments | None:
    stack = one_of((await service.inventory(me.character)).stacks)
    return {"item": stack.item, "quantity": up_to(stack.quantity)} if stack is not None else None


async def _drop_unique(me: Player) -> Arguments | None:
    piece = one_of((await service.unique_items(me.character)).items)
    return {"unique": piece.id} if piece is not None else None


async def _pick_up(me: Player) -> Arguments | None:
    lying = one_of((await ground.ground_items(me.character)).items)
    return {"ground_item": lying.id} if lying is not None else None


async def _claim(me: Player) -> Arguments | None:
    waiting = one_of((await service.pending_items(me.character)).items)
    return {"reward": waiting.id} if waiting is not None else None


BOTS = (
    Bot(ground.drop_item, _drop, weight=3),
    Bot(ground.drop_unique, _drop_unique),
    Bot(ground.pick_up, _pick_up, weight=4),
    Bot(service.claim_items, _claim, weight=3),
)
