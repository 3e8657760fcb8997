"""A customer at the counter of a shop: what must hold, and what sways the shopkeeper."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bson import ObjectId

from desperados.economy import pricing
from desperados.economy.accounts import BOOKS, AccountKind
from desperados.economy.documents import Shop
from desperados.economy.errors import NotAtShop, ShopClosed, ShopNotFound
from desperados.economy.goods import Goods
from desperados.economy.people import Person, load_person
from desperados.economy.places import (
    Place,
    is_there,
    place_of,
    read_climate,
    read_markets,
    read_places,
)
from desperados.engine import clock
from desperados.engine.driver import collection_of


@dataclass(frozen=True, slots=True)
class Visit:
    """A customer at a counter: who, where, and what sways the shopkeeper."""

    person: Person
    shop: Shop
    place: Place
    sway: Mapping[str, object]
    level: int


async def visit_shop(actor: ObjectId, code: str, *, shopping: bool = True) -> Visit:
    """The customer at the counter of a shop; ``shopping`` is more than having a look."""
    shop = await Shop.load_one({"shopId": code})
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
    customer = await _customer(actor)
    sway = _sway(await _keeper(shop), customer)
    return Visit(person, shop, place, sway, int(customer.get("level") or 1))


async def _keeper(shop: Shop) -> dict[str, Any]:
    """Faction and mood of the shopkeeper, as far as they are known."""
    if shop.keeper_npc_id is None:
        return {}
    found = await collection_of("npcs").find_one(
        {"_id": shop.keeper_npc_id}, {"faction": 1, "mood": 1}
    )
    return found or {}


async def _customer(actor: ObjectId) -> dict[str, Any]:
    """Level and standings of the customer."""
    found = await collection_of(BOOKS[AccountKind.WALLET].collection).find_one(
        {"_id": actor}, {"level": 1, "standings": 1}
    )
    return found or {}


def _sway(keeper: Mapping[str, Any], customer: Mapping[str, Any]) -> dict[str, object]:
    """How the shopkeeper likes the customer. What is not known counts as 1."""
    standings = customer.get("standings")
    standing = standings.get(keeper.get("faction")) if isinstance(standings, dict) else None
    return {
        "standing": pricing.standing_factor(standing),
        "mood": pricing.mood_factor(keeper.get("mood")),
    }


async def market_for(visit: Visit, good: Goods) -> pricing.Market:
    climate = await read_climate()
    markets = await read_markets(visit.place, {good.code: good.tags}, climate)
    return swayed(markets[good.code], visit)


def swayed(market: pricing.Market, visit: Visit) -> pricing.Market:
    return pricing.Market(market.supply, market.demand, {**market.factors, **visit.sway})
