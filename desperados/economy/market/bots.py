"""What bots do on the market: offer what they carry, bid, buy, and look up prices."""

from __future__ import annotations

from desperados.economy.market import buying, queries, rules, selling, statistics
from desperados.economy.market.documents import MarketListingStatus
from desperados.economy.market.listings import ListingView, PublicListing
from desperados.economy.market.queries import ListingSort
from desperados.economy.market.rules import ListingType
from desperados.engine import dice
from desperados.engine.manifest.bots import Arguments, Bot, Player, now_and_then, one_of, up_to
from desperados.ledger.items import ledger as items
from desperados.ledger.items.holders import pack

USUAL_PRICE = 30  # dollars for a piece that nobody has sold yet
HOURS = (1, 2, 6, 24, 72)


async def _offer(me: Player) -> Arguments | None:
    stack = one_of((await items.contents(pack(me.character))).stacks)
    if stack is None:
        return None
    quantity = up_to(stack.quantity)
    price = rules.LOWEST_PRICE + up_to(USUAL_PRICE * quantity)
    is_auction = now_and_then(60)
    return {
        "item": stack.item_id,
        "quantity": quantity,
        "price": price,
        "is_auction": is_auction,
        "buyout_price": price + up_to(price) if is_auction and now_and_then(50) else None,
        "hours": dice.choice(HOURS),
        "featured": now_and_then(5),
    }


async def _offer_of_mine(me: Player) -> ListingView | None:
    mine = await queries.my_listings(me.character, status=MarketListingStatus.ACTIVE)
    return one_of(mine.items)


async def _change(me: Player) -> Arguments | None:
    listing = await _offer_of_mine(me)
    if listing is None:
        return None
    return {"listing_id": listing.id, "price": rules.LOWEST_PRICE + up_to(listing.price)}


async def _take_back(me: Player) -> Arguments | None:
    listing = await _offer_of_mine(me) if now_and_then(30) else None
    return {"listing_id": listing.id} if listing is not None else None


async def _found(me: Player, kind: ListingType) -> PublicListing | None:
    """Something on offer, mostly of somebody else."""
    found = (await queries.search_listings(kind=kind, sort=ListingSort.ENDING)).items
    if not now_and_then(2):
        found = [listing for listing in found if listing.seller_id != me.character]
    return one_of(found)


async def _bid(me: Player) -> Arguments | None:
    listing = await _found(me, ListingType.AUCTION)
    if listing is None or listing.minimum_bid is None:
        return None
    return {"listing_id": listing.id, "amount": listing.minimum_bid - 1 + up_to(20)}


async def _buy(me: Player) -> Arguments | None:
    listing = await _found(me, ListingType.BOTH)
    if listing is None:
        return None
    if listing.is_auction:
        if listing.buyout_price is None and now_and_then(95):
            return None
        return {"listing_id": listing.id, "expected_price": listing.buyout_price or listing.price}
    if listing.quantity > 1 and now_and_then(50):
        part = dice.between(1, listing.quantity)
        price = rules.price_of_part(listing.price, listing.lot_quantity, part)
        return {"listing_id": listing.id, "quantity": part, "expected_price": price}
    return {"listing_id": listing.id, "expected_price": listing.current_price}


async def _look(me: Player) -> Arguments | None:
    listing = await _found(me, ListingType.BOTH)
    return {"listing_id": listing.id} if listing is not None else None


async def _item(me: Player) -> Arguments | None:
    listing = await _found(me, ListingType.BOTH)
    return {"item": listing.item} if listing is not None else None


BOTS = (
    Bot(selling.create_listing, _offer, weight=8),
    Bot(selling.update_listing, _change, weight=2),
    Bot(selling.cancel_listing, _take_back, weight=2),
    Bot(buying.place_bid, _bid, weight=12),
    Bot(buying.buy_now, _buy, weight=6),
    Bot(queries.get_listing, _look),
    Bot(statistics.price_history, _item),
    Bot(statistics.item_statistics, _item),
    Bot(statistics.suggest_price, _item),
)
