"""What bots do when they trade with each other: open, offer, agree, or walk away."""

from __future__ import annotations

from desperados.characters import service as characters
from desperados.economy import service as economy
from desperados.economy.trades import service
from desperados.economy.trades.documents import TradeSessionStatus
from desperados.economy.trades.offers import Goods, Offer
from desperados.economy.trades.views import TradeView
from desperados.engine import dice
from desperados.engine.manifest.bots import Arguments, Bot, Player, now_and_then, one_of, up_to
from desperados.ledger.items import ledger as items
from desperados.ledger.items.holders import pack

FEW = 5


async def _something(me: Player) -> Offer:
    """A little of what the character has; at times nothing."""
    stack = one_of((await items.contents(pack(me.character))).stacks)
    goods = []
    if stack is not None and now_and_then(70):
        goods = [Goods(item=stack.item_id, quantity=up_to(stack.quantity))]
    dollars = 0
    if now_and_then(50):
        dollars = up_to((await economy.balance(me.character)).dollars // 10)
    return Offer(items=goods, dollars=dollars)


async def _somebody_here(me: Player) -> Player | None:
    """Somebody in the same place, rarely somebody who is elsewhere."""
    here = (await characters.get(me.character)).current_location_id
    others = me.others()
    dice.shuffle(others)
    for other in others[:FEW]:
        there = (await characters.get(other.character)).current_location_id
        if there == here or now_and_then(5):
            return other
    return None


async def _open(me: Player) -> Arguments | None:
    other = await _somebody_here(me)
    if other is None:
        return None
    return {"partner_id": other.character, "offer": await _something(me)}


async def _one_that_is_open(me: Player) -> TradeView | None:
    opened = (await service.trades_opened(me.character)).items
    received = (await service.trades_received(me.character)).items
    return one_of([t for t in (*opened, *received) if t.status is TradeSessionStatus.OPEN])


async def _change(me: Player) -> Arguments | None:
    trade = await _one_that_is_open(me)
    if trade is None:
        return None
    return {"trade_id": trade.id, "offer": await _something(me), "version": trade.version}


async def _confirm(me: Player) -> Arguments | None:
    trade = await _one_that_is_open(me)
    return {"trade_id": trade.id, "version": trade.version} if trade is not None else None


async def _cancel(me: Player) -> Arguments | None:
    trade = await _one_that_is_open(me) if now_and_then(20) else None
    return {"trade_id": trade.id} if trade is not None else None


BOTS = (
    Bot(service.open_trade, _open, weight=4),
    Bot(service.change_offer, _change, weight=5),
    Bot(service.confirm_trade, _confirm, weight=12),
    Bot(service.cancel_trade, _cancel, weight=2),
)
