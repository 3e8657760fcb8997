"""A customer at the counter of a shop: what must hold, and what sways the shopkeeper."""

from __future__ import annotations

from dataclasses import dataclass

from bson import ObjectId

from desperados.economy.errors import NotAtShop, ShopClosed, ShopNotFound
from desperados.economy.goods import Goods
from desperados.economy.people import Person, load_person
from desperados.economy.shops import pricing
from desperados.economy.shops.documents import Shop
from desperados.economy.shops.places import read_climate, read_markets
from desperados.economy.shops.sway import Sway, read_sway
from desperados.engine import clock
from desperados.world.places import Place, is_there, place_of, read_places


@dataclass(frozen=True, slots=True)
class Visit:
    """A customer at a counter: who, where, and what sways the shopkeeper."""

    person: Person
    shop: Shop
    place: Place
    sway: Sway


async def visit_shop(actor: ObjectId, code: str, *, shopping: bool = True) -> Visit:
    """The customer at the counter of a shop; ``shopping`` is more than having a look."""
    # A condition instead of a code would find any shop.
    shop = await Shop.load_one({"shopId": code}) if isinstance(code, str) else None
    if shop is None:
        raise ShopNotFound(shop=code)
    person = await load_person(actor)
    if shopping:
        person.must_be_able_to_trade()
    place = (await read_places([shop.location_id])).get(shop.location_id)
    if place is None:
        raise ShopNotFound(shop=code)
    if person.location_id != place.id and not is_there(
        await place_of(person), place.code, place.parent
    ):
        raise NotAtShop(location=place.code)
    if shopping and not place.is_open(clock.now()):
        raise ShopClosed(opens=place.hours[0], closes=place.hours[1])
    return Visit(person, shop, place, await read_sway(actor, shop, place))


async def market_for(visit: Visit, good: Goods) -> pricing.Market:
    """What moves the price of one item for this customer."""
    climate = await read_climate()
    markets = await read_markets(visit.place, {good.code: good.tags}, climate)
    return swayed(markets[good.code], visit)


def swayed(market: pricing.Market, visit: Visit) -> pricing.Market:
    """The market of the place, as this customer meets it."""
    return pricing.Market(market.supply, market.demand, {**market.factors, **visit.sway.factors})
