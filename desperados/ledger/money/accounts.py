"""Where money lies: the kinds of account, and in which field of which collection each is kept.

Every account counts its own movements per currency (``ledgerSeq``), in the same update as the
balance: the rows of one account form a chain without a gap.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from bson import ObjectId

from desperados.engine.errors import InvalidInput
from desperados.ledger.money.documents import Currency, HoldStatus
from desperados.ledger.money.rules import CAPS, LARGEST_EXACT

SEQUENCE = "ledgerSeq"


class AccountKind(StrEnum):
    """The kinds of account."""

    WALLET = "wallet"
    VAULT = "vault"
    TREASURY = "treasury"
    ESCROW = "escrow"
    PENDING = "pending"


@dataclass(frozen=True, slots=True)
class Account:
    """One account: what kind, and whose it is (the id of the character, gang, hold or reward)."""

    kind: AccountKind
    id: ObjectId

    def __post_init__(self) -> None:
        # A condition instead of an id would find somebody's money.
        if not isinstance(self.id, ObjectId):
            raise InvalidInput("An account is named by an id.", path="account")

    def __str__(self) -> str:
        return f"{self.kind.value}:{self.id}"

    def __hash__(self) -> int:
        # The id alone tells accounts apart well enough, and an enum is slow to hash.
        return hash(self.id)


@dataclass(frozen=True, slots=True)
class Book:
    """The collection that keeps the accounts of one kind.

    ``fields`` are the stored fields of the balances, ``key`` the field that names the account.
    ``alive`` is what an account must match to take part in a posting, and ``owner`` the field that
    says whose it is, where each of its rows says so, too, for it vanishes some time after it is
    closed. Of the accounts of a
    ``mostly_empty`` kind, which stay as the ends of their chains, most will never hold anything
    again: an index of each balance has only those that do.
    """

    collection: str
    fields: dict[Currency, str]
    key: str = "_id"
    alive: dict[str, Any] = field(default_factory=dict)
    owner: str | None = None
    mostly_empty: bool = False

    @property
    def holding(self) -> dict[str, Any]:
        """What those of a ``mostly_empty`` kind match that hold something; {} for other kinds."""
        if not self.mostly_empty:
            return {}
        return {"$or": [{name: {"$gt": 0}} for name in self.fields.values()]}

    def balance(self, document: dict[str, Any], currency: Currency) -> int:
        """The balance in a stored document; 0 where there is none."""
        value: Any = document
        for part in self.fields[currency].split("."):
            value = value.get(part) if isinstance(value, dict) else None
        return int(value) if isinstance(value, int | float) else 0


BOOKS: dict[AccountKind, Book] = {
    AccountKind.WALLET: Book(
        "characters", {currency: currency.value for currency in Currency}, alive={"deletedAt": None}
    ),
    AccountKind.VAULT: Book("bankaccounts", {Currency.DOLLARS: "balance"}, key="characterId"),
    AccountKind.TREASURY: Book("gangs", {Currency.DOLLARS: "treasury"}),
    AccountKind.ESCROW: Book(
        "holds",
        {currency: f"held.{currency.value}" for currency in Currency},
        alive={"status": {"$in": [HoldStatus.OPEN.value, None]}},
        owner="ownerId",
        mostly_empty=True,
    ),
    AccountKind.PENDING: Book(
        "pendingrewards",
        {currency: f"rewards.{currency.value}" for currency in Currency},
        mostly_empty=True,
    ),
}


def cap(kind: AccountKind, currency: Currency) -> int:
    """The most that an account of this kind may hold."""
    return CAPS[currency] if kind in (AccountKind.WALLET, AccountKind.VAULT) else LARGEST_EXACT


def wallet(character_id: ObjectId) -> Account:
    """The money that a character carries."""
    return Account(AccountKind.WALLET, character_id)


def pending(reward_id: ObjectId) -> Account:
    """Money that waits to be claimed, because a wallet was full."""
    return Account(AccountKind.PENDING, reward_id)


def vault(character_id: ObjectId) -> Account:
    """The money that a character keeps in the bank."""
    return Account(AccountKind.VAULT, character_id)


def treasury(gang_id: ObjectId) -> Account:
    """The money of a gang."""
    return Account(AccountKind.TREASURY, gang_id)


def escrow(hold_id: ObjectId) -> Account:
    """Money that a hold keeps for a bid, a stake or a trade."""
    return Account(AccountKind.ESCROW, hold_id)
