"""Replay of the ledger: the chain of every account, and the sum of every operation.

The rows of one account and currency are read in the order of their sequence. Each must begin where
the one before it ended, and the last must end at the balance that the account holds.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

from bson import ObjectId

from desperados.engine.game import current_game
from desperados.engine.manifest.auditing import Check, Progress, Supply
from desperados.engine.storage.indexes import HAS_NUMBER
from desperados.ledger.money.accounts import BOOKS, SEQUENCE, AccountKind, cap
from desperados.ledger.money.archive import ARCHIVES
from desperados.ledger.money.documents import Currency
from desperados.ledger.money.ledger import ENTRY_TYPES, OTHER_ROWS, WALLET_ROWS
from desperados.ledger.money.sources import Flow, Source

BATCH = 1000
TELL_EVERY = 5000

Row = dict[str, Any]
Place = tuple[str, str]  # (account as text, currency)


async def check_chains(check: Check, tell: Progress) -> list[Supply]:
    """Walk every chain, compare its end with the account, and add up the supply."""
    supplies = {currency.value: Supply(currency.value) for currency in Currency}
    ends: dict[Place, int] = {}
    for collection in (WALLET_ROWS, OTHER_ROWS):
        await _walk_rows(collection, check, tell, supplies, ends)
    for kind, book in BOOKS.items():
        fields = {**dict.fromkeys(book.fields.values(), 1), SEQUENCE: 1, book.key: 1}
        async for document in _stream(book.collection, {}, fields, [("_id", 1)]):
            check.examined += 1
            for currency in book.fields:
                _check_end(check, supplies, ends, kind, document, currency)
    for account, name in ends:
        check.report(f"{_rows_of(account)}/{account}", f"rows in {name} of no known account")
    return list(supplies.values())


async def _walk_rows(
    collection: str,
    check: Check,
    tell: Progress,
    supplies: dict[str, Supply],
    ends: dict[Place, int],
) -> None:
    """The rows of one history, old ones from the archive, in the order of their chains."""
    owner = "characterId" if collection == WALLET_ROWS else "account"
    place: Place | None = None
    sequence = balance = 0
    order = [(owner, 1), ("currency", 1), ("seq", 1)]
    where_numbered = {"seq": HAS_NUMBER}
    streams = {
        name: aiter(_stream(name, where_numbered, None, order))
        for name in (collection, ARCHIVES[collection])
    }
    async for name, row in _merged(streams, lambda row: tuple(row[field] for field, _ in order)):
        check.examined += 1
        if check.examined % TELL_EVERY == 0:
            tell("chains", check.examined)
        account = _account_name(row[owner])
        if (account, row["currency"]) != place:
            place, sequence, balance = (account, row["currency"]), 0, 0
        where = f"{name}/{row['_id']}"
        if row["seq"] != sequence + 1:
            check.report(where, f"row {row['seq']} of {account} follows row {sequence}")
        if row["balanceBefore"] != balance:
            check.report(
                where, f"begins at {row['balanceBefore']}, but the row before ended at {balance}"
            )
        if problem := _problem_of(row):
            check.report(where, problem)
        sequence, balance = row["seq"], row["balanceAfter"]
        ends[place] = balance
        _count(supplies, row)


def _problem_of(row: dict[str, Any]) -> str | None:
    """What is wrong with a row by itself."""
    amount, before, after = row["amount"], row["balanceBefore"], row["balanceAfter"]
    if any(isinstance(number, bool) or number != int(number) for number in (amount, before, after)):
        return "holds a fraction of a coin"
    if after != before + amount:
        return f"{before} {amount:+} is not {after}"
    if after < 0:
        return f"ends at {after}, below zero"
    try:
        source = Source(row["source"])  # type: ignore[call-arg]
    except ValueError:
        return f"has the unknown source {row['source']!r}"
    if ENTRY_TYPES[source.flow].value != row["type"]:
        return f"is of type {row['type']!r}, but {source.value} is a {source.flow.value}"
    if (source.flow is Flow.FAUCET and amount < 0) or (
        source.flow in (Flow.SINK, Flow.TAX) and amount > 0
    ):
        return f"{amount:+} has the wrong sign for the {source.flow.value} {source.value}"
    return None


def _count(supplies: dict[str, Supply], row: dict[str, Any]) -> None:
    """Add a row to what was made and destroyed."""
    supply = supplies.get(row["currency"])
    if supply is None:
        return
    try:
        flow = Source(row["source"]).flow  # type: ignore[call-arg]
    except ValueError:
        return
    if flow is Flow.FAUCET:
        supply.minted += int(row["amount"])
    elif flow in (Flow.SINK, Flow.TAX):
        supply.burned -= int(row["amount"])


def _check_end(
    check: Check,
    supplies: dict[str, Supply],
    ends: dict[Place, int],
    kind: AccountKind,
    document: dict[str, Any],
    currency: Currency,
) -> None:
    """The account holds what its chain ends at."""
    book = BOOKS[kind]
    account = f"{kind.value}:{document[book.key]}"
    where = f"{book.collection}/{document['_id']}"
    held = book.balance(document, currency)
    supply = supplies[currency.value]
    supply.held[kind.value] = supply.held.get(kind.value, 0) + held
    tracked = currency.value in (document.get(SEQUENCE) or {})
    end = ends.pop((account, currency.value), None)
    if not tracked:
        if end is not None:
            check.report(where, f"has rows in {currency.value} but counts none of them")
        supply.unproven += held
        return
    if held != (end or 0):
        check.report(where, f"holds {held} {currency.value}, but its rows end at {end or 0}")
    if not 0 <= held <= cap(kind, currency):
        check.report(where, f"holds {held} {currency.value}, outside 0 to {cap(kind, currency)}")


async def check_operations(check: Check, tell: Progress) -> None:
    """The transfers of every operation sum to zero in every currency.

    All collections of rows are read in the order of their operation and merged, so that all legs
    of one operation come together and only one operation is in memory.
    """
    current: ObjectId | None = None
    sums: dict[str, int] = defaultdict(int)
    first = ""

    def close() -> None:
        check.examined += current is not None
        for currency, total in sums.items():
            if total:
                check.report(first, f"operation {current} moved {total:+} {currency} too many")
        sums.clear()

    fields = {"operation": 1, "type": 1, "currency": 1, "amount": 1}
    known = {"operation": {"$gt": ObjectId("0" * 24)}}
    streams = {
        name: aiter(_stream(name, known, fields, [("operation", 1)]))
        for name in (*ARCHIVES, *ARCHIVES.values())
    }
    async for collection, row in _merged(streams, lambda row: row["operation"]):
        if row["operation"] != current:
            close()
            current, first = row["operation"], f"{collection}/{row['_id']}"
            if check.examined % TELL_EVERY == 0:
                tell("operations", check.examined)
        if row["type"] == ENTRY_TYPES[Flow.TRANSFER].value:
            sums[row["currency"]] += int(row["amount"])
    close()


async def _merged(
    streams: Mapping[str, AsyncIterator[Row]], order: Callable[[Row], Any]
) -> AsyncIterator[tuple[str, Row]]:
    """The rows of all streams as one, each with the name of its stream."""
    heads: list[tuple[Any, str, Row]] = []
    for name, stream in streams.items():
        row = await anext(stream, None)
        if row is not None:
            heapq.heappush(heads, (order(row), name, row))
    while heads:
        _, name, row = heapq.heappop(heads)
        yield name, row
        following = await anext(streams[name], None)
        if following is not None:
            heapq.heappush(heads, (order(following), name, following))


async def _stream(
    collection: str,
    where: dict[str, Any],
    projection: dict[str, Any] | None,
    order: list[tuple[str, int]],
) -> AsyncIterator[dict[str, Any]]:
    """Documents in an order that an index serves, in batches."""
    cursor = (
        current_game().collection(collection).find(where, projection, sort=order, batch_size=BATCH)
    )
    async for document in cursor:
        yield document


def _account_name(owner: ObjectId | str) -> str:
    return owner if isinstance(owner, str) else f"{AccountKind.WALLET.value}:{owner}"


def _rows_of(account: str) -> str:
    return WALLET_ROWS if account.startswith(AccountKind.WALLET.value) else OTHER_ROWS
