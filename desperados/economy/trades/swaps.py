"""The moment in which two who trade have both agreed: everything changes hands at once."""

from __future__ import annotations

from bson import ObjectId

from desperados.characters.actor import Actor
from desperados.economy.market.documents import TradeGoods, TradeKind, TradeRecord
from desperados.economy.taxes import transfer_tax
from desperados.economy.trades.documents import TradeOffer, TradeSession
from desperados.economy.trades.offers import coins
from desperados.economy.transfers import DOLLARS_SENT
from desperados.engine import clock, dice
from desperados.engine.allowances import Usage, read_usage
from desperados.engine.staging import StagedInsert
from desperados.engine.transactions import stage
from desperados.ledger.items import ledger as items
from desperados.ledger.items.holders import pack, trade
from desperados.ledger.items.sources import ItemSource
from desperados.ledger.money import ledger
from desperados.ledger.money.accounts import wallet
from desperados.ledger.money.documents import Currency
from desperados.ledger.money.operations import OperationKind
from desperados.ledger.money.sources import Source


async def swap(session: TradeSession, people: dict[ObjectId, Actor]) -> ObjectId:
    """Carry everything to the other side. Returns the operation."""
    sides = (
        (people[session.initiator_id], people[session.recipient_id], session.initiator_offer),
        (people[session.recipient_id], people[session.initiator_id], session.recipient_offer),
    )
    usage = await read_usage(*((DOLLARS_SENT, giver.id) for giver, _, _ in sides))
    movements: list[ledger.Movement] = []
    leaving: list[items.Transfer] = []
    arriving: list[items.Transfer] = []
    for giver, receiver, offer in sides:
        movements += _money(session, giver, receiver, offer, usage)
        if offer.items:
            goods = [_good(good) for good in offer.items]
            between = trade(dice.new_id())
            # All goods leave the packs before any arrive: two full packs can swap.
            leaving.append(items.Transfer(goods, ItemSource.TRADE_OFFERED, pack(giver.id), between))
            arriving.append(items.Transfer(goods, ItemSource.TRADED, between, pack(receiver.id)))
    # Goods and money of one trade are one operation, by which both histories are found.
    operation = None
    if leaving:
        operation = (await items.post([*leaving, *arriving], reference=session.id)).operation
    if movements:
        posted = await ledger.post(movements, OperationKind.TRADE, operation=operation)
        operation = posted.operation
        usage.write()
    assert operation is not None
    return operation


def _money(
    session: TradeSession, giver: Actor, receiver: Actor, offer: TradeOffer, usage: Usage
) -> list[ledger.Movement]:
    """The movements of what one side gives in money, with the tax on its dollars."""
    given = coins(offer)
    if not given:
        return []
    movements = []
    for currency, amount in given.items():
        movements += ledger.move(
            wallet(giver.id), wallet(receiver.id), currency, amount, Source.TRADE, session.id
        )
    if dollars := given.get(Currency.DOLLARS):
        tax = transfer_tax(dollars, usage.before(DOLLARS_SENT, giver.id))
        usage.use(DOLLARS_SENT, giver.id, dollars)
        if tax:
            movements.append(
                ledger.burn(
                    wallet(giver.id),
                    Currency.DOLLARS,
                    tax,
                    Source.TRANSFER_TAX,
                    reference=session.id,
                )
            )
    return movements


def _good(goods: TradeGoods) -> items.Good:
    if goods.crafted_item_id is not None:
        return items.Unique(goods.crafted_item_id)
    return items.Line(goods.item_id, goods.quantity)


def record_trade(session: TradeSession, operation: ObjectId) -> None:
    """A row for each side that gives goods; the money is in the rows of the operation."""
    sides = (
        (session.initiator_id, session.recipient_id, session.initiator_offer),
        (session.recipient_id, session.initiator_id, session.recipient_offer),
    )
    for giver, receiver, offer in sides:
        if not offer.items and not coins(offer):
            continue
        record = TradeRecord(
            transaction_type=TradeKind.DIRECT_TRADE,
            seller_id=giver,
            buyer_id=receiver,
            items=offer.items,
            quantity=sum(goods.quantity for goods in offer.items),
            trade_id=session.id,
            operation=operation,
            created_at=clock.now(),
        )
        stage(StagedInsert(TradeRecord.collection_name(), record.to_mongo()))
