"""Alarms: what moved in the last hour, looked at by a job, and what is not as it should be.

An hour's rows are judged by the thresholds of ``watch_rules``. What passes one is flagged: a row in
the audit log that staff can list. A flag locks nobody, people do (``locks``). The exception is a
chain of a wallet that is broken: somebody has changed money behind the ledger, every further trade
would spread it, and the character is barred from trade at once.

Each alarm is named by what it is about, so that an hour that is looked at twice raises it once.

Limits: memory grows with the rows of two hours; income of a day is that of the UTC day.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog
from bson import ObjectId

from desperados.accounts.acts import note_act
from desperados.accounts.documents import AuditLog
from desperados.characters.documents import Character
from desperados.economy.shops.places import hour_of
from desperados.economy.watch import chains, locks, rules
from desperados.economy.watch.chains import Break
from desperados.engine import clock
from desperados.engine.collection import aggregate_all
from desperados.engine.paging import read_page
from desperados.engine.transactions import snapshot, transactional
from desperados.engine.views import Id, Limit, Page, View
from desperados.ledger.items.documents import ItemMovement
from desperados.ledger.items.sources import ItemSource
from desperados.ledger.money import supply
from desperados.ledger.money.documents import Currency, GoldTransaction, TransactionType
from desperados.ledger.money.sources import Source

HOUR = timedelta(hours=1)
FLAG = "ECONOMY_FLAG"
BROKEN_CHAIN = "broken chain"
WRONG_SUPPLY = "wrong supply"
BATCH = 1000

# What counts as a trade. Each leaves one operation in the wallet of who trades.
TRADES = frozenset(
    {
        Source.PLAYER_TRANSFER, Source.TRADE, Source.MARKET_SALE, Source.SHOP_PURCHASE,
        Source.SHOP_SALE, Source.MERCHANT_PURCHASE, Source.METAL_PURCHASE, Source.METAL_SALE,
    }
)  # fmt: skip
# Money that was there before, under another name.
_NO_INCOME = [Source.OPENING_BALANCE.value, Source.REVERSED_SPENDING.value]

log = structlog.get_logger(__name__)


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
        name = f"{self.pattern}|{self.who}|{self.occasion}"
        return ObjectId(hashlib.sha256(name.encode()).digest()[:12])


class FlagView(View):
    """Something that the hourly look has found. ``character_id`` is null where nobody's is."""

    id: Id
    pattern: str
    character_id: Id | None
    amount: int
    detail: str
    created_at: datetime


async def list_flags(*, limit: Limit = 50, after: str | None = None) -> Page[FlagView]:
    """What the hourly look at the economy has flagged, newest first.

    Raises:
        InvalidInput: the limit is not 1 to 100, or the cursor is not one of this list.
    """
    return await read_page(
        AuditLog.collection(),
        {"action": FLAG},
        sort="-createdAt",
        limit=limit,
        after=after,
        view=lambda row: FlagView(
            id=row["_id"],
            pattern=row["details"]["pattern"],
            character_id=row.get("characterId"),
            amount=row["details"]["amount"],
            detail=row["details"]["detail"],
            created_at=row["createdAt"],
        ),
    )


async def look(period: datetime) -> None:
    """Look at the hour before ``period``, which must be over for everybody; for the job."""
    hour = hour_of(period) - HOUR
    async with snapshot():
        seen = await _read(hour)
        flags = [*seen.flags(hour), *await _floods(hour), *await _days_income(hour)]
        breaks = await chains.check_rows(seen.rows)
    await raise_alarms(flags, breaks)


async def reconcile(period: datetime) -> None:
    """Compare every wallet with its last row, and the supply with what was made; for the job.

    It corrects nothing: what is wrong stays to be seen.
    """
    day = f"{period:%Y-%m-%d}"
    async with snapshot():
        breaks = [found async for found in chains.check_wallets()]
        flags = [
            Flag(
                WRONG_SUPPLY, None, off, f"{off:+} {currency.value} are unexplained",
                f"{day}:{currency.value}",
            )
            for currency, off in (await supply.unexplained()).items()
            if off
        ]  # fmt: skip
    await raise_alarms(flags, breaks)


async def raise_alarms(flags: Iterable[Flag], breaks: Iterable[Break]) -> None:
    """Flag what was found, and bar from trade whose chain is broken."""
    for flag in flags:
        await _raise(flag)
    for found in breaks:
        await _raise(
            Flag(
                BROKEN_CHAIN,
                found.character_id,
                found.amount,
                found.problem,
                f"{found.currency}:{found.sequence}",
            ),
            locks_trade=True,
        )


@transactional
async def _raise(flag: Flag, *, locks_trade: bool = False) -> None:
    """Leave the row of a flag, if it is not there yet."""
    if await AuditLog.collection().find_one({"_id": flag.id}, {"_id": 1}) is not None:
        return
    if locks_trade and flag.who is not None:
        alive = {"_id": flag.who, "deletedAt": None}
        if await Character.collection().find_one(alive, {"_id": 1}) is not None:
            locks.bar(flag.who, clock.now() + locks.LONGEST)
    details = {"pattern": flag.pattern, "amount": flag.amount, "detail": flag.detail}
    note_act(None, FLAG, details, character_id=flag.who, act_id=flag.id)
    log.warning("economy_flag", character=str(flag.who), **details)


@dataclass(slots=True)
class _Seen:
    """The rows of an hour, and what happened in it and the hour before."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    incomes: dict[ObjectId, list[tuple[datetime, int]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    trades: dict[ObjectId, dict[ObjectId, datetime]] = field(
        default_factory=lambda: defaultdict(dict)
    )

    def add(self, row: dict[str, Any]) -> None:
        """Sort one row in."""
        who = row["characterId"]
        dollars = row["currency"] == Currency.DOLLARS.value
        if (
            dollars
            and row["type"] == TransactionType.EARN.value
            and row["source"] not in _NO_INCOME
        ):
            self.incomes[who].append((row["createdAt"], int(row["amount"])))
        if row["source"] in TRADES and row.get("operation") is not None:
            self.trades[who][row["operation"]] = row["createdAt"]

    def flags(self, hour: datetime) -> Iterable[Flag]:
        """What is too much, where the hour from ``hour`` on has made it so."""
        for row in self.rows:
            amount = abs(int(row["amount"]))
            if (
                amount > rules.LARGE_MOVEMENT
                and row["currency"] == Currency.DOLLARS.value
                and row["source"] != Source.OPENING_BALANCE.value
            ):
                detail = f"{int(row['amount']):+,} at once, {row['source']}"
                yield Flag("large movement", row["characterId"], amount, detail, str(row["_id"]))
        for who, earned in self.incomes.items():
            most = rules.most_within(earned, HOUR, hour)
            if most > rules.LARGE_HOURLY_INCOME:
                yield Flag("fast income", who, most, "earned within an hour", f"{hour:%Y-%m-%dT%H}")
        for who, traded in self.trades.items():
            most = rules.most_within([(at, 1) for at in traded.values()], HOUR, hour)
            if most > rules.MOST_TRADES_AN_HOUR:
                yield Flag("many trades", who, most, "trades within an hour", f"{hour:%Y-%m-%dT%H}")


async def _read(hour: datetime) -> _Seen:
    seen = _Seen()
    cursor = GoldTransaction.collection().find(
        {"createdAt": {"$gte": hour - HOUR, "$lt": hour + HOUR}},
        sort=[("createdAt", 1)],
        batch_size=BATCH,
    )
    async for row in cursor:
        seen.add(row)
        if row["createdAt"] >= hour:
            seen.rows.append(row)
    return seen


async def _floods(hour: datetime) -> list[Flag]:
    """Who has sold much of one item to shops, however many they are."""
    sold: dict[tuple[str, str], list[tuple[datetime, int]]] = defaultdict(list)
    rows = ItemMovement.collection().find(
        {
            "source": ItemSource.SHOP_SALE.value,
            "createdAt": {"$gte": hour - HOUR, "$lt": hour + HOUR},
        },
        {"holder": 1, "itemId": 1, "quantity": 1, "createdAt": 1},
        batch_size=BATCH,
    )
    async for row in rows:
        sold[row["holder"], row["itemId"]].append((row["createdAt"], -int(row["quantity"])))
    flags = []
    for (holder, item), pieces in sold.items():
        most = rules.most_within(pieces, HOUR, hour)
        if most > rules.MOST_SOLD_AN_HOUR:
            who = ObjectId(holder.rpartition(":")[2])
            detail = f"pieces of {item} sold within an hour"
            flags.append(Flag("flood", who, most, detail, f"{item}:{hour:%Y-%m-%dT%H}"))
    return flags


async def _days_income(hour: datetime) -> list[Flag]:
    """Who has earned too much since midnight (UTC); flagged once in the day."""
    midnight = hour.replace(hour=0)
    rows = await aggregate_all(
        GoldTransaction.collection(),
        [
            {
                "$match": {
                    "createdAt": {"$gte": midnight, "$lt": hour + HOUR},
                    "type": TransactionType.EARN.value,
                    "currency": Currency.DOLLARS.value,
                    "source": {"$nin": _NO_INCOME},
                }
            },
            {"$group": {"_id": "$characterId", "earned": {"$sum": "$amount"}}},
            {"$match": {"earned": {"$gt": rules.LARGE_DAILY_INCOME}}},
        ],
    )
    return [
        Flag(
            "fast income", row["_id"], int(row["earned"]), "earned in a day", f"{midnight:%Y-%m-%d}"
        )
        for row in rows
    ]
