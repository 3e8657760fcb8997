"""Challenges: consent, money that is held once and goes back once, and who may meet whom."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from bson import ObjectId

from desperados import characters, economy
from desperados.characters.errors import (
    CharacterBusy,
    CharacterNotFound,
    CharacterUnavailable,
    TradeLocked,
)
from desperados.combat.duels import (
    accept_duel,
    cancel_duel,
    challenge_duel,
    decline_duel,
    open_duels,
    read_duel,
    wager_limits,
)
from desperados.combat.duels.challenges import expire_duel
from desperados.combat.duels.documents import Duel, DuelStatus, DuelType, EndReason
from desperados.combat.duels.errors import (
    AlreadyChallenged,
    DuelClosed,
    DuelNotFound,
    InvalidWager,
    LevelsApart,
    NotSkilled,
    SelfDuel,
    TooManyChallenges,
)
from desperados.combat.duels.jobs import JOBS
from desperados.economy.errors import HoldsOpen
from desperados.engine.clock import FrozenClock
from desperados.engine.errors import GameError, LimitExceeded, RateLimited
from desperados.engine.work import Jobs
from desperados.ledger.money.documents import Hold
from desperados.ledger.money.errors import InsufficientFunds
from desperados.ledger.money.sources import Source
from desperados.social.documents import Friend, FriendStatus
from desperados.testing import World, hammer
from tests.combat.duels.ring import begun, change, dollars, duelist, row, two, won_by

WAGER: dict[str, Any] = {"kind": DuelType.WAGER, "wager": 100}


async def held() -> int:
    """What lies in all holds."""
    rows = await Hold.collection().find({"status": "open"}).to_list(None)
    return sum(int(hold["held"].get("dollars", 0)) for hold in rows)


async def at_once(*calls: Any) -> list[Any]:
    found = await asyncio.gather(*calls, return_exceptions=True)
    for result in found:
        if isinstance(result, BaseException) and not isinstance(result, GameError):
            raise result
    return found


async def test_a_challenge_holds_the_wager_and_the_acceptance_the_other(world: World) -> None:
    jane, bill = await two(world)
    duel = await challenge_duel(jane, bill, **WAGER)
    assert (await dollars(jane), await dollars(bill), await held()) == (1_900, 2_000, 100)
    state = await accept_duel(bill, duel.id)
    assert (await dollars(jane), await dollars(bill), await held()) == (1_900, 1_900, 200)
    assert state.duel.status is DuelStatus.ACCEPTED
    assert state.game is not None
    assert [duel.id for duel in (await open_duels(bill)).items] == [duel.id]


async def test_what_comes_to_nothing_gives_back_exactly_once(
    world: World, time: FrozenClock
) -> None:
    jane, bill = await two(world)
    for end, reason in (
        (lambda duel: decline_duel(bill, duel), EndReason.DECLINED),
        (lambda duel: cancel_duel(jane, duel), EndReason.CANCELLED),
        (lambda duel: expire_duel(duel), EndReason.EXPIRED),
    ):
        duel = (await challenge_duel(jane, bill, **WAGER)).id
        time.advance(minutes=5 if reason is EndReason.EXPIRED else 0)
        ended = await at_once(*(end(duel) for _ in range(4)))
        if reason is not EndReason.EXPIRED:
            assert sum(not isinstance(found, GameError) for found in ended) == 1
        assert (await dollars(jane), await held()) == (2_000, 0)
        found = await row(duel)
        assert (found.status, found.end_reason) == (DuelStatus.DECLINED, reason)
        time.advance(minutes=1)
    assert (await open_duels(jane)).items == []


async def test_the_job_ends_what_nobody_has_answered(world: World, time: FrozenClock) -> None:
    jane, bill = await two(world)
    duel = (await challenge_duel(jane, bill, **WAGER)).id
    await Jobs(JOBS).run_until_idle()
    assert (await row(duel)).status is DuelStatus.PENDING
    time.advance(minutes=5)
    with pytest.raises(DuelClosed):
        await accept_duel(bill, duel)
    await Jobs(JOBS).run_until_idle()
    assert (await row(duel)).end_reason is EndReason.EXPIRED
    assert await dollars(jane) == 2_000


async def test_accepted_and_cancelled_at_once_it_is_one_of_the_two(world: World) -> None:
    for _ in range(4):
        jane, bill = await two(world)
        duel = (await challenge_duel(jane, bill, **WAGER)).id
        accepted, cancelled = await at_once(accept_duel(bill, duel), cancel_duel(jane, duel))
        assert isinstance(accepted, GameError) != isinstance(cancelled, GameError)
        taken = 0 if isinstance(accepted, GameError) else 100
        assert (await dollars(jane), await dollars(bill)) == (2_000 - taken, 2_000 - taken)


async def test_accepted_twice_at_once_it_is_accepted_once(world: World) -> None:
    jane, bill = await two(world)
    duel = (await challenge_duel(jane, bill, **WAGER)).id
    outcomes = await hammer(lambda: accept_duel(bill, duel), 5)
    assert outcomes.done == 1
    assert await held() == 200


async def test_the_same_key_is_one_challenge(world: World) -> None:
    jane, bill = await two(world)
    first = await challenge_duel(jane, bill, **WAGER, key="k")
    assert await challenge_duel(jane, bill, **WAGER, key="k") == first
    assert await held() == 100
    accepted = await accept_duel(bill, first.id, key="a")
    assert await accept_duel(bill, first.id, key="a") == accepted
    assert await held() == 200


async def test_two_who_challenge_each_other_at_once_have_one_duel(world: World) -> None:
    jane, bill = await two(world)
    found = await at_once(challenge_duel(jane, bill, **WAGER), challenge_duel(bill, jane, **WAGER))
    assert [type(refused) for refused in found if isinstance(refused, GameError)] == [
        AlreadyChallenged
    ]
    assert await held() == 100


async def test_who_has_two_challenges_accepts_one_of_them(world: World) -> None:
    """Both hold from one wallet, and both want one slot, at the same moment."""
    jane, bill = await two(world)
    eve = await duelist(world)
    mine, theirs = [(await challenge_duel(who, eve, **WAGER)).id for who in (jane, bill)]
    outcomes = await at_once(accept_duel(eve, mine), accept_duel(eve, theirs))
    refused = [found for found in outcomes if isinstance(found, GameError)]
    assert len(refused) == 1
    assert isinstance(refused[0], CharacterBusy | CharacterUnavailable)
    assert await dollars(eve) == 1_900
    with pytest.raises(CharacterUnavailable):
        await accept_duel(eve, theirs if isinstance(outcomes[1], GameError) else mine)


async def test_nobody_begins_a_duel_during_another(world: World) -> None:
    jane, bill = await two(world)
    eve = await duelist(world)
    await begun(jane, bill)
    with pytest.raises(CharacterUnavailable):
        await challenge_duel(jane, eve)
    later = (await challenge_duel(eve, bill)).id
    with pytest.raises(CharacterUnavailable):
        await accept_duel(bill, later)
    assert (await row(later)).status is DuelStatus.PENDING


async def test_who_has_spent_the_money_cannot_accept_and_the_challenge_stays(world: World) -> None:
    jane, bill = await two(world)
    duel = (await challenge_duel(jane, bill, **WAGER)).id
    await economy.spend(bill, 1_950, source=Source.SERVICE_FEE)
    with pytest.raises(InsufficientFunds):
        await accept_duel(bill, duel)
    await economy.earn(bill, 850, source=Source.QUEST_REWARD)
    with pytest.raises(InvalidWager):  # a tenth of 900
        await accept_duel(bill, duel)
    assert (await row(duel)).status is DuelStatus.PENDING
    assert await held() == 100


@pytest.mark.parametrize("wager", [0, -5, 99, 201, 10**9, 10.5, float("nan"), True, "100", None])
async def test_a_wager_that_cannot_be_made(world: World, wager: Any) -> None:
    jane, bill = await two(world)
    with pytest.raises(InvalidWager):
        await challenge_duel(jane, bill, kind=DuelType.WAGER, wager=wager)
    assert await dollars(jane) == 2_000


@pytest.mark.parametrize("kind", [DuelType.CASUAL, DuelType.RANKED])
async def test_only_a_wager_is_about_money(world: World, kind: DuelType) -> None:
    jane, bill = await two(world)
    with pytest.raises(InvalidWager):
        await challenge_duel(jane, bill, kind=kind, wager=100)


async def test_a_wager_is_bounded_by_the_lower_level(world: World) -> None:
    jane, bill = await two(world, dollars=900_000)
    await change(jane, level=11)
    for level, most in ((1, 1_000), (2, 2_000)):
        await change(bill, level=level)
        assert (await wager_limits(jane, opponent_id=bill)).most == most
        with pytest.raises(InvalidWager):
            await challenge_duel(jane, bill, kind=DuelType.WAGER, wager=most + 1)
    await change(jane, level=13)
    with pytest.raises(LevelsApart):
        await challenge_duel(jane, bill, **WAGER)


@pytest.mark.parametrize("kind", [DuelType.RANKED, DuelType.WAGER])
async def test_rating_and_money_are_for_the_skilled(world: World, kind: DuelType) -> None:
    jane, bill = await two(world)
    await change(bill, combatXp=0)
    terms = WAGER if kind is DuelType.WAGER else {"kind": kind}
    for one, other in ((jane, bill), (bill, jane)):
        with pytest.raises(NotSkilled):
            await challenge_duel(one, other, **terms)
    await challenge_duel(jane, bill)  # for the honour anybody may


async def test_nobody_fights_itself_or_its_own_account(world: World) -> None:
    owner = await world.account()
    jane, sister = [await world.character(of=owner) for _ in range(2)]
    for other in (jane, sister):
        with pytest.raises(SelfDuel):
            await challenge_duel(jane, other)
    with pytest.raises(CharacterNotFound):
        await challenge_duel(jane, ObjectId())


async def test_who_is_blocked_is_not_told(world: World) -> None:
    jane, bill = await two(world)
    block = Friend(requester_id=bill, requestee_id=jane, status=FriendStatus.BLOCKED)
    await block.insert()
    with pytest.raises(CharacterNotFound):
        await challenge_duel(jane, bill)
    with pytest.raises(CharacterUnavailable):
        await challenge_duel(bill, jane)


async def test_a_block_after_the_challenge_ends_the_matter(world: World) -> None:
    jane, bill = await two(world)
    duel = (await challenge_duel(jane, bill)).id
    block = Friend(requester_id=jane, requestee_id=bill, status=FriendStatus.BLOCKED)
    await block.insert()
    with pytest.raises(CharacterNotFound):
        await accept_duel(bill, duel)


@pytest.mark.broken_world  # who is jailed here serves no sentence
@pytest.mark.parametrize("fields", [{"isDead": True}, {"isInJail": True}, {"isInCombat": True}])
async def test_who_cannot_fight_neither_challenges_nor_accepts(
    world: World, fields: dict[str, Any]
) -> None:
    jane, bill = await two(world)
    duel = (await challenge_duel(jane, bill)).id
    for who in (jane, bill):
        await change(who, **fields)
        with pytest.raises(CharacterUnavailable):
            await accept_duel(bill, duel)
        await change(who, **dict.fromkeys(fields, False))
    await change(bill, **fields)
    with pytest.raises(CharacterUnavailable):
        await challenge_duel(bill, jane)


async def test_whom_the_staff_bar_from_trade_does_not_wager(
    world: World, time: FrozenClock
) -> None:
    jane, bill = await two(world)
    duel = (await challenge_duel(jane, bill, **WAGER)).id
    until = {"tradeLockedUntil": time.at + timedelta(hours=1)}
    for who in (jane, bill):
        await change(who, **until)
        with pytest.raises(TradeLocked):
            await accept_duel(bill, duel)
        await change(who, tradeLockedUntil=None)
    await cancel_duel(jane, duel)
    await change(jane, **until)
    with pytest.raises(TradeLocked):
        await challenge_duel(jane, bill, **WAGER)
    await challenge_duel(jane, bill)


async def test_a_challenge_is_nobody_else_s(world: World) -> None:
    jane, bill = await two(world)
    eve = await duelist(world)
    duel = (await challenge_duel(jane, bill)).id
    for call in (
        accept_duel(jane, duel),
        accept_duel(eve, duel),
        decline_duel(jane, duel),
        cancel_duel(bill, duel),
        cancel_duel(eve, duel),
        read_duel(eve, duel),
        read_duel(jane, ObjectId()),
    ):
        with pytest.raises(DuelNotFound):
            await call
    assert (await read_duel(bill, duel)).game is None


async def test_three_challenges_are_open_at_a_time(world: World, time: FrozenClock) -> None:
    jane = await duelist(world)
    others = [await duelist(world) for _ in range(4)]
    made = [(await challenge_duel(jane, other)).id for other in others[:3]]
    with pytest.raises(TooManyChallenges):
        await challenge_duel(jane, others[3])
    with pytest.raises(AlreadyChallenged):
        await challenge_duel(jane, others[0])
    await decline_duel(others[0], made[0])
    await challenge_duel(jane, others[3])


async def test_five_challenges_in_a_minute(world: World, time: FrozenClock) -> None:
    jane, bill = await two(world)
    for _ in range(5):
        await cancel_duel(jane, (await challenge_duel(jane, bill)).id)
    with pytest.raises(RateLimited):
        await challenge_duel(jane, bill)
    time.advance(minutes=1)
    await challenge_duel(jane, bill)


async def test_a_pair_has_five_duels_for_money_in_a_day(world: World, time: FrozenClock) -> None:
    time.at = time.at.replace(hour=1)
    jane, bill = await two(world, dollars=9_900)
    for number in range(5):
        pair = (jane, bill) if number % 2 else (bill, jane)
        await won_by(*pair, **WAGER)
        time.advance(minutes=1)
    limits = await wager_limits(jane, opponent_id=bill)
    assert (limits.left_today, limits.left_with_opponent) == (15, 0)
    duel = (await challenge_duel(jane, bill, **WAGER)).id
    with pytest.raises(LimitExceeded):
        await accept_duel(bill, duel)
    assert await held() == 100
    await cancel_duel(jane, duel)
    time.advance(days=1)
    await begun(jane, bill, **WAGER)


async def test_who_has_a_wager_open_does_not_leave_the_world(world: World) -> None:
    jane, bill = await two(world)
    await challenge_duel(jane, bill, **WAGER)
    with pytest.raises(HoldsOpen):
        await characters.delete(jane, name=(await characters.get(jane)).name)


async def test_what_another_program_has_written_is_in_nobodys_way(
    world: World, time: FrozenClock
) -> None:
    jane, bill = await two(world)
    for status in ("pending", "active", "complete"):
        await Duel.collection().insert_one(
            {
                "challengerId": jane,
                "defenderId": bill,
                "status": status,
                "wager": 50,
                "phase": "betting",
                "createdAt": time.at,
                "expiresAt": time.at + timedelta(minutes=5),
                "__v": 0,
            }
        )
    olds = await Duel.collection().find({}).to_list(None)
    await challenge_duel(jane, bill)
    for old in olds:
        state = await read_duel(jane, old["_id"])
        assert (state.duel.wager, state.game, state.duel.kind) == (50, None, DuelType.CASUAL)
    time.advance(minutes=6)
    await Jobs(JOBS).run_until_idle()
    assert await dollars(jane) == 2_000
