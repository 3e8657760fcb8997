"""One posting while it is worked out, from what was read to what will be written."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from bson import ObjectId

from desperados.engine import dice
from desperados.engine.errors import GameError
from desperados.engine.game import current_game
from desperados.engine.staging import StagedUpdate
from desperados.engine.storage.collection import find_all
from desperados.ledger.money.accounts import BOOKS, SEQUENCE, Account, AccountKind, cap, pending
from desperados.ledger.money.documents import Currency, HoldStatus, TransactionType
from desperados.ledger.money.errors import (
    AccountFull,
    AccountNotFound,
    BalanceMoved,
    InsufficientFunds,
    UnbalancedPosting,
)
from desperados.ledger.money.events import WalletChanged
from desperados.ledger.money.holds import KEPT
from desperados.ledger.money.movement import Movement, mint
from desperados.ledger.money.operations import OperationKind, stage_operation
from desperados.ledger.money.sources import Flow, Source
from desperados.ledger.money.wallets import kept_wallets
from desperados.ledger.rewards import new_reward

WALLET_ROWS = "goldtransactions"
OTHER_ROWS = "accountentries"

ENTRY_TYPES = {
    Flow.FAUCET: TransactionType.EARN,
    Flow.SINK: TransactionType.SPEND,
    Flow.TAX: TransactionType.TAX,
    Flow.TRANSFER: TransactionType.TRANSFER,
}


Row = tuple[str, dict[str, Any]]  # the collection of a row, and the row


@dataclass(slots=True)
class Standing:
    """One account in one currency while a posting is worked out."""

    account: Account
    currency: Currency
    before: int
    sequence_before: int
    tracked: bool
    after: int = field(init=False)
    sequence: int = field(init=False)

    def __post_init__(self) -> None:
        self.after = self.before
        self.sequence = self.sequence_before


def check_movements(movements: Sequence[Movement], kind: OperationKind) -> None:
    """The sign of each movement fits its source, the source fits the kind, and transfers make and
    destroy nothing."""
    carried: dict[Currency, int] = defaultdict(int)
    for movement in movements:
        flow = movement.source.flow
        wrong_way = (flow is Flow.FAUCET and movement.amount < 0) or (
            flow in (Flow.SINK, Flow.TAX) and movement.amount > 0
        )
        if movement.amount == 0 or wrong_way:
            raise UnbalancedPosting(
                f"{movement.amount} is not an amount for the {flow} {movement.source.value}."
            )
        if movement.source not in kind.sources:
            raise UnbalancedPosting(f"{movement.source.value} is no source of a {kind.value}.")
        if flow is Flow.TRANSFER:
            carried[movement.currency] += movement.amount
    off = {currency.value: total for currency, total in carried.items() if total}
    if off or not movements:
        raise UnbalancedPosting("The transfers of a posting sum to zero.", off=off)


async def load(
    movements: Iterable[Movement],
    missing: Mapping[Account, GameError],
    new_accounts: Mapping[Account, dict[str, Any]],
) -> dict[Account, dict[str, Any]]:
    """Read every account of the posting: one query for each kind, none for a kept wallet."""
    wanted: dict[AccountKind, dict[ObjectId, Account]] = defaultdict(dict)
    for movement in movements:
        wanted[movement.account.kind].setdefault(movement.account.id, movement.account)
    documents: dict[Account, dict[str, Any]] = dict(new_accounts)
    for kind, accounts in wanted.items():
        book = BOOKS[kind]
        kept = kept_wallets() if kind is AccountKind.WALLET else {}
        documents |= {account: kept[id_] for id_, account in accounts.items() if id_ in kept}
        ids = [id_ for id_, account in accounts.items() if account not in documents]
        if not ids:
            continue
        found = await find_all(
            current_game().collection(book.collection),
            {book.key: {"$in": ids}, **book.alive},
            projection={
                **dict.fromkeys(book.fields.values(), 1),
                SEQUENCE: 1,
                book.key: 1,
                **({} if book.owner is None else {book.owner: 1}),
            },
            limit=len(ids),
        )
        documents |= {accounts[document[book.key]]: document for document in found}
    for movement in movements:
        if movement.account not in documents:
            account = movement.account
            raise missing.get(account) or AccountNotFound(account=str(account))
    return documents


def standings_of(
    movements: Iterable[Movement], documents: Mapping[Account, dict[str, Any]]
) -> dict[tuple[Account, Currency], Standing]:
    """Where every account of the posting stands before it."""
    standings: dict[tuple[Account, Currency], Standing] = {}
    for movement in movements:
        account, currency = movement.account, movement.currency
        if (account, currency) not in standings:
            standings[account, currency] = _standing(account, currency, documents[account])
    return standings


def _standing(account: Account, currency: Currency, document: dict[str, Any]) -> Standing:
    sequences = document.get(SEQUENCE) or {}
    return Standing(
        account,
        currency,
        before=BOOKS[account.kind].balance(document, currency),
        sequence_before=int(sequences.get(currency.value, 0)),
        tracked=currency.value in sequences,
    )


def fit(
    movement: Movement,
    standings: dict[tuple[Account, Currency], Standing],
    parked: dict[tuple[Account, Currency], int],
    new_accounts: dict[Account, dict[str, Any]],
) -> Iterable[Movement]:
    """The movement, applied; split where a wallet cannot hold all of it."""
    place = (movement.account, movement.currency)
    standing = standings[place]
    if standing.after + movement.amount < 0:
        raise InsufficientFunds(
            account=str(movement.account),
            currency=movement.currency.value,
            had=standing.after,
            needed=-movement.amount,
        )
    room = max(0, cap(movement.account.kind, movement.currency) - standing.after)
    fits = min(movement.amount, room) if movement.amount > 0 else movement.amount
    if fits != movement.amount and movement.account.kind is not AccountKind.WALLET:
        raise AccountFull(account=str(movement.account), room=room)
    if fits:
        yield _apply(standing, movement, fits)
    if fits != movement.amount:
        excess = movement.amount - fits
        reward = new_reward(movement.account.id, movement.source.value)
        account = pending(reward["_id"])
        new_accounts[account] = reward
        waiting = Standing(account, movement.currency, before=0, sequence_before=0, tracked=True)
        standings[account, movement.currency] = waiting
        parked[place] += excess
        yield _apply(waiting, movement, excess)


def adopt(standings: Mapping[tuple[Account, Currency], Standing], now: datetime) -> list[Row]:
    """The opening rows of balances that another program wrote before this ledger knew them.

    They are an operation of their own: who undoes the posting that met them leaves them alone.
    """
    foreign = [s for s in standings.values() if not s.tracked and s.before]
    if not foreign:
        return []
    operation = dice.new_id()
    rows = []
    for standing in foreign:
        standing.sequence += 1
        opening = mint(standing.account, standing.currency, standing.before, Source.OPENING_BALANCE)
        rows.append(row_of(opening, standing, operation, now))
    stage_operation(operation, OperationKind.ADOPTION, [row for _, row in rows], now)
    return rows


def endings_of(
    documents: Mapping[Account, dict[str, Any]],
    standings: Mapping[tuple[Account, Currency], Standing],
    closed: Mapping[Account, HoldStatus],
    now: datetime,
) -> dict[Account, dict[str, Any]]:
    """The fields of the holds that this posting closes: those that it leaves empty."""
    book = BOOKS[AccountKind.ESCROW]
    touched = {account for account, _ in standings if account.kind is AccountKind.ESCROW}
    if not touched and not closed:
        return {}
    emptied = {
        account
        for account in touched
        if not any(
            standings[account, currency].after
            if (account, currency) in standings
            else book.balance(documents[account], currency)
            for currency in book.fields
        )
    }
    if emptied != closed.keys():
        off = [str(account) for account in emptied ^ set(closed)]
        raise UnbalancedPosting("A hold is closed when it is emptied, and only then.", holds=off)
    return {
        account: {"status": status.value, "closedAt": now, "expiresAt": now + KEPT}
        for account, status in closed.items()
    }


def owner_of(
    account: Account,
    documents: Mapping[Account, dict[str, Any]],
    new_accounts: Mapping[Account, dict[str, Any]],
) -> ObjectId | None:
    """Whose an account is, where its row must say so: of each hold, and of a reward when this
    posting fills it."""
    if account.kind is AccountKind.PENDING and account in new_accounts:
        reward_of: ObjectId = new_accounts[account]["characterId"]
        return reward_of
    name = BOOKS[account.kind].owner
    return None if name is None else documents[account].get(name)


def _apply(standing: Standing, movement: Movement, amount: int) -> Movement:
    standing.after += amount
    standing.sequence += 1
    if amount == movement.amount and standing.account is movement.account:
        return movement
    return replace(movement, account=standing.account, amount=amount)


def row_of(
    movement: Movement,
    standing: Standing,
    operation: ObjectId,
    now: datetime,
    owner: ObjectId | None = None,
) -> Row:
    """The row of one movement, of which ``standing`` already shows the result.

    ``owner`` is whose the account is, where the row must say so.
    """
    place: dict[str, Any]
    if movement.account.kind is AccountKind.WALLET:
        collection, place = WALLET_ROWS, {"characterId": movement.account.id}
    else:
        collection, place = OTHER_ROWS, {"account": str(movement.account)}
    row = {
        "_id": dice.new_id(),
        **place,
        "type": ENTRY_TYPES[movement.source.flow].value,
        "currency": movement.currency.value,
        "amount": movement.amount,
        "source": movement.source.value,
        "balanceBefore": standing.after - movement.amount,
        "balanceAfter": standing.after,
        "createdAt": now,
        "seq": standing.sequence,
        "operation": operation,
    }
    if movement.reference is not None:
        row["reference"] = movement.reference
    if movement.counterparty is not None:
        row["counterparty"] = movement.counterparty
    if movement.note is not None:
        row["note"] = movement.note
    if movement.metadata is not None:
        row["metadata"] = movement.metadata
    if owner is not None:
        row["owner"] = owner
    return collection, row


def wallet_changed(movement: Movement, standing: Standing) -> WalletChanged:
    """What the owner of a wallet is told of a movement, of which ``standing`` shows the result."""
    return WalletChanged(
        currency=movement.currency,
        balance=standing.after,
        delta=movement.amount,
        source=movement.source.value,
        sequence=standing.sequence,
    )


def update_of(standing: Standing, now: datetime, ending: dict[str, Any]) -> StagedUpdate:
    """The new balance, with the end of a hold, if the account still is as it was read.

    Outcomes: changed; not found, when somebody outside the ledger wrote the balance meanwhile
    (``BalanceMoved``); a write conflict, when another posting did (the transaction runs again).
    """
    book = BOOKS[standing.account.kind]
    name = book.fields[standing.currency]
    sequence = f"{SEQUENCE}.{standing.currency.value}"
    return StagedUpdate(
        book.collection,
        {
            book.key: standing.account.id,
            name: standing.before if standing.before else {"$in": [0, None]},
            sequence: standing.sequence_before if standing.tracked else None,
        },
        {"$set": {name: standing.after, sequence: standing.sequence, "updatedAt": now, **ending}},
        otherwise=BalanceMoved(account=str(standing.account), retry_after=1),
    )


def put(document: dict[str, Any], standing: Standing) -> None:
    """Write a standing into the document of an account that the posting creates."""
    *parents, last = BOOKS[standing.account.kind].fields[standing.currency].split(".")
    target = document
    for parent in parents:
        target = target.setdefault(parent, {})
    target[last] = standing.after
    document.setdefault(SEQUENCE, {})[standing.currency.value] = standing.sequence
