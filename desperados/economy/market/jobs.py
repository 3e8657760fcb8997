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
from desperados.economy.market.rules import Sale, weighed, without_repeats
from desperados.economy.market.statistics import sale_of, typical_price
from desperados.economy.market.turns import tick
from desperados.economy.shops.documents import MerchantStock, PriceHistory, ShopStock
from desperados.economy.shops.merchant_stock import deliver_to_merchant
from desperados.economy.shops.places import hour_of
from desperados.economy.shops.shelves import deliver_to_shop
from desperados.economy.trades.documents import TradeSession, TradeSessionStatus
from desperados.economy.trades.service import expire_trade
from desperados.engine import clock, dice
from desperados.engine.storage.streams import stream
from desperados.engine.transactions import SETTLING_IN
from desperados.engine.work import DueJob, Lane, PeriodicJob

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


async def record_prices(period: datetime) -> None:
    """Write the market prices of each item that was sold in the hour before ``period``.

    Done again it writes the same. Prices are of one piece, rounded: what was paid, and the typical
    one, in which nobody has more than one voice.
    """
    hour = hour_of(period) - HOUR
    sales: dict[str, list[Sale]] = {}
    async for row in _sales(hour, hour + HOUR):
        if row.get("itemCode") is not None and row["totalPrice"]:
            sales.setdefault(row["itemCode"], []).append(sale_of(row))
    for item, sold in sales.items():
        paid = [max(1, round(sale.unit_price)) for sale in sold]
        point = {
            "open": paid[0],
            "high": max(paid),
            "low": min(paid),
            "close": paid[-1],
            "price": typical_price(weighed(without_repeats(sold))),
            "volume": sum(sale.quantity for sale in sold),
            "salesCount": len(sold),
        }
        await PriceHistory.collection().update_one(
            {"itemId": item, "locationId": None, "bucket": hour},
            {
                "$set": {**point, "supply": 0, "demand": 0, "recordedAt": hour},
                "$setOnInsert": {"_id": dice.new_id()},
            },
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
