"""What is due for a contest: fees into the pool, out of it as prizes, or back.

A hundred entries at a time, each batch in a transaction of its own that takes them out of the state
in which the next one looks: whoever stops half-way leaves nothing done twice, and nothing undone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bson import ObjectId

from desperados.characters.actor import find_actors
from desperados.engine import clock
from desperados.engine.transactions import transactional
from desperados.ledger.money import ledger
from desperados.ledger.money.accounts import Account, escrow, pending, wallet
from desperados.ledger.money.documents import HoldStatus
from desperados.ledger.money.operations import OperationKind
from desperados.ledger.money.sources import Source
from desperados.ledger.rewards import new_reward
from desperados.play.shapes.contests import IN, change_entry, kind_of, move_on, new_pool
from desperados.play.shapes.documents import Contest, ContestEntry, ContestStage, EntryStatus

BATCH = 100  # a posting was tried with 300 movements, and each entry needs two


async def advance(contest_id: ObjectId) -> None:
    """Do what is due for a contest, to the end; for the job. What was done before stays done."""
    while await _step(contest_id):
        pass


@transactional
async def _step(contest_id: ObjectId) -> bool:
    """One step of a contest; returns whether another is due."""
    contest = await Contest.load_one({"_id": contest_id})
    if contest is None or contest.due_at is None or clock.now() < contest.due_at:
        return False
    kind = kind_of(contest.kind)
    match contest.stage:
        case ContestStage.OPEN:
            enough = contest.entered >= contest.least
            move_on(contest, ContestStage.GATHERING if enough else ContestStage.REFUNDING)
            return True
        case ContestStage.GATHERING:
            if entries := await _entries(contest, [EntryStatus.ENTERED.value]):
                unfit = await kind.unfit(contest, entries)
                turned_away = [entry for entry in entries if entry.character_id in unfit]
                if turned_away:
                    left = contest.entered - len(turned_away)
                    await _refund(contest, turned_away, entered=left)
                else:
                    await _gather(contest, entries)
                return True
            if contest.entered < contest.least:
                move_on(contest, ContestStage.REFUNDING)
                return True
            await kind.started(move_on(contest, ContestStage.RUNNING, dueAt=None))
        case ContestStage.REFUNDING:
            if entries := await _entries(contest, IN):
                await _refund(contest, entries)
                return True
            await kind.cancelled(_end(contest, ContestStage.CANCELLED))
        case ContestStage.PAYING:
            if entries := await _unpaid(contest):
                await _pay(contest, entries)
                return True
            await kind.ended(_end(contest, ContestStage.COMPLETE))
    return False


async def _gather(contest: Contest, entries: Sequence[ContestEntry]) -> None:
    """Fees of some entries go from their holds into the pool, which the first of them opens."""
    paying = [entry for entry in entries if entry.hold_id is not None]
    changed: dict[str, Any] = {}
    if paying:
        opened: dict[Account, dict[str, Any]] = {}
        if contest.pool_id is None:
            pool, document = new_pool(contest)
            opened = {pool: document}
        else:
            pool = escrow(contest.pool_id)
        movements: list[ledger.Movement] = []
        for entry in paying:
            movements += ledger.move(
                _hold_of(entry), pool, contest.currency, entry.paid, Source.STAKE_HELD, entry.id
            )
        await ledger.post(
            movements,
            OperationKind.STAKE,
            opened=opened,
            closed={_hold_of(entry): HoldStatus.CAPTURED for entry in paying},
        )
        gathered = contest.gathered + sum(entry.paid for entry in paying)
        changed = {"poolId": pool.id, "gathered": gathered}
    for entry in entries:
        change_entry(entry, {"status": EntryStatus.GATHERED.value})
    move_on(contest, contest.stage, **changed)


async def _refund(contest: Contest, entries: Sequence[ContestEntry], **changed: Any) -> None:
    """Some entries get back what they paid, from where it lies; ``changed`` is what else changes of
    the contest."""
    from_pool = [entry for entry in entries if entry.paid and entry.status is EntryStatus.GATHERED]
    held = [entry for entry in entries if entry.paid and entry.status is EntryStatus.ENTERED]
    giving = [(_hold_of(entry), entry, entry.paid) for entry in held]
    giving += [(_pool_of(contest), entry, entry.paid) for entry in from_pool]
    out = sum(entry.paid for entry in from_pool)
    closed = {_hold_of(entry): HoldStatus.RELEASED for entry in held}
    await _give(contest, giving, out, Source.STAKE_RELEASED, closed, HoldStatus.RELEASED)
    for entry in entries:
        change_entry(entry, {"status": EntryStatus.REFUNDED.value, "paidAt": clock.now()})
    move_on(contest, contest.stage, paidOut=contest.paid_out + out, **changed)


async def _pay(contest: Contest, entries: Sequence[ContestEntry]) -> None:
    """Some winners get their prizes out of the pool."""
    prizes = {prize.character_id: prize for prize in contest.prizes}
    giving = [
        (_pool_of(contest), entry, amount)
        for entry in entries
        if (amount := prizes[entry.character_id].amount)
    ]
    out = sum(amount for _, _, amount in giving)
    await _give(contest, giving, out, Source.STAKE_WON, {}, HoldStatus.CAPTURED)
    for entry in entries:
        prize = prizes[entry.character_id]
        change_entry(entry, {"place": prize.place, "prize": prize.amount, "paidAt": clock.now()})
    move_on(contest, contest.stage, paidOut=contest.paid_out + out)


async def _give(
    contest: Contest,
    giving: Sequence[tuple[Account, ContestEntry, int]],
    out: int,
    source: Source,
    closed: dict[Account, HoldStatus],
    ending: HoldStatus,
) -> None:
    """Give each entry its amount, ``out`` of all that from the pool; the last of it closes that."""
    if not giving:
        return
    there = await find_actors(entry.character_id for _, entry, _ in giving)
    opened: dict[Account, dict[str, Any]] = {}
    movements: list[ledger.Movement] = []
    for giver, entry, amount in giving:
        receiver = wallet(entry.character_id)
        if entry.character_id not in there:
            reward = new_reward(entry.character_id, source.value)
            receiver = pending(reward["_id"])
            opened[receiver] = reward
        movements += ledger.move(giver, receiver, contest.currency, amount, source, entry.id)
    if out and contest.paid_out + out == contest.gathered:
        closed = {**closed, _pool_of(contest): ending}
    await ledger.post(movements, OperationKind.STAKE, opened=opened, closed=closed)


async def _entries(contest: Contest, statuses: list[str]) -> list[ContestEntry]:
    """Some entries in these states; what is done with them takes them out of these."""
    return await ContestEntry.load_many(
        {"contestId": contest.id, "status": {"$in": statuses}}, limit=BATCH
    )


async def _unpaid(contest: Contest) -> list[ContestEntry]:
    """Some winners who wait for their prize."""
    winners = [prize.character_id for prize in contest.prizes]
    return await ContestEntry.load_many(
        {
            "contestId": contest.id,
            "characterId": {"$in": winners},
            "status": EntryStatus.GATHERED.value,
            "paidAt": None,
        },
        limit=BATCH,
    )


def _end(contest: Contest, to: ContestStage) -> Contest:
    return move_on(contest, to, dueAt=None, closedAt=clock.now())


def _hold_of(entry: ContestEntry) -> Account:
    assert entry.hold_id is not None
    return escrow(entry.hold_id)


def _pool_of(contest: Contest) -> Account:
    assert contest.pool_id is not None
    return escrow(contest.pool_id)
