"""Movements of money: what a posting is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bson import ObjectId

from desperados.ledger.money.accounts import Account
from desperados.ledger.money.documents import Currency
from desperados.ledger.money.sources import Source


@dataclass(frozen=True, slots=True)
class Movement:
    """``amount`` coins onto (positive) or off (negative) ``account``.

    ``reference`` is the id of what it was for; ``counterparty`` says whom the money went to or
    came from, and ``note`` what the sender wrote, for the reader of the history. ``metadata``
    explains the amount; a movement that is split keeps it in each part.
    """

    account: Account
    currency: Currency
    amount: int
    source: Source
    reference: ObjectId | None = None
    counterparty: str | None = None
    note: str | None = None
    metadata: Mapping[str, Any] | None = None


def mint(
    account: Account, currency: Currency, amount: int, source: Source, **more: Any
) -> Movement:
    """A movement that makes money: the only way in."""
    return Movement(account, currency, amount, source, counterparty="world", **more)


def burn(
    account: Account, currency: Currency, amount: int, source: Source, **more: Any
) -> Movement:
    """A movement that destroys money: the only way out."""
    return Movement(account, currency, -amount, source, counterparty="world", **more)


def move(
    giver: Account,
    receiver: Account,
    currency: Currency,
    amount: int,
    source: Source,
    reference: ObjectId | None = None,
    note: str | None = None,
) -> list[Movement]:
    """The two movements that carry ``amount`` from one account to another."""
    return [
        Movement(giver, currency, -amount, source, reference, str(receiver), note),
        Movement(receiver, currency, amount, source, reference, str(giver), note),
    ]
