"""The supply of each currency, added up by the database: what is held against what was made.

It reads everything, on the server, once a day. Wallets that another program wrote and the ledger
has never touched are counted on neither side; ``ops.audit`` shows them apart.
"""

from __future__ import annotations

from typing import Any

from desperados.engine.collection import aggregate_all
from desperados.engine.game import collection_of
from desperados.ledger.money.accounts import BOOKS, SEQUENCE
from desperados.ledger.money.archive import ARCHIVES
from desperados.ledger.money.documents import Currency, TransactionType

_MOVED = TransactionType.TRANSFER.value


async def unexplained() -> dict[Currency, int]:
    """Coins of each currency that are there too many (positive) or too few (negative)."""
    off = dict.fromkeys(Currency, 0)
    for book in BOOKS.values():
        held = {
            currency.value: {"$sum": {"$cond": [_counted(currency), f"${name}", 0]}}
            for currency, name in book.fields.items()
        }
        for sums in await aggregate_all(
            collection_of(book.collection), [{"$group": {"_id": None, **held}}]
        ):
            for currency in book.fields:
                off[currency] += int(sums[currency.value])
    for rows in (*ARCHIVES, *ARCHIVES.values()):
        groups = await aggregate_all(
            collection_of(rows),
            [
                {
                    "$group": {
                        "_id": {"currency": "$currency", "type": "$type"},
                        "coins": {"$sum": {"$cond": [{"$gt": ["$seq", 0]}, "$amount", 0]}},
                    }
                }
            ],
        )
        for group in groups:
            if group["_id"]["type"] != _MOVED:
                off[Currency(group["_id"]["currency"])] -= int(group["coins"])
    return off


def _counted(currency: Currency) -> dict[str, Any]:
    """Whether the ledger counts the movements of an account. Nothing is less than any number."""
    return {"$gte": [f"${SEQUENCE}.{currency.value}", 0]}
