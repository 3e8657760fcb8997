"""The law's own hunters: after the most wanted, seldom, three a day, and paid to nobody."""

from __future__ import annotations

import pytest
from bson import ObjectId

from desperados.crime.bounties import post_bounty
from desperados.crime.hunting import my_hunts, rules
from desperados.crime.hunting.documents import BountyHunt, BountyHuntStatus
from desperados.crime.hunting.jobs import JOBS
from desperados.crime.hunting.lawmen import send_lawmen
from desperados.engine import clock
from desperados.engine.clock import FrozenClock
from desperados.engine.work import Jobs
from desperados.law.consequences import LawBounty
from desperados.play.shapes.questions import answer
from desperados.testing import World, hammer
from tests.crime.hunting.grounds import at_the_door, dollars, employer_in, hunt_of, knock, prey_in
from tests.law.courts import prices, sentences
from tests.world.people import change


async def outlaw(world: World, dollars: int) -> ObjectId:
    return await prey_in(world, 5, bounty=LawBounty("settler_alliance", dollars, "murder"))


async def hunts() -> list[BountyHunt]:
    return await BountyHunt.load_many({}, limit=50, sort=[("_id", 1)])


@pytest.fixture
def sure(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever may be sent is."""
    monkeypatch.setattr(rules, "SENT_PERCENT", 100)


async def test_each_rides_only_for_a_price_that_is_worth_it(
    world: World, time: FrozenClock, sure: None
) -> None:
    await outlaw(world, 199)
    assert await send_lawmen() == 0
    time.advance(days=1)
    worth = await outlaw(world, 4_999)
    assert await send_lawmen() == 1
    (hunt,) = await hunts()
    assert (hunt.npc_hunter, hunt.target_id, hunt.employer) == ("marshals-men", worth, None)
    assert (hunt.reward, hunt.hire_cost) == (4_999, 0)
    time.advance(days=1)
    worst = await outlaw(world, 10_000)
    assert await send_lawmen() == 2  # the marshal's men are on their way still
    assert {(h.npc_hunter, h.target_id) for h in (await hunts())[1:]} == {
        ("iron-jack", worst),
        ("hellhound", worst),
    }


async def test_the_law_rides_once_a_day_and_sends_three_at_most(
    world: World, time: FrozenClock, sure: None
) -> None:
    for _ in range(4):
        await outlaw(world, 20_000)
    outcomes = await hammer(send_lawmen, 3)
    assert sorted(outcomes.answers) == [0, 0, 3]
    assert len(await hunts()) == rules.MOST_SENT
    assert await send_lawmen() == 0
    await Jobs([job for job in JOBS if job.name == "lawmen_ride"]).run_until_idle()
    assert len(await hunts()) == rules.MOST_SENT


async def test_beginners_and_those_whom_three_are_after_are_left_alone(
    world: World, time: FrozenClock, sure: None
) -> None:
    green = await outlaw(world, 20_000)
    await change(green, level=9)
    assert await send_lawmen() == 0
    time.advance(days=1)
    crowded = await outlaw(world, 20_000)
    for number in range(3):
        await BountyHunt(
            hunter_id=await world.character(), target_id=crowded, reward=0, npc_hunter=f"x{number}"
        ).insert()
    assert await send_lawmen() == 0


async def test_a_day_sends_one_in_twenty(world: World, time: FrozenClock) -> None:
    assert (rules.SENT_PERCENT, rules.MOST_SENT) == (5, 3)
    await outlaw(world, 4_000)  # one hunter, one outlaw: 5 of 100
    sent = 0
    for _ in range(100):
        sent += await send_lawmen()
        await BountyHunt.collection().delete_many({})
        time.advance(days=1)
        await world.game.database["bounties"].update_many(
            {}, {"$set": {"decayedAt": clock.now(), "amount": 4_000}}
        )
    assert sent <= 20  # the mean is 5; above 20 is one in ten million


async def test_what_the_law_brings_in_is_paid_to_nobody(
    world: World, time: FrozenClock, sure: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    jane, bill = await outlaw(world, 4_000), await employer_in(world)
    await post_bounty(bill, jane, 500)
    assert await send_lawmen() == 1
    (hunt,) = await hunts()
    await knock(time, jane, hunt)
    (question,) = await at_the_door(jane)
    monkeypatch.setattr(rules, "flee_chance", lambda *_: 0)
    await answer(jane, question.id, "flee")
    found = await hunt_of(hunt.id)
    assert (found.status, found.reward) == (BountyHuntStatus.CAPTURED, 0)
    assert await dollars(bill) == 10_100 - 550
    assert await dollars(jane) == 100
    assert (await my_hunts(jane)).items == []
    assert len(await prices(world.game, jane, "collected")) == 2
    (sentence,) = await sentences(world.game, jane)
    assert sentence["sentenceMinutes"] >= 120
    burned = await world.game.database["accountentries"].find_one({"source": "bounty_to_nobody"})
    assert burned is not None
    assert burned["amount"] == -500
