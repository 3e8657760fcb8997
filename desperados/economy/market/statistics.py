"""Market prices: their history, statistics, and what to ask.

Statistics stand on the newest 1,000 sales of an item in the last 30 days. Sales between the same
two accounts count once a day, and in what is typical nobody has more than one voice
(``rules.weighed``): friends who sell to each other do not make a price.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Annotated, Any

from pydantic import Field

from desperados.economy.goods import ItemCode, read_good
from desperados.economy.market import rules
from desperados.economy.market.documents import (
    MarketDay,
    MarketListing,
    MarketListingStatus,
    TradeRecord,
)
from desperados.economy.market.rules import Confidence
from desperados.economy.shops.documents import PriceHistory
from desperados.engine import clock
from desperados.engine.storage.collection import find_all
from desperados.engine.storage.indexes import HAS_DATE
from desperados.engine.storage.paging import read_page
from desperados.engine.views import Limit, Page, View

MOST_SALES = 1_000
STATISTIC_DAYS = 30


class PricePoint(View):
    """The market prices of one piece in one hour. ``price`` is the typical one, the others are what
    was paid."""

    item: str
    hour: datetime
    price: int
    open: int
    high: int
    low: int
    close: int
    volume: int
    sales: int


class SpanStatistics(View):
    """The sales of an item in the last ``hours``; prices are of one piece, rounded, without what is
    far off. ``independent`` is how many sales between different people they are worth."""

    hours: int
    sales: int
    independent: int
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
        {"itemId": item, "locationId": None, "bucket": HAS_DATE},
        sort="-bucket",
        limit=limit,
        after=after,
        view=lambda row: PricePoint(
            item=row["itemId"],
            hour=row["bucket"],
            price=row["price"],
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
    weighed = rules.weighed(sales)
    prices = rules.without_outliers(weighed)
    return SpanStatistics(
        hours=hours,
        sales=len(sales),
        independent=int(rules.weight_of(weighed)),
        quantity=sum(sale.quantity for sale in sales),
        turnover=sum(sale.price for sale in sales),
        lowest=_whole(prices[0][0]) if prices else None,
        highest=_whole(prices[-1][0]) if prices else None,
        median=typical_price(weighed) if prices else None,
    )


def typical_price(prices: rules.Weighed) -> int:
    """The median of unit prices that were weighed, without what is far off; at least a dollar."""
    return _whole(rules.quantile(rules.without_outliers(prices), Fraction(1, 2)))


def _whole(price: Fraction) -> int:
    return max(1, round(price))


async def suggest_price(
    item: ItemCode, *, quantity: Annotated[int, Field(ge=1, le=9_999)] = 1
) -> SuggestionView:
    """What to ask for an item, after its sales of the last 30 days.

    The median price, in which nobody has more than one voice. From the base value of the item it
    goes up by a half, or down by a third, for each sale between others than those of the sales
    before, at most. Without any sale it is the base value.

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
    return [sale_of(row) for row in rows]


def sale_of(row: Mapping[str, Any]) -> rules.Sale:
    """The sale in a stored record. Where that does not know the accounts, it is the characters."""
    return rules.Sale(
        str(row.get("sellerUserId") or row["sellerId"]),
        str(row.get("buyerUserId") or row["buyerId"]),
        row["createdAt"],
        int(row["quantity"]),
        int(row["totalPrice"]),
    )


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
