"""Where money lies: the kinds of account, and in which field of which collection each is kept.

Every account counts its own movements per currency (``ledgerSeq``), in the same update as the
balance: the rows of one account form a chain without a gap.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from bson import ObjectId

from desperados.economy.documents import Currency
from desperados.economy.rules import CAPS, LARGEST_EXACT

SEQUENCE = "ledgerSeq"


class AccountKind(StrEnum):
    """The kinds of account."""

    WALLET = "wallet"
    PENDING = "pending"


@dataclass(frozen=True, slots=True)
class Account:
    """One account: what kind, and the id of the document that holds it."""

    kind: AccountKind
    id: ObjectId

    def __str__(self) -> str:
        return f"{self.kind.value}:{self.id}"


@dataclass(frozen=True, slots=True)
class Book:
    """The collection that keeps the accounts of one kind.

    ``fields`` are the stored fields of the balances; ``alive`` is what an account must match to
    take part in a posting; ``shared_rows`` says that the rows are not wallet rows.
    """

    collection: str
    fields: dict[Currency, str]
    alive: dict[str, Any]

    def balance(self, document: dict[str, Any], currency: Currency) -> int:
        """The balance in a stored document."""
        value: Any = document
        for part in self.fields[currency].split("."):
            value = value.get(part, 0) if isinstance(value, dict) else 0
        return int(value or 0)


BOOKS: dict[AccountKind, Book] = {
    AccountKind.WALLET: Book(
        "characters", {currency: currency.value for currency in Currency}, {"deletedAt": None}
    ),
    AccountKind.PENDING: Book(
        "pendingrewards", {currency: f"rewards.{currency.value}" for currency in Currency}, {}
    ),
}


def cap(kind: AccountKind, currency: Currency) -> int:
    """The most that an account of this kind may hold."""
    return CAPS[currency] if kind is AccountKind.WALLET else LARGEST_EXACT


def wallet(character_id: ObjectId) -> Account:
    """The money that a character carries."""
    return Account(AccountKind.WALLET, character_id)


def pending(reward_id: ObjectId) -> Account:
    """Money that waits to be claimed, because a wallet was full."""
    return Account(AccountKind.PENDING, reward_id)
