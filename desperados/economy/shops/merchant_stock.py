"""What wandering merchants have with them, and the deliveries that fill it up."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from bson import ObjectId

from desperados.economy.errors import OutOfStock
from desperados.economy.goods import Goods
from desperados.economy.shops.documents import Merchant, MerchantStock
from desperados.economy.shops.shelves import after_delivery
from desperados.engine import clock
from desperados.engine.commands import command
from desperados.engine.errors import Contention
from desperados.engine.staging import StagedUpdate
from desperados.engine.storage.reads import Read
from desperados.engine.transactions import stage

WEEK_HOURS = 168


def stock_of(trader: Merchant, good: Goods) -> Read[dict[str, Any] | None]:
    """The row of a merchant's stock of an item, if he carries it."""
    return Read(
        MerchantStock,
        {"merchantId": trader.merchant_id, "itemId": good.code},
        lambda rows: rows[0] if rows else None,
    )


def take_stock(row: dict[str, Any], quantity: int) -> int:
    """Stage ``quantity`` fewer in a merchant's stock, after the deliveries that are due.

    Returns what is left. Outcomes of the update: taken; not found or a write conflict, when another
    customer was quicker (the transaction runs again, and may find the stock empty).
    """
    there, restocks_at = delivered(row)
    if there < quantity:
        raise OutOfStock(left=there, needed=quantity)
    _write(row, there - quantity, restocks_at)
    return there - quantity


def _write(row: dict[str, Any], quantity: int, restocks_at: datetime) -> None:
    stage(
        StagedUpdate(
            MerchantStock.collection_name(),
            {"_id": row["_id"], "quantity": row["quantity"], "restocksAt": row["restocksAt"]},
            {"$set": {"quantity": quantity, "restocksAt": restocks_at}},
            otherwise=Contention(retry_after=1),
        )
    )


def delivered(row: dict[str, Any]) -> tuple[int, datetime]:
    """What the merchant has after the deliveries up to now, and when the next one comes."""
    quantity = int(row["quantity"])
    full = row.get("initialQuantity")
    period = timedelta(hours=int(row.get("periodHours") or WEEK_HOURS))
    return after_delivery(
        quantity, quantity if full is None else int(full), row["restocksAt"], period, clock.now()
    )


@command
async def deliver_to_merchant(stock_id: ObjectId) -> None:
    """Fill up one row of a merchant's stock, if a delivery is due; for the job."""
    row = await MerchantStock.collection().find_one({"_id": stock_id})
    if row is not None and row["restocksAt"] <= clock.now():
        _write(row, *delivered(row))
