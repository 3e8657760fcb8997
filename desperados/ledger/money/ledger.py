"""The ledger: the only code that changes a balance.

A posting is a list of movements. It commits whole or not at all, leaves a row for each movement
with the balance before and after, and neither makes nor destroys a coin except through a named
faucet or sink. It costs one read for each kind of account, and its writes leave together with the
command's other staged writes. Beside its rows it leaves an operation, which says what it was.

Limits: a posting runs inside the caller's transaction; at most 300 movements were tried in one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bson import ObjectId

from desperados.engine import clock, dice
from desperados.engine.errors import GameError
from desperados.engine.game import current_game
from desperados.engine.live.events import push
from desperados.engine.staging import StagedInsert
from desperados.engine.storage.collection import find_all
from desperados.engine.transactions import stage
from desperados.ledger.money import posting
from desperados.ledger.money.accounts import BOOKS, Account, AccountKind
from desperados.ledger.money.documents import Currency, HoldStatus
from desperados.ledger.money.movement import Movement, burn, mint, move
from desperados.ledger.money.operations import OperationKind, stage_operation

__all__ = [
    "Movement",
    "OperationKind",
    "Posted",
    "balances",
    "balances_of",
    "burn",
    "mint",
    "move",
    "post",
]


@dataclass(frozen=True, slots=True)
class Posted:
    """What a posting did. ``balances`` are those after it; ``parked`` went to pending rewards."""

    operation: ObjectId
    at: datetime
    balances: Mapping[tuple[Account, Currency], int]
    parked: Mapping[tuple[Account, Currency], int]


async def post(
    movements: Sequence[Movement],
    kind: OperationKind,
    *,
    missing: Mapping[Account, GameError] | None = None,
    opened: Mapping[Account, dict[str, Any]] | None = None,
    closed: Mapping[Account, HoldStatus] | None = None,
    operation: ObjectId | None = None,
    **about: Any,
) -> Posted:
    """Carry out ``movements`` in order, inside the open transaction.

    What would pass the cap of a wallet is not cut: it waits in a pending reward. A vault has its
    own limits, which its commands keep; what would pass its cap is refused. ``missing`` gives
    the error to raise for an account that does not exist. ``opened`` gives the documents of
    accounts that this posting creates; they are inserted with the balance that it leaves them.
    ``closed`` says of each hold that it empties how that ended. ``operation`` is the id of a
    movement of goods that belongs to it; ``about`` are further fields of the operation's document.

    A balance that another program wrote is first adopted, which is an operation of its own.

    Raises:
        InsufficientFunds: an account holds less than is taken.
        AccountNotFound: an account does not exist, or a hold is closed, and ``missing`` has no
            other error for it.
        AccountFull: an account that is no wallet would pass its cap.
        UnbalancedPosting: the movements contradict their sources or the kind, or a hold is emptied
            and stays open; a fault of the caller.
    """
    posting.check_movements(movements, kind)
    now = clock.now()
    operation = operation or dice.new_id()
    new_accounts = dict(opened or {})
    documents = await posting.load(movements, missing or {}, new_accounts)
    standings = posting.standings_of(movements, documents)
    rows = posting.adopt(standings, now)
    legs: list[posting.Row] = []
    parked: dict[tuple[Account, Currency], int] = defaultdict(int)
    for movement in movements:
        for part in posting.fit(movement, standings, parked, new_accounts):
            account = part.account
            standing = standings[account, part.currency]
            owner = posting.owner_of(account, documents, new_accounts)
            legs.append(posting.row_of(part, standing, operation, now, owner))
            if account.kind is AccountKind.WALLET:
                push(posting.wallet_changed(part, standing), to=account.id)
    endings = posting.endings_of(documents, standings, closed or {}, now)
    for standing in standings.values():
        if standing.account in new_accounts:
            posting.put(new_accounts[standing.account], standing)
        elif standing.sequence != standing.sequence_before:
            stage(posting.update_of(standing, now, endings.get(standing.account, {})))
    for account, document in new_accounts.items():
        stage(StagedInsert(BOOKS[account.kind].collection, document))
    for collection, row in (*rows, *legs):
        stage(StagedInsert(collection, row))
    stage_operation(operation, kind, [row for _, row in legs], now, **about)
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
