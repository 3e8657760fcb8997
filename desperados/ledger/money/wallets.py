"""Wallets that a transaction has read together with their owners.

Who acts is loaded first in a command, and its wallet is a part of the same row. A loader that reads
``WALLET_FIELDS`` as well keeps the rows here, and the posting that follows does not ask for them
again. As soon as the transaction has written anything they are forgotten.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from bson import ObjectId

from desperados.engine.ambient import current_transaction
from desperados.ledger.money.accounts import BOOKS, SEQUENCE, AccountKind

Row = dict[str, Any]

WALLET_FIELDS = {**dict.fromkeys(BOOKS[AccountKind.WALLET].fields.values(), 1), SEQUENCE: 1}
_NOTE = "wallets"


def keep_wallets(rows: Iterable[Row]) -> None:
    """Keep rows of characters that were not deleted, read with ``WALLET_FIELDS``."""
    transaction = current_transaction()
    if transaction is not None:
        known = transaction.noted(_NOTE) or {}
        transaction.note(_NOTE, known | {row["_id"]: row for row in rows})


def kept_wallets() -> dict[ObjectId, Row]:
    """The rows that were kept and are as the transaction would find them now."""
    transaction = current_transaction()
    return (transaction.noted(_NOTE) or {}) if transaction is not None else {}
