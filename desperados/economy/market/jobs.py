"""Due work of the market: settlements, deliveries, events, prices and days.

All of it may be late and may be done by any number of workers: settlements and deliveries are
guarded by what they change, the rest is keyed by its hour or day.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

from desperados.economy.market.buying import settle_listing
from desperados.economy.market.documents import (
    MarketDay,
    MarketListing,
    MarketListingStatus,
    TradeKind,
    TradeRecord,
)
from desperados.economy.market.turns import tick
from desperados.economy.shops.documents import MerchantStock, PriceHistory, ShopStock
from desperados.economy.shops.merchant_stock import deliver_to_merchant
from desperados.economy.shops.places import hour_of
from desperados.economy.shops.shelves import deliver_to_shop
from desperados.economy.trades.documents import TradeSession, TradeSessionStatus
from desperados.economy.trades.service import expire_trade
from desperados.engine import clock
from desperados.engine.storage.streams import stream
from desperados.engine.transactions import SETTLING_IN
from desperados.engine.work import DueJob, Lane, PeriodicJob

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


async def record_prices(period: datetime) -> None:
    """Write the market price of each item that was sold in the hour before ``period``.

    Done again it writes the same. Prices are of one piece, rounded.
    """
    hour = hour_of(period) - HOUR
    points: dict[str, dict[str, int]] = {}
    async for row in _sales(hour, hour + HOUR):
        if row.get("itemCode") is None or not row["totalPrice"]:
            continue
        price = max(1, round(int(row["totalPrice"]) / int(row["quantity"])))
        point = points.setdefault(
            row["itemCode"],
            {"open": price, "high": price, "low": price, "volume": 0, "salesCount": 0},
        )
        point["high"] = max(point["high"], price)
        point["low"] = min(point["low"], price)
        point["close"] = point["price"] = price
        point["volume"] += int(row["quantity"])
        point["salesCount"] += 1
    for item, point in points.items():
        await PriceHistory.collection().update_one(
            {"itemId": item, "locationId": None, "bucket": hour},
            {"$set": {**point, "supply": 0, "demand": 0, "recordedAt": hour}},
            upsert=True,
        )


async def record_day(period: datetime) -> None:
    """Write the market's day before ``period``. Done again it writes the same."""
    day = period.replace(hour=0, minute=0, second=0, microsecond=0) - DAY
    totals = {"sales": 0, "quantity": 0, "turnover": 0, "tax": 0, "trades": 0}
    traders = set()
    async for row in _sales(day, day + DAY):
        traders |= {row["sellerId"], row["buyerId"]}
        if row["transactionType"] == TradeKind.DIRECT_TRADE.value:
            totals["trades"] += 1
            continue
        totals["sales"] += 1
        totals["quantity"] += int(row["quantity"])
        totals["turnover"] += int(row["totalPrice"])
        totals["tax"] += int(row["taxPaid"])
    await MarketDay.collection().update_one(
        {"_id": day.strftime("%Y-%m-%d")},
        {"$set": {**totals, "traders": len(traders), "recordedAt": clock.now()}},
        upsert=True,
    )


def _sales(since: datetime, until: datetime) -> AsyncIterator[dict[str, Any]]:
    """The records of a span, in their order."""
    span = {"createdAt": {"$gte": since, "$lt": until}}
    return stream(TradeRecord.collection(), span, sort=[("createdAt", 1), ("_id", 1)])


JOBS = (
    DueJob(
        "market_settlement",
        MarketListing.collection_name(),
        due="expiresAt",
        settle=settle_listing,
        # Listings that another program made have no revision and nothing in escrow.
        where={"status": MarketListingStatus.ACTIVE.value, "revision": {"$gt": 0}},
    ),
    DueJob(
        "trade_expiry",
        TradeSession.collection_name(),
        due="expiresAt",
        settle=expire_trade,
        where={"status": TradeSessionStatus.OPEN.value},
    ),
    # Whoever comes to a shelf or merchant first has the delivery made: no hurry.
    DueJob(
        "merchant_delivery",
        MerchantStock.collection_name(),
        due="restocksAt",
        settle=deliver_to_merchant,
        poll=MINUTE,
    ),
    DueJob(
        "shop_delivery",
        ShopStock.collection_name(),
        due="restocksAt",
        settle=deliver_to_shop,
        poll=MINUTE,
    ),
    PeriodicJob("market_events", HOUR, tick),
    PeriodicJob("market_prices", HOUR, record_prices, offset=SETTLING_IN, lane=Lane.BACKGROUND),
    PeriodicJob("market_day", DAY, record_day, offset=SETTLING_IN, lane=Lane.BACKGROUND),
)
