"""Shops: what they ask and pay, their shelves, and trade with them.

A price follows what was bought and sold in the place in the last 24 hours, market events, the
season, and how the shopkeeper likes the customer; see ``pricing`` for the limits. A shelf is filled
up by a delivery every day. What players sell goes on the shelf, too.

Limits: an account buys 300 times in an hour, a character sells 200 pieces of one item in an hour,
and only 50 pieces of an item that one character trades in a day count for its price.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated

from bson import ObjectId
from pydantic import Field

from desperados.characters.actor import itself, load_actor
from desperados.characters.happenings import Happened, note
from desperados.economy.errors import (
    NotBoughtHere,
    NotSoldHere,
    OutOfStock,
    PriceMoved,
)
from desperados.economy.goods import Goods, read_good, read_goods, require_first
from desperados.economy.shops import pricing
from desperados.economy.shops.documents import Shop
from desperados.economy.shops.places import MarketsAt, stage_purchase, stage_sale
from desperados.economy.shops.shelves import Shelf, customer_of, read_shelves, shelf_of
from desperados.economy.shops.visits import Visit, find_counter, visit
from desperados.engine import clock
from desperados.engine.allowances import Limit as CallLimit
from desperados.engine.commands import command
from desperados.engine.errors import InvalidInput
from desperados.engine.storage.reads import together
from desperados.engine.views import Id, View, told
from desperados.ledger.items import ledger as items
from desperados.ledger.items.errors import ItemLocked
from desperados.ledger.items.holders import pack
from desperados.ledger.items.rules import check_quantity
from desperados.ledger.items.sources import ItemSource
from desperados.ledger.money import ledger
from desperados.ledger.money.accounts import wallet
from desperados.ledger.money.documents import Currency
from desperados.ledger.money.operations import OperationKind
from desperados.ledger.money.rules import Coins, check_amount
from desperados.ledger.money.sources import Source
from desperados.play.requirements.errors import LevelTooLow
from desperados.vocabulary import ItemCode
from desperados.world.places import read_place, read_places

MOST_AT_ONCE = 1_000
PURCHASES = CallLimit("shop_purchases", 300, timedelta(hours=1))

ShopCode = Annotated[str, Field(min_length=1, max_length=100, examples=["golden-spur-bar"])]


class ShelfView(View):
    """What a shop has of an item, what a piece costs, and what it would pay for one.

    ``pays`` is 0 where the shop does not buy it.
    """

    item: str
    name: str
    price: int
    pays: int
    stock: int
    level_required: int
    trend: pricing.Trend


class ShopView(View):
    """A shop and its shelves; prices are for the customer who looks."""

    shop: str
    name: str
    location: str
    open: bool
    buys: list[str]
    shelves: list[ShelfView]


class ShopReceipt(View):
    """A trade with a shop. ``total`` is what was paid or received."""

    operation: Id
    shop: str
    item: str
    quantity: int
    unit_price: int
    total: int
    balance: int
    at: datetime


async def shops_here(actor: ObjectId) -> list[ShopView]:
    """The shops where a character is, without their shelves.

    Raises:
        CharacterNotFound: there is no such character.
    """
    here = await read_place((await load_actor(actor)).location_id)
    if here is None:
        return []
    codes = [here.code, *here.buildings][:100]
    shops = await Shop.load_many({"locationId": {"$in": codes}}, limit=100)
    places = await read_places([shop.location_id for shop in shops])
    now = clock.now()
    return [
        ShopView(
            shop=shop.shop_id,
            name=shop.name,
            location=shop.location_id,
            open=shop.location_id in places and places[shop.location_id].is_open(now),
            buys=shop.buys,
            shelves=[],
        )
        for shop in shops
    ]


async def get_shop(actor: ObjectId, shop: ShopCode) -> ShopView:
    """A shop where the character is, with its shelves and prices.

    Raises:
        ShopNotFound: there is no such shop.
        NotAtShop: the character is somewhere else.
        CharacterNotFound: there is no such character.
    """
    counter = await find_counter(shop)
    seen = await visit(actor, counter, shopping=False)
    shelves = {
        item: shelf
        for item, shelf in (await read_shelves(counter.shop)).items()
        if shelf.quantity or item in counter.shop.item_ids
    }
    goods = await read_goods([*counter.shop.item_ids, *shelves])
    prices = MarketsAt(counter.place, goods.values())
    await together(itself(seen.person), *prices.reads)
    markets = prices.markets()
    return ShopView(
        shop=counter.shop.shop_id,
        name=counter.shop.name,
        location=counter.shop.location_id,
        open=counter.place.is_open(clock.now()),
        buys=counter.shop.buys,
        shelves=[
            _shelf_view(seen, good, seen.swayed(markets[code]), shelves.get(code))
            for code, good in goods.items()
        ],
    )


def _shelf_view(seen: Visit, good: Goods, market: pricing.Market, shelf: Shelf | None) -> ShelfView:
    return ShelfView(
        item=good.code,
        name=good.name,
        price=pricing.asking_price(good.value, seen.shop.markup, market),
        pays=_pays(seen.shop, good, market) if _buys(seen.shop, good) else 0,
        stock=pricing.shelf_size(good.value) if shelf is None else shelf.quantity,
        level_required=good.level,
        trend=market.trend,
    )


@command(queue="shop/item")
async def buy_from_shop(
    actor: ObjectId,
    shop: ShopCode,
    item: ItemCode,
    quantity: Annotated[int, told(1, MOST_AT_ONCE)],
    *,
    max_total: Coins | None = None,
    key: str | None = None,
) -> ShopReceipt:
    """Buy pieces of an item. ``max_total`` is the most that the buyer is willing to pay for all.

    Raises:
        ShopNotFound: there is no such shop.
        NotAtShop: the character is somewhere else.
        ShopClosed: the shop is closed at this hour.
        NotSoldHere: the shop does not sell that.
        UnknownItem: there is no such item.
        OutOfStock: fewer pieces are left.
        LevelTooLow: the item needs a higher level.
        BoughtBefore: it is bought once in a life, and the character did, or wants several.
        PriceMoved: all together cost more than ``max_total``.
        InsufficientFunds: the character carries less.
        InventoryFull: the pack has no room for all of them.
        InvalidQuantity: the quantity is not a whole number from 1 to 1,000.
        InvalidAmount: ``max_total`` is not a whole number of dollars.
        RateLimited: the account bought 300 times in the last hour.
        CharacterUnavailable: the character is dead, in jail or in a fight.
        TradeLocked: the staff bar the character from trade.
        CharacterNotFound: there is no such character.
        KeyReused: the key was used with another request.
    """
    quantity = _check_pieces(quantity)
    if max_total is not None:
        check_amount(max_total, Currency.DOLLARS, path="maxTotal")
    counter, good = await find_counter(shop), await read_good(item)
    on_shelf, traded = shelf_of(counter.shop, good), customer_of(actor, counter.place, good.code)
    prices = MarketsAt(counter.place, [good])
    seen = await visit(actor, counter, on_shelf, traded, *prices.reads, limit=PURCHASES)
    shelf, usage = on_shelf.result, seen.usage
    assert usage is not None
    if shelf is None:
        raise NotSoldHere(item=item)
    if seen.person.level < good.level:
        raise LevelTooLow(level=seen.person.level, needed=good.level)
    await require_first(actor, good, quantity)
    usage.use(PURCHASES, seen.person.user_id)
    market = seen.swayed(prices.markets()[good.code])
    price = pricing.asking_price(good.value, counter.shop.markup, market)
    total = price * quantity
    if max_total is not None and total > max_total:
        raise PriceMoved(total=total, bound=max_total)
    if shelf.quantity < quantity:
        raise OutOfStock(left=shelf.quantity, needed=quantity)
    posted = await ledger.post(
        [
            ledger.burn(
                wallet(actor),
                Currency.DOLLARS,
                total,
                Source.SHOP_PURCHASE,
                reference=counter.shop.id,
            )
        ],
        OperationKind.SHOPPING,
    )
    await items.enter(
        items.Line(good.code, quantity),
        to=pack(actor),
        source=ItemSource.SHOP_PURCHASE,
        reference=counter.shop.id,
        actor=actor,
    )
    shelf.add(-quantity)
    counted = pricing.counted_units(quantity, traded.result.bought)
    stage_purchase(good.code, counter.place, price, quantity, counted)
    traded.result.note(bought=quantity)
    usage.write()
    _note_trade(seen, "shop_buy", good, total)
    return _receipt(posted, seen, good, quantity, price, total)


@command(queue="shop/item")
async def sell_to_shop(
    actor: ObjectId,
    shop: ShopCode,
    item: ItemCode,
    quantity: Annotated[int, told(1, MOST_AT_ONCE)],
    *,
    min_total: Coins | None = None,
    key: str | None = None,
) -> ShopReceipt:
    """Sell pieces of an item. ``min_total`` is the least that the seller wants for all of them.

    Raises:
        ShopNotFound: there is no such shop.
        NotAtShop: the character is somewhere else.
        ShopClosed: the shop is closed at this hour.
        NotBoughtHere: the shop does not buy that, or it is worth nothing here.
        UnknownItem: there is no such item.
        InsufficientItems: the character does not carry that many.
        ItemLocked: some are worn, bound, reserved, part of a quest, or not for sale.
        PriceMoved: all together bring less than ``min_total``.
        LimitExceeded: 200 pieces of the item were sold in the last hour.
        InvalidQuantity: the quantity is not a whole number from 1 to 200.
        InvalidAmount: ``min_total`` is not a whole number of dollars.
        CharacterUnavailable: the character is dead, in jail or in a fight.
        TradeLocked: the staff bar the character from trade.
        CharacterNotFound: there is no such character.
        KeyReused: the key was used with another request.
    """
    quantity = _check_pieces(quantity)
    if min_total is not None:
        check_amount(min_total, Currency.DOLLARS, path="minTotal")
    counter, good = await find_counter(shop), await read_good(item)
    on_shelf = shelf_of(counter.shop, good, bought_in=True)
    traded, prices = customer_of(actor, counter.place, good.code), MarketsAt(counter.place, [good])
    seen = await visit(actor, counter, on_shelf, traded, *prices.reads)
    if not _buys(counter.shop, good):
        raise NotBoughtHere(item=item)
    if not good.sellable:
        raise ItemLocked(item=item)
    customer, shelf = traded.result, on_shelf.result
    assert shelf is not None
    customer.require_may_sell(quantity)
    price = _pays(counter.shop, good, seen.swayed(prices.markets()[good.code]))
    total = price * quantity
    if total == 0:
        raise NotBoughtHere(item=item)
    if min_total is not None and total < min_total:
        raise PriceMoved(total=total, bound=min_total)
    await items.leave(
        items.Line(good.code, quantity),
        from_=pack(actor),
        source=ItemSource.SHOP_SALE,
        reference=counter.shop.id,
        actor=actor,
    )
    posted = await ledger.post(
        [
            ledger.mint(
                wallet(actor), Currency.DOLLARS, total, Source.SHOP_SALE, reference=counter.shop.id
            )
        ],
        OperationKind.SHOPPING,
    )
    shelf.add(quantity)
    counted = pricing.counted_units(quantity, customer.sold)
    stage_sale(good.code, counter.place, price, quantity, counted)
    customer.note(sold=quantity)
    _note_trade(seen, "shop_sell", good, total)
    return _receipt(posted, seen, good, quantity, price, total)


def _note_trade(seen: Visit, deed: str, good: Goods, total: int) -> None:
    note(
        seen.person,
        Happened.TRADE_DONE,
        deed,
        target=f"item:{good.code}",
        amount=total,
        reference=seen.shop.id,
    )


def _receipt(
    posted: ledger.Posted, seen: Visit, good: Goods, quantity: int, price: int, total: int
) -> ShopReceipt:
    return ShopReceipt(
        operation=posted.operation,
        shop=seen.shop.shop_id,
        item=good.code,
        quantity=quantity,
        unit_price=price,
        total=total,
        balance=posted.balances[wallet(seen.person.id), Currency.DOLLARS],
        at=posted.at,
    )


def _buys(shop: Shop, good: Goods) -> bool:
    return bool(set(shop.buys) & set(good.tags))


def _pays(shop: Shop, good: Goods, market: pricing.Market) -> int:
    return pricing.paying_price(good.value, shop.buy_back, market, good.most_paid)


def _check_pieces(quantity: int) -> int:
    quantity = check_quantity(quantity)
    if quantity > MOST_AT_ONCE:
        raise InvalidInput(f"At most {MOST_AT_ONCE:,} pieces at once.", path="quantity")
    return quantity
