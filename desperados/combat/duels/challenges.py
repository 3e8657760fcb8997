"""Challenges: made, accepted, declined, taken back, or over after five minutes.

A challenge is an offer with a document of its own. The challenger's wager lies in a hold from the
start, the defender's from the acceptance, which begins the duel: whoever accepts is there, and the
challenger has a minute to say so, too. What comes to nothing gives back all that was held, once.

Limits: a character has three challenges open and makes five in a minute; a pair has one open duel,
five for money in a day, and a character twenty for money.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any

from bson import ObjectId
from pydantic import Field
from pymongo.errors import DuplicateKeyError

from desperados.characters.actor import Actor, itself, load_actor, not_banned, refuse_blocked
from desperados.characters.errors import CharacterNotFound
from desperados.characters.participant import Participant, load_participants
from desperados.combat.duels import holding, wagers
from desperados.combat.duels.documents import (
    OPEN_DUELS,
    Duel,
    DuelPhase,
    DuelStatus,
    DuelType,
    EndReason,
)
from desperados.combat.duels.errors import (
    AlreadyChallenged,
    DuelClosed,
    DuelNotFound,
    SelfDuel,
    TooManyChallenges,
)
from desperados.combat.duels.events import DuelAccepted, DuelChallenged, DuelDeclined
from desperados.combat.duels.playing import begin
from desperados.combat.duels.views import DuelStateView, DuelView, duel_view
from desperados.engine import clock
from desperados.engine.allowances import Limit, Places, usage_of
from desperados.engine.ambient import current_transaction
from desperados.engine.commands import command
from desperados.engine.errors import Contention
from desperados.engine.live.events import push
from desperados.engine.staging import StagedInsert, StagedUpdate
from desperados.engine.storage.collection import find_all
from desperados.engine.storage.reads import together
from desperados.engine.transactions import stage
from desperados.engine.views import told
from desperados.social.blocks import blocks_between

LASTS = timedelta(minutes=5)
OPEN = Places("open challenges", 3, TooManyChallenges)
CALLS = Limit("duel_challenges", 5, timedelta(minutes=1))

Wager = Annotated[
    int,
    told(0, wagers.MOST_WAGER),
    Field(description="dollars that each side puts up; nothing unless it is a wager", examples=[0]),
]


@command
async def challenge_duel(
    actor: ObjectId,
    opponent_id: ObjectId,
    *,
    kind: DuelType = DuelType.CASUAL,
    wager: Wager = 0,
    lethal: bool = False,
    key: str | None = None,
) -> DuelView:
    """Challenge another character to a duel. The challenge stays open for five minutes.

    A casual duel is about the honour, a ranked one about the rating, a wager about money, which is
    held from now on. Who loses a ``lethal`` duel falls as in a fight, perhaps for good.

    Raises:
        SelfDuel: both are one character, or belong to one account.
        CharacterNotFound: there is no such character, or it has blocked the actor.
        CharacterUnavailable: the actor is dead or held, or the other is dead, banned or blocked by
            the actor.
        NotSkilled: a ranked duel or a wager, and one of the two has no combat level of 25.
        LevelsApart: a wager, and the two are more than ten levels apart.
        InvalidWager: the wager is none that may be made.
        InsufficientFunds: the actor carries less than the wager.
        TradeLocked: the staff bar the actor from trade, and there is a wager.
        TooNew: the actor is too young to wager anything.
        AlreadyChallenged: the two have an open duel already.
        TooManyChallenges: the actor has three challenges open.
        RateLimited: the actor made five challenges in the last minute.
        KeyReused: the key was used with another request.
    """
    if actor == opponent_id:
        raise SelfDuel(path="opponentId")
    unknown = {opponent_id: CharacterNotFound(path="opponentId")}
    people = await load_participants([actor, opponent_id], unknown)
    challenger, opponent = people[actor], people[opponent_id]
    _may_meet(challenger, opponent)
    challenger.must_be_free()
    opponent.must_be_alive()
    other = {"opponentId": opponent}
    blocks, calls = blocks_between(actor, [opponent_id]), usage_of((CALLS, actor))
    await together(itself(challenger), not_banned(other), blocks, calls)
    refuse_blocked(blocks.result, other, unknown)
    calls.result.use(CALLS, actor)
    wagers.check_challenge(kind, wager, challenger, opponent)
    if wager:
        challenger.must_be_able_to_give()
    now = clock.now()
    duel = Duel(
        challenger_id=actor,
        defender_id=opponent_id,
        players=[actor, opponent_id],
        pair=":".join(sorted((str(actor), str(opponent_id)))),
        type=kind,
        lethal=lethal,
        wager=wager,
        created_at=now,
        expires_at=now + LASTS,
    )
    await _require_no_other(duel)
    place = await OPEN.find(actor, lambda: _count_open(actor))
    duel.challenger_hold_id = await holding.hold(duel.id, actor, wager)
    stage(StagedInsert(Duel.collection_name(), duel.to_mongo()))
    place.take(duel.expires_at)
    calls.result.write()
    _announce(duel, challenger.name)
    await _unique()
    return duel_view(duel)


@command
async def accept_duel(
    actor: ObjectId, duel_id: ObjectId, *, key: str | None = None
) -> DuelStateView:
    """Accept a challenge. The duel begins; the challenger has a minute to say that it is ready.

    Raises:
        DuelNotFound: there is no such challenge, or it was made to somebody else.
        DuelClosed: it was answered or taken back, or its time is over.
        CharacterUnavailable: one of the two is dead, held or at a game, or the challenger is
            banned, or blocked by the actor.
        CharacterNotFound: one of the two is not there any more, or has blocked the actor.
        SelfDuel: both belong to one account by now.
        InvalidWager: the wager is more than a tenth of what the actor carries.
        InsufficientFunds: the actor carries less than the wager.
        TradeLocked: the staff bar one of the two from trade, and there is a wager.
        TooNew: the actor is too young to wager anything.
        LimitExceeded: the two had five duels for money today, or one of them twenty.
        CharacterBusy: one of the two begins something else at this moment.
        KeyReused: the key was used with another request.
    """
    duel = await _load_pending({"_id": duel_id, "defenderId": actor})
    unknown = {duel.challenger_id: CharacterNotFound(path="duelId")}
    people = await load_participants([duel.challenger_id, actor], unknown)
    challenger, defender = people[duel.challenger_id], people[actor]
    _may_meet(defender, challenger)
    for person in (defender, challenger):
        person.must_be_idle()
    other = {"duelId": challenger}
    blocks = blocks_between(actor, [duel.challenger_id])
    limits = _limits_of(duel) if duel.wager else ()
    counters = usage_of(*limits)
    await together(itself(defender), not_banned(other), blocks, counters)
    refuse_blocked(blocks.result, other, unknown)
    if duel.wager:
        wagers.check_acceptance(duel.wager, defender)
        for person in (defender, challenger):
            person.must_be_able_to_give()
        for limit, whose in limits:
            counters.result.use(limit, whose)
    hold_id = await holding.hold(duel.id, actor, duel.wager)
    changed = _change(
        duel,
        status=DuelStatus.ACCEPTED.value,
        phase=DuelPhase.READY_CHECK.value,
        defenderHoldId=hold_id,
    )
    counters.result.write()
    OPEN.give_back(duel.challenger_id)
    game = await begin(duel.id, challenger, defender)
    accepted = DuelAccepted(duel_id=duel.id, deadline=game.deadline or clock.now())
    push(accepted, to=duel.challenger_id)
    return DuelStateView(duel=duel_view(changed), game=game)


@command
async def decline_duel(actor: ObjectId, duel_id: ObjectId, *, key: str | None = None) -> DuelView:
    """Decline a challenge. The challenger's wager goes back whole.

    Raises:
        DuelNotFound: there is no such challenge, or it was made to somebody else.
        DuelClosed: it was answered or taken back, or its time is over.
        CharacterNotFound: there is no such character.
        KeyReused: the key was used with another request.
    """
    duel = await _load_pending({"_id": duel_id, "defenderId": actor})
    await load_actor(actor)
    return duel_view(await _close(duel, EndReason.DECLINED))


@command
async def cancel_duel(actor: ObjectId, duel_id: ObjectId, *, key: str | None = None) -> DuelView:
    """Take a challenge back before it is answered. The wager goes back whole.

    Raises:
        DuelNotFound: there is no such challenge, or somebody else made it.
        DuelClosed: it was answered or taken back, or its time is over.
        CharacterNotFound: there is no such character.
        KeyReused: the key was used with another request.
    """
    duel = await _load_pending({"_id": duel_id, "challengerId": actor})
    await load_actor(actor)
    return duel_view(await _close(duel, EndReason.CANCELLED))


@command
async def expire_duel(duel_id: ObjectId) -> None:
    """End a challenge whose time is over; for the job. It does nothing where that was done."""
    duel = await Duel.load_one({"_id": duel_id})
    if duel is not None and duel.status is DuelStatus.PENDING and clock.now() >= duel.expires_at:
        await _close(duel, EndReason.EXPIRED)


def _announce(duel: Duel, name: str) -> None:
    challenged = DuelChallenged(
        duel_id=duel.id,
        challenger_id=duel.challenger_id,
        name=name,
        kind=duel.type,
        wager=duel.wager,
        lethal=duel.lethal,
        expires_at=duel.expires_at,
    )
    push(challenged, to=duel.defender_id)


def _may_meet(one: Participant, other: Actor) -> None:
    if one.user_id == other.user_id:
        raise SelfDuel()


async def _load_pending(where: dict[str, Any]) -> Duel:
    duel = await Duel.load_one(where)
    if duel is None:
        raise DuelNotFound()
    if duel.status is not DuelStatus.PENDING or clock.now() >= duel.expires_at:
        raise DuelClosed(status=duel.status.value)
    return duel


def _limits_of(duel: Duel) -> tuple[tuple[Limit, ObjectId], ...]:
    sides = (duel.challenger_id, duel.defender_id)
    return (wagers.wagers_of(*sides), *((wagers.WAGERS, side) for side in sides))


async def _require_no_other(duel: Duel) -> None:
    """A unique index keeps the pair to one duel, whoever challenges at the same moment."""
    same = {"pair": duel.pair, "status": {"$in": OPEN_DUELS}}
    if await Duel.collection().find_one(same, {"_id": 1}):
        raise AlreadyChallenged()


async def _unique() -> None:
    """Send what is staged, so that a second duel of the pair is refused in its own words."""
    transaction = current_transaction()
    assert transaction is not None
    try:
        await transaction.flush()
    except DuplicateKeyError:
        raise AlreadyChallenged() from None


async def _count_open(challenger: ObjectId) -> int:
    mine = await find_all(
        Duel.collection(),
        {"challengerId": challenger, "status": DuelStatus.PENDING.value},
        {"_id": 1},
        limit=OPEN.most,
    )
    return len(mine)


async def _close(duel: Duel, reason: EndReason) -> Duel:
    """End a challenge of which nothing has come. Nobody leaves the world while money of it is held,
    so the challenger is there to have it back."""
    await holding.give_back(duel, [duel.challenger_id])
    closed = _change(
        duel,
        status=DuelStatus.DECLINED.value,
        phase=DuelPhase.OVER.value,
        endReason=reason.value,
        closedAt=clock.now(),
    )
    OPEN.give_back(duel.challenger_id)
    for side in (duel.challenger_id, duel.defender_id):
        push(DuelDeclined(duel_id=duel.id, reason=reason), to=side)
    return closed


def _change(duel: Duel, **changed: Any) -> Duel:
    """Stage what becomes of a challenge.

    Outcomes: changed; not found or a write conflict, when the other side, or the clock, was quicker
    (the transaction runs again).
    """
    stage(
        StagedUpdate(
            Duel.collection_name(),
            {"_id": duel.id, "status": DuelStatus.PENDING.value},
            {"$set": changed},
            otherwise=Contention(retry_after=1),
        )
    )
    return Duel.hydrate({**duel.to_mongo(), **changed})
