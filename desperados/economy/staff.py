"""What staff may do to money: correct a wallet, undo an operation. Both leave an audit row."""

from __future__ import annotations

from typing import Any

from bson import ObjectId
from pydantic import Field
from pymongo.errors import DuplicateKeyError

from desperados.accounts.acts import Reason, check_reason, note_act
from desperados.characters.errors import CharacterNotFound
from desperados.economy.debts import stage_debt
from desperados.economy.documents import Reversal
from desperados.economy.errors import AlreadyReversed, NotReversible, OperationNotFound
from desperados.economy.service import Receipt, receipt
from desperados.economy.shortfalls import Shortfall, without_shortfalls
from desperados.engine import clock
from desperados.engine.ambient import current_transaction
from desperados.engine.collection import find_all
from desperados.engine.commands import command
from desperados.engine.staging import StagedInsert
from desperados.engine.transactions import stage
from desperados.engine.views import Id, View
from desperados.ledger.money import ledger
from desperados.ledger.money.accounts import Account, AccountKind, wallet
from desperados.ledger.money.documents import AccountEntry, Currency, GoldTransaction
from desperados.ledger.money.rules import check_amount, check_currency
from desperados.ledger.money.sources import Flow, Source

MOST_LEGS = 1000

_MIRRORS = {
    Flow.FAUCET: Source.REVERSED_INCOME,
    Flow.SINK: Source.REVERSED_SPENDING,
    Flow.TAX: Source.REVERSED_SPENDING,
    Flow.TRANSFER: Source.REVERSED_TRANSFER,
}


class ReversalView(View):
    """An operation that was undone, and the operation that undid it, if there was anything to
    take. ``owed`` coins could not be taken; they are ``debts`` now."""

    undone: Id
    operation: Id | None
    movements: int
    owed: int = 0
    debts: list[Id] = Field(default_factory=list)


@command
async def adjust(
    staff: ObjectId,
    character_id: ObjectId,
    amount: int,
    *,
    reason: str,
    currency: Currency = Currency.DOLLARS,
    key: str | None = None,
) -> Receipt:
    """Correct a wallet by a signed amount, with a row in the audit log.

    Raises:
        InsufficientFunds: the character holds less than is taken.
        InvalidAmount: the amount is 0, no whole number, or above the currency's cap.
        InvalidInput: the reason is not 5 to 500 characters.
        CharacterNotFound: there is no such character.
        KeyReused: the key was used with another request.
    """
    currency = check_currency(currency)
    check_reason(reason)
    takes = isinstance(amount, int) and amount < 0
    size = check_amount(-amount if takes else amount, currency)
    account = wallet(character_id)
    movement = (
        ledger.burn(account, currency, size, Source.ADMIN_DEBIT)
        if takes
        else ledger.mint(account, currency, size, Source.ADMIN_CREDIT)
    )
    posted = await ledger.post([movement], missing={account: CharacterNotFound()})
    note_act(
        staff,
        "BALANCE_ADJUSTED",
        {
            "currency": currency.value,
            "amount": movement.amount,
            "reason": reason,
            "operation": posted.operation,
        },
        character_id=character_id,
    )
    return receipt(posted, character_id, currency, movement.amount)


@command
async def reverse(
    staff: ObjectId,
    operation_id: ObjectId,
    *,
    reason: Reason,
    force: bool = False,
    key: str | None = None,
) -> ReversalView:
    """Undo an operation by posting its mirror image. Rows are never edited or deleted.

    What touches escrow is not undone: a bid would stand without its money, or money would return to
    a hold that nobody settles any more. If somebody has spent what would be taken back, the
    reversal is refused, or with ``force`` takes what is there and leaves a debt, which is collected
    as the debtor comes by money. Nobody is paid what was not taken.

    Raises:
        OperationNotFound: no row belongs to this operation.
        NotReversible: it moved money in escrow, or took it from a waiting reward; or it is forced,
            and several characters would wait for one debtor.
        AlreadyReversed: it was undone before.
        InsufficientFunds: somebody has spent what would be taken back; with ``force``, an account
            that is no wallet has.
        AccountNotFound: somebody who took part is gone.
        InvalidInput: the reason is not 5 to 500 characters.
        KeyReused: the key was used with another request.
    """
    check_reason(reason)
    transaction = current_transaction()
    assert transaction is not None
    movements = [_mirror(row, operation_id) for row in await _rows_of(operation_id)]
    if not movements:
        raise OperationNotFound()
    for movement in movements:
        _require_reversible(movement)
    owed: list[Shortfall] = []
    if force:
        movements, owed = await without_shortfalls(movements)
    undone_by = (await ledger.post(movements)).operation if movements else None
    debts = [
        stage_debt(short.debtor, short.creditor, short.currency, short.amount, operation_id)
        for short in owed
    ]
    row = {"_id": operation_id, "by": staff, "reason": reason, "createdAt": clock.now()}
    if undone_by is not None:
        row["operation"] = undone_by
    stage(StagedInsert(Reversal.collection_name(), row))
    note_act(
        staff,
        "OPERATION_REVERSED",
        {"undone": operation_id, "operation": undone_by, "reason": reason, "debts": debts},
    )
    try:
        await transaction.flush()
    except DuplicateKeyError:
        raise AlreadyReversed() from None
    return ReversalView(
        undone=operation_id,
        operation=undone_by,
        movements=len(movements),
        owed=sum(short.amount for short in owed),
        debts=debts,
    )


async def _rows_of(operation_id: ObjectId) -> list[dict[str, Any]]:
    """The rows of both kinds, last first, so that what was received is taken back before."""
    rows = []
    for model in (GoldTransaction, AccountEntry):
        rows += await find_all(model.collection(), {"operation": operation_id}, limit=MOST_LEGS)
    return sorted(rows, key=lambda row: int(row["amount"]), reverse=True)


def _mirror(row: dict[str, Any], operation_id: ObjectId) -> ledger.Movement:
    flow = Source(row["source"]).flow  # type: ignore[call-arg]
    if "characterId" in row:
        account = wallet(row["characterId"])
    else:
        kind, _, identity = row["account"].partition(":")
        account = Account(AccountKind(kind), ObjectId(identity))
    return ledger.Movement(
        account,
        Currency(row["currency"]),
        -int(row["amount"]),
        _MIRRORS[flow],
        operation_id,
        row.get("counterparty"),
    )


def _require_reversible(mirrored: ledger.Movement) -> None:
    """A hold belongs to what it is held for, and a reward that was claimed stays empty."""
    kind = mirrored.account.kind
    if kind is AccountKind.ESCROW or (kind is AccountKind.PENDING and mirrored.amount > 0):
        raise NotReversible(account=str(mirrored.account))
