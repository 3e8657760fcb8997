"""Looking at the market: search, one's own dealings, prices and what to ask.

Every list is read page by page along an index. Statistics stand on the newest 1,000 sales of an
item in the last 30 days; sales between the same two characters count once a day.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from fractions import Fraction
from typing import Annotated, Any

from bson import ObjectId
from pydantic import Field

from desperados.economy import market_rules as rules
from desperados.economy.documents import (
    Hold,
    HoldPurpose,
    MarketBid,
    MarketDay,
    MarketListing,
    MarketListingStatus,
    PriceHistory,
    TradeKind,
    TradeRecord,
)
from desperados.economy.goods import read_good
from desperados.economy.listings import ListingView, listing_view, read_listing
from desperados.economy.market import ItemCode
from desperados.economy.market_rules import Category, Confidence, ListingType
from desperados.economy.sales import settle_listing
from desperados.engine import clock
from desperados.engine.driver import find_all
from desperados.engine.errors import InvalidInput
from desperados.engine.paging import read_page
from desperados.engine.transactions import current_transaction
from desperados.engine.views import Id, Limit, Page, View

MOST_SALES = 1_000
STATISTIC_DAYS = 30

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


class PricePoint(View):
    """The market price of one piece in one hour."""

    item: str
    hour: datetime
    open: int
    high: int
    low: int
    close: int
    volume: int
    sales: int


class SpanStatistics(View):
    """The sales of an item in the last ``hours``; prices are of one piece, rounded."""

    hours: int
    sales: int
    quantity: int
    turnover: int
    lowest: int | None = None
    highest: int | None = None
    median: int | None = None


class ItemStatistics(View):
    """How an item is traded. ``listings`` and ``cheapest`` are of what is offered now."""

    item: str
    listings: int
    cheapest: int | None = None
    spans: list[SpanStatistics]


class SuggestionView(View):
    """What to ask for ``quantity`` pieces, and for one; the range is of one piece."""

    item: str
    quantity: int
    price: int
    unit_price: int
    low: int
    high: int
    confidence: Confidence
    sales: int


class MarketDayView(View):
    """The market on one day (UTC)."""

    day: str
    sales: int
    quantity: int
    turnover: int
    tax: int
    trades: int
    traders: int


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
    after: str | None = None,
) -> Page[ListingView]:
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
        view=lambda row: listing_view(MarketListing.hydrate(row)),
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
    listing = await read_listing(listing_id)
    late = listing.status == MarketListingStatus.ACTIVE and clock.now() >= listing.expires_at
    if late and current_transaction() is None:
        await settle_listing(listing_id)
        listing = await read_listing(listing_id)
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
    after: str | None = None,
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


async def my_bids(actor: ObjectId, *, limit: Limit = 50, after: str | None = None) -> Page[MyBid]:
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
    actor: ObjectId, *, limit: Limit = 50, after: str | None = None
) -> Page[SaleView]:
    """What a character bought from other players, newest first.

    Raises:
        InvalidInput: the limit is not 1 to 100, or the cursor is not one of this list.
    """
    return await _sales({"buyerId": actor}, limit, after)


async def my_sales(
    actor: ObjectId, *, limit: Limit = 50, after: str | None = None
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


async def price_history(
    item: ItemCode, *, limit: Limit = 50, after: str | None = None
) -> Page[PricePoint]:
    """The market prices of an item hour by hour, the last first; hours without a sale are left out.

    Raises:
        UnknownItem: there is no such item.
        InvalidInput: the limit is not 1 to 100, or the cursor is not one of this list.
    """
    await read_good(item)
    return await read_page(
        PriceHistory.collection(),
        {"itemId": item, "locationId": None, "bucket": {"$type": "date"}},
        sort="-bucket",
        limit=limit,
        after=after,
        view=lambda row: PricePoint(
            item=row["itemId"],
            hour=row["bucket"],
            open=row["open"],
            high=row["high"],
            low=row["low"],
            close=row["close"],
            volume=row["volume"],
            sales=row["salesCount"],
        ),
    )


async def item_statistics(item: ItemCode) -> ItemStatistics:
    """How an item was traded in the last day, week and month, and what is offered now.

    Raises:
        UnknownItem: there is no such item.
    """
    await read_good(item)
    now = clock.now()
    kept = rules.without_repeats(await _recent_sales(item, now))
    offered = await find_all(
        MarketListing.collection(),
        {
            "status": MarketListingStatus.ACTIVE.value,
            "itemCode": item,
            "expiresAt": {"$gt": now},
        },
        projection={"currentPrice": 1, "quantity": 1, "soldQuantity": 1},
        sort=[("currentPrice", 1)],
        limit=MOST_SALES,
    )
    units = [
        Fraction(int(row["currentPrice"]), int(row["quantity"]) - int(row.get("soldQuantity") or 0))
        for row in offered
    ]
    return ItemStatistics(
        item=item,
        listings=len(offered),
        cheapest=_whole(min(units)) if units else None,
        spans=[
            _span([sale for sale in kept if now - sale.at <= timedelta(hours=hours)], hours)
            for hours in (24, 7 * 24, STATISTIC_DAYS * 24)
        ],
    )


def _span(sales: list[rules.Sale], hours: int) -> SpanStatistics:
    units = [sale.unit_price for sale in sales]
    return SpanStatistics(
        hours=hours,
        sales=len(sales),
        quantity=sum(sale.quantity for sale in sales),
        turnover=sum(sale.price for sale in sales),
        lowest=_whole(min(units)) if units else None,
        highest=_whole(max(units)) if units else None,
        median=_whole(rules.median(units)) if units else None,
    )


def _whole(price: Fraction) -> int:
    return max(1, round(price))


async def suggest_price(
    item: ItemCode, *, quantity: Annotated[int, Field(ge=1, le=9_999)] = 1
) -> SuggestionView:
    """What to ask for an item, after its sales of the last 30 days.

    The mean price without outliers; without any sale, the base value of the item.

    Raises:
        UnknownItem: there is no such item.
    """
    goods = await read_good(item)
    now = clock.now()
    found = rules.suggest(await _recent_sales(item, now), goods.value, now)
    return SuggestionView(
        item=item,
        quantity=quantity,
        price=max(rules.LOWEST_PRICE, min(rules.HIGHEST_PRICE, found.unit_price * quantity)),
        unit_price=found.unit_price,
        low=found.low,
        high=found.high,
        confidence=found.confidence,
        sales=found.sales,
    )


async def _recent_sales(item: str, now: datetime) -> list[rules.Sale]:
    rows = await find_all(
        TradeRecord.collection(),
        {"itemCode": item, "createdAt": {"$gt": now - timedelta(days=STATISTIC_DAYS)}},
        sort=[("createdAt", -1), ("_id", -1)],
        limit=MOST_SALES,
    )
    return [
        rules.Sale(
            str(row["sellerId"]),
            str(row["buyerId"]),
            row["createdAt"],
            int(row["quantity"]),
            int(row["totalPrice"]),
        )
        for row in rows
    ]


async def market_days(*, limit: Limit = 30, after: str | None = None) -> Page[MarketDayView]:
    """The market day by day, the last full day first.

    Raises:
        InvalidInput: the limit is not 1 to 100, or the cursor is not one of this list.
    """
    return await read_page(
        MarketDay.collection(),
        {},
        sort="-_id",
        limit=limit,
        after=after,
        view=lambda row: MarketDayView(
            day=row["_id"],
            sales=row["sales"],
            quantity=row["quantity"],
            turnover=row["turnover"],
            tax=row["tax"],
            trades=row["trades"],
            traders=row["traders"],
        ),
    )
