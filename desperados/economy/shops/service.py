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

from desperados.economy.errors import (
    LevelTooLow,
    NotBoughtHere,
    NotSoldHere,
    OutOfStock,
    PriceMoved,
)
from desperados.economy.goods import Goods, ItemCode, read_good, read_goods, require_first
from desperados.economy.people import load_person
from desperados.economy.shops import pricing
from desperados.economy.shops.documents import Shop
from desperados.economy.shops.places import read_climate, read_markets, stage_purchase, stage_sale
from desperados.economy.shops.shelves import Shelf, customer_of, read_shelf, read_shelves
from desperados.economy.shops.visits import Visit, market_for, swayed, visit_shop
from desperados.engine import clock
from desperados.engine.allowances import Limit as CallLimit
from desperados.engine.allowances import read_usage
from desperados.engine.commands import command
from desperados.engine.errors import InvalidInput
from desperados.engine.game import collection_of
from desperados.engine.views import Id, View
from desperados.ledger.items import ledger as items
from desperados.ledger.items.errors import ItemLocked
from desperados.ledger.items.holders import pack
from desperados.ledger.items.rules import check_quantity
from desperados.ledger.items.sources import ItemSource
from desperados.ledger.money import ledger
from desperados.ledger.money.accounts import wallet
from desperados.ledger.money.documents import Currency
from desperados.ledger.money.rules import check_amount
from desperados.ledger.money.sources import Source
from desperados.world.places import place_of, read_places

MOST_AT_ONCE = 1_000
PURCHASES = CallLimit("shop_purchases", 300, timedelta(hours=1))

ShopCode = Annotated[str, Field(min_length=1, max_length=100, examples=["brandts-forge"])]


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
    here = await place_of(await load_person(actor))
    if here is None:
        return []
    rows = await collection_of("locations").find_one({"_id": here.id}, {"buildings": 1})
    codes = [here.code, *((rows or {}).get("buildings") or [])][:100]
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
    visit = await visit_shop(actor, shop, shopping=False)
    shelves = {
        item: shelf
        for item, shelf in (await read_shelves(visit.shop)).items()
        if shelf.quantity or item in visit.shop.item_ids
    }
    goods = await read_goods([*visit.shop.item_ids, *shelves])
    climate = await read_climate()
    markets = await read_markets(visit.place, {g.code: g.tags for g in goods.values()}, climate)
    return ShopView(
        shop=visit.shop.shop_id,
        name=visit.shop.name,
        location=visit.shop.location_id,
        open=visit.place.is_open(clock.now()),
        buys=visit.shop.buys,
        shelves=[
            _shelf_view(visit, good, swayed(markets[code], visit), shelves.get(code))
            for code, good in goods.items()
        ],
    )


def _shelf_view(
    visit: Visit, good: Goods, market: pricing.Market, shelf: Shelf | None
) -> ShelfView:
    return ShelfView(
        item=good.code,
        name=good.name,
        price=pricing.asking_price(good.value, visit.shop.markup, market),
        pays=_pays(visit.shop, good, market) if _buys(visit.shop, good) else 0,
        stock=pricing.shelf_size(good.value) if shelf is None else shelf.quantity,
        level_required=good.level,
        trend=market.trend,
    )


@command(queue="item")
async def buy_from_shop(
    actor: ObjectId,
    shop: ShopCode,
    item: ItemCode,
    quantity: int,
    *,
    max_total: int | None = None,
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
    visit = await visit_shop(actor, shop)
    good = await read_good(item)
    shelf = await read_shelf(visit.shop, good)
    if shelf is None:
        raise NotSoldHere(item=item)
    if visit.sway.level < good.level:
        raise LevelTooLow(needed=good.level)
    await require_first(actor, good, quantity)
    usage = await read_usage((PURCHASES, visit.person.user_id))
    usage.use(PURCHASES, visit.person.user_id)
    customer = await customer_of(actor, visit.place, good.code)
    price = pricing.asking_price(good.value, visit.shop.markup, await market_for(visit, good))
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
                reference=visit.shop.id,
            )
        ]
    )
    await items.enter(
        items.Line(good.code, quantity),
        to=pack(actor),
        source=ItemSource.SHOP_PURCHASE,
        reference=visit.shop.id,
        actor=actor,
    )
    shelf.add(-quantity)
    counted = pricing.counted_units(quantity, customer.bought)
    stage_purchase(good.code, visit.place, price, quantity, counted)
    customer.note(bought=quantity)
    usage.write()
    return _receipt(posted, visit, good, quantity, price, total)


@command(queue="item")
async def sell_to_shop(
    actor: ObjectId,
    shop: ShopCode,
    item: ItemCode,
    quantity: int,
    *,
    min_total: int | None = None,
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
    visit = await visit_shop(actor, shop)
    good = await read_good(item)
    if not _buys(visit.shop, good):
        raise NotBoughtHere(item=item)
    if not good.sellable:
        raise ItemLocked(item=item)
    customer = await customer_of(actor, visit.place, good.code)
    customer.require_may_sell(quantity)
    price = _pays(visit.shop, good, await market_for(visit, good))
    total = price * quantity
    if total == 0:
        raise NotBoughtHere(item=item)
    if min_total is not None and total < min_total:
        raise PriceMoved(total=total, bound=min_total)
    shelf = await read_shelf(visit.shop, good, bought_in=True)
    assert shelf is not None
    await items.leave(
        items.Line(good.code, quantity),
        from_=pack(actor),
        source=ItemSource.SHOP_SALE,
        reference=visit.shop.id,
        actor=actor,
    )
    posted = await ledger.post(
        [
            ledger.mint(
                wallet(actor), Currency.DOLLARS, total, Source.SHOP_SALE, reference=visit.shop.id
            )
        ]
    )
    shelf.add(quantity)
    counted = pricing.counted_units(quantity, customer.sold)
    stage_sale(good.code, visit.place, price, quantity, counted)
    customer.note(sold=quantity)
    return _receipt(posted, visit, good, quantity, price, total)


def _receipt(
    posted: ledger.Posted, visit: Visit, good: Goods, quantity: int, price: int, total: int
) -> ShopReceipt:
    return ShopReceipt(
        operation=posted.operation,
        shop=visit.shop.shop_id,
        item=good.code,
        quantity=quantity,
        unit_price=price,
        total=total,
        balance=posted.balances[wallet(visit.person.id), Currency.DOLLARS],
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
