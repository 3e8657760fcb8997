"""The shelves of shops, and what one customer may still move there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bson import ObjectId

from desperados.economy.goods import Goods
from desperados.economy.shops import pricing
from desperados.economy.shops.documents import Shop, ShopCustomer, ShopStock
from desperados.economy.shops.places import WINDOW_HOURS, hour_of
from desperados.engine import clock
from desperados.engine.commands import command
from desperados.engine.errors import Contention, LimitExceeded
from desperados.engine.staging import StagedInsert, StagedUpdate
from desperados.engine.storage.collection import find_all
from desperados.engine.storage.reads import Read
from desperados.engine.transactions import stage
from desperados.world.places import Place

MOST_SHELVES = 500
PERIOD = timedelta(hours=pricing.RESTOCK_HOURS)


@dataclass(slots=True)
class Shelf:
    """What a shop has of one item. ``stored`` is the row that was read; a new shelf has none."""

    id: str
    shop: str
    item: str
    quantity: int
    full: int
    restocks_at: datetime
    stored: dict[str, Any] | None

    def add(self, pieces: int) -> None:
        """Stage ``pieces`` more (negative: fewer).

        Outcomes: changed; not found or a write conflict, when another customer was quicker (the
        transaction runs again).
        """
        self.quantity += pieces
        fields = {"quantity": self.quantity, "restocksAt": self.restocks_at}
        if self.stored is None:
            row = {
                "_id": self.id,
                "shopId": self.shop,
                "itemId": self.item,
                "initialQuantity": self.full,
                **fields,
            }
            stage(StagedInsert(ShopStock.collection_name(), row))
            return
        before = {name: self.stored[name] for name in ("quantity", "restocksAt")}
        stage(
            StagedUpdate(
                ShopStock.collection_name(),
                {"_id": self.id, **before},
                {"$set": fields},
                otherwise=Contention(retry_after=1),
            )
        )


def shelf_of(shop: Shop, good: Goods, *, bought_in: bool = False) -> Read[Shelf | None]:
    """The shelf of an item, after a delivery that is due, or None if the shop has none.

    What a shop does not list it still sells while it has some that it bought. ``bought_in`` makes
    room for such goods.
    """

    def made(rows: list[dict[str, Any]]) -> Shelf | None:
        if rows:
            return _delivered(rows[0])
        listed = good.code in shop.item_ids
        if not listed and not bought_in:
            return None
        full = pricing.shelf_size(good.value) if listed else 0
        return Shelf(
            _shelf_id(shop, good.code),
            shop.shop_id,
            good.code,
            full,
            full,
            clock.now() + PERIOD,
            None,
        )

    return Read(ShopStock, {"_id": _shelf_id(shop, good.code)}, made)


async def read_shelves(shop: Shop) -> dict[str, Shelf]:
    """The shelves of a shop that anybody has touched."""
    rows = await find_all(ShopStock.collection(), {"shopId": shop.shop_id}, limit=MOST_SHELVES)
    return {row["itemId"]: _delivered(row) for row in rows}


def _shelf_id(shop: Shop, item: str) -> str:
    return f"{shop.shop_id}:{item}"


def _delivered(row: dict[str, Any]) -> Shelf:
    quantity, restocks_at = after_delivery(
        int(row["quantity"]), int(row["initialQuantity"]), row["restocksAt"], PERIOD, clock.now()
    )
    return Shelf(
        row["_id"],
        row["shopId"],
        row["itemId"],
        quantity,
        int(row["initialQuantity"]),
        restocks_at,
        row,
    )


def after_delivery(
    quantity: int, full: int, restocks_at: datetime, period: timedelta, now: datetime
) -> tuple[int, datetime]:
    """What is there after the deliveries up to ``now``, and when the next one comes.

    A delivery fills up and takes nothing away; late ones come at the times when they were due.
    """
    if now < restocks_at:
        return quantity, restocks_at
    missed = (now - restocks_at) // period + 1
    return max(quantity, full), restocks_at + missed * period


@dataclass(slots=True)
class Customer:
    """What a character traded of one item at one place: in 24 hours, and sold in this hour."""

    id: str
    hours: list[dict[str, Any]]
    revision: int
    now: datetime

    @property
    def bought(self) -> int:
        """Pieces bought in the last 24 hours."""
        return sum(int(hour["bought"]) for hour in self.hours)

    @property
    def sold(self) -> int:
        """Pieces sold in the last 24 hours."""
        return sum(int(hour["sold"]) for hour in self.hours)

    def require_may_sell(self, quantity: int) -> None:
        """Refuse to flood the shop.

        Raises:
            LimitExceeded: more than 200 pieces in the hour.
        """
        hour = hour_of(self.now)
        sold = sum(int(entry["sold"]) for entry in self.hours if entry["hour"] == hour)
        if sold + quantity > pricing.SOLD_AN_HOUR:
            raise LimitExceeded(
                f"At most {pricing.SOLD_AN_HOUR} pieces of one item in an hour.",
                limit=pricing.SOLD_AN_HOUR,
                used=sold,
            )

    def note(self, *, bought: int = 0, sold: int = 0) -> None:
        """Stage a trade. Only the customer's own trades meet here."""
        hour = hour_of(self.now)
        kept = [entry for entry in self.hours if entry["hour"] != hour]
        current = next(
            (entry for entry in self.hours if entry["hour"] == hour), {"bought": 0, "sold": 0}
        )
        entry = {
            "hour": hour,
            "bought": int(current["bought"]) + bought,
            "sold": int(current["sold"]) + sold,
        }
        fields = {
            "hours": [*kept, entry],
            "revision": self.revision + 1,
            "expiresAt": hour + timedelta(hours=WINDOW_HOURS + 1),
        }
        collection = ShopCustomer.collection_name()
        if self.revision == 0:
            stage(StagedInsert(collection, {"_id": self.id, **fields}))
            return
        stage(
            StagedUpdate(
                collection,
                {"_id": self.id, "revision": self.revision},
                {"$set": fields},
                otherwise=Contention(retry_after=1),
            )
        )


def customer_of(character_id: ObjectId, place: Place, item: str) -> Read[Customer]:
    """What a character traded of ``item`` at ``place``."""
    identity = f"{character_id}:{place.code}:{item}"

    def made(rows: list[dict[str, Any]]) -> Customer:
        now = clock.now()
        since = hour_of(now) - timedelta(hours=WINDOW_HOURS - 1)
        hours = [hour for row in rows for hour in row.get("hours", ()) if hour["hour"] >= since]
        return Customer(identity, hours, int(rows[0]["revision"]) if rows else 0, now)

    return Read(ShopCustomer, {"_id": identity}, made)


@command
async def deliver_to_shop(shelf_id: str) -> None:
    """Fill up one shelf, if a delivery is due; for the job."""
    row = await ShopStock.collection().find_one({"_id": shelf_id})
    if row is not None and row["restocksAt"] <= clock.now():
        _delivered(row).add(0)
