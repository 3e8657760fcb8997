"""Market prices: their history, statistics, and what to ask.

Statistics stand on the newest 1,000 sales of an item in the last 30 days; sales between the same
two characters count once a day.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from fractions import Fraction
from typing import Annotated

from pydantic import Field

from desperados.economy.goods import read_good
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
from desperados.engine.views import Cursor, Limit, Page, View
from desperados.vocabulary import ItemCode

MOST_SALES = 1_000
STATISTIC_DAYS = 30


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


async def price_history(
    item: ItemCode, *, limit: Limit = 50, after: Cursor | None = None
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


async def market_days(*, limit: Limit = 30, after: Cursor | None = None) -> Page[MarketDayView]:
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
