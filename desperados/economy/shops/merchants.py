"""Wandering merchants: where they are, what they show to whom, and trade with them.

A merchant follows a weekly route by the game's clock and trades between his hours. How well he
knows a character grows with their trades, is kept with the character's acquaintance, and never
comes from a client.

Limits: 1 to 100 pieces at once; at most 20 kinds of goods in a barter.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from bson import ObjectId
from pydantic import ConfigDict, Field

from desperados.characters.actor import Actor, actor_of, itself, load_actor
from desperados.characters.happenings import Happened, note
from desperados.economy.errors import (
    BarterRefused,
    MerchantAway,
    MerchantNotFound,
    OutOfStock,
    PriceMoved,
    TrustTooLow,
)
from desperados.economy.goods import Goods, read_good, read_goods, require_first
from desperados.economy.shops import pricing
from desperados.economy.shops.acquaintances import Acquaintance, acquaintances, note_trades
from desperados.economy.shops.documents import Merchant, MerchantStock
from desperados.economy.shops.merchant_stock import delivered, stock_of, take_stock
from desperados.economy.shops.places import Climate, ClimateAt, read_climate
from desperados.engine import clock
from desperados.engine.commands import command
from desperados.engine.errors import InvalidInput
from desperados.engine.storage.collection import find_all
from desperados.engine.storage.content import Content
from desperados.engine.storage.reads import alone, together
from desperados.engine.views import Id, View, told
from desperados.ledger.items import ledger as items
from desperados.ledger.items.holders import pack
from desperados.ledger.items.rules import Pieces, check_quantity
from desperados.ledger.items.sources import ItemSource
from desperados.ledger.money import ledger
from desperados.ledger.money.accounts import wallet
from desperados.ledger.money.documents import Currency
from desperados.ledger.money.operations import OperationKind
from desperados.ledger.money.rules import Coins, check_amount
from desperados.ledger.money.sources import Source
from desperados.vocabulary import ItemCode
from desperados.world.clock import game_time
from desperados.world.places import Place, is_open, is_there, read_place, read_place_of, read_places

MOST_AT_ONCE = 100
MOST_BARTERED = 20
MOST_MERCHANTS = 100
MOST_STOCK = 100

_MERCHANTS = Content(Merchant, "merchantId", Merchant.hydrate)

MerchantCode = Annotated[str, Field(min_length=1, max_length=100, examples=["honest-abe"])]


class Barter(View):
    """Pieces that are given instead of money."""

    model_config = ConfigDict(extra="forbid", strict=True)

    item: ItemCode
    quantity: Pieces


class StopView(View):
    """A stay of a merchant: days of the week (1 is Monday) and hours of the game's clock."""

    location: str
    from_day: int
    from_hour: int
    until_day: int
    until_hour: int
    arrives_at: datetime


class MerchantView(View):
    """A merchant. ``here`` is whether he is where the character is, ``trading`` whether he trades
    at this hour. ``trust`` is 0 to 5."""

    merchant: str
    name: str
    goods: str
    barter: bool
    trust: int
    discount_percent: int
    here: bool
    trading: bool
    location: str | None
    next_stop: StopView | None = None


class WareView(View):
    """What a merchant shows. ``price`` is for one piece and this customer."""

    item: str
    name: str
    price: int
    stock: int
    trust_required: int


class MerchantReceipt(View):
    """A trade with a merchant. ``paid`` is dollars; a barter costs none."""

    operation: Id
    merchant: str
    item: str
    quantity: int
    unit_price: int
    paid: int
    trust: int
    stock_left: int


async def merchants_here(actor: ObjectId) -> list[MerchantView]:
    """The merchants where a character is, as far as it may know them.

    Raises:
        CharacterNotFound: there is no such character.
    """
    return [view for view in await list_merchants(actor) if view.here]


async def list_merchants(actor: ObjectId) -> list[MerchantView]:
    """All merchants that a character may know of, where they are and where they go next.

    Raises:
        CharacterNotFound: there is no such character.
    """
    found = await load_actor(actor)
    merchants = await Merchant.load_many({}, limit=MOST_MERCHANTS, sort=[("merchantId", 1)])
    known = await alone(acquaintances(actor, *(merchant.merchant_id for merchant in merchants)))
    here = await read_place(found.location_id)
    codes = list({stop.location_id for merchant in merchants for stop in merchant.route})
    parents = {code: place.parent for code, place in (await read_places(codes)).items()}
    now = clock.now()
    views = []
    for merchant in merchants:
        acquaintance = known[merchant.merchant_id]
        if merchant.hidden and not acquaintance.discovered:
            continue
        stop = pricing.stop_at(merchant.route, now)
        place = stop.location_id if stop else None
        at = place is not None and is_there(here, place, parents.get(place))
        views.append(_merchant_view(merchant, acquaintance, place, at, now))
    return views


def _merchant_view(
    merchant: Merchant, known: Acquaintance, place: str | None, here: bool, now: datetime
) -> MerchantView:
    coming = pricing.next_stop(merchant.route, now, elsewhere_than=place)
    return MerchantView(
        merchant=merchant.merchant_id,
        name=merchant.name,
        goods=merchant.goods,
        barter=merchant.barter,
        trust=known.trust,
        discount_percent=pricing.discount_percent(merchant.discounts, known.trust),
        here=here,
        trading=place is not None and _trades_at(merchant, now),
        location=place,
        next_stop=None
        if coming is None
        else StopView(
            location=coming.location_id,
            from_day=coming.from_day,
            from_hour=coming.from_hour,
            until_day=coming.until_day,
            until_hour=coming.until_hour,
            arrives_at=pricing.arrival_at(coming, now),
        ),
    )


async def merchant_wares(actor: ObjectId, merchant: MerchantCode) -> list[WareView]:
    """What a merchant shows a character that stands before him.

    Raises:
        MerchantNotFound: there is no such merchant, or the character has not found him.
        MerchantAway: he is somewhere else, or does not trade at this hour.
        CharacterUnavailable: the character is dead, in jail or in a fight.
        CharacterNotFound: there is no such character.
    """
    trader, known, _, place = await _meet(actor, merchant)
    rows = await find_all(
        MerchantStock.collection(), {"merchantId": trader.merchant_id}, limit=MOST_STOCK
    )
    shown = [row for row in rows if int(row.get("trust") or 0) <= known.trust]
    goods = await read_goods([row["itemId"] for row in shown])
    climate = await read_climate(place, (tag for good in goods.values() for tag in good.tags))
    return [
        WareView(
            item=row["itemId"],
            name=goods[row["itemId"]].name,
            price=_price(trader, known, goods[row["itemId"]], climate),
            stock=delivered(row)[0],
            trust_required=int(row.get("trust") or 0),
        )
        for row in shown
        if row["itemId"] in goods
    ]


@command
async def discover_merchant(actor: ObjectId, merchant: MerchantCode) -> None:
    """Let a character know of a hidden merchant; for quests, gossip and secrets.

    Raises:
        MerchantNotFound: there is no such merchant.
        CharacterNotFound: there is no such character.
    """
    found = await load_actor(actor)
    trader = await _read_merchant(merchant)
    known = (await alone(acquaintances(actor, trader.merchant_id)))[trader.merchant_id]
    if not known.discovered:
        note_trades(found.id, known, trades=known.trades, spent=known.spent)


@command(queue="merchant")
async def buy_from_merchant(
    actor: ObjectId,
    merchant: MerchantCode,
    item: Annotated[ItemCode, Field(examples=["tobacco"])],
    quantity: Annotated[int, told(1, MOST_AT_ONCE)],
    *,
    max_total: Coins | None = None,
    barter: Annotated[Sequence[Barter], Field(max_length=MOST_BARTERED)] | None = None,
    key: str | None = None,
) -> MerchantReceipt:
    """Buy from a merchant: for dollars, or for goods from one who barters.

    Bartered goods count half their value and must be worth the price; nothing is given back.
    ``max_total`` is the most that the buyer is willing to pay for all.

    Raises:
        MerchantNotFound: there is no such merchant, or the character has not found him.
        MerchantAway: he is somewhere else, or does not trade at this hour.
        OutOfStock: he has fewer, or does not carry it.
        TrustTooLow: he shows it only to people whom he knows better.
        BoughtBefore: it is bought once in a life, and the character did, or wants several.
        PriceMoved: all together cost more than ``max_total``.
        BarterRefused: he takes only money, or the goods are not worth the price.
        UnknownItem: there is no such item.
        InsufficientFunds: the character carries less.
        InsufficientItems: the character does not carry what it gives.
        ItemLocked: some of it is worn, bound, reserved or part of a quest.
        InventoryFull: the pack has no room.
        InvalidInput: more than 20 kinds of goods are bartered, or none.
        InvalidQuantity: a quantity is not a whole number from 1 to 100.
        InvalidAmount: ``max_total`` is not a whole number of dollars.
        CharacterUnavailable: the character is dead, in jail or in a fight.
        TradeLocked: the staff bar the character from trade.
        CharacterNotFound: there is no such character.
        KeyReused: the key was used with another request.
    """
    quantity = check_quantity(quantity)
    if quantity > MOST_AT_ONCE:
        raise InvalidInput(f"At most {MOST_AT_ONCE} pieces at once.", path="quantity")
    if max_total is not None:
        check_amount(max_total, Currency.DOLLARS, path="maxTotal")
    trader, known, buyer, place = await _meet(actor, merchant)
    buyer.must_be_unlocked()
    good = await read_good(item)
    stock, around = stock_of(trader, good), ClimateAt(place, good.tags)
    await together(itself(buyer), stock, *around.reads)
    row = stock.result
    if row is None:
        raise OutOfStock(left=0, needed=quantity)
    trust_needed = int(row.get("trust") or 0)
    if known.trust < trust_needed:
        raise TrustTooLow(needed=trust_needed, trust=known.trust)
    await require_first(actor, good, quantity)
    price = _price(trader, known, good, around.climate())
    total = price * quantity
    if max_total is not None and total > max_total:
        raise PriceMoved(total=total, bound=max_total)
    left = take_stock(row, quantity)
    if barter is None:
        posted = await ledger.post(
            [
                ledger.burn(
                    wallet(actor),
                    Currency.DOLLARS,
                    total,
                    Source.MERCHANT_PURCHASE,
                    reference=trader.id,
                )
            ],
            OperationKind.SHOPPING,
        )
        operation, paid = posted.operation, total
        await _hand_out(buyer, trader, good, quantity)
    else:
        given = await _bartered(trader, barter, total)
        operation, paid = await _hand_out(buyer, trader, good, quantity, given), 0
    now_known = Acquaintance(
        known.merchant, known.trades + 1, known.spent + paid, True, known.stored
    )
    note_trades(actor, known, trades=now_known.trades, spent=now_known.spent)
    note(
        buyer,
        Happened.TRADE_DONE,
        "merchant",
        target=f"item:{good.code}",
        amount=paid,
        reference=trader.id,
    )
    return MerchantReceipt(
        operation=operation,
        merchant=trader.merchant_id,
        item=good.code,
        quantity=quantity,
        unit_price=price,
        paid=paid,
        trust=now_known.trust,
        stock_left=left,
    )


async def _hand_out(
    receiver: Actor,
    trader: Merchant,
    good: Goods,
    quantity: Annotated[int, told(1, MOST_AT_ONCE)],
    given: Sequence[items.Line] = (),
) -> ObjectId:
    """Give the goods, and take those that are given for them. Returns the items' operation."""
    transfers = [
        items.Transfer(
            [items.Line(good.code, quantity)],
            ItemSource.MERCHANT_PURCHASE,
            receiver=pack(receiver.id),
        )
    ]
    if given:
        transfers.insert(
            0, items.Transfer(given, ItemSource.MERCHANT_BARTER, giver=pack(receiver.id))
        )
    moved = await items.post(transfers, reference=trader.id, actor=receiver.id)
    return moved.operation


async def _bartered(trader: Merchant, barter: Sequence[Barter], total: int) -> list[items.Line]:
    """The goods that are given for a price of ``total``, if the merchant takes them."""
    if not trader.barter:
        raise BarterRefused("This merchant takes only money.")
    if not 1 <= len(barter) <= MOST_BARTERED:
        raise InvalidInput(f"A barter is 1 to {MOST_BARTERED} kinds of goods.", path="barter")
    lines = [
        items.Line(offer.item, check_quantity(offer.quantity, path=f"barter.{index}.quantity"))
        for index, offer in enumerate(barter)
    ]
    goods = await read_goods([line.item_id for line in lines])
    worth = sum(
        pricing.barter_value(goods[line.item_id].value) * line.quantity
        for line in lines
        if line.item_id in goods and goods[line.item_id].sellable
    )
    if worth < total:
        raise BarterRefused(worth=worth, needed=total)
    return lines


async def _meet(actor: ObjectId, code: str) -> tuple[Merchant, Acquaintance, Actor, Place]:
    """The merchant before whom a character stands, at an hour when he trades, and where."""
    trader = await _read_merchant(code)
    customer, knows = actor_of(actor), acquaintances(actor, trader.merchant_id)
    await together(customer, knows)
    found, known = customer.result, knows.result[trader.merchant_id]
    found.must_be_free()
    if trader.hidden and not known.discovered:
        raise MerchantNotFound(merchant=code)
    now = clock.now()
    stop = pricing.stop_at(trader.route, now)
    if stop is None or not _trades_at(trader, now):
        hours = trader.trade_hours
        raise MerchantAway(opens=hours.open, closes=hours.close)
    place = await read_place_of(stop.location_id)
    if place is None or (
        found.location_id != place.id
        and not is_there(await read_place(found.location_id), place.code, place.parent)
    ):
        raise MerchantAway()
    return trader, known, found, place


def _trades_at(merchant: Merchant, moment: datetime) -> bool:
    hours = merchant.trade_hours
    return is_open(game_time(moment).hour, hours.open, hours.close)


async def _read_merchant(code: str) -> Merchant:
    # A condition instead of a code would find any merchant.
    if isinstance(code, str) and (found := await _MERCHANTS.get(code)) is not None:
        return found
    raise MerchantNotFound(merchant=code)


def _price(trader: Merchant, known: Acquaintance, good: Goods, climate: Climate) -> int:
    discount = pricing.discount_percent(trader.discounts, known.trust)
    return pricing.merchant_price(good.value, trader.markup, discount, climate.percent(good.tags))
