"""Arrests: decided by two hands, settled for both and all who pay, at once and once."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from bson import ObjectId
from hypothesis import given
from hypothesis import strategies as st

from desperados import economy, law
from desperados.characters.errors import CharacterUnavailable
from desperados.characters.participant import load_participant
from desperados.crime.arrests import arrest_character, wanted_here
from desperados.crime.bounties import cancel_bounty, post_bounty
from desperados.crime.bounties.rules import fee
from desperados.crime.errors import NoLawfulHand, NotArrestable, NotThere, SameGang, SelfTarget
from desperados.crime.hiding import wear_disguise
from desperados.crime.hiding.rules import DisguiseKind
from desperados.crime.jobs import JOBS
from desperados.deck.documents import ActionResult, Suit
from desperados.deck.hands import deal
from desperados.engine import clock
from desperados.engine.clock import FrozenClock
from desperados.engine.errors import GameError, RateLimited
from desperados.engine.work import Jobs
from desperados.law.consequences import LawBounty, Sentence
from desperados.law.rules import Cause
from desperados.play.errors import NotEnoughEnergy
from desperados.testing import World, hammer
from tests.crime.arrests.posse import PLACE, always, hunter_in, next_arrests, outlaw_in
from tests.law.courts import charge, prices, sentences, stored
from tests.world.people import change, energy, place_id

ROBBERY = LawBounty("settler_alliance", 800, "robbery")


async def dollars(character: ObjectId) -> int:
    return (await economy.balance(character)).dollars


async def held(world: World) -> int:
    rows = await world.game.database["holds"].find({"purpose": "bounty"}).to_list(None)
    return sum(row["held"].get("dollars", 0) for row in rows)


def test_the_odds_of_an_arrest_are_about_even_and_better_for_the_better() -> None:
    seeds = [f"{number:064x}" for number in range(3_000)]
    others = [f"{number:064x}" for number in range(5_000, 8_000)]

    def share(hunter: int, outlaw: int) -> float:
        pairs = zip(seeds, others, strict=True)
        won = sum(
            deal(mine, hunter, Suit.CLUBS).effectiveness
            > deal(theirs, outlaw, Suit.SPADES).effectiveness
            for mine, theirs in pairs
        )
        return won / len(seeds)

    assert 0.40 < share(1, 1) < 0.50  # a tie lets the outlaw go
    assert 0.1 < share(1, 50) < share(1, 1) < share(50, 1) < 0.9


async def test_all_that_follows_of_an_arrest_follows_at_once(
    world: World, time: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    pat, jane = await hunter_in(world), await outlaw_in(world, 4, bounty=ROBBERY)
    bill, cole = [await world.character(dollars=1_000) for _ in range(2)]
    await post_bounty(bill, jane, 300)
    await post_bounty(cole, jane, 505)
    await change(pat, createdAt=clock.now() - timedelta(days=30))
    next_arrests(monkeypatch, True)
    got = await arrest_character(pat, jane)
    assert (got.caught, got.minutes, got.energy_spent) == (True, 120, 15)
    assert (got.law_paid, got.players_paid) == (800, 805)
    assert got.xp == 100
    assert await dollars(pat) == 100 + 800 + 805
    assert await held(world) == 0
    collected = await prices(world.game, jane, "collected")
    assert {row["collectedBy"] for row in collected} == {pat}
    assert sorted(row["amount"] for row in collected) == [300, 505, 800]
    (sentence,) = await sentences(world.game, jane)
    assert (sentence["reason"], sentence["sentenceMinutes"]) == ("bounty_collection", 120)
    status = await law.status(jane)
    assert (status.wanted, status.bounty, status.rank) == (0, 0, "unknown")
    found = await stored(world.game, jane)
    assert (found["isInJail"], found["jailedUntil"]) == (True, got.jailed_until)
    assert (await stored(world.game, pat))["standings"]["settler_alliance"] >= 5
    karma = await world.game.database["characterkarmas"].find_one({"characterId": pat})
    assert karma["moralReputation"] > 0
    told = await world.game.database["notifications"].find({}).to_list(None)
    assert {(row["characterId"], row["type"]) for row in told} >= {
        (jane, "JAIL"),
        (bill, "BOUNTY_COLLECTED"),
        (cole, "BOUNTY_COLLECTED"),
    }
    kept = await ActionResult.load_one({"characterId": pat, "actionId": "arrest"})
    assert kept is not None
    again = deal(kept.result["hunterHand"]["seed"], 1, Suit.CLUBS)
    assert again.effectiveness == got.hunter_hand.effectiveness


async def test_who_gets_away_is_where_he_was_and_the_hunter_has_lost_an_hour(
    world: World, time: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    pat, jane = await hunter_in(world), await outlaw_in(world, bounty=ROBBERY)
    next_arrests(monkeypatch, False)
    got = await arrest_character(pat, jane)
    assert (got.caught, got.law_paid, got.minutes, got.jailed_until) == (False, 0, 0, None)
    assert await energy(pat) == 135
    status = await law.status(jane)
    assert (status.wanted, status.bounty, status.sentence) == (3, 800, None)
    time.advance(minutes=59)
    with pytest.raises(RateLimited):
        await arrest_character(pat, jane)
    time.advance(minutes=1)
    next_arrests(monkeypatch, True)
    assert (await arrest_character(pat, jane)).law_paid == 800


async def test_of_hunters_at_once_one_is_paid(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    jane, bill = await outlaw_in(world, bounty=ROBBERY), await world.character(dollars=1_000)
    await post_bounty(bill, jane, 500)
    hunters = [await hunter_in(world) for _ in range(4)]
    always(monkeypatch)
    waiting = list(hunters)
    outcomes = await hammer(lambda: arrest_character(waiting.pop(), jane), 4)
    assert (outcomes.done, outcomes.refused) == (1, {"not_arrestable": 3})
    assert sorted([await dollars(pat) for pat in hunters]) == [100, 100, 100, 1_400]
    (sentence,) = await sentences(world.game, jane)
    assert sentence["sentenceMinutes"] == 90


async def test_the_same_key_arrests_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    pat, jane = await hunter_in(world), await outlaw_in(world, bounty=ROBBERY)
    always(monkeypatch)
    first = await arrest_character(pat, jane, key="caught")
    assert await arrest_character(pat, jane, key="caught") == first
    assert await dollars(pat) == 900


@pytest.mark.parametrize("rival", ["surrender", "cancel", "expire", "jail", "disguise"])
async def test_whatever_else_happens_at_that_moment_everything_is_paid_once(
    world: World, time: FrozenClock, monkeypatch: pytest.MonkeyPatch, rival: str
) -> None:
    """The outlaw gives up, or the price is taken back, or its week is over, or another sentence
    begins: either comes first, and the money of the price is with one of the two."""
    pat, jane = await hunter_in(world), await outlaw_in(world, 5, bounty=ROBBERY)
    bill = await world.character(dollars=1_000)
    price = await post_bounty(bill, jane, 500)
    time.advance(days=7 if rival == "expire" else 1)
    await charge(jane, wanted=5)
    always(monkeypatch)
    rivals: dict[str, Any] = {
        "surrender": lambda: law.surrender(jane),
        "cancel": lambda: cancel_bounty(bill, price.id),
        "expire": lambda: Jobs(JOBS).run_until_idle(),
        "jail": lambda: charge(jane, jail=Sentence(Cause.CHEATING)),
        "disguise": lambda: wear_disguise(jane, DisguiseKind.SETTLER),
    }
    outcomes = await asyncio.gather(
        arrest_character(pat, jane), rivals[rival](), return_exceptions=True
    )
    assert all(isinstance(o, GameError) for o in outcomes if isinstance(o, BaseException))
    rows = await sentences(world.game, jane)
    assert len([row for row in rows if row["status"] == "serving"]) <= 1
    paid_back = await dollars(bill) == 100 + 1_000 - 50
    collected = await dollars(pat) >= 100 + 500
    left = await held(world)
    assert paid_back + collected + (left == 500) == 1
    assert left in (0, 500)


async def test_the_law_pays_for_one_head_once_in_a_day(
    world: World, time: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    jane, bill = await outlaw_in(world, bounty=ROBBERY), await world.character(dollars=1_000)
    always(monkeypatch)
    assert (await arrest_character(await hunter_in(world), jane)).law_paid == 800
    time.advance(hours=23)
    await charge(jane, wanted=3, bounty=ROBBERY)
    await post_bounty(bill, jane, 500)
    await change(jane, currentLocationId=(await load_participant(bill)).location_id)
    pat = await hunter_in(world)
    await change(pat, currentLocationId=(await load_participant(jane)).location_id)
    got = await arrest_character(pat, jane)
    assert (got.caught, got.law_paid, got.players_paid) == (True, 0, 500)
    assert (await law.status(jane)).bounty == 0


async def test_an_arrest_has_its_refusals(
    world: World, time: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = await world.account()
    pat, jane = await hunter_in(world), await outlaw_in(world)
    always(monkeypatch)
    mine = await world.character(of=owner, place=PLACE)
    brother = await world.character(of=owner, place=PLACE)
    await charge(brother, wanted=3)
    with pytest.raises(SelfTarget):
        await arrest_character(mine, brother)
    with pytest.raises(SelfTarget):
        await arrest_character(jane, jane)
    with pytest.raises(NotArrestable):
        await arrest_character(pat, await outlaw_in(world, 2))
    away = await outlaw_in(world)
    await change(away, currentLocationId=await place_id("longhorn-ranch"))
    with pytest.raises(NotThere):
        await arrest_character(pat, away)
    hidden = await outlaw_in(world)
    until = clock.now() + timedelta(minutes=30)
    await change(hidden, busy={"kind": "hide", "id": ObjectId(), "until": until})
    with pytest.raises(NotThere):
        await arrest_character(pat, hidden)
    outlaw = await outlaw_in(world)
    with pytest.raises(NoLawfulHand):
        await arrest_character(jane, outlaw)
    gang = ObjectId()
    await change(pat, gangId=gang)
    await change(jane, gangId=gang)
    with pytest.raises(SameGang):
        await arrest_character(pat, jane)
    await change(pat, gangId=None)
    await change(jane, gangId=None)
    await change(jane, protectedUntil=clock.now() + timedelta(seconds=60))
    with pytest.raises(NotArrestable):
        await arrest_character(pat, jane)
    await change(outlaw, isDead=True)
    with pytest.raises(CharacterUnavailable):
        await arrest_character(pat, outlaw)
    time.advance(minutes=2)
    await change(pat, energy=14, energyAt=clock.now())
    with pytest.raises(NotEnoughEnergy):
        await arrest_character(pat, jane)


async def test_a_disguise_does_not_help_against_whoever_looks_closely(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    pat, jane = await hunter_in(world), await outlaw_in(world)
    await wear_disguise(jane, DisguiseKind.SETTLER)
    always(monkeypatch)
    assert (await arrest_character(pat, jane)).caught
    assert (await load_participant(jane)).effects == ()


async def test_a_hunter_sees_whom_he_may_arrest(world: World, time: FrozenClock) -> None:
    pat = await hunter_in(world)
    jane = await outlaw_in(world, bounty=ROBBERY)
    rich = await outlaw_in(world, 5, bounty=LawBounty("frontera", 900, "arson"))
    await outlaw_in(world, 2)
    sits = await outlaw_in(world)
    await charge(sits, jail=Sentence(Cause.CHEATING))
    found = await wanted_here(pat)
    assert [(o.character_id, o.wanted, o.bounty) for o in found] == [(rich, 5, 900), (jane, 3, 800)]
    time.advance(days=1)  # a level less: too little for Jane's
    assert [o.character_id for o in await wanted_here(pat)] == [rich]
    with pytest.raises(NoLawfulHand):
        await wanted_here(rich)


@given(st.lists(st.integers(100, 100_000), min_size=1, max_size=12))
def test_to_pay_for_a_friends_head_and_share_it_costs_more_than_it_brings(
    posted: list[int],
) -> None:
    """What players pay goes from hand to hand; the fee is gone."""
    assert sum(posted) - sum(amount + fee(amount) for amount in posted) <= -sum(posted) / 10


async def test_two_friends_who_try_it_have_less_afterwards(
    world: World, time: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    pat, jane = await hunter_in(world), await outlaw_in(world)
    bill = await world.character(dollars=10_000)
    always(monkeypatch)
    await post_bounty(bill, jane, 5_000)
    got = await arrest_character(pat, jane)
    assert got.law_paid == 0
    assert sum([await dollars(who) for who in (pat, jane, bill)]) == 300 + 10_000 - 500
    assert (await load_participant(jane)).jailed
