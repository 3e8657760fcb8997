"""What is too much in an hour: large movements, fast income, many trades, floods of one item.

Rows are read once and forgotten; what stays in memory is a sum for each who did something. Only of
those whose sums of two hours could be too much are the single rows looked at again, to find the
busiest sixty minutes among them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from bson import ObjectId

from desperados.accounts.audit import id_of
from desperados.economy.watch import rules
from desperados.engine.manifest.reading import spans
from desperados.engine.storage.collection import aggregate_all
from desperados.engine.storage.streams import stream
from desperados.ledger.items.documents import ItemMovement
from desperados.ledger.items.sources import ItemSource
from desperados.ledger.money.documents import Currency, GoldTransaction, TransactionType
from desperados.ledger.money.sources import Source

HOUR = timedelta(hours=1)
BATCH = 100  # rows that are looked at in one turn of the event loop

# What counts as a trade. Each leaves one operation in the wallet of who trades.
TRADES = frozenset(
    {
        Source.PLAYER_TRANSFER, Source.TRADE, Source.MARKET_SALE, Source.SHOP_PURCHASE,
        Source.SHOP_SALE, Source.MERCHANT_PURCHASE, Source.METAL_PURCHASE, Source.METAL_SALE,
    }
)  # fmt: skip
# Money that was there before, under another name.
_NO_INCOME = [Source.OPENING_BALANCE.value, Source.REVERSED_SPENDING.value]
_INCOME = {
    "type": TransactionType.EARN.value,
    "currency": Currency.DOLLARS.value,
    "source": {"$nin": _NO_INCOME},
}
_FIELDS = dict.fromkeys(
    (
        "characterId",
        "type",
        "currency",
        "amount",
        "source",
        "operation",
        "createdAt",
        "seq",
        "balanceBefore",
        "balanceAfter",
    ),
    1,
)

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Flag:
    """Something to look into. ``occasion`` tells it apart from other times of the same thing."""

    pattern: str
    who: ObjectId | None
    amount: int
    detail: str
    occasion: str

    @property
    def id(self) -> ObjectId:
        """The same flag has the same id, whoever raises it and however often."""
        return id_of(f"{self.pattern}|{self.who}|{self.occasion}")


@dataclass(slots=True)
class Seen:
    """Sums of two hours: the income of each character in dollars, and the rows of its trades."""

    incomes: dict[ObjectId, int] = field(default_factory=lambda: defaultdict(int))
    trades: dict[ObjectId, int] = field(default_factory=lambda: defaultdict(int))

    def add(self, rows: Iterable[Row]) -> None:
        """Add some rows."""
        for row in rows:
            if (
                row["type"] == TransactionType.EARN.value
                and row["currency"] == Currency.DOLLARS.value
                and row["source"] not in _NO_INCOME
            ):
                self.incomes[row["characterId"]] += int(row["amount"])
            if row["source"] in TRADES:
                self.trades[row["characterId"]] += 1


async def row_batches(since: datetime, until: datetime) -> AsyncIterator[list[Row]]:
    """The rows of wallets of a time that is over, in their order, as far as alarms look at them."""
    history = GoldTransaction.collection()
    batch: list[Row] = []
    async for start, end in spans(GoldTransaction.collection_name(), since, until):
        async for row in stream(history, _within(start, end), _FIELDS, sort=[("createdAt", 1)]):
            batch.append(row)
            if len(batch) == BATCH:
                yield batch
                batch = []
    if batch:
        yield batch


def large_movements(rows: Iterable[Row]) -> list[Flag]:
    """Each movement of dollars that is large by itself."""
    return [
        Flag(
            "large movement",
            row["characterId"],
            abs(int(row["amount"])),
            f"{int(row['amount']):+,} at once, {row['source']}",
            str(row["_id"]),
        )
        for row in rows
        if abs(int(row["amount"])) > rules.LARGE_MOVEMENT
        and row["currency"] == Currency.DOLLARS.value
        and row["source"] != Source.OPENING_BALANCE.value
    ]


async def busy(seen: Seen, hour: datetime) -> list[Flag]:
    """Who has earned too much or traded too often within an hour that ends in this one."""
    flags = []
    occasion = f"{hour:%Y-%m-%dT%H}"
    for who, total in seen.incomes.items():
        if total > rules.LARGE_HOURLY_INCOME:
            earned = [
                (row["createdAt"], int(row["amount"])) async for row in _rows(who, hour, _INCOME)
            ]
            most = rules.most_within(earned, HOUR, hour)
            if most > rules.LARGE_HOURLY_INCOME:
                flags.append(Flag("fast income", who, most, "earned within an hour", occasion))
    for who, rows in seen.trades.items():
        if rows > rules.MOST_TRADES_AN_HOUR:
            trading = {"source": {"$in": [source.value for source in TRADES]}}
            # A trade leaves a row for each currency.
            traded = {
                row["operation"]: row["createdAt"]
                async for row in _rows(who, hour, trading)
                if row.get("operation") is not None
            }
            most = rules.most_within([(at, 1) for at in traded.values()], HOUR, hour)
            if most > rules.MOST_TRADES_AN_HOUR:
                flags.append(Flag("many trades", who, most, "trades within an hour", occasion))
    return flags


async def floods(hour: datetime) -> list[Flag]:
    """Who has sold much of one item to shops, however many they are."""
    totals: dict[tuple[str, str], int] = defaultdict(int)
    async for row in _sales(hour):
        totals[row["holder"], row["itemId"]] -= int(row["quantity"])
    suspects = {what for what, total in totals.items() if total > rules.MOST_SOLD_AN_HOUR}
    if not suspects:
        return []
    sold: dict[tuple[str, str], list[tuple[datetime, int]]] = defaultdict(list)
    async for row in _sales(hour):
        what = row["holder"], row["itemId"]
        if what in suspects:
            sold[what].append((row["createdAt"], -int(row["quantity"])))
    flags = []
    for (holder, item), pieces in sold.items():
        most = rules.most_within(pieces, HOUR, hour)
        if most > rules.MOST_SOLD_AN_HOUR:
            who = ObjectId(holder.rpartition(":")[2])
            detail = f"pieces of {item} sold within an hour"
            flags.append(Flag("flood", who, most, detail, f"{item}:{hour:%Y-%m-%dT%H}"))
    return flags


async def days_income(hour: datetime) -> list[Flag]:
    """Who has earned too much since midnight (UTC); flagged once in the day."""
    midnight = hour.replace(hour=0)
    earned: dict[ObjectId, int] = defaultdict(int)
    async for since, until in spans(GoldTransaction.collection_name(), midnight, hour + HOUR):
        groups = await aggregate_all(
            GoldTransaction.collection(),
            [
                {"$match": {**_within(since, until), **_INCOME}},
                {"$group": {"_id": "$characterId", "earned": {"$sum": "$amount"}}},
            ],
            hint={"createdAt": 1},  # and not that of the type, which nearly all rows share
        )
        for group in groups:
            earned[group["_id"]] += int(group["earned"])
    return [
        Flag("fast income", who, total, "earned in a day", f"{midnight:%Y-%m-%d}")
        for who, total in earned.items()
        if total > rules.LARGE_DAILY_INCOME
    ]


def _within(since: datetime, until: datetime) -> Row:
    return {"createdAt": {"$gte": since, "$lt": until}}


def _rows(who: ObjectId, hour: datetime, where: Row) -> AsyncIterator[Row]:
    """The rows of one wallet in the hour and the one before it."""
    cursor: AsyncIterator[Row] = GoldTransaction.collection().find(
        {"characterId": who, **_within(hour - HOUR, hour + HOUR), **where},
        {"amount": 1, "operation": 1, "createdAt": 1},
        batch_size=BATCH,
    )
    return cursor


def _sales(hour: datetime) -> AsyncIterator[Row]:
    """What was sold to shops in the hour and the one before it."""
    cursor: AsyncIterator[Row] = ItemMovement.collection().find(
        {"source": ItemSource.SHOP_SALE.value, **_within(hour - HOUR, hour + HOUR)},
        {"holder": 1, "itemId": 1, "quantity": 1, "createdAt": 1},
        batch_size=BATCH,
    )
    return cursor
