"""The players' market: offering goods, changing an offer, taking it back.

A listing takes its goods out of the seller's pack, a bid its money out of the bidder's wallet, and
both lie in escrow until the listing is sold, cancelled or expires (``sales``).

Limits: a character has 20 active listings and makes 20 in an hour; an account changes things on the
market 60 times in an hour.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any

from bson import ObjectId
from pydantic import Field

from desperados.accounts.acts import may_act
from desperados.accounts.documents import UserRole
from desperados.accounts.inputs import Reason
from desperados.characters.actor import load_actor
from desperados.characters.notices.writing import notify
from desperados.characters.ownership import owners_of
from desperados.economy.errors import HasBids, ListingNotFound, TooManyListings, UnknownCategory
from desperados.economy.events import REMOVED
from desperados.economy.goods import Goods, read_good
from desperados.economy.market import rules
from desperados.economy.market.calls import count_calls
from desperados.economy.market.documents import MarketListing, MarketListingStatus
from desperados.economy.market.listings import (
    ListingView,
    change_listing,
    close_listing,
    listing_view,
    named,
    party_of,
    read_listing,
    read_parties,
    require_active,
    require_open,
)
from desperados.economy.market.rules import Category
from desperados.engine import clock
from desperados.engine.commands import command
from desperados.engine.errors import InvalidInput
from desperados.engine.staging import StagedInsert
from desperados.engine.storage.collection import find_all
from desperados.engine.transactions import stage
from desperados.engine.views import KEPT, Kept, told
from desperados.ledger.items import ledger as items
from desperados.ledger.items.documents import CraftedItem
from desperados.ledger.items.errors import InsufficientItems, ItemLocked
from desperados.ledger.items.holders import listing as goods_of
from desperados.ledger.items.holders import pack
from desperados.ledger.items.rules import Pieces, check_quantity
from desperados.ledger.items.sources import ItemSource
from desperados.ledger.money import ledger
from desperados.ledger.money.accounts import wallet
from desperados.ledger.money.documents import Currency
from desperados.ledger.money.errors import InvalidAmount
from desperados.ledger.money.operations import OperationKind
from desperados.ledger.money.rules import check_amount
from desperados.ledger.money.sources import Source
from desperados.vocabulary import ItemCode

Price = Annotated[int, told(rules.LOWEST_PRICE, rules.HIGHEST_PRICE)]
Hours = Annotated[int, Field(ge=rules.SHORTEST, le=rules.LONGEST)]


@command
async def create_listing(
    actor: ObjectId,
    *,
    price: Annotated[Price, Field(examples=[10])],
    item: ItemCode | None = None,
    crafted_item_id: ObjectId | None = None,
    quantity: Pieces = 1,
    is_auction: bool = False,
    buyout_price: Price | None = None,
    hours: Hours = rules.USUAL,
    category: Category | None = None,
    subcategory: str | None = None,
    featured: bool = False,
    key: str | None = None,
) -> ListingView:
    """Offer goods on the market: pieces of an item, or one unique piece.

    ``price`` is for the whole lot: the fixed price, or where the bids of an auction start. The
    goods leave the pack at once. The fee is 1% of the highest price that is asked, the one to buy
    an auction at included (rounded up, 1 to 1,000 dollars), and 100 dollars for being featured; it
    is not given back. Without a category the item's type says which.

    Raises:
        InvalidAmount: the price is not 2 to 1,000,000,000 whole dollars, or the price to buy an
            auction at is not above the price where it starts.
        InvalidQuantity: the quantity is not a whole number from 1 to 9,999.
        InvalidInput: both or neither of item and unique piece are named, or the hours are not 1
            to 168, or a unique piece comes in another quantity than 1.
        UnknownItem: there is no such item.
        UnknownCategory: there is no such category, or it has no such subcategory.
        InsufficientItems: the character does not carry them.
        ItemLocked: they are worn, bound, reserved, part of a quest, or not to be traded.
        InsufficientFunds: the character cannot pay the fee.
        TooManyListings: the character has 20 active listings.
        GoodsWaiting: 5 lots wait for room in the character's pack.
        RateLimited: 20 listings were made in the last hour, or the account did 60 things.
        TradeLocked: the staff bar the character from trade.
        TooNew: the character is younger than 24 hours.
        CharacterNotFound: there is no such character.
        CharacterUnavailable: the character is dead.
        KeyReused: the key was used with another request.
    """
    price = _check_price(price)
    quantity = check_quantity(quantity)
    if buyout_price is not None:
        _check_buyout(buyout_price, price, is_auction)
    if isinstance(hours, bool) or not isinstance(hours, int) or not 1 <= hours <= rules.LONGEST:
        raise InvalidInput(f"A listing lasts 1 to {rules.LONGEST} hours.", path="hours")
    seller = await load_actor(actor)
    seller.must_be_able_to_give()
    usage = await count_calls(seller, creates=True, brings=True)
    await _check_room(actor)
    goods, good, snapshot = await _offered(item, crafted_item_id, quantity)
    chosen = _check_category(category, subcategory, goods)
    now = clock.now()
    fees = _fees(rules.listing_fee(price, buyout_price), featured=featured)
    listing = MarketListing(
        seller_id=actor,
        item_id=goods.id,
        quantity=quantity,
        price=price,
        is_auction=is_auction,
        expires_at=now + timedelta(hours=hours),
        created_at=now,
        revision=1,
        item_code=goods.code,
        crafted_item_id=crafted_item_id,
        item_snapshot=snapshot,
        rarity=goods.rarity,
        category=chosen.value,
        subcategory=subcategory,
        terms=rules.search_terms(snapshot["name"]),
        featured=featured,
        current_price=price,
        buyout_price=buyout_price,
        original_expires_at=now + timedelta(hours=hours),
        fee_paid=sum(fees.values()),
    )
    await items.move(
        good,
        from_=pack(actor),
        to=goods_of(listing.id),
        source=ItemSource.LISTED,
        reference=listing.id,
        actor=actor,
    )
    await _take_fees(actor, listing.id, fees)
    stage(StagedInsert(MarketListing.collection_name(), listing.to_mongo()))
    usage.write()
    return listing_view(listing, actor)


@command(queue="listing_id")
async def update_listing(
    actor: ObjectId,
    listing_id: ObjectId,
    *,
    price: Annotated[Price, Field(examples=[12])] | Kept = KEPT,
    buyout_price: Price | Kept | None = KEPT,
    featured: bool | Kept = KEPT,
    key: str | None = None,
) -> ListingView:
    """Change what a listing of one's own costs, or pay 100 dollars to have it featured.

    What is not given stays; null takes the price away for which an auction is sold at once. The
    price of a lot of which parts were sold stays too. The fee is that of the highest price that was
    ever asked: who asks more than before pays the difference.

    Raises:
        ListingNotFound: there is no such listing, or it is somebody else's.
        ListingClosed: it is sold, cancelled or expired.
        ListingEnded: its time is over.
        HasBids: somebody has bid or bought a part of it.
        InvalidAmount: a price is not 2 to 1,000,000,000 whole dollars, or the price to buy an
            auction at is not above the price where it starts.
        InsufficientFunds: the character cannot pay for the higher price or for being featured.
        RateLimited: the account did 60 things on the market in the last hour.
        TradeLocked: the staff bar the character from trade.
        TooNew: the character is younger than 24 hours.
        CharacterNotFound: there is no such character.
        CharacterUnavailable: the character is dead.
        KeyReused: the key was used with another request.
    """
    listing, now = await read_listing(listing_id)
    if listing.seller_id != actor:
        raise ListingNotFound()
    parties = await read_parties(listing)
    seller = party_of(parties, actor)
    seller.must_be_able_to_give()
    require_open(listing, parties, now)
    changed: dict[str, Any] = {}
    more = 0
    if price is not KEPT or buyout_price is not KEPT:
        if listing.bid_count or listing.sold_quantity:
            raise HasBids()
        new_price = listing.price if price is KEPT else _check_price(price)
        buyout = listing.buyout_price if buyout_price is KEPT else buyout_price
        if buyout is not None:
            _check_buyout(buyout, new_price, listing.is_auction)
        changed |= {"price": new_price, "currentPrice": new_price, "buyoutPrice": buyout}
        more = max(0, rules.listing_fee(new_price, buyout) - _paid_for_price(listing))
    usage = await count_calls(seller)
    fees = _fees(more, featured=featured is True and not listing.featured)
    if fees:
        await _take_fees(actor, listing.id, fees)
        changed["feePaid"] = listing.fee_paid + sum(fees.values())
    if featured is not KEPT:
        changed["featured"] = featured or listing.featured
    change_listing(listing, changed)
    usage.write()
    return listing_view(listing, actor, **changed)


@command(queue="listing_id")
async def cancel_listing(
    actor: ObjectId, listing_id: ObjectId, *, key: str | None = None
) -> ListingView:
    """Take a listing of one's own back: the goods return, the fee does not.

    The dead may, too: what was theirs is wound up. What the pack has no room for waits as a
    pending reward.

    Raises:
        ListingNotFound: there is no such listing, or it is somebody else's.
        ListingClosed: it is sold, cancelled or expired.
        HasBids: somebody has bid.
        RateLimited: the account did 60 things on the market in the last hour.
        CharacterNotFound: there is no such character.
        KeyReused: the key was used with another request.
    """
    listing, _ = await read_listing(listing_id)
    if listing.seller_id != actor:
        raise ListingNotFound()
    require_active(listing)
    parties = await read_parties(listing)
    usage = await count_calls(party_of(parties, actor))
    if listing.bid_count:
        raise HasBids()
    view = await close_listing(listing, parties, MarketListingStatus.CANCELLED, actor)
    usage.write()
    return view


@command(queue="listing_id")
async def remove_listing(
    staff: ObjectId, listing_id: ObjectId, *, reason: Reason, key: str | None = None
) -> ListingView:
    """Take a listing off the market, as a member of the staff: goods and bid go back.

    Raises:
        ListingNotFound: there is no such listing.
        ListingClosed: it is sold, cancelled or expired.
        InvalidReason: the reason is not 5 to 500 characters.
        Forbidden: your rank is not above that of the seller and of who has bid most.
        SelfDealing: the listing or its highest bid is that of a character of yours.
        KeyReused: the key was used with another request.
    """
    listing, _ = await read_listing(listing_id)
    require_active(listing)
    sides = [who for who in (listing.seller_id, listing.current_bidder_id) if who is not None]
    act = await may_act(
        staff,
        await owners_of(sides),
        needed=UserRole.MODERATOR,
        reason=reason,
        character_id=listing.seller_id,
    )
    view = await close_listing(
        listing, await read_parties(listing), MarketListingStatus.CANCELLED, None
    )
    notify(listing.seller_id, REMOVED, **named(listing))
    act.note(
        "LISTING_REMOVED",
        listing=listing.id,
        before={"status": MarketListingStatus.ACTIVE.value},
        after={"status": MarketListingStatus.CANCELLED.value},
        character_id=listing.seller_id,
    )
    return view


@command
async def withdraw_listings(character_id: ObjectId) -> list[ListingView]:
    """Cancel all active listings of a character that leaves the world.

    For the command that deletes a character; inside its transaction.

    Raises:
        HasBids: somebody has bid for one of them: it stays until it ends.
    """
    active = await MarketListing.load_many(
        {
            "sellerId": character_id,
            "status": MarketListingStatus.ACTIVE.value,
            "revision": {"$gt": 0},
        },
        limit=2 * rules.MOST_ACTIVE,
    )
    if any(listing.bid_count for listing in active):
        raise HasBids()
    return [
        await close_listing(
            listing, await read_parties(listing), MarketListingStatus.CANCELLED, character_id
        )
        for listing in active
    ]


async def _check_room(actor: ObjectId) -> None:
    """Two creations at once meet at the seller's wallet, which pays the fee: one looks again."""
    active = await find_all(
        MarketListing.collection(),
        {"sellerId": actor, "status": MarketListingStatus.ACTIVE.value},
        projection={"_id": 1},
        limit=rules.MOST_ACTIVE,
    )
    if len(active) >= rules.MOST_ACTIVE:
        raise TooManyListings(most=rules.MOST_ACTIVE)


async def _offered(
    item: str | None, crafted_item_id: ObjectId | None, quantity: int
) -> tuple[Goods, items.Good, dict[str, Any]]:
    """What is offered: its item, the piece or pieces of it, and how they look now."""
    if (item is None) == (crafted_item_id is None):
        raise InvalidInput("Name an item or a unique piece.", path="item")
    if crafted_item_id is None:
        assert item is not None
        goods = await read_good(item)
        snapshot: dict[str, Any] = {
            "name": goods.name,
            "itemId": goods.code,
            "rarity": goods.rarity,
        }
        return _require_tradeable(goods), items.Line(goods.code, quantity), snapshot
    if quantity != 1:
        raise InvalidInput("A unique piece is sold by itself.", path="quantity")
    unique = await CraftedItem.load_one({"_id": crafted_item_id})
    if unique is None:
        raise InsufficientItems(unique=str(crafted_item_id))
    goods = await read_good(unique.base_item_id)
    snapshot = {
        "name": unique.custom_name or goods.name,
        "itemId": goods.code,
        "rarity": goods.rarity,
        "quality": unique.quality,
        "durability": unique.durability,
        "crafterId": unique.crafter_id,
    }
    return _require_tradeable(goods), items.Unique(unique.id), snapshot


def _require_tradeable(goods: Goods) -> Goods:
    if not goods.tradeable:
        raise ItemLocked(item=goods.code)
    return goods


def _fees(for_price: int, *, featured: bool) -> dict[Source, int]:
    """What is to be paid, and for what; ``for_price`` is 0 where that price was paid for."""
    fees = {Source.LISTING_FEE: for_price, Source.FEATURED_FEE: featured * rules.FEATURED_FEE}
    return {source: fee for source, fee in fees.items() if fee}


def _paid_for_price(listing: MarketListing) -> int:
    """What was paid so far for the prices that were asked."""
    return listing.fee_paid - (rules.FEATURED_FEE if listing.featured else 0)


async def _take_fees(actor: ObjectId, listing_id: ObjectId, fees: dict[Source, int]) -> None:
    await ledger.post(
        [
            ledger.burn(wallet(actor), Currency.DOLLARS, fee, source, reference=listing_id)
            for source, fee in fees.items()
        ],
        OperationKind.LISTING,
    )


def _check_price(price: int, path: str = "price") -> int:
    price = check_amount(price, Currency.DOLLARS, path=path)
    if not rules.LOWEST_PRICE <= price <= rules.HIGHEST_PRICE:
        raise InvalidAmount(
            f"A price is {rules.LOWEST_PRICE} to {rules.HIGHEST_PRICE:,} dollars.", path=path
        )
    return price


def _check_buyout(buyout: int, price: int, is_auction: bool) -> None:
    if _check_price(buyout, "buyoutPrice") <= price or not is_auction:
        raise InvalidAmount(
            "Only an auction can be bought at a price, and it is above the one where bids start.",
            path="buyoutPrice",
        )


def _check_category(category: Category | None, subcategory: str | None, goods: Goods) -> Category:
    if category is None:
        chosen = rules.category_of(goods.type)
    else:
        try:
            chosen = Category(category)
        except ValueError:
            raise UnknownCategory(path="category") from None
    if subcategory is not None and subcategory not in rules.SUBCATEGORIES[chosen]:
        raise UnknownCategory(path="subcategory", known=list(rules.SUBCATEGORIES[chosen]))
    return chosen
