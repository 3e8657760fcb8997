"""What staff may do to money: correct a wallet, undo an operation. Both leave an audit row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from bson import ObjectId
from pydantic import Field
from pymongo.errors import DuplicateKeyError

from desperados.accounts.acts import Act, may_act
from desperados.accounts.documents import UserRole
from desperados.accounts.inputs import Reason
from desperados.characters.actor import load_actor
from desperados.characters.errors import CharacterNotFound
from desperados.characters.ownership import owners_of
from desperados.economy.corrections.debts import stage_debt
from desperados.economy.corrections.shortfalls import Shortfall, without_shortfalls
from desperados.economy.documents import Reversal
from desperados.economy.errors import AlreadyReversed, NotReversible, OperationNotFound
from desperados.economy.service import Receipt, receipt
from desperados.engine import clock, dice
from desperados.engine.ambient import current_transaction
from desperados.engine.commands import command
from desperados.engine.staging import StagedInsert
from desperados.engine.transactions import stage
from desperados.engine.views import Id, View
from desperados.ledger.money import ledger
from desperados.ledger.money.accounts import Account, AccountKind, wallet
from desperados.ledger.money.archive import rows_of
from desperados.ledger.money.documents import Currency, Operation
from desperados.ledger.money.operations import (
    MIRRORS,
    OperationKind,
    digest_of,
    kind_of,
    stage_operation,
    stage_reversed,
)
from desperados.ledger.money.rules import check_amount, check_currency
from desperados.ledger.money.sources import Flow, Source

MOST_LEGS = 1000


class LegView(View):
    """One row of an operation. ``account`` is the kind and the id: "wallet:65f0..."."""

    account: str
    currency: Currency
    amount: int
    source: str
    balance_after: int
    reference: Id | None
    counterparty: str | None


class OperationView(View):
    """What a posting was. ``kind`` is null for those of before kinds were noted. ``final`` says why
    it cannot be undone; ``reversal`` is the reason for which it was undone, by the operation
    ``reversed_by`` if anything was left to take."""

    id: Id
    kind: str | None
    legs: list[LegView]
    reversible: bool
    final: str | None
    reverses: Id | None
    reversed_by: Id | None
    reversal: str | None
    created_at: datetime


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
    reason: Reason,
    currency: Currency = Currency.DOLLARS,
    key: str | None = None,
) -> Receipt:
    """Correct a wallet by a signed amount, with a row in the audit log.

    Raises:
        InsufficientFunds: the character holds less than is taken.
        InvalidAmount: the amount is 0, no whole number, or above the currency's cap.
        InvalidReason: the reason is not 5 to 500 characters.
        Forbidden: you are no admin, or the character's owner is another one.
        SelfDealing: it is a character of yours.
        CharacterNotFound: there is no such character.
        KeyReused: the key was used with another request.
    """
    currency = check_currency(currency)
    takes = isinstance(amount, int) and amount < 0
    size = check_amount(-amount if takes else amount, currency)
    account = wallet(character_id)
    owner = (await load_actor(character_id)).user_id
    act = await may_act(
        staff, [owner], needed=UserRole.ADMIN, reason=reason, character_id=character_id
    )
    movement = (
        ledger.burn(account, currency, size, Source.ADMIN_DEBIT)
        if takes
        else ledger.mint(account, currency, size, Source.ADMIN_CREDIT)
    )
    posted = await ledger.post(
        [movement], OperationKind.ADJUSTMENT, missing={account: CharacterNotFound()}
    )
    after = posted.balances[account, currency]
    parked = sum(posted.parked.values())
    act.note(
        "BALANCE_ADJUSTED",
        currency=currency.value,
        amount=movement.amount,
        operation=posted.operation,
        before={"balance": after + parked - movement.amount},
        after={"balance": after},
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

    It is the exact mirror image, or it is refused. What touches escrow is not undone: a bid would
    stand without its money, or money would return to a hold that nobody settles any more; nor is
    what would leave something unpaid that was paid for, such as a larger vault. If somebody has
    spent what would be taken back, the reversal is refused, or with ``force`` takes what is there
    and leaves a debt, which is collected as the debtor comes by money. Nobody is paid what was not
    taken.

    Raises:
        OperationNotFound: no row belongs to this operation.
        NotReversible: it moved money in escrow, or took it from a waiting reward, or is of a kind
            that is final; its rows are not those that were posted; or it is forced, and several
            characters would wait for one debtor.
        AlreadyReversed: it was undone before.
        InsufficientFunds: somebody has spent what would be taken back; with ``force``, an account
            that is no wallet has.
        AccountNotFound: somebody who took part is gone.
        InvalidReason: the reason is not 5 to 500 characters.
        Forbidden: you are no admin, or another one took part.
        SelfDealing: a character of yours took part.
        KeyReused: the key was used with another request.
    """
    transaction = current_transaction()
    assert transaction is not None
    known, rows = await _read(operation_id)
    act = await may_act(staff, await owners_of(_people(rows)), needed=UserRole.ADMIN, reason=reason)
    if await Reversal.load_one({"_id": operation_id}) is not None:
        raise AlreadyReversed()
    if refusal := _final(known, rows):
        raise NotReversible(refusal)
    movements = [_mirror(row, operation_id) for row in rows]
    owed: list[Shortfall] = []
    if force:
        movements, owed = await without_shortfalls(movements)
    debts = [
        stage_debt(short.debtor, short.creditor, short.currency, short.amount, operation_id)
        for short in owed
    ]
    undoing = await _post_reversal(movements, operation_id, debts)
    if known is not None:
        stage_reversed(operation_id, undoing, AlreadyReversed())
    undone_by = undoing if movements else None
    _note_reversal(act, operation_id, undone_by, debts)
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


async def operation(operation_id: ObjectId) -> OperationView:
    """What a posting was: its legs, and whether it can be undone.

    Raises:
        OperationNotFound: no row belongs to this operation.
    """
    known, rows = await _read(operation_id)
    reversal = await Reversal.load_one({"_id": operation_id})
    refusal = "It was undone before." if reversal is not None else _final(known, rows)
    return OperationView(
        id=operation_id,
        kind=None if known is None else known.kind,
        legs=[_leg(row) for row in rows],
        reversible=refusal is None,
        final=refusal,
        reverses=None if known is None else known.reverses,
        reversed_by=None if reversal is None else reversal.operation,
        reversal=None if reversal is None else reversal.reason,
        created_at=min(row["createdAt"] for row in rows) if known is None else known.created_at,
    )


def _people(rows: Sequence[dict[str, Any]]) -> list[ObjectId]:
    """The characters whose money an operation moved."""
    accounts = [_account(row) for row in rows]
    return [a.id for a in accounts if a.kind in (AccountKind.WALLET, AccountKind.VAULT)]


def _note_reversal(
    act: Act, undone: ObjectId, undone_by: ObjectId | None, debts: Sequence[ObjectId]
) -> None:
    """Who did it and why: for the audit of money, and in the log of what staff do."""
    row = {"_id": undone, "by": act.staff, "reason": act.reason, "createdAt": clock.now()}
    if undone_by is not None:
        row["operation"] = undone_by
    stage(StagedInsert(Reversal.collection_name(), row))
    act.note(
        "OPERATION_REVERSED",
        undone=undone,
        operation=undone_by,
        debts=list(debts),
        before={"reversed": False},
        after={"reversed": True},
    )


async def _post_reversal(
    movements: Sequence[ledger.Movement], undone: ObjectId, debts: Sequence[ObjectId]
) -> ObjectId:
    """Post the mirror image. Where nothing is left to take, only its operation says so."""
    details = {"debts": list(debts)} if debts else None
    kind = OperationKind.REVERSAL
    if movements:
        return (await ledger.post(movements, kind, reverses=undone, details=details)).operation
    nothing = dice.new_id()
    stage_operation(nothing, kind, [], clock.now(), reverses=undone, details=details)
    return nothing


async def _read(operation_id: ObjectId) -> tuple[Operation | None, list[dict[str, Any]]]:
    """An operation and its rows, last first, so that what was received is taken back before.

    Those of before operations were written have only rows, among which may be the adoption of a
    balance that another program wrote: that is no part of what was done.
    """
    known = await Operation.load_one({"_id": operation_id})
    rows = await rows_of(operation_id, limit=MOST_LEGS + 1)
    if known is None:
        rows = [row for row in rows if row["source"] != Source.OPENING_BALANCE.value]
        if not rows:
            raise OperationNotFound()
    return known, sorted(rows, key=lambda row: int(row["amount"]), reverse=True)


def _final(known: Operation | None, rows: Sequence[dict[str, Any]]) -> str | None:
    """Why an operation cannot be undone; None if it can.

    A hold belongs to what it is held for, and a reward that was claimed stays empty.
    """
    if known is not None:
        kind = kind_of(known.kind)
        if kind is None or kind.final is not None:
            return "It is of an unknown kind." if kind is None else kind.final
    if len(rows) > MOST_LEGS:
        return f"It has more than {MOST_LEGS:,} legs."
    carried: Counter[str] = Counter()
    for row in rows:
        kind_of_account = _account(row).kind
        if kind_of_account is AccountKind.ESCROW:
            return "It moved money that was held for something."
        if kind_of_account is AccountKind.PENDING and row["amount"] < 0:
            return "It paid out a waiting reward."
        if _flow(row) is Flow.TRANSFER:
            carried[row["currency"]] += int(row["amount"])
    whole = known is None or (len(rows), digest_of(rows)) == (known.legs, known.digest)
    if not whole or any(carried.values()):
        return "Its rows are not those that were posted; the audit names them."
    return None


def _account(row: dict[str, Any]) -> Account:
    if "characterId" in row:
        return wallet(row["characterId"])
    kind, _, identity = row["account"].partition(":")
    return Account(AccountKind(kind), ObjectId(identity))


def _flow(row: dict[str, Any]) -> Flow:
    return Source(row["source"]).flow  # type: ignore[call-arg]


def _mirror(row: dict[str, Any], operation_id: ObjectId) -> ledger.Movement:
    return ledger.Movement(
        _account(row),
        Currency(row["currency"]),
        -int(row["amount"]),
        MIRRORS[_flow(row)],
        operation_id,
        row.get("counterparty"),
    )


def _leg(row: dict[str, Any]) -> LegView:
    return LegView(
        account=str(_account(row)),
        currency=Currency(row["currency"]),
        amount=int(row["amount"]),
        source=row["source"],
        balance_after=int(row["balanceAfter"]),
        reference=row.get("reference"),
        counterparty=row.get("counterparty"),
    )
