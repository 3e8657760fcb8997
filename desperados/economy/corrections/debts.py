"""Debts: what a forced reversal could not take back, because it was spent, and tax on what is put
away.

Nothing is lent and no coin is made: whoever is owed gets what the debtor has now, and the rest as
the debtor comes by it. A sweep collects every hour, from the wallet and then from the vault. A debt
to nobody is one to the world: income that should not have been, or a tax; it is burned when it is
repaid.

A debtor who sends money, trades, deals on the market or invests pays first.

Limits: who spends it in a shop or for metal within the hour does not; staff who do not want that
lock his trade.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

from bson import ObjectId

from desperados.accounts.acts import may_act
from desperados.accounts.documents import UserRole
from desperados.accounts.inputs import Reason
from desperados.characters.ownership import owners_of
from desperados.economy.documents import Debt, DebtStatus
from desperados.economy.errors import DebtClosed, DebtNotFound
from desperados.engine import clock
from desperados.engine.commands import command
from desperados.engine.errors import Contention
from desperados.engine.staging import StagedInsert, StagedUpdate
from desperados.engine.storage.paging import read_page
from desperados.engine.storage.reads import Read
from desperados.engine.storage.streams import batches_by_id
from desperados.engine.transactions import stage
from desperados.engine.views import Id, Limit, Page, View
from desperados.ledger.money import ledger
from desperados.ledger.money.accounts import vault, wallet
from desperados.ledger.money.documents import Currency
from desperados.ledger.money.operations import OperationKind
from desperados.ledger.money.sources import Source

EVERY = timedelta(hours=1)
BATCH = 100
_OPEN = DebtStatus.OPEN.value


class DebtView(View):
    """A debt. ``owed`` is what is left of ``amount``; without a creditor it is owed to the world.
    ``operation`` is the one that was undone; null for a tax, of which ``source`` is the name."""

    id: Id
    debtor_id: Id
    creditor_id: Id | None
    currency: Currency
    amount: int
    owed: int
    status: DebtStatus
    operation: Id | None
    source: str | None
    created_at: datetime
    closed_at: datetime | None


async def list_debts(
    actor: ObjectId, *, limit: Limit = 50, after: str | None = None
) -> Page[DebtView]:
    """What a character owes and has owed, newest first.

    Raises:
        InvalidInput: the limit is not 1 to 100, or the cursor is not one of this list.
    """
    return await read_page(
        Debt.collection(),
        {"debtorId": actor},
        sort="-createdAt",
        limit=limit,
        after=after,
        view=lambda row: _view(Debt.hydrate(row)),
    )


@command
async def forgive_debt(
    staff: ObjectId, debt_id: ObjectId, *, reason: Reason, key: str | None = None
) -> DebtView:
    """Let a debtor off what is left of a debt, with a row in the audit log.

    Raises:
        DebtNotFound: there is no such debt.
        DebtClosed: it is repaid, or was forgiven before.
        InvalidReason: the reason is not 5 to 500 characters.
        Forbidden: you are no admin, or debtor or creditor is another one.
        SelfDealing: a character of yours owes it, or is owed it.
        KeyReused: the key was used with another request.
    """
    debt = await Debt.load_one({"_id": debt_id})
    if debt is None:
        raise DebtNotFound()
    if debt.status != DebtStatus.OPEN:
        raise DebtClosed(status=debt.status)
    sides = [who for who in (debt.debtor_id, debt.creditor_id) if who is not None]
    act = await may_act(
        staff,
        await owners_of(sides),
        needed=UserRole.ADMIN,
        reason=reason,
        character_id=debt.debtor_id,
    )
    _change(debt, 0, DebtStatus.FORGIVEN)
    act.note(
        "DEBT_FORGIVEN",
        debt=debt_id,
        owed=debt.owed,
        before={"status": debt.status.value, "owed": debt.owed},
        after={"status": DebtStatus.FORGIVEN.value, "owed": 0},
        character_id=debt.debtor_id,
    )
    return _view(debt, owed=0, status=DebtStatus.FORGIVEN, closed_at=clock.now())


def stage_debt(
    debtor: ObjectId, creditor: ObjectId | None, currency: Currency, amount: int, undone: ObjectId
) -> ObjectId:
    """Stage a new debt; returns its id."""
    debt = Debt(
        debtor_id=debtor,
        creditor_id=creditor,
        currency=currency,
        amount=amount,
        owed=amount,
        operation=undone,
        created_at=clock.now(),
    )
    stage(StagedInsert(Debt.collection_name(), debt.to_mongo()))
    return debt.id


async def owe_tax(debtor: ObjectId, amount: int) -> None:
    """Stage that a character owes so many dollars more of wealth tax: one debt has all of it."""
    tax = Source.WEALTH_TAX.value
    found = await Debt.load_one({"debtorId": debtor, "status": _OPEN, "source": tax})
    if found is None:
        debt = Debt(
            debtor_id=debtor,
            currency=Currency.DOLLARS,
            amount=amount,
            owed=amount,
            source=tax,
            created_at=clock.now(),
        )
        stage(StagedInsert(Debt.collection_name(), debt.to_mongo()))
        return
    stage(
        StagedUpdate(
            Debt.collection_name(),
            {"_id": found.id, "status": _OPEN, "owed": found.owed},
            {"$inc": {"owed": amount, "amount": amount}},
            otherwise=Contention(retry_after=1),
        )
    )


async def open_debts(_period: datetime, after: ObjectId | None) -> AsyncIterator[ObjectId]:
    """Every open debt after ``after``, for the sweep."""
    where = {"status": _OPEN}
    async for rows in batches_by_id(Debt.collection(), where, {"_id": 1}, after=after, size=BATCH):
        for row in rows:
            yield row["_id"]


async def collect_due(_period: datetime, debt_id: ObjectId) -> None:
    """Collect a debt, for the sweep. Done twice it takes what came in between."""
    await collect_debt(debt_id)


@command
async def collect_debt(debt_id: ObjectId) -> int:
    """Take what the debtor has, up to what is owed. Returns how much that was.

    A debt of somebody who is gone, or to somebody who is, is over.
    """
    debt = await Debt.load_one({"_id": debt_id})
    if debt is None or debt.status != DebtStatus.OPEN:
        return 0
    sources = (wallet(debt.debtor_id), vault(debt.debtor_id))
    owner = None if debt.creditor_id is None else wallet(debt.creditor_id)
    balances = await ledger.balances_of(sources if owner is None else (*sources, owner))
    if sources[0] not in balances or (owner is not None and owner not in balances):
        _change(debt, 0, DebtStatus.VOID)
        return 0
    movements, left = [], debt.owed
    for account in sources:
        held = balances.get(account, {})
        part = min(left, held.get(debt.currency, 0))
        if not part:
            continue
        left -= part
        if owner is None:
            source = Source.WEALTH_TAX if debt.source else Source.REVERSED_INCOME
            movements.append(ledger.burn(account, debt.currency, part, source, reference=debt.id))
        else:
            movements += ledger.move(
                account,
                owner,
                debt.currency,
                part,
                Source.DEBT_REPAID,
                debt.id,
            )
    if not movements:
        return 0
    await ledger.post(movements, OperationKind.DEBT)
    _change(debt, left, DebtStatus.OPEN if left else DebtStatus.REPAID)
    return debt.owed - left


def owed_by(debtor: ObjectId) -> Read[list[ObjectId]]:
    """The open debts of a character, as a read that may leave with others."""
    return Read(
        Debt,
        {"debtorId": debtor, "status": _OPEN},
        lambda rows: [row["_id"] for row in rows],
        {"_id": 1},
        limit=BATCH,
    )


async def collect_first(debts: Read[list[ObjectId]]) -> None:
    """Collect what a character owes before it gives money to others, puts it away, or leaves the
    world; inside that transaction."""
    for debt_id in debts.result:
        await collect_debt(debt_id)


def _change(debt: Debt, owed: int, status: DebtStatus) -> None:
    """Stage what is left of a debt, if it still is as it was read.

    Outcomes: changed; not found or a write conflict, when somebody else was quicker (the
    transaction runs again).
    """
    fields: dict[str, Any] = {"owed": owed, "status": status.value}
    if status is not DebtStatus.OPEN:
        fields["closedAt"] = clock.now()
    stage(
        StagedUpdate(
            Debt.collection_name(),
            {"_id": debt.id, "status": _OPEN, "owed": debt.owed},
            {"$set": fields},
            otherwise=Contention(retry_after=1),
        )
    )


def _view(debt: Debt, **changed: object) -> DebtView:
    shown = {name: getattr(debt, name) for name in DebtView.model_fields}
    return DebtView.model_validate({**shown, **changed})
