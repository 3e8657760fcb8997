"""The audit of what was undone: each reversal is the mirror of one operation, less what is owed.

- a reversal and what it undid name each other, and there is a row that says who did it and why;
- its legs are those of the original the other way round; what it could not take is a debt;
- a debt is what is left of it after the rows that repaid it, and ended as it says.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from bson import ObjectId

from desperados.accounts.documents import AuditLog
from desperados.characters.documents import Character
from desperados.economy.documents import Debt, DebtStatus, Reversal
from desperados.engine.manifest.auditing import Check, Progress
from desperados.engine.manifest.reading import BATCH, Row, batches, by_id, rows_by
from desperados.engine.storage.indexes import HAS_ID
from desperados.engine.storage.streams import gathered, stream
from desperados.ledger.audit import account_of, owners_of
from desperados.ledger.money.accounts import AccountKind, vault, wallet
from desperados.ledger.money.archive import ENTRIES, ROWS, WALLETS
from desperados.ledger.money.documents import Operation
from desperados.ledger.money.operations import MIRRORS, OperationKind
from desperados.ledger.money.sources import Flow, Source

Legs = Counter[tuple[str, str, str]]  # coins by account, currency and source

OPERATIONS = Operation.collection_name()
_REPAID = (Source.DEBT_REPAID.value, Source.REVERSED_INCOME.value, Source.WEALTH_TAX.value)


async def check_reversals(check: Check, tell: Progress) -> None:
    """Each reversal is the mirror of what it undid, and each pair is noted on both sides."""
    async for batch in batches(Reversal.collection_name(), {}):
        check.examined += len(batch)
        tell(check.name, check.examined)
        await _check_mirrors(check, batch)
    async for batch in batches(OPERATIONS, {"kind": OperationKind.REVERSAL.value}):
        check.examined += len(batch)
        await _check_pairs(check, batch)
    undone = stream(Operation.collection(), {"reversedBy": HAS_ID}, sort=[("reversedBy", 1)])
    async for batch in gathered(undone, BATCH):
        check.examined += len(batch)
        await _check_pairs(check, batch)


async def _check_mirrors(check: Check, reversals: list[Row]) -> None:
    originals = [reversal["_id"] for reversal in reversals]
    undoing = [reversal["operation"] for reversal in reversals if reversal.get("operation")]
    rows = await rows_by(ROWS, "operation", (*originals, *undoing))
    known = await by_id(OPERATIONS, (*originals, *undoing))
    debts = await rows_by([Debt.collection_name()], "operation", originals)
    owners = await owners_of(row for some in rows.values() for row in some)
    for reversal in reversals:
        undone, by = reversal["_id"], reversal.get("operation")
        where = f"reversals/{undone}"
        if not rows[undone]:
            check.report(where, "undid an operation that is not there")
            continue
        # Before there were operations, an adopted balance was part of what was undone.
        adopted = by is not None and by not in known
        wanted = _mirror(rows[undone], debts[undone], adopted=adopted)
        for leg, coins in _differences(wanted, _legs(rows[by] if by else [], owners)):
            account, currency, source = leg
            check.report(
                where,
                f"is no mirror of what it undid: {coins:+} {currency} of {account} by {source}",
            )


def _mirror(rows: Iterable[Row], debts: Iterable[Row], *, adopted: bool) -> Legs:
    """What undoing these rows is, less what is owed now."""
    legs: Legs = Counter()
    for row in rows:
        if row["source"] == Source.OPENING_BALANCE.value and not adopted:
            continue
        mirrored = MIRRORS[_flow(row)].value
        legs[account_of(row), row["currency"], mirrored] -= int(row["amount"])
    for debt in debts:
        creditor, amount = debt.get("creditorId"), int(debt["amount"])
        source = Source.REVERSED_INCOME if creditor is None else Source.REVERSED_TRANSFER
        legs[str(wallet(debt["debtorId"])), debt["currency"], source.value] += amount
        if creditor is not None:
            legs[str(wallet(creditor)), debt["currency"], source.value] -= amount
    return legs


def _legs(rows: Iterable[Row], owners: dict[str, ObjectId]) -> Legs:
    """What was posted; what a full wallet could not take back was put into a new reward."""
    legs: Legs = Counter()
    for row in rows:
        account, amount = account_of(row), int(row["amount"])
        if account.startswith(AccountKind.PENDING.value) and amount > 0 and account in owners:
            account = str(wallet(owners[account]))
        legs[account, row["currency"], row["source"]] += amount
    return legs


def _differences(wanted: Legs, found: Legs) -> list[tuple[tuple[str, str, str], int]]:
    return [
        (leg, found[leg] - wanted[leg])
        for leg in sorted({*wanted, *found})
        if found[leg] != wanted[leg]
    ]


async def _check_pairs(check: Check, operations: list[Row]) -> None:
    """An operation that was undone, and one that undid, name each other and have their row.

    What was undone may be of before there were operations, and then names nobody.
    """
    others = {row.get(name) for row in operations for name in ("reverses", "reversedBy")} - {None}
    there = await by_id(OPERATIONS, list(others))
    undone = [row.get("reverses") or row["_id"] for row in operations]
    reversals = await by_id(Reversal.collection_name(), list(set(undone)))
    for row, original in zip(operations, undone, strict=True):
        where, reversal = f"{OPERATIONS}/{row['_id']}", reversals.get(original)
        if reversal is None:
            check.report(where, "was undone or undid another, but no row says who did it")
        elif row["_id"] != original and row["legs"] and reversal.get("operation") != row["_id"]:
            check.report(where, f"undid {original}, which another operation undid")
        by, undid = row.get("reversedBy"), there.get(row.get("reverses"))
        if by is not None and there.get(by, {}).get("reverses") != row["_id"]:
            check.report(where, f"was undone by {by}, which does not say so")
        if undid is not None and undid.get("reversedBy") != row["_id"]:
            check.report(where, f"undid {original}, which does not say so")


async def check_debts(check: Check, tell: Progress) -> None:
    """A debt is as large as its reversal left it, less the rows that repaid it."""
    async for batch in batches(Debt.collection_name(), {}):
        check.examined += len(batch)
        tell(check.name, check.examined)
        await _check_debts(check, batch)


async def _check_debts(check: Check, debts: list[Row]) -> None:
    debtors = [debt["debtorId"] for debt in debts]
    of_debts = {"source": {"$in": _REPAID}, "reference": {"$in": [debt["_id"] for debt in debts]}}
    wallets = await rows_by(WALLETS, "characterId", debtors, of_debts)
    vaults = await rows_by(ENTRIES, "account", (str(vault(who)) for who in debtors), of_debts)
    undone = {debt["operation"] for debt in debts if debt.get("operation") is not None}
    reversals = await by_id(Reversal.collection_name(), list(undone))
    acts = await rows_by(
        [AuditLog.collection_name()], "characterId", debtors, {"action": "DEBT_FORGIVEN"}
    )
    forgiven = {act["details"]["debt"] for some in acts.values() for act in some}
    parties = {debt.get("creditorId") for debt in debts} - {None} | set(debtors)
    people = await by_id(Character.collection_name(), list(parties))
    for debt in debts:
        where, debtor = f"debts/{debt['_id']}", debt["debtorId"]
        rows = [
            row
            for row in (*wallets[debtor], *vaults[str(vault(debtor))])
            if row["reference"] == debt["_id"]
        ]
        if debt.get("source") is None and debt.get("operation") not in reversals:
            check.report(where, "is for an operation that nobody undid")
        if debt.get("source") not in (None, Source.WEALTH_TAX.value):
            check.report(where, f"is of the unknown source {debt['source']!r}")
        gone = any(
            (people.get(who) or {"deletedAt": 1}).get("deletedAt") is not None
            for who in (debtor, debt.get("creditorId") or debtor)
        )
        if problem := _problem_of(debt, rows, debt["_id"] in forgiven, gone):
            check.report(where, problem)


def _problem_of(debt: Row, rows: list[Row], forgiven: bool, gone: bool) -> str | None:
    creditor, owed, status = debt.get("creditorId"), int(debt["owed"]), debt["status"]
    payee = "world" if creditor is None else str(wallet(creditor))
    if strangers := {row.get("counterparty") for row in rows} - {payee}:
        return f"is owed to {payee}, but was repaid to {sorted(map(str, strangers))}"
    left = int(debt["amount"]) + sum(int(row["amount"]) for row in rows)
    stands = status == DebtStatus.OPEN.value
    if owed != (left if stands else 0) or left < 0 or (stands and not left):
        return f"is {status} with {owed} owed, but its rows leave {left}"
    if stands is (debt.get("closedAt") is not None):
        return f"is {status}, and closed at {debt.get('closedAt')}"
    unexplained: dict[str, bool] = {
        DebtStatus.REPAID.value: bool(left),
        DebtStatus.FORGIVEN.value: not forgiven,
        DebtStatus.VOID.value: not gone,
    }
    if unexplained.get(status):
        return f"is {status}, but {left} of it were not repaid and nothing says why"
    return None


def _flow(row: Row) -> Flow:
    return Source(row["source"]).flow  # type: ignore[call-arg]
