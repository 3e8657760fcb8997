"""Jail from inside: a way out by cards, by money, by work and by patience."""

from __future__ import annotations

from datetime import timedelta

import pytest
from bson import ObjectId
from hypothesis import given
from hypothesis import strategies as st

from desperados import economy, law
from desperados.characters.participant import load_participant
from desperados.crime.errors import BribeTooSmall, NoMoreEscapes, NoMoreLabour
from desperados.crime.jail import (
    attempt_escape,
    bribe_jailer,
    prison_labour,
    read_jail,
    rules,
    service,
    socialize,
)
from desperados.crime.records import Record, criminal_record
from desperados.deck.documents import ActionResult, Suit
from desperados.deck.hands import deal
from desperados.engine import clock
from desperados.engine.clock import FrozenClock
from desperados.engine.errors import RateLimited
from desperados.engine.storage.reads import alone
from desperados.law.consequences import Sentence
from desperados.law.errors import NotJailed
from desperados.law.rules import Cause
from desperados.ledger.money.errors import InsufficientFunds
from desperados.play.errors import NotEnoughEnergy
from desperados.testing import Luck, World, hammer
from tests.crime.seeds import next_seeds, seed_for
from tests.law.courts import charge, sentences, stored
from tests.world.people import change, energy

WINS = seed_for(Suit.SPADES, least=rules.ESCAPE_TARGET)
LOSES = seed_for(Suit.SPADES, most=rules.ESCAPE_TARGET - 1)


async def prisoner(world: World, minutes: int = 60, dollars: int = 1) -> ObjectId:
    jane = await world.character(dollars=dollars)
    await charge(jane, wanted=2)
    await charge(jane, jail=Sentence(Cause.MAJOR_CRIME, minutes))
    return jane


async def dollars(character: ObjectId) -> int:
    return (await economy.balance(character)).dollars


@given(st.integers(1, 100), st.integers(1, 50))
def test_every_second_escape_fails_however_skilled_one_is(cunning: int, best: int) -> None:
    skill = rules.escape_skill(cunning, Record({"burglary": (best, 0)}))
    assert skill <= 100
    # The best pair of who has all the skill that counts reaches the target, and no high card does.
    assert 75 * 150 // 100 >= rules.ESCAPE_TARGET > 50 * 140 * 150 // 10_000


def test_the_odds_of_an_escape_are_from_one_in_fifteen_to_one_in_two() -> None:
    seeds = [f"{number:064x}" for number in range(4_000)]

    def share(skill: int) -> float:
        out = sum(deal(s, skill, Suit.SPADES).effectiveness >= rules.ESCAPE_TARGET for s in seeds)
        return out / len(seeds)

    # Three standard errors of 4,000 hands: 0.024 at one half.
    assert 0.05 < share(1) < 0.09
    assert abs(share(100) - 0.499) < 0.024


@given(st.integers(1, 1_440), st.integers(1, 50_000))
def test_a_bribe_helps_in_30_to_90_of_100_cases(remaining: int, more: int) -> None:
    least = rules.least_bribe(remaining)
    assert 30 <= rules.bribe_chance(least + more, least) <= 90
    assert rules.bribe_chance(least, least) == 30
    assert 2 * rules.lost_bribe(least + more) >= least + more


async def test_who_gets_out_is_free_and_wanted_for_it(
    world: World, time: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    jane = await prisoner(world)
    time.advance(minutes=20)
    next_seeds(monkeypatch, service, WINS)
    got = await attempt_escape(jane)
    assert (got.escaped, got.wanted, got.jailed_until) == (True, 3, None)
    assert got.energy_spent == 20
    (row,) = await sentences(world.game, jane)
    assert (row["status"], row["remainingMinutes"], row["escapeAttempts"]) == ("escaped", 40, 1)
    person = await load_participant(jane)
    person.must_be_free()
    assert (await stored(world.game, jane))["jailedUntil"] is None
    assert (await law.status(jane)).falls_at == clock.now() + timedelta(hours=24)
    kept = await ActionResult.load_one({"characterId": jane})
    assert kept is not None
    assert kept.result["purpose"] == "escape"
    assert deal(got.seed, got.skill, Suit.SPADES).effectiveness == got.effectiveness


async def test_who_does_not_sits_longer_and_cannot_be_bought_out(
    world: World, time: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    jane = await prisoner(world)
    next_seeds(monkeypatch, service, LOSES)
    got = await attempt_escape(jane)
    assert not got.escaped
    assert got.jailed_until == clock.now() + timedelta(minutes=105)
    jail = await read_jail(jane)
    assert (jail.sentence.bail, jail.escapes_left) == (None, 2)
    assert jail.escape_at == clock.now() + timedelta(hours=2)


async def test_escapes_are_two_hours_apart_and_three_in_a_sentence(
    world: World, time: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    jane = await prisoner(world, minutes=1_200)
    next_seeds(monkeypatch, service, LOSES, LOSES, LOSES)
    outcomes = await hammer(lambda: attempt_escape(jane), 4)
    assert (outcomes.done, outcomes.refused) == (1, {"rate_limited": 3})
    for _ in range(2):
        time.advance(hours=2)
        await attempt_escape(jane)
    time.advance(hours=2)
    with pytest.raises(NoMoreEscapes):
        await attempt_escape(jane)
    (row,) = await sentences(world.game, jane)
    assert (row["escapeAttempts"], row["sentenceMinutes"]) == (3, 1_335)


async def test_the_same_key_tries_once(
    world: World, time: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    jane = await prisoner(world)
    next_seeds(monkeypatch, service, LOSES)
    assert await attempt_escape(jane, key="out") == await attempt_escape(jane, key="out")
    assert await energy(jane) == 130


async def test_a_jailer_who_is_paid_looks_away(world: World, time: FrozenClock, luck: Luck) -> None:
    jane = await prisoner(world, dollars=900)
    luck.next(40)
    got = await bribe_jailer(jane, 1_000)  # two thirds of 600 more: 10 of 15
    assert (got.free, got.paid, got.chance) == (True, 1_000, 40)
    assert await dollars(jane) == 0
    (row,) = await sentences(world.game, jane)
    assert row["status"] == "bribed"
    (await load_participant(jane)).must_be_free()
    assert (await law.status(jane)).wanted == 2


async def test_a_jailer_who_is_not_keeps_half(world: World, time: FrozenClock, luck: Luck) -> None:
    jane = await prisoner(world, dollars=900)
    luck.next(31)
    got = await bribe_jailer(jane, 601)
    assert (got.free, got.paid, got.chance) == (False, 301, 30)
    assert got.jailed_until == clock.now() + timedelta(hours=1)
    assert await dollars(jane) == 699
    with pytest.raises(RateLimited):
        await bribe_jailer(jane, 650)


async def test_a_bribe_has_its_refusals(world: World, time: FrozenClock) -> None:
    jane = await prisoner(world)
    with pytest.raises(BribeTooSmall):
        await bribe_jailer(jane, 599)
    with pytest.raises(InsufficientFunds):
        await bribe_jailer(jane, 600)
    time.advance(hours=1)
    with pytest.raises(NotJailed):
        await bribe_jailer(jane, 600)


async def test_work_makes_a_sentence_shorter(world: World, time: FrozenClock, luck: Luck) -> None:
    jane = await prisoner(world)
    await change(jane, createdAt=clock.now() - timedelta(days=30))
    time.advance(minutes=10)
    luck.next(3, 7)
    got = await prison_labour(jane)
    assert (got.dollars, got.xp, got.energy_spent) == (3, 7, 10)
    assert got.jailed_until == clock.now() + timedelta(minutes=45)
    (row,) = await sentences(world.game, jane)
    assert (row["sentenceMinutes"], row["labours"]) == (55, 1)
    assert row["endsAt"] == row["startedAt"] + timedelta(minutes=55)
    with pytest.raises(RateLimited):
        await prison_labour(jane)


async def test_the_last_minutes_are_worked_off_at_once(world: World, time: FrozenClock) -> None:
    jane = await prisoner(world)
    time.advance(minutes=57)
    got = await prison_labour(jane)
    assert got.jailed_until is None
    (row,) = await sentences(world.game, jane)
    assert (row["status"], row["remainingMinutes"]) == ("served", 0)
    (await load_participant(jane)).must_be_free()


async def test_there_is_work_for_twenty_times_only(world: World, time: FrozenClock) -> None:
    jane = await prisoner(world, minutes=1_440)
    await world.game.database["jailsentences"].update_one(
        {"characterId": jane}, {"$set": {"labours": 20}}
    )
    with pytest.raises(NoMoreLabour):
        await prison_labour(jane)


async def test_the_wanted_hours_stand_still_for_the_time_that_was_served(
    world: World, time: FrozenClock, luck: Luck
) -> None:
    jane = await world.character(dollars=900)
    await charge(jane, wanted=2)
    time.advance(hours=20)
    await charge(jane, jail=Sentence(Cause.VIOLENT_CRIME, 60))
    time.advance(minutes=30)
    luck.next(1)
    await bribe_jailer(jane, 300)
    time.advance(hours=3, minutes=59)
    assert (await law.status(jane)).wanted == 2
    time.advance(minutes=1)
    assert (await law.status(jane)).wanted == 1


async def test_old_hands_tell_a_trick_now_and_then(
    world: World, time: FrozenClock, luck: Luck
) -> None:
    jane = await prisoner(world)
    luck.next(10)
    got = await socialize(jane)
    ((skill, xp),) = got.learned.items()
    assert xp == 15
    record = await alone(criminal_record(jane))
    assert record.skill(skill) == 3  # 2, then 8 of 13
    assert got.jailed_until == clock.now() + timedelta(minutes=59)
    time.advance(minutes=30)
    luck.next(11)
    assert (await socialize(jane)).learned == {}


async def test_who_is_too_tired_neither_works_nor_talks(world: World, time: FrozenClock) -> None:
    jane = await prisoner(world)
    await change(jane, energy=4, energyAt=clock.now())
    for deed in (attempt_escape, prison_labour, socialize):
        with pytest.raises(NotEnoughEnergy):
            await deed(jane)


async def test_none_of_it_is_for_the_free(world: World) -> None:
    jane = await world.character(dollars=900)
    for deed in (attempt_escape, prison_labour, socialize, read_jail):
        with pytest.raises(NotJailed):
            await deed(jane)
