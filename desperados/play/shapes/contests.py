"""Contests: many pay to take part, and the best of them share what was paid.

A domain has the contest itself (a bracket, a race, a table), and here its money and its places. It
registers how contests of its kind are run (``contests``: name -> ``ContestKind``), opens one beside
its own document, lets people in and out, and says at the end who was how good (``decide``).

- A place is a counter, guarded in the update that takes it; each entry's fee lies in a hold of its
  own. Until the start whoever leaves gets exactly what it paid.
- What concerns all of them is done a hundred at a time, each batch in a transaction of its own, and
  goes on where it was left whoever stops half-way: fees go into one pool at the start, and out of
  it as prizes, or back when the contest is called off. Nothing is made and nothing is left over.
- What belongs to somebody who has left the world waits as a pending reward, and lapses with it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bson import ObjectId
from pymongo.errors import DuplicateKeyError

from desperados.characters.actor import load_actor
from desperados.engine import clock
from desperados.engine.ambient import current_transaction
from desperados.engine.errors import Contention, GameError, InvalidInput
from desperados.engine.game import current_game
from desperados.engine.staging import StagedInsert, StagedUpdate
from desperados.engine.transactions import stage
from desperados.ledger.money import ledger
from desperados.ledger.money.accounts import Account, escrow, wallet
from desperados.ledger.money.documents import Currency, HoldOwner, HoldPurpose, HoldStatus
from desperados.ledger.money.holds import new_hold
from desperados.ledger.money.operations import OperationKind
from desperados.ledger.money.sources import Source
from desperados.play.shapes.documents import (
    Contest,
    ContestEntry,
    ContestStage,
    EntryStatus,
    Prize,
)
from desperados.play.shapes.errors import (
    AlreadyEntered,
    ContestFull,
    ContestNotFound,
    EntriesClosed,
    NotEntered,
    UnknownPurpose,
    WrongStage,
)
from desperados.play.shapes.rules import shared

IN = [EntryStatus.ENTERED.value, EntryStatus.GATHERED.value]

Told = Callable[[Contest], Awaitable[None]]

Rank = ObjectId | tuple[ObjectId, ...]
"""Who has a place: a character, or several that share it."""


async def _all_fit(_contest: Contest, _entries: Sequence[ContestEntry]) -> Collection[ObjectId]:
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ContestKind:
    """How contests of one kind are run.

    ``started``, ``cancelled`` and ``ended`` are called in the transaction in which it comes to it.
    Before the start ``unfit`` is asked, of some entries at a time, which characters cannot take
    part: these get back what they paid, in the transaction in which it was asked.
    """

    started: Told
    cancelled: Told
    ended: Told
    unfit: Callable[[Contest, Sequence[ContestEntry]], Awaitable[Collection[ObjectId]]] = _all_fit


def open_contest(
    kind: str,
    ref_id: ObjectId,
    *,
    fee: int,
    capacity: int,
    least: int = 2,
    starts_at: datetime,
    currency: Currency = Currency.DOLLARS,
) -> Contest:
    """Open a contest, inside the open transaction; returns it as it was staged. If fewer than
    ``least`` take part at its start, it is called off.

    Raises:
        UnknownPurpose: nobody has registered ``kind``.
    """
    kind_of(kind)
    contest = Contest(
        kind=kind,
        ref_id=ref_id,
        currency=currency,
        fee=fee,
        capacity=capacity,
        least=least,
        created_at=clock.now(),
        starts_at=starts_at,
        due_at=starts_at,
    )
    stage(StagedInsert(Contest.collection_name(), contest.to_mongo()))
    return contest


async def enter(contest_id: ObjectId, actor: ObjectId) -> ContestEntry:
    """Take a place and pay for it, inside the open transaction. A crowd may come at once: the
    command around it queues by the contest.

    Raises:
        ContestNotFound: there is no such contest.
        EntriesClosed: it has begun, or was called off.
        ContestFull: all places are taken.
        AlreadyEntered: the character, or another one of its account, takes part.
        CharacterNotFound: there is no such character.
        CharacterUnavailable: the character is dead.
        TradeLocked: the staff bar the character from trade, and there is a fee.
        TooNew: the character is too young to stake anything.
        InsufficientFunds: the character carries less than the fee.
    """
    contest = await _load_open(contest_id)
    person = await load_actor(actor)
    person.must_be_alive()
    if await _entry_of(contest_id, "userId", person.user_id) is not None:
        raise AlreadyEntered()
    if contest.entered >= contest.capacity:
        raise ContestFull(capacity=contest.capacity)
    if contest.fee:
        person.must_be_able_to_give()
    entry = ContestEntry(
        contest_id=contest_id,
        character_id=actor,
        user_id=person.user_id,
        paid=contest.fee,
        entered_at=clock.now(),
    )
    if contest.fee:
        account, hold = new_hold(actor, HoldPurpose.STAKE, entry.id)
        await ledger.post(
            ledger.move(
                wallet(actor), account, contest.currency, contest.fee, Source.STAKE_HELD, entry.id
            ),
            OperationKind.STAKE,
            opened={account: hold},
        )
        entry.hold_id = account.id
    _take_places(contest, 1, ContestFull(capacity=contest.capacity))
    stage(StagedInsert(ContestEntry.collection_name(), entry.to_mongo()))
    transaction = current_transaction()
    assert transaction is not None
    try:
        await transaction.flush()
    except DuplicateKeyError:
        raise AlreadyEntered() from None
    return entry


async def leave(contest_id: ObjectId, actor: ObjectId) -> ContestEntry:
    """Give a place up before the start, inside the open transaction; what was paid goes back.

    Raises:
        ContestNotFound: there is no such contest.
        EntriesClosed: it has begun, or was called off.
        NotEntered: the character does not take part.
    """
    contest = await _load_open(contest_id)
    entry = await _entry_of(contest_id, "characterId", actor)
    if entry is None:
        raise NotEntered()
    if entry.hold_id is not None:
        held = escrow(entry.hold_id)
        await ledger.post(
            ledger.move(
                held, wallet(actor), contest.currency, entry.paid, Source.STAKE_RELEASED, entry.id
            ),
            OperationKind.STAKE,
            closed={held: HoldStatus.RELEASED},
        )
    _take_places(contest, -1, Contention(retry_after=1))
    return change_entry(entry, {"status": EntryStatus.REFUNDED.value, "paidAt": clock.now()})


async def call_off(contest_id: ObjectId) -> Contest:
    """Call a contest off that is not decided, inside the open transaction. Everybody gets back
    exactly what it paid, soon after.

    Raises:
        ContestNotFound: there is no such contest.
        WrongStage: it is decided, or was called off before.
    """
    contest = await _load(contest_id)
    stages = (ContestStage.OPEN, ContestStage.GATHERING, ContestStage.RUNNING)
    if contest.stage not in stages:
        raise WrongStage(stage=contest.stage.value)
    return move_on(contest, ContestStage.REFUNDING, dueAt=clock.now())


async def participants(contest: Contest) -> list[ContestEntry]:
    """The entries of those who take part in a contest that has begun, the eldest first."""
    return await ContestEntry.load_many(
        {"contestId": contest.id, "status": EntryStatus.GATHERED.value},
        sort=[("_id", 1)],
        limit=contest.capacity,
    )


async def decide(
    contest_id: ObjectId,
    ranking: Sequence[Rank],
    weights: Sequence[int],
    *,
    subsidy: int = 0,
    most: int | None = None,
    forfeits: Collection[ObjectId] = (),
) -> Contest:
    """Say who was how good, the best first, inside the open transaction. Prizes go out soon after.

    ``weights`` say what the places get, the first, the second, and so on; who shares a place has an
    equal part of what all the places get that they fill. Who is not ranked gets nothing: what the
    places get that nobody has reached is added to those before, in proportion. The world adds
    ``subsidy`` to the fees; of more than ``most`` it adds no more, and takes what is left over.
    What ``forfeits`` have won leaves the world.

    Raises:
        ContestNotFound: there is no such contest.
        WrongStage: it is not running.
        InvalidInput: the ranking is empty, or names somebody twice or who does not take part.
    """
    contest = await _load(contest_id)
    if contest.stage is not ContestStage.RUNNING:
        raise WrongStage(stage=contest.stage.value)
    ranks = [rank if isinstance(rank, tuple) else (rank,) for rank in ranking]
    ranked = [who for rank in ranks for who in rank]
    if not ranked or not all(ranks) or len(set(ranked)) < len(ranked):
        raise InvalidInput("A ranking names everybody once.", path="ranking")
    inside = {entry.character_id for entry in await participants(contest)}
    if not inside.issuperset(ranked):
        raise InvalidInput("Somebody in the ranking does not take part.", path="ranking")
    purse = contest.gathered + subsidy
    amounts = shared(
        purse if most is None else min(purse, most), weights, [len(rank) for rank in ranks]
    )
    prizes = [
        Prize(character_id=who, place=place, amount=0 if who in forfeits else amount)
        for (who, place), amount in zip(_placed(ranks), amounts, strict=True)
    ]
    changed = await _fill_up(contest, sum(prize.amount for prize in prizes))
    stored = [prize.to_mongo() for prize in prizes]
    return move_on(contest, ContestStage.PAYING, dueAt=clock.now(), prizes=stored, **changed)


def _placed(ranks: Sequence[tuple[ObjectId, ...]]) -> list[tuple[ObjectId, int]]:
    """Everybody with its place; who shares one has the first of those that they fill."""
    found: list[tuple[ObjectId, int]] = []
    for rank in ranks:
        place = len(found) + 1
        found += [(who, place) for who in rank]
    return found


async def _fill_up(contest: Contest, purse: int) -> dict[str, Any]:
    """Let exactly ``purse`` lie in the pool: the world adds what is missing, or takes what is too
    much. Returns what changes of the contest."""
    missing = purse - contest.gathered
    if not missing:
        return {}
    opened: dict[Account, dict[str, Any]] = {}
    if contest.pool_id is not None:
        pool = escrow(contest.pool_id)
    else:
        pool, document = new_pool(contest)
        opened = {pool: document}
    make = ledger.mint if missing > 0 else ledger.burn
    source = Source.CONTEST_SUBSIDY if missing > 0 else Source.CONTEST_REMAINDER
    await ledger.post(
        [make(pool, contest.currency, abs(missing), source, reference=contest.id)],
        OperationKind.CONTEST,
        opened=opened,
        closed={} if purse else {pool: HoldStatus.LAPSED},
    )
    if missing > 0:
        return {"poolId": pool.id, "gathered": purse}
    return {"paidOut": contest.paid_out - missing}


def new_pool(contest: Contest) -> tuple[Account, dict[str, Any]]:
    """The account of a contest's pool, and its document."""
    return new_hold(contest.id, HoldPurpose.POOL, contest.id, owner_kind=HoldOwner.CONTEST)


async def _load(contest_id: ObjectId) -> Contest:
    contest = await Contest.load_one({"_id": contest_id})
    if contest is None:
        raise ContestNotFound()
    return contest


async def _load_open(contest_id: ObjectId) -> Contest:
    contest = await _load(contest_id)
    if contest.stage is not ContestStage.OPEN or clock.now() >= contest.starts_at:
        raise EntriesClosed(stage=contest.stage.value)
    return contest


async def _entry_of(contest_id: ObjectId, whose: str, owner: ObjectId) -> ContestEntry | None:
    return await ContestEntry.load_one(
        {"contestId": contest_id, whose: owner, "status": {"$in": IN}}
    )


def _take_places(contest: Contest, places: int, otherwise: GameError) -> None:
    """Stage that places are taken, or given back (-1).

    Outcomes: changed; not found, when all were taken or it has begun meanwhile; a write conflict,
    when somebody else enters at this moment (the transaction runs again).
    """
    where: dict[str, Any] = {"_id": contest.id, "stage": ContestStage.OPEN.value}
    if places > 0:
        where["entered"] = {"$lt": contest.capacity}
    stage(
        StagedUpdate(
            Contest.collection_name(), where, {"$inc": {"entered": places}}, otherwise=otherwise
        )
    )


def move_on(contest: Contest, to: ContestStage, **changed: Any) -> Contest:
    """Stage a step of a contest.

    Outcomes: changed; not found or a write conflict, when another worker was quicker (the
    transaction runs again).
    """
    changed["stage"] = to.value
    where = {"_id": contest.id, "stage": contest.stage.value, "gathered": contest.gathered}
    stage(
        StagedUpdate(
            Contest.collection_name(),
            {**where, "paidOut": contest.paid_out},
            {"$set": changed},
            otherwise=Contention(retry_after=1),
        )
    )
    return Contest.hydrate({**contest.to_mongo(), **changed})


def change_entry(entry: ContestEntry, changed: dict[str, Any]) -> ContestEntry:
    """Stage a change of an entry.

    Outcomes: changed; not found or a write conflict, when another worker was quicker (the
    transaction runs again).
    """
    stage(
        StagedUpdate(
            ContestEntry.collection_name(),
            {"_id": entry.id, "status": entry.status.value, "paidAt": None},
            {"$set": changed},
            otherwise=Contention(retry_after=1),
        )
    )
    return ContestEntry.hydrate({**entry.to_mongo(), **changed})


def kind_of(name: str) -> ContestKind:
    kind: ContestKind | None = current_game().registered().contests.get(name)
    if kind is None:
        raise UnknownPurpose(f"No domain has registered contests of the kind {name!r}.")
    return kind
