"""The economy, watched: what money there is, where it comes from and goes, and what looks odd.

A report covers a window of at most ``LONGEST_WINDOW`` days, reads the rows of that window once, in
the order of an index, and one number for each account. It is a report for staff, not a page for
players.
"""

from __future__ import annotations

import asyncio
import heapq
from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from bson import ObjectId
from pydantic import Field

from desperados.characters.documents import Character
from desperados.economy.shops.documents import PriceHistory
from desperados.economy.watch import rules
from desperados.economy.wealth import owner_of
from desperados.engine import clock
from desperados.engine.errors import InvalidInput
from desperados.engine.game import collection_of
from desperados.engine.manifest.reading import MOMENT, spans
from desperados.engine.storage.collection import find_all
from desperados.engine.storage.streams import in_order, stream
from desperados.engine.transactions import snapshot
from desperados.engine.views import View
from desperados.ledger.money.accounts import BOOKS
from desperados.ledger.money.documents import AccountEntry, Currency, GoldTransaction
from desperados.ledger.money.sources import Flow, Source

LONGEST_WINDOW = 92
TOP_HOLDERS = 10
MOST_SUSPICIONS = 100
BATCH = 1000


class SupplyLine(View):
    """What one currency's accounts hold, by kind of account."""

    currency: Currency
    held: dict[str, int]
    total: int
    minted: int
    burned: int
    velocity: float = Field(description="share of the supply that changes hands in a day")
    gini: float = Field(description="0: all hold the same; towards 1: one holds everything")


class FlowLine(View):
    """What one source made, destroyed or moved on one day (UTC)."""

    day: str
    currency: Currency
    source: str
    flow: Flow
    amount: int
    movements: int


class Holder(View):
    """A character and its dollars, wherever they lie."""

    character_id: str
    name: str
    dollars: int


class SuspicionView(View):
    """A pattern that is worth a look."""

    pattern: str
    who: list[str]
    amount: int
    detail: str


class EconomyReport(View):
    """The economy in a window of time."""

    since: datetime
    until: datetime
    supply: list[SupplyLine]
    flows: list[FlowLine]
    top_holders: list[Holder]
    basket_index: float | None = Field(
        description="prices of this window against the one before it; 100 is no change"
    )
    suspicions: list[SuspicionView]


async def economy_report(*, days: int = 7) -> EconomyReport:
    """The state of the economy over the last ``days``.

    Raises:
        InvalidInput: ``days`` is not 1 to 92.
    """
    if isinstance(days, bool) or not isinstance(days, int) or not 1 <= days <= LONGEST_WINDOW:
        raise InvalidInput(f"A report covers 1 to {LONGEST_WINDOW} days.", path="days")
    until = clock.now()
    since = until - timedelta(days=days)
    async with snapshot():
        window = await _read_window(since, until)
        held, wallets = await _read_accounts()
        before = await _prices(since - timedelta(days=days), since)
        return EconomyReport(
            since=since,
            until=until,
            supply=[await _supply(currency, held, wallets, window, days) for currency in Currency],
            flows=window.lines(),
            top_holders=await _top_holders(wallets),
            basket_index=rules.basket_index(before, await _prices(since, until)),
            suspicions=await _suspicions(window),
        )


class _Window:
    """The sums of the rows of a window."""

    def __init__(self) -> None:
        self.flows: dict[tuple[date, str, Source], list[int]] = defaultdict(lambda: [0, 0])
        self.transfers: list[rules.Transfer] = []
        self.incomes: dict[str, list[tuple[datetime, int]]] = defaultdict(list)

    def add(self, row: dict[str, Any]) -> None:
        """Count one row."""
        try:
            source = Source(row["source"])  # type: ignore[call-arg]
        except ValueError:
            return  # another program's row; the audit names it
        amount = int(row["amount"])
        if source.flow is Flow.TRANSFER and amount < 0:
            return  # the receiving side counts
        place = self.flows[row["createdAt"].date(), row["currency"], source]
        place[0] += abs(amount)
        place[1] += 1
        if "characterId" not in row or row["currency"] != Currency.DOLLARS:
            return
        who = str(row["characterId"])
        if source.flow is Flow.FAUCET:
            self.incomes[who].append((row["createdAt"], amount))
        elif source in (Source.PLAYER_TRANSFER, Source.MARKET_SALE):
            kind, _, giver = str(row.get("counterparty", "")).partition(":")
            if kind == "wallet":
                self.transfers.append(
                    rules.Transfer(
                        giver, who, amount, row["createdAt"], source is Source.MARKET_SALE
                    )
                )

    def lines(self) -> list[FlowLine]:
        """The sums, by day, currency and source."""
        return [
            FlowLine(
                day=day.isoformat(),
                currency=Currency(currency),
                source=source.value,
                flow=source.flow,
                amount=amount,
                movements=count,
            )
            for (day, currency, source), (amount, count) in sorted(self.flows.items())
        ]

    def total(self, currency: Currency, *flows: Flow) -> int:
        """What went through the given flows."""
        return sum(
            amount
            for (_, name, source), (amount, _) in self.flows.items()
            if name == currency and source.flow in flows
        )


async def _read_window(since: datetime, until: datetime) -> _Window:
    window = _Window()
    for model in (GoldTransaction, AccountEntry):
        async for start, end in spans(model.collection_name(), since, until + MOMENT):
            where = {"createdAt": {"$gte": start, "$lt": end}}
            async for row in stream(model.collection(), where, sort=[("createdAt", 1)]):
                window.add(row)
    return window


async def _read_accounts() -> tuple[dict[str, dict[str, int]], dict[str, dict[Any, int]]]:
    """What each kind of account holds, and what each character has in all of them."""
    held: dict[str, dict[str, int]] = {currency.value: {} for currency in Currency}
    wealth: dict[str, dict[Any, int]] = {currency.value: defaultdict(int) for currency in Currency}
    for kind, book in BOOKS.items():
        where = book.holding or book.alive
        async for document in stream(collection_of(book.collection), where, sort=[("_id", 1)]):
            owner = owner_of(kind, document)
            for currency in book.fields:
                amount = book.balance(document, currency)
                sums = held[currency.value]
                sums[kind.value] = sums.get(kind.value, 0) + amount
                if owner is not None:
                    wealth[currency.value][owner] += amount
    return held, wealth


async def _supply(
    currency: Currency,
    held: dict[str, dict[str, int]],
    wealth: dict[str, dict[Any, int]],
    window: _Window,
    days: int,
) -> SupplyLine:
    total = sum(held[currency.value].values())
    moved = window.total(currency, Flow.TRANSFER)
    return SupplyLine(
        currency=currency,
        held=held[currency.value],
        total=total,
        minted=window.total(currency, Flow.FAUCET),
        burned=window.total(currency, Flow.SINK, Flow.TAX),
        velocity=rules.velocity(moved, total, days),
        gini=await _gini(wealth[currency.value].values()),
    )


async def _gini(holdings: Iterable[int]) -> float:
    """In a thread: it takes long, and a sort alone would hold everything up there, too."""
    return await asyncio.to_thread(rules.gini, await in_order(holdings))


async def _top_holders(wealth: dict[str, dict[Any, int]]) -> list[Holder]:
    dollars = wealth[Currency.DOLLARS.value]
    richest = await asyncio.to_thread(
        heapq.nsmallest, TOP_HOLDERS, dollars, key=lambda who: (-dollars[who], who)
    )
    names = await _characters(richest, "name")
    return [
        Holder(character_id=str(who), name=names.get(str(who), ""), dollars=dollars[who])
        for who in richest
    ]


async def _prices(since: datetime, until: datetime) -> dict[str, float]:
    """The mean price of each item that was traded in a span."""
    sums: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    where = {"recordedAt": {"$gte": since, "$lt": until}}
    async for row in stream(PriceHistory.collection(), where, sort=[("recordedAt", 1)]):
        sums[row["itemId"]][0] += int(row["price"])
        sums[row["itemId"]][1] += 1
    return {item: total / count for item, (total, count) in sums.items()}


async def _suspicions(window: _Window) -> list[SuspicionView]:
    receivers = {transfer.receiver for transfer in window.transfers if not transfer.sale}
    born = await _characters([ObjectId(who) for who in receivers], "createdAt")
    found = await asyncio.to_thread(rules.suspicions, window.transfers, born, window.incomes)
    return [
        SuspicionView(pattern=s.pattern, who=list(s.who), amount=s.amount, detail=s.detail)
        for s in found[:MOST_SUSPICIONS]
    ]


async def _characters(ids: list[ObjectId], field: str) -> dict[str, Any]:
    """One field of many characters, in batches."""
    found: dict[str, Any] = {}
    for start in range(0, len(ids), BATCH):
        batch = ids[start : start + BATCH]
        rows = await find_all(
            Character.collection(), {"_id": {"$in": batch}}, projection={field: 1}, limit=BATCH
        )
        found |= {str(row["_id"]): row[field] for row in rows if field in row}
    return found
