"""Alarms: what moved in the last hour, looked at by a job, and what is not as it should be.

An hour's rows are judged by the thresholds of ``rules``. What passes one is flagged: a row in the
audit log that staff can list. A flag locks nobody, people do (``locks``). The exception is a
chain of a wallet that is broken: somebody has changed money behind the ledger, every further trade
would spread it, and the character is barred from trade at once.

Each alarm is named by what it is about, so that an hour that is looked at twice raises it once.

Limits: memory grows with those who do something in two hours, not with what they do; income of a
day is that of the UTC day.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

import structlog

from desperados.accounts.audit import Action, stage_row
from desperados.accounts.documents import AuditLog
from desperados.characters.actor import find_actors
from desperados.economy.shops.places import hour_of
from desperados.economy.watch import chains, locks
from desperados.economy.watch.chains import Break
from desperados.economy.watch.findings import (
    Flag,
    Seen,
    busy,
    days_income,
    floods,
    large_movements,
    row_batches,
)
from desperados.engine import clock
from desperados.engine.storage.paging import read_page
from desperados.engine.transactions import transactional
from desperados.engine.views import Id, Limit, Page, View
from desperados.ledger.money import checkpoints, supply

HOUR = timedelta(hours=1)
FLAG = Action.FLAG.value
BROKEN_CHAIN = "broken chain"
WRONG_SUPPLY = "wrong supply"

log = structlog.get_logger(__name__)


class FlagView(View):
    """Something that the hourly look has found. ``character_id`` is null where nobody's is."""

    id: Id
    pattern: str
    character_id: Id | None
    amount: int
    detail: str
    created_at: datetime


async def list_flags(*, limit: Limit = 50, after: str | None = None) -> Page[FlagView]:
    """What the hourly look at the economy has flagged, newest first.

    Raises:
        InvalidInput: the limit is not 1 to 100, or the cursor is not one of this list.
    """
    return await read_page(
        AuditLog.collection(),
        {"action": FLAG},
        sort="-createdAt",
        limit=limit,
        after=after,
        view=lambda row: FlagView(
            id=row["_id"],
            pattern=row["details"]["pattern"],
            character_id=row.get("characterId"),
            amount=row["details"]["amount"],
            detail=row["details"]["detail"],
            created_at=row["createdAt"],
        ),
    )


async def look(period: datetime) -> None:
    """Look at the hour before ``period``, which must be over for everybody; for the job."""
    hour = hour_of(period) - HOUR
    seen, history = Seen(), chains.Chains()
    flags: list[Flag] = []
    breaks: list[Break] = []
    async for rows in row_batches(hour - HOUR, hour + HOUR):
        seen.add(rows)
        history.note(row for row in rows if row["createdAt"] < hour)
        new = [row for row in rows if row["createdAt"] >= hour]
        flags += large_movements(new)
        breaks += await history.follow(new)
    breaks += [found async for found in history.check_wallets()]
    flags += await busy(seen, hour)
    flags += await floods(hour)
    flags += await days_income(hour)
    await raise_alarms(flags, breaks)


async def reconcile(period: datetime) -> None:
    """Compare every wallet with its last row, and the supply with what was made; for the job.

    It corrects nothing: what is wrong stays to be seen.
    """
    day = f"{period:%Y-%m-%d}"
    await checkpoints.advance()
    breaks = [found async for found in chains.check_wallets()]
    flags = [
        Flag(
            WRONG_SUPPLY, None, off, f"{off:+} {currency.value} are unexplained",
            f"{day}:{currency.value}",
        )
        for currency, off in (await supply.unexplained()).items()
        if off
    ]  # fmt: skip
    await raise_alarms(flags, breaks)


async def raise_alarms(flags: Iterable[Flag], breaks: Iterable[Break]) -> None:
    """Flag what was found, and bar from trade whose chain is broken.

    Raises:
        ExceptionGroup: some could not be flagged; all others were.
    """
    alarms = [(flag, False) for flag in flags]
    for found in breaks:
        occasion = f"{found.currency}:{found.sequence}"
        flag = Flag(BROKEN_CHAIN, found.character_id, found.amount, found.problem, occasion)
        alarms.append((flag, True))
    failed: list[Exception] = []
    for flag, locks_trade in alarms:
        try:
            await _raise(flag, locks_trade=locks_trade)
        except Exception as error:  # one that cannot be raised must not hide the others
            failed.append(error)
    if failed:
        raise ExceptionGroup("alarms could not be raised", failed)


@transactional
async def _raise(flag: Flag, *, locks_trade: bool = False) -> None:
    """Leave the row of a flag, if it is not there yet."""
    if await AuditLog.collection().find_one({"_id": flag.id}, {"_id": 1}) is not None:
        return
    if locks_trade and flag.who is not None and await find_actors([flag.who]):
        locks.bar(flag.who, clock.now() + locks.LONGEST)
    details = {"pattern": flag.pattern, "amount": flag.amount, "detail": flag.detail}
    stage_row(FLAG, details, character_id=flag.who, row_id=flag.id)
    log.warning("economy_flag", character=str(flag.who), **details)
