"""A customer at the counter of a shop: what must hold, and what sways the shopkeeper."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bson import ObjectId

from desperados.characters.actor import Actor, actor_of
from desperados.economy.errors import NotAtShop, ShopClosed, ShopNotFound
from desperados.economy.shops import pricing
from desperados.economy.shops.documents import Shop
from desperados.economy.shops.sway import Factors, read_sway
from desperados.engine import clock
from desperados.engine.allowances import Limit, Usage, usage_of
from desperados.engine.storage.content import Content
from desperados.engine.storage.reads import Read, together
from desperados.npcs.presence import bearing
from desperados.world.places import Place, is_there, read_place, read_place_of

_SHOPS = Content(Shop, "shopId", Shop.hydrate)


@dataclass(frozen=True, slots=True)
class Counter:
    """The counter of a shop, and the place where it is; content."""

    shop: Shop
    place: Place


@dataclass(frozen=True, slots=True)
class Visit:
    """A customer at a counter: who, where, and what sways the shopkeeper."""

    person: Actor
    shop: Shop
    place: Place
    sway: Factors
    usage: Usage | None = None

    def swayed(self, market: pricing.Market) -> pricing.Market:
        """The market of the place, as this customer meets it."""
        return pricing.Market(market.supply, market.demand, {**market.factors, **self.sway})


async def find_counter(code: str) -> Counter:
    """The counter of the shop with this code.

    Raises:
        ShopNotFound: there is no such shop.
    """
    # A condition instead of a code would find any shop.
    shop = await _SHOPS.get(code) if isinstance(code, str) else None
    place = await read_place_of(shop.location_id) if shop is not None else None
    if shop is None or place is None:
        raise ShopNotFound(shop=code)
    return Counter(shop, place)


async def visit(
    actor: ObjectId,
    counter: Counter,
    *reads: Read[Any],
    limit: Limit | None = None,
    shopping: bool = True,
) -> Visit:
    """The customer at a counter; ``shopping`` is more than having a look.

    It takes one round trip, in which ``reads`` leave too, and at most another one for what must be
    known of the customer first, among it how much of ``limit`` his account has used.
    """
    customer, keeper = actor_of(actor), bearing(counter.shop.keeper_npc_id)
    await together(customer, keeper, *reads)
    found, place = customer.result, counter.place
    if shopping:
        found.must_be_able_to_trade()
    if found.location_id != place.id and not is_there(
        await read_place(found.location_id), place.code, place.parent
    ):
        raise NotAtShop(location=place.code)
    if shopping and not place.is_open(now := clock.now()):
        opens, closes = place.hours
        raise ShopClosed(opens=opens, closes=closes, opens_at=place.opens_at(now))
    usage = usage_of((limit, found.user_id)) if limit is not None else None
    also = () if usage is None else (usage,)
    sway = await read_sway(found, keeper.result, place, *also)
    return Visit(found, counter.shop, place, sway, None if usage is None else usage.result)
