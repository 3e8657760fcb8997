"""The ledger: the only code that changes a balance.

A posting is a list of movements. It commits whole or not at all, leaves a row for each movement
with the balance before and after, and neither makes nor destroys a coin except through a named
faucet or sink. It costs one read for each kind of account, and its writes leave together with the
command's other staged writes.

Limits: a posting runs inside the caller's transaction; at most 300 movements were tried in one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from bson import ObjectId

from desperados.engine import clock, dice
from desperados.engine.collection import find_all
from desperados.engine.errors import GameError
from desperados.engine.game import current_game
from desperados.engine.live.events import push
from desperados.engine.staging import StagedInsert, StagedUpdate
from desperados.engine.transactions import stage
from desperados.ledger.money.accounts import BOOKS, SEQUENCE, Account, AccountKind, cap, pending
from desperados.ledger.money.documents import Currency, TransactionType
from desperados.ledger.money.errors import (
    AccountFull,
    AccountNotFound,
    BalanceMoved,
    InsufficientFunds,
    UnbalancedPosting,
)
from desperados.ledger.money.events import WalletChanged
from desperados.ledger.money.sources import Flow, Source
from desperados.ledger.money.wallets import kept_wallets

WALLET_ROWS = "goldtransactions"
OTHER_ROWS = "accountentries"

ENTRY_TYPES = {
    Flow.FAUCET: TransactionType.EARN,
    Flow.SINK: TransactionType.SPEND,
    Flow.TAX: TransactionType.TAX,
    Flow.TRANSFER: TransactionType.TRANSFER,
}


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


@dataclass(frozen=True, slots=True)
class Posted:
    """What a posting did. ``balances`` are those after it; ``parked`` went to pending rewards."""

    operation: ObjectId
    at: datetime
    balances: Mapping[tuple[Account, Currency], int]
    parked: Mapping[tuple[Account, Currency], int]


@dataclass(slots=True)
class _Standing:
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


async def post(
    movements: Sequence[Movement],
    *,
    missing: Mapping[Account, GameError] | None = None,
    opened: Mapping[Account, dict[str, Any]] | None = None,
) -> Posted:
    """Carry out ``movements`` in order, inside the open transaction.

    What would pass the cap of a wallet is not cut: it waits in a pending reward. A vault has its
    own limits, which its commands keep; what would pass its cap is refused. ``missing`` gives
    the error to raise for an account that does not exist. ``opened`` gives the documents of
    accounts that this posting creates; they are inserted with the balance that it leaves them.

    Raises:
        InsufficientFunds: an account holds less than is taken.
        AccountNotFound: an account does not exist and ``missing`` has no other error for it.
        AccountFull: an account that is no wallet would pass its cap.
        UnbalancedPosting: the movements contradict their sources; a fault of the caller.
    """
    _check_balance_of(movements)
    now = clock.now()
    operation = dice.new_id()
    new_accounts = dict(opened or {})
    standings = await _load(movements, missing or {}, new_accounts)
    parked: dict[tuple[Account, Currency], int] = defaultdict(int)
    rows = [
        _row(_adopt(standing), standing, operation, now)
        for standing in standings.values()
        if not standing.tracked and standing.before
    ]
    for movement in movements:
        for part in _fit(movement, standings, parked, new_accounts, now):
            standing = standings[part.account, part.currency]
            rows.append(_row(part, standing, operation, now))
            if part.account.kind is AccountKind.WALLET:
                push(_wallet_changed(part, standing), to=part.account.id)
    for standing in standings.values():
        if standing.account in new_accounts:
            _put(new_accounts[standing.account], standing)
        elif standing.sequence != standing.sequence_before:
            stage(_update(standing, now))
    for account, document in new_accounts.items():
        stage(StagedInsert(BOOKS[account.kind].collection, document))
    for collection, row in rows:
        stage(StagedInsert(collection, row))
    balances = {place: standing.after for place, standing in standings.items()}
    return Posted(operation, now, balances, dict(parked))


async def balances(account: Account) -> dict[Currency, int] | None:
    """What ``account`` holds, or None if it does not exist."""
    return (await balances_of([account])).get(account)


async def balances_of(accounts: Collection[Account]) -> dict[Account, dict[Currency, int]]:
    """What each of ``accounts`` holds that exists: one query for each kind."""
    wanted: dict[AccountKind, dict[ObjectId, Account]] = defaultdict(dict)
    for account in accounts:
        wanted[account.kind][account.id] = account
    held: dict[Account, dict[Currency, int]] = {}
    for kind, named in wanted.items():
        book = BOOKS[kind]
        found = await find_all(
            current_game().collection(book.collection),
            {book.key: {"$in": list(named)}, **book.alive},
            projection={**dict.fromkeys(book.fields.values(), 1), book.key: 1},
            limit=len(named),
        )
        for document in found:
            held[named[document[book.key]]] = {
                currency: book.balance(document, currency) for currency in book.fields
            }
    return held


def _check_balance_of(movements: Sequence[Movement]) -> None:
    """The sign of each movement fits its source, and transfers make and destroy nothing."""
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
        if flow is Flow.TRANSFER:
            carried[movement.currency] += movement.amount
    off = {currency.value: total for currency, total in carried.items() if total}
    if off or not movements:
        raise UnbalancedPosting("The transfers of a posting sum to zero.", off=off)


async def _load(
    movements: Iterable[Movement],
    missing: Mapping[Account, GameError],
    new_accounts: Mapping[Account, dict[str, Any]],
) -> dict[tuple[Account, Currency], _Standing]:
    """Read every account of the posting: one query for each kind, none for what is known."""
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
            projection={**dict.fromkeys(book.fields.values(), 1), SEQUENCE: 1, book.key: 1},
            limit=len(ids),
        )
        documents |= {accounts[document[book.key]]: document for document in found}
    standings: dict[tuple[Account, Currency], _Standing] = {}
    for movement in movements:
        account, currency = movement.account, movement.currency
        if account not in documents:
            raise missing.get(account) or AccountNotFound(account=str(account))
        if (account, currency) not in standings:
            standings[account, currency] = _standing(account, currency, documents[account])
    return standings


def _standing(account: Account, currency: Currency, document: dict[str, Any]) -> _Standing:
    sequences = document.get(SEQUENCE) or {}
    return _Standing(
        account,
        currency,
        before=BOOKS[account.kind].balance(document, currency),
        sequence_before=int(sequences.get(currency.value, 0)),
        tracked=currency.value in sequences,
    )


def _fit(
    movement: Movement,
    standings: dict[tuple[Account, Currency], _Standing],
    parked: dict[tuple[Account, Currency], int],
    new_accounts: dict[Account, dict[str, Any]],
    now: datetime,
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
        reward = _new_reward(movement, now)
        account = pending(reward["_id"])
        new_accounts[account] = reward
        waiting = _Standing(account, movement.currency, before=0, sequence_before=0, tracked=True)
        standings[account, movement.currency] = waiting
        parked[place] += excess
        yield _apply(waiting, movement, excess)


def _adopt(standing: _Standing) -> Movement:
    """The opening row of a balance that another program wrote before this ledger knew it."""
    standing.sequence += 1
    return mint(standing.account, standing.currency, standing.before, Source.OPENING_BALANCE)


def _apply(standing: _Standing, movement: Movement, amount: int) -> Movement:
    standing.after += amount
    standing.sequence += 1
    if amount == movement.amount and standing.account is movement.account:
        return movement
    return replace(movement, account=standing.account, amount=amount)


def _new_reward(movement: Movement, now: datetime) -> dict[str, Any]:
    """The pending reward of a wallet that is full."""
    return {
        "_id": dice.new_id(),
        "characterId": movement.account.id,
        "rewardType": "currency",
        "rewards": {},
        "source": movement.source.value,
        "createdAt": now,
    }


def _row(
    movement: Movement, standing: _Standing, operation: ObjectId, now: datetime
) -> tuple[str, dict[str, Any]]:
    """The row of one movement, of which ``standing`` already shows the result."""
    owner: dict[str, Any]
    if movement.account.kind is AccountKind.WALLET:
        collection, owner = WALLET_ROWS, {"characterId": movement.account.id}
    else:
        collection, owner = OTHER_ROWS, {"account": str(movement.account)}
    row = {
        "_id": dice.new_id(),
        **owner,
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
    return collection, row


def _wallet_changed(movement: Movement, standing: _Standing) -> WalletChanged:
    """What the owner of a wallet is told of a movement, of which ``standing`` shows the result."""
    return WalletChanged(
        currency=movement.currency,
        balance=standing.after,
        delta=movement.amount,
        source=movement.source.value,
        sequence=standing.sequence,
    )


def _update(standing: _Standing, now: datetime) -> StagedUpdate:
    """The new balance, if the account still is as it was read.

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
        {"$set": {name: standing.after, sequence: standing.sequence, "updatedAt": now}},
        otherwise=BalanceMoved(account=str(standing.account), retry_after=1),
    )


def _put(document: dict[str, Any], standing: _Standing) -> None:
    """Write a standing into the document of an account that the posting creates."""
    *parents, last = BOOKS[standing.account.kind].fields[standing.currency].split(".")
    target = document
    for parent in parents:
        target = target.setdefault(parent, {})
    target[last] = standing.after
    document.setdefault(SEQUENCE, {})[standing.currency.value] = standing.sequence
