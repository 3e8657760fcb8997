"""Looking at the market: search, a listing, one's own dealings.

Every list is read page by page along an index.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

from bson import ObjectId
from pydantic import Field

from desperados.economy.market import rules
from desperados.economy.market.buying import settle_listing
from desperados.economy.market.documents import (
    MarketBid,
    MarketListing,
    MarketListingStatus,
    TradeKind,
    TradeRecord,
)
from desperados.economy.market.listings import (
    ListingView,
    PublicListing,
    listing_view,
    public_listing,
    read_listing,
)
from desperados.economy.market.rules import Category, ListingType
from desperados.engine import clock
from desperados.engine.ambient import current_transaction
from desperados.engine.errors import InvalidInput
from desperados.engine.storage.paging import read_page
from desperados.engine.views import Cursor, Id, Limit, Page, View
from desperados.ledger.money.documents import Hold, HoldPurpose
from desperados.vocabulary import ItemCode

SearchText = Annotated[
    str, Field(min_length=rules.SHORTEST_TEXT, max_length=rules.LONGEST_TEXT, examples=["navy"])
]
PriceBound = Annotated[int, Field(ge=0, le=rules.HIGHEST_PRICE * 2)]


class ListingSort(StrEnum):
    """In which order a search shows what it finds."""

    NEWEST = "newest"
    ENDING = "ending"
    CHEAPEST = "cheapest"
    DEAREST = "dearest"
    MOST_BIDS = "most_bids"


_ORDER = {
    ListingSort.NEWEST: "-createdAt",
    ListingSort.ENDING: "expiresAt",
    ListingSort.CHEAPEST: "currentPrice",
    ListingSort.DEAREST: "-currentPrice",
    ListingSort.MOST_BIDS: "-bidCount",
}


class BidLine(View):
    """One bid. Who made it is told to the seller and to the bidder."""

    amount: int
    at: datetime
    bidder_id: Id | None = None


class ListingDetails(View):
    """A listing with its last bids, newest first, and what was offered as it looked then."""

    listing: ListingView
    bids: list[BidLine]
    snapshot: dict[str, Any]


class MyBid(View):
    """A bid of one's own. ``held`` is what lies in escrow for it now; 0 means it was outbid."""

    listing: ListingView | None
    held: int
    made_at: datetime


class SaleView(View):
    """Goods that changed hands on the market. ``net`` is what the seller kept."""

    id: Id
    kind: TradeKind
    listing_id: Id | None = None
    seller_id: Id
    buyer_id: Id
    item: str | None = None
    quantity: int
    price: int
    tax: int
    net: int
    at: datetime


async def search_listings(
    *,
    text: SearchText | None = None,
    item: ItemCode | None = None,
    category: Category | None = None,
    subcategory: Annotated[str, Field(max_length=40)] | None = None,
    rarity: Annotated[str, Field(max_length=40)] | None = None,
    kind: ListingType = ListingType.BOTH,
    lowest: PriceBound | None = None,
    highest: PriceBound | None = None,
    seller_id: ObjectId | None = None,
    featured: bool | None = None,
    sort: ListingSort = ListingSort.NEWEST,
    limit: Limit = 50,
    after: Cursor | None = None,
) -> Page[PublicListing]:
    """What is offered now. All conditions must hold; prices are the current ones of the lot.

    ``text`` finds names by the beginnings of their words. An auction that can be bought at a price
    is found as one and as a fixed price.

    Raises:
        InvalidInput: the limit is not 1 to 100, the cursor is not one of this list, or the text
            has no letter or digit.
    """
    where: dict[str, Any] = {"status": MarketListingStatus.ACTIVE.value}
    conditions: list[dict[str, Any]] = [{"expiresAt": {"$gt": clock.now()}}]
    if text is not None:
        first, *others = _terms(text)
        where["terms"] = first
        conditions += [{"terms": term} for term in others]
    equal = {
        "itemCode": item,
        "category": None if category is None else Category(category).value,
        "subcategory": subcategory,
        "rarity": rarity,
        "sellerId": seller_id,
        "featured": featured,
    }
    where |= {name: value for name, value in equal.items() if value is not None}
    bounds = {"$gte": lowest, "$lte": highest}
    price = {operator: value for operator, value in bounds.items() if value is not None}
    if price:
        conditions.append({"currentPrice": price})
    if kind is ListingType.AUCTION:
        where["isAuction"] = True
    elif kind is ListingType.FIXED:
        conditions.append({"$or": [{"isAuction": False}, {"buyoutPrice": {"$gt": 0}}]})
    return await read_page(
        MarketListing.collection(),
        {**where, "$and": conditions},
        sort=_ORDER[ListingSort(sort)],
        limit=limit,
        after=after,
        view=lambda row: public_listing(MarketListing.hydrate(row)),
    )


def _terms(text: str) -> list[str]:
    terms = rules.query_terms(text) if isinstance(text, str) else []
    if not terms or not rules.SHORTEST_TEXT <= len(text) <= rules.LONGEST_TEXT:
        raise InvalidInput("A text to search for has 2 to 100 characters.", path="text")
    return terms


async def get_listing(actor: ObjectId, listing_id: ObjectId) -> ListingDetails:
    """A listing with its last bids. One whose time is over is settled first.

    Raises:
        ListingNotFound: there is no such listing.
    """
    listing, now = await read_listing(listing_id)
    late = listing.status == MarketListingStatus.ACTIVE and now >= listing.expires_at
    if late and current_transaction() is None:
        await settle_listing(listing_id)
        listing, _ = await read_listing(listing_id)
    return ListingDetails(
        listing=listing_view(listing, actor),
        bids=[_bid_line(bid, actor, listing.seller_id) for bid in reversed(listing.bids)],
        snapshot={
            name: value
            for name, value in (listing.item_snapshot or {}).items()
            if not isinstance(value, ObjectId)
        },
    )


def _bid_line(bid: MarketBid, viewer: ObjectId, seller: ObjectId) -> BidLine:
    told = viewer in (seller, bid.bidder_id)
    return BidLine(amount=bid.amount, at=bid.at, bidder_id=bid.bidder_id if told else None)


async def my_listings(
    actor: ObjectId,
    *,
    status: MarketListingStatus | None = None,
    limit: Limit = 50,
    after: Cursor | None = None,
) -> Page[ListingView]:
    """The listings of a character, newest first.

    Raises:
        InvalidInput: the limit is not 1 to 100, or the cursor is not one of this list.
    """
    where: dict[str, Any] = {"sellerId": actor, "revision": {"$gt": 0}}
    if status is not None:
        where["status"] = MarketListingStatus(status).value
    return await read_page(
        MarketListing.collection(),
        where,
        sort="-createdAt",
        limit=limit,
        after=after,
        view=lambda row: listing_view(MarketListing.hydrate(row), actor),
    )


async def my_bids(
    actor: ObjectId, *, limit: Limit = 50, after: Cursor | None = None
) -> Page[MyBid]:
    """The auctions that a character bid for, the last first; raises of one's own are one bid.

    Raises:
        InvalidInput: the limit is not 1 to 100, or the cursor is not one of this list.
    """
    page = await read_page(
        Hold.collection(),
        {"ownerId": actor, "purpose": HoldPurpose.BID.value},
        sort="-createdAt",
        limit=limit,
        after=after,
        view=lambda row: row,
    )
    references = list({hold["reference"] for hold in page.items})
    rows = await MarketListing.load_many(
        {"_id": {"$in": references}}, limit=max(1, len(references))
    )
    listings = {listing.id: listing for listing in rows}
    return Page(
        items=[
            MyBid(
                listing=(
                    listing_view(listings[hold["reference"]], actor)
                    if hold["reference"] in listings
                    else None
                ),
                held=int((hold.get("held") or {}).get("dollars", 0)),
                made_at=hold["createdAt"],
            )
            for hold in page.items
        ],
        next=page.next,
    )


async def my_purchases(
    actor: ObjectId, *, limit: Limit = 50, after: Cursor | None = None
) -> Page[SaleView]:
    """What a character bought from other players, newest first.

    Raises:
        InvalidInput: the limit is not 1 to 100, or the cursor is not one of this list.
    """
    return await _sales({"buyerId": actor}, limit, after)


async def my_sales(
    actor: ObjectId, *, limit: Limit = 50, after: Cursor | None = None
) -> Page[SaleView]:
    """What a character sold to other players, newest first.

    Raises:
        InvalidInput: the limit is not 1 to 100, or the cursor is not one of this list.
    """
    return await _sales({"sellerId": actor}, limit, after)


async def _sales(where: dict[str, Any], limit: int, after: str | None) -> Page[SaleView]:
    return await read_page(
        TradeRecord.collection(),
        where,
        sort="-createdAt",
        limit=limit,
        after=after,
        view=lambda row: SaleView(
            id=row["_id"],
            kind=row["transactionType"],
            listing_id=row.get("listingId"),
            seller_id=row["sellerId"],
            buyer_id=row["buyerId"],
            item=row.get("itemCode"),
            quantity=int(row["quantity"]),
            price=int(row["totalPrice"]),
            tax=int(row["taxPaid"]),
            net=int(row["totalPrice"]) - int(row["taxPaid"]),
            at=row["createdAt"],
        ),
    )
