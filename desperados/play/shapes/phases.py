"""Phases: what goes through stages by the calendar, and is paid for by what everybody did in it.

The phase is a function of stored dates: nothing has to happen for the next one to begin. Each
participant has a row of its own to score in, so that nobody stands in line; a side's score is the
sum of its rows, taken once when all is over, and each row is paid once.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple, TypeVar

from bson import ObjectId

from desperados.engine import clock
from desperados.engine.errors import Contention
from desperados.engine.staging import StagedUpdate
from desperados.engine.storage.collection import aggregate_all
from desperados.engine.storage.documents import Document
from desperados.engine.storage.fields import Date, Integer
from desperados.engine.transactions import SETTLING_IN, run_transaction, stage

BATCH = 100


class Phase(NamedTuple):
    """A phase, and when it begins."""

    name: str
    starts_at: datetime


def phase_at(phases: Sequence[Phase], now: datetime) -> str | None:
    """The phase of ``phases`` (in their order) at ``now``; None before the first."""
    current = None
    for phase in phases:
        if phase.starts_at <= now:
            current = phase.name
    return current


def next_change(phases: Sequence[Phase], now: datetime) -> Phase | None:
    """The phase that comes next after ``now``; None after the last has begun."""
    return next((phase for phase in phases if phase.starts_at > now), None)


def sums_at(ended_at: datetime) -> datetime:
    """When the scores of what ended at a moment are complete: whoever scored before it has
    committed by then, or never will."""
    return ended_at + SETTLING_IN


class Payable(Document):
    """The envelope of a row that is paid once."""

    paid_at: Date | None = None


class Scored(Payable):
    """The envelope of a participant's row. ``score`` only grows while the thing is on."""

    side: str
    score: Integer = 0


P = TypeVar("P", bound=Payable)
S = TypeVar("S", bound=Scored)


def add_score(document: type[S], row_id: ObjectId, points: int) -> None:
    """Stage that a participant has scored, in its own row.

    Outcomes: added; not found, when it has no row (any more); a write conflict, when it scores
    twice at this moment (the transaction runs again).
    """
    stage(
        StagedUpdate(
            document.collection_name(),
            {"_id": row_id, "paidAt": None},
            {"$inc": {"score": points}},
            otherwise=Contention(retry_after=1),
        )
    )


async def sums_of(document: type[S], where: Mapping[str, Any]) -> dict[str, int]:
    """The score of each side that has any row. An index must serve ``where``."""
    found = await aggregate_all(
        document.collection(),
        [{"$match": where}, {"$group": {"_id": "$side", "score": {"$sum": "$score"}}}],
    )
    return {row["_id"]: int(row["score"]) for row in found}


async def pay_rows(
    document: type[P], where: Mapping[str, Any], pay: Callable[[P], Awaitable[None]]
) -> int:
    """Pay each row of ``where`` that is not paid, in a transaction of its own; returns how many.

    An index must serve ``where`` with ``_id``. ``pay`` is called inside that transaction. What was
    paid before somebody stopped half-way stays paid. A row that fails keeps no other from its turn;
    the first failure is raised when all had theirs, and the next call tries again what is left.
    """
    paid, last, failure = 0, None, None
    while True:
        clauses = [{**where, "paidAt": None}, *([{"_id": {"$gt": last}}] if last else [])]
        rows = await document.load_many({"$and": clauses}, sort=[("_id", 1)], limit=BATCH)
        for row in rows:
            last = row.id
            try:
                paid += await _pay_once(document, row.id, pay)
            except Exception as error:
                failure = failure or error
        if len(rows) < BATCH:
            break
    if failure is not None:
        raise failure
    return paid


async def _pay_once(
    document: type[P], row_id: ObjectId, pay: Callable[[P], Awaitable[None]]
) -> bool:
    """Pay one row; returns whether it was not paid before.

    Outcomes of the update: paid; not found or a write conflict, when another worker was quicker
    (the transaction runs again, and finds nothing to do).
    """

    async def once() -> bool:
        row = await document.load_one({"_id": row_id, "paidAt": None})
        if row is None:
            return False
        await pay(row)
        stage(
            StagedUpdate(
                document.collection_name(),
                {"_id": row_id, "paidAt": None},
                {"$set": {"paidAt": clock.now()}},
                otherwise=Contention(retry_after=1),
            )
        )
        return True

    return await run_transaction(once)
