"""Operations: what each posting was, so that it can be explained, proved and undone.

Every posting leaves one small document beside its rows. It says what kind of thing happened, how
many rows it has, and a digest of them; the rows themselves are found by their ``operation``, in the
history or in its archive. So a row that is edited, added or taken out is seen even where balances
were edited with it.

The kind says which sources its rows may have, and whether staff may undo it.

Limits: whoever rewrites balance, rows and operation together is not seen here; that takes a copy of
the database kept elsewhere. Rows of before operations were written have none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from hashlib import blake2b
from typing import Any

from bson import ObjectId

from desperados.engine.errors import GameError
from desperados.engine.staging import StagedInsert, StagedUpdate
from desperados.engine.transactions import stage
from desperados.ledger.money.documents import Operation
from desperados.ledger.money.sources import RESERVED, Flow, Source

OPERATIONS = Operation.collection_name()

_INCOME = {source for source in Source if source.flow is Flow.FAUCET} - RESERVED
_STAKES = {Source.STAKE_HELD, Source.STAKE_RELEASED, Source.STAKE_WON}
_SPENDING = {source for source in Source if source.flow in (Flow.SINK, Flow.TAX)} - RESERVED


class OperationKind(StrEnum):
    """What a posting was. ``sources`` are those that its rows may have.

    ``final`` is None where staff may undo it; else it says why not.
    """

    def __new__(cls, value: str, sources: set[Source], final: str | None = None) -> OperationKind:
        member = str.__new__(cls, value)
        member._value_ = value
        member.sources = frozenset(sources)
        member.final = final
        return member

    sources: frozenset[Source]
    final: str | None

    ADOPTION = "adoption", {Source.OPENING_BALANCE}, "It records what was there before the ledger."
    CREATION = "creation", {Source.STARTING_GRANT}
    INCOME = "income", _INCOME
    SPENDING = "spending", _SPENDING
    PLAY = (
        "play",
        _INCOME | _SPENDING | _STAKES | {Source.BOUNTY_COLLECTED, Source.HUSH_MONEY},
    )
    TRANSFER = "transfer", {Source.PLAYER_TRANSFER, Source.TRANSFER_TAX}
    TREASURY = "treasury", {Source.TREASURY_DEPOSIT, Source.TREASURY_WITHDRAWAL}
    BANKING = "banking", {Source.BANK_DEPOSIT, Source.BANK_WITHDRAWAL}
    VAULT_UPGRADE = "vault_upgrade", {Source.VAULT_UPGRADE}, "The vault would keep its size."
    EXCHANGE = (
        "exchange",
        {Source.METAL_PURCHASE, Source.METAL_BOUGHT, Source.METAL_SALE, Source.METAL_SOLD},
    )
    INVESTMENT = "investment", {Source.INVESTMENT_HELD}, "Redeem the investment."
    REDEMPTION = (
        "redemption",
        {Source.INVESTMENT_REDEEMED, Source.INVESTMENT_RETURN, Source.INVESTMENT_LOSS},
        "The investment would stay redeemed.",
    )
    SHOPPING = "shopping", {Source.SHOP_PURCHASE, Source.SHOP_SALE, Source.MERCHANT_PURCHASE}
    LISTING = "listing", {Source.LISTING_FEE, Source.FEATURED_FEE}
    BID = "bid", {Source.BID_HELD, Source.BID_RELEASED}, "The auction would lose its bid."
    BID_RETURN = "bid_return", {Source.BID_RELEASED}, "The bid is over."
    SALE = "sale", {Source.MARKET_SALE, Source.MARKET_TAX, Source.BID_RELEASED}
    TRADE = "trade", {Source.TRADE, Source.TRANSFER_TAX}
    STAKE = "stake", _STAKES
    BOUNTY = (
        "bounty",
        {Source.BOUNTY_HELD, Source.BOUNTY_FEE, Source.BOUNTY_RELEASED},
        "The price would stay on the head.",
    )
    CONTEST = (
        "contest",
        {Source.CONTEST_SUBSIDY, Source.CONTEST_REMAINDER},
        "The prizes of the contest were counted with it.",
    )
    CLAIM = "claim", {Source.REWARD_CLAIMED}, "The reward would stay claimed."
    WEALTH_TAX = "wealth_tax", {Source.WEALTH_TAX}
    DEBT = (
        "debt",
        {Source.DEBT_REPAID, Source.REVERSED_INCOME, Source.WEALTH_TAX},
        "The debt would stay repaid.",
    )
    ADJUSTMENT = "adjustment", {Source.ADMIN_CREDIT, Source.ADMIN_DEBIT}
    REVERSAL = (
        "reversal",
        {Source.REVERSED_INCOME, Source.REVERSED_SPENDING, Source.REVERSED_TRANSFER},
        "It undid another operation, which is undone once.",
    )
    ESTATE = "estate", {Source.CHARACTER_DELETED}, "The character is gone."


# Through which source each flow is undone.
MIRRORS: Mapping[Flow, Source] = {
    Flow.FAUCET: Source.REVERSED_INCOME,
    Flow.SINK: Source.REVERSED_SPENDING,
    Flow.TAX: Source.REVERSED_SPENDING,
    Flow.TRANSFER: Source.REVERSED_TRANSFER,
}


def kind_of(stored: str) -> OperationKind | None:
    """The kind that is stored as ``stored``; None if there is none."""
    return next((kind for kind in OperationKind if kind.value == stored), None)


def stage_operation(
    operation: ObjectId,
    kind: OperationKind,
    rows: Sequence[Mapping[str, Any]],
    now: datetime,
    **more: Any,
) -> None:
    """Stage the document of an operation with these rows. ``more`` are its other stored fields."""
    document = {
        "_id": operation,
        "kind": kind.value,
        "legs": len(rows),
        "digest": digest_of(rows),
        "createdAt": now,
    }
    document |= {name: value for name, value in more.items() if value is not None}
    stage(StagedInsert(OPERATIONS, document))


def stage_reversed(operation: ObjectId, by: ObjectId, otherwise: GameError) -> None:
    """Stage that ``operation`` was undone by another one.

    Outcomes: noted; not found, when it was undone before (``otherwise``); a write conflict, when
    somebody undoes it at this moment (the transaction runs again).
    """
    stage(
        StagedUpdate(
            OPERATIONS,
            {"_id": operation, "reversedBy": None},
            {"$set": {"reversedBy": by}},
            otherwise=otherwise,
        )
    )


def digest_of(rows: Iterable[Mapping[str, Any]]) -> str:
    """What identifies these rows, in whatever order: whose, which number, how much, and why."""
    lines = sorted(
        f"{row.get('characterId') or row.get('account')} {row['currency']} {_plain(row['seq'])} "
        f"{_plain(row['amount'])} {_plain(row['balanceAfter'])} {row['source']} "
        f"{row.get('reference')} {row.get('owner')}"
        for row in rows
    )
    return blake2b("\n".join(lines).encode(), digest_size=8).hexdigest()


def _plain(number: Any) -> Any:
    """A whole number, though the database may hold it as a double."""
    return int(number) if isinstance(number, float) and number.is_integer() else number
