"""Replay of the ledger: the chain of every account, and every operation against its rows.

The rows of one account and currency are read in the order of their sequence. Each must begin where
the one before it ended, and the last must end at the balance that the account holds. Each operation
must have exactly the rows that were posted, from sources that its kind may use.

Rows of before operations were written have none. They are told by date and sequence: older than the
oldest operation of this world, and before all rows of their chain that are not.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import datetime
from typing import Any

from bson import ObjectId

from desperados.engine.game import collection_of
from desperados.engine.manifest.auditing import Check, Progress, Supply
from desperados.engine.storage.indexes import HAS_NUMBER
from desperados.engine.storage.streams import stream
from desperados.ledger.money.accounts import BOOKS, SEQUENCE, AccountKind, cap
from desperados.ledger.money.archive import ARCHIVES, ROWS
from desperados.ledger.money.documents import Currency
from desperados.ledger.money.operations import OPERATIONS, digest_of, kind_of
from desperados.ledger.money.posting import ENTRY_TYPES, OTHER_ROWS, WALLET_ROWS
from desperados.ledger.money.sources import Flow, Source

TELL_EVERY = 5000
_VANISHING = {AccountKind.ESCROW.value, AccountKind.PENDING.value}

Row = dict[str, Any]
Place = tuple[str, str]  # (account as text, currency)


async def explained_since() -> datetime | None:
    """The moment from which on every row has an operation; None if there is no operation yet."""
    oldest = None
    fields = {"createdAt": 1}
    async for operation in stream(collection_of(OPERATIONS), {}, fields, sort=[("_id", 1)]):
        if oldest is None or operation["createdAt"] < oldest:
            oldest = operation["createdAt"]
    return oldest


async def check_chains(check: Check, tell: Progress) -> list[Supply]:
    """Walk every chain, compare its end with the account, and add up the supply."""
    since = await explained_since()
    supplies = {currency.value: Supply(currency.value) for currency in Currency}
    ends: dict[Place, int] = {}
    for collection in (WALLET_ROWS, OTHER_ROWS):
        await _walk_rows(collection, since, check, tell, supplies, ends)
    for kind, book in BOOKS.items():
        fields = {**dict.fromkeys(book.fields.values(), 1), SEQUENCE: 1, book.key: 1}
        async for document in stream(collection_of(book.collection), {}, fields, sort=[("_id", 1)]):
            check.examined += 1
            for currency in book.fields:
                _check_end(check, supplies, ends, kind, document, currency)
    for (account, name), end in ends.items():
        if not end and account.partition(":")[0] in _VANISHING:
            continue  # it was closed, or claimed, and has vanished since
        check.report(f"{_rows_of(account)}/{account}", f"rows in {name} of no known account")
    return list(supplies.values())


async def _walk_rows(
    collection: str,
    since: datetime | None,
    check: Check,
    tell: Progress,
    supplies: dict[str, Supply],
    ends: dict[Place, int],
) -> None:
    """The rows of one history, old ones from the archive, in the order of their chains."""
    owner = "characterId" if collection == WALLET_ROWS else "account"
    place: Place | None = None
    sequence = balance = 0
    explained = False
    order = [(owner, 1), ("currency", 1), ("seq", 1)]
    where_numbered = {"seq": HAS_NUMBER}
    streams = {
        name: stream(collection_of(name), where_numbered, sort=order)
        for name in (collection, ARCHIVES[collection])
    }
    async for name, row in _merged(streams, lambda row: tuple(row[field] for field, _ in order)):
        check.examined += 1
        if check.examined % TELL_EVERY == 0:
            tell("chains", check.examined)
        account = _account_name(row[owner])
        if (account, row["currency"]) != place:
            place, sequence, balance = (account, row["currency"]), 0, 0
            explained = False
        where = f"{name}/{row['_id']}"
        if row["seq"] != sequence + 1:
            check.report(where, f"row {row['seq']} of {account} follows row {sequence}")
        if row["balanceBefore"] != balance:
            check.report(
                where, f"begins at {row['balanceBefore']}, but the row before ended at {balance}"
            )
        if problem := _problem_of(row):
            check.report(where, problem)
        if row.get("operation") is None:
            check.report(where, "belongs to no operation")
        if explained and since is not None and row["createdAt"] < since:
            check.report(where, "is dated before the row that it follows had an operation")
        explained = explained or (since is not None and row["createdAt"] >= since)
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
    """Every operation has the rows that were posted, and its transfers sum to zero.

    All collections of rows, and the operations themselves, are read in the order of the operation
    and merged, so that all legs of one come together and only one operation is in memory.
    """
    since = await explained_since()
    proof = _Proof(check, since)
    known = {"operation": {"$gt": ObjectId("0" * 24)}}
    streams = {name: stream(collection_of(name), known, sort=[("operation", 1)]) for name in ROWS}
    streams[OPERATIONS] = stream(collection_of(OPERATIONS), {}, sort=[("_id", 1)])
    async for collection, row in _merged(streams, lambda row: row.get("operation") or row["_id"]):
        identity = row["_id"] if collection == OPERATIONS else row["operation"]
        if identity != proof.identity:
            proof.close()
            proof.open(identity)
            if check.examined % TELL_EVERY == 0:
                tell("operations", check.examined)
        if collection == OPERATIONS:
            proof.document = row
        else:
            proof.rows.append((f"{collection}/{row['_id']}", row))
    proof.close()


class _Proof:
    """One operation while its document and its rows come in."""

    def __init__(self, check: Check, since: datetime | None) -> None:
        self.check = check
        self.since = since
        self.identity: ObjectId | None = None
        self.document: Row | None = None
        self.rows: list[tuple[str, Row]] = []

    def open(self, identity: ObjectId) -> None:
        """Begin with an operation."""
        self.identity, self.document, self.rows = identity, None, []

    def close(self) -> None:
        """End with an operation: compare it with its rows."""
        if self.identity is None:
            return
        self.check.examined += 1
        sums: dict[str, int] = defaultdict(int)
        for _, row in self.rows:
            if row["type"] == ENTRY_TYPES[Flow.TRANSFER].value:
                sums[row["currency"]] += int(row["amount"])
        for currency, total in sums.items():
            if total:
                self.check.report(
                    self.rows[0][0],
                    f"operation {self.identity} moved {total:+} {currency} too many",
                )
        if self.document is None:
            self._check_old()
        else:
            self._check_known(self.document)

    def _check_old(self) -> None:
        """Rows without an operation are of before there were any."""
        for where, row in self.rows:
            if self.since is not None and row["createdAt"] >= self.since:
                self.check.report(where, f"its operation {self.identity} is not there")

    def _check_known(self, document: Row) -> None:
        where = f"{OPERATIONS}/{self.identity}"
        rows = [row for _, row in self.rows]
        kind = kind_of(document["kind"])
        if kind is None:
            self.check.report(where, f"is of the unknown kind {document['kind']!r}")
            return
        foreign = {row["source"] for row in rows} - {source.value for source in kind.sources}
        if foreign:
            self.check.report(where, f"is a {kind.value}, but has rows from {sorted(foreign)}")
        if len(rows) != document["legs"]:
            self.check.report(where, f"has {len(rows)} rows, but {document['legs']} were posted")
        elif digest_of(rows) != document["digest"]:
            self.check.report(where, "its rows are not those that were posted")


async def _merged(
    streams: Mapping[str, AsyncIterator[Row]], order: Callable[[Row], Any]
) -> AsyncIterator[tuple[str, Row]]:
    """The rows of all streams as one, each with the name of its stream."""
    heads: list[tuple[Any, str, Row]] = []
    for name, rows in streams.items():
        row = await anext(rows, None)
        if row is not None:
            heapq.heappush(heads, (order(row), name, row))
    while heads:
        _, name, row = heapq.heappop(heads)
        yield name, row
        following = await anext(streams[name], None)
        if following is not None:
            heapq.heappush(heads, (order(following), name, following))


def _account_name(owner: ObjectId | str) -> str:
    return owner if isinstance(owner, str) else f"{AccountKind.WALLET.value}:{owner}"


def _rows_of(account: str) -> str:
    return WALLET_ROWS if account.startswith(AccountKind.WALLET.value) else OTHER_ROWS
