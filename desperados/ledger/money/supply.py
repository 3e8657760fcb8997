"""The supply of each currency: what is held against what was made.

It goes on from the newest checkpoint of the history, a bounded piece at a time, and reads only the
accounts that can hold anything. Wallets that another program wrote and the ledger has never touched
are counted on neither side; ``ops.audit`` shows them apart.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from bson import ObjectId

from desperados.engine.game import collection_of
from desperados.engine.manifest.reading import SPAN, batches
from desperados.engine.storage.collection import aggregate_all
from desperados.engine.transactions import snapshot
from desperados.ledger.money import checkpoints
from desperados.ledger.money.accounts import BOOKS, SEQUENCE, Book
from desperados.ledger.money.documents import Currency
from desperados.ledger.money.sources import Flow, Source

FOR_EVER = datetime(9999, 1, 1, tzinfo=UTC)
_FIRST_ID = ObjectId("0" * 24)


async def unexplained() -> dict[Currency, int]:
    """Coins of each currency that are there too many (positive) or too few (negative).

    The last piece of the history and the accounts are read in one snapshot, which a server keeps
    for 300 s.
    """
    off = dict.fromkeys(Currency, 0)
    async with snapshot():
        since, sums = await checkpoints.newest()
        await checkpoints.add_rows(sums, since, FOR_EVER)
        for book in BOOKS.values():
            held = await (_in_few(book) if book.mostly_empty else _in_all(book))
            for currency, coins in held.items():
                off[currency] += coins
    for line, total in sums.items():
        if _flow_of(line.source) is not Flow.TRANSFER:
            off[Currency(line.currency)] -= total.amount
    return off


async def _in_all(book: Book) -> dict[Currency, int]:
    """The coins in the accounts of a kind, of which most hold something."""
    held = dict.fromkeys(book.fields, 0)
    last = _FIRST_ID
    while True:
        found = await aggregate_all(
            collection_of(book.collection),
            [
                {"$match": {"_id": {"$gt": last}}},
                {"$sort": {"_id": 1}},
                {"$limit": SPAN},
                {
                    "$group": {
                        "_id": None,
                        "last": {"$max": "$_id"},
                        **{
                            currency.value: {"$sum": {"$cond": [_counted(currency), f"${name}", 0]}}
                            for currency, name in book.fields.items()
                        },
                    }
                },
            ],
        )
        if not found:
            return held
        last = found[0]["last"]
        for currency in book.fields:
            held[currency] += int(found[0][currency.value])


async def _in_few(book: Book) -> dict[Currency, int]:
    """The coins in the accounts of a kind, of which most hold nothing any more."""
    held = dict.fromkeys(book.fields, 0)
    for currency, name in book.fields.items():
        async for batch in batches(book.collection, {name: {"$gt": 0}}):
            held[currency] += sum(
                book.balance(account, currency)
                for account in batch
                if currency.value in (account.get(SEQUENCE) or {})
            )
    return held


def _flow_of(source: str) -> Flow:
    """What the rows of a source do to the supply; what is unknown stays to be explained."""
    try:
        return Source(source).flow  # type: ignore[call-arg]
    except ValueError:
        return Flow.TRANSFER


def _counted(currency: Currency) -> dict[str, Any]:
    """Whether the ledger counts the movements of an account. Nothing is less than any number."""
    return {"$gte": [f"${SEQUENCE}.{currency.value}", 0]}
