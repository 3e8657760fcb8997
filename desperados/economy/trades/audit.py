"""The audit of trades between two players: what was agreed is what changed hands, once.

- a completed trade has a record for each side that gave something, any other trade has none;
- the money of its operation is the money of its offers, and its goods are their goods.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

from bson import ObjectId

from desperados.economy.market.documents import TradeKind, TradeRecord
from desperados.economy.trades.documents import TradeSession, TradeSessionStatus
from desperados.engine.manifest.auditing import Check, Progress
from desperados.engine.manifest.reading import Row, batches, by_id, rows_by
from desperados.ledger.items.documents import ItemMovement
from desperados.ledger.items.holders import pack
from desperados.ledger.items.sources import ItemSource
from desperados.ledger.money.archive import ROWS
from desperados.ledger.money.documents import Currency, Operation
from desperados.ledger.money.sources import Source

Goods = Counter[tuple[str, str, ObjectId | None]]  # pieces by pack, item and unique piece

_COMPLETED = TradeSessionStatus.COMPLETED.value


async def check_trades(check: Check, tell: Progress) -> None:
    """Compare trades, their records and their postings with each other, in one snapshot."""
    async for batch in batches(TradeSession.collection_name(), {}):
        check.examined += len(batch)
        tell(check.name, check.examined)
        await _check_sessions(check, batch)
    async for batch in batches(TradeRecord.collection_name(), {}):
        check.examined += len(batch)
        await _check_records(check, batch)


async def _check_sessions(check: Check, sessions: list[Row]) -> None:
    records = await rows_by(
        [TradeRecord.collection_name()], "tradeId", [session["_id"] for session in sessions]
    )
    operations = [row["operation"] for rows in records.values() for row in rows]
    paid = await _paid(operations)
    moved = await rows_by([ItemMovement.collection_name()], "operation", operations)
    explained = await by_id(Operation.collection_name(), list(set(operations)))
    for session in sessions:
        where, rows = f"tradesessions/{session['_id']}", records[session["_id"]]
        givers = {row["sellerId"] for row in rows}
        offers = _offers(session)
        agreed = {who for who, offer in offers.items() if offer.get("items") or coins_of(offer)}
        if session["status"] != _COMPLETED:
            if rows:
                check.report(where, f"is {session['status']}, but goods or money changed hands")
            continue
        if givers != agreed or len(rows) != len(agreed):
            check.report(where, f"{len(agreed)} gave something, but there are {len(rows)} records")
        if not session["initiatorConfirmed"] or not session["recipientConfirmed"]:
            check.report(where, "is completed, but one side has not confirmed it")
        wanted = _total(coins_of(offer) for offer in offers.values())
        for operation in {row["operation"] for row in rows}:
            if paid[operation] != wanted:
                check.report(where, f"{wanted} were agreed, but {dict(paid[operation])} were paid")
        for operation in {row["operation"] for row in rows}:
            # Before there were operations, goods had one of their own that no record named.
            if wanted and operation not in explained:
                continue
            if _arrived(moved[operation]) != _agreed_goods(offers):
                check.report(where, "other goods changed hands than were agreed")


async def _check_records(check: Check, records: list[Row]) -> None:
    """A record of a trade is of one that is completed."""
    ours = [row for row in records if row["transactionType"] == TradeKind.DIRECT_TRADE.value]
    sessions = await by_id(
        TradeSession.collection_name(), list({row.get("tradeId") for row in ours})
    )
    for row in ours:
        session = sessions.get(row.get("tradeId"))
        if session is None or session["status"] != _COMPLETED:
            check.report(f"traderecords/{row['_id']}", "is of no completed trade")


def _arrived(rows: list[Row]) -> Goods:
    """What came into which pack."""
    goods: Goods = Counter()
    for row in rows:
        if row["source"] == ItemSource.TRADED.value and row["quantity"] > 0:
            goods[row["holder"], row["itemId"], row.get("craftedItemId")] += int(row["quantity"])
    return goods


def _agreed_goods(offers: dict[ObjectId, Row]) -> Goods:
    """What each side was to have of the other's offer."""
    goods: Goods = Counter()
    for giver, offer in offers.items():
        (receiver,) = offers.keys() - {giver}
        for good in offer.get("items") or ():
            unique = good.get("craftedItemId")
            goods[str(pack(receiver)), good["itemId"], unique] += int(good["quantity"])
    return goods


def _offers(session: Row) -> dict[ObjectId, Row]:
    return {
        session["initiatorId"]: session["initiatorOffer"],
        session["recipientId"]: session["recipientOffer"],
    }


def coins_of(offer: Row) -> dict[str, int]:
    """The money in a stored offer, without what is not there."""
    amounts = {currency.value: int(offer.get(currency.value) or 0) for currency in Currency}
    return {currency: amount for currency, amount in amounts.items() if amount}


def _total(sums: Any) -> dict[str, int]:
    total: dict[str, int] = defaultdict(int)
    for coins in sums:
        for currency, amount in coins.items():
            total[currency] += amount
    return dict(total)


async def _paid(operations: list[ObjectId]) -> dict[ObjectId, dict[str, int]]:
    """What arrived in each operation, in wallets and in rewards of those whose wallet was full."""
    sums: dict[ObjectId, dict[str, int]] = defaultdict(dict)
    for operation, rows in (await rows_by(ROWS, "operation", operations)).items():
        for row in rows:
            amount = int(row["amount"])
            if row["source"] == Source.TRADE.value and amount > 0:
                paid = sums[operation]
                paid[row["currency"]] = paid.get(row["currency"], 0) + amount
    return sums
