"""Hunters for hire: whom they hunt for whom, called off, three on one head."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from bson import ObjectId

from desperados import characters
from desperados.characters.errors import CharacterUnavailable
from desperados.crime.bounties import post_bounty
from desperados.crime.errors import SameGang, SelfTarget, TargetTooGreen
from desperados.crime.hunting import cancel_hire, hire_hunter, list_hunters, my_hunts
from desperados.crime.hunting.documents import BountyHunt, BountyHuntStatus
from desperados.crime.hunting.errors import (
    AlreadyHunted,
    HireChanged,
    HuntClosed,
    HunterNotFound,
    HuntNotFound,
    NoPriceWorthIt,
    NotHireable,
    TooManyHunters,
)
from desperados.engine import clock
from desperados.engine.clock import FrozenClock
from desperados.engine.errors import GameError, RateLimited
from desperados.law.consequences import LawBounty
from desperados.ledger.money.errors import InsufficientFunds
from desperados.play.requirements.errors import MoralsTooLow, StandingTooLow
from desperados.testing import World, hammer
from tests.crime.hunting.grounds import dollars, employer_in, hunt_of, prey_in
from tests.law.courts import charge
from tests.world.people import change

KATE, KID, CAZADOR = "copper-kate", "the-kid", "el-cazador"
TWINS, GRANDFATHER, MARY = "comanche-twins", "old-grandfather", "bloody-mary"


async def be_respected(who: ObjectId) -> None:
    """Somebody whom every hunter rides for who can be hired."""
    await change(who, standings={"nahi_coalition": 100})


async def test_a_hunter_costs_a_sum_and_a_share_of_what_is_on_the_head(
    world: World, time: FrozenClock
) -> None:
    jane, bill = await prey_in(world), await employer_in(world)
    view = await hire_hunter(bill, KATE, jane)
    assert (view.hire_cost, view.reward, view.status) == (150 + 560, 800, "active")
    assert await dollars(bill) == 10_100 - 710
    hunt = await hunt_of(view.id)
    assert hunt.encounter_at is not None
    assert timedelta(hours=14.4) <= hunt.encounter_at - clock.now() <= timedelta(hours=21.6)
    (mine,) = (await my_hunts(bill)).items
    assert (mine.hunter, mine.target_id, mine.outcome) == (KATE, jane, None)
    assert mine.callable_until is not None


async def test_hiring_has_its_refusals(world: World, time: FrozenClock) -> None:
    jane, bill = await prey_in(world), await employer_in(world)
    with pytest.raises(HunterNotFound):
        await hire_hunter(bill, "nobody", jane)
    with pytest.raises(NotHireable):
        await hire_hunter(bill, "iron-jack", jane)
    with pytest.raises(StandingTooLow):
        await hire_hunter(bill, TWINS, jane)
    with pytest.raises(MoralsTooLow):
        await hire_hunter(bill, MARY, jane)
    with pytest.raises(SelfTarget):
        await hire_hunter(jane, KATE, jane)
    with pytest.raises(NoPriceWorthIt):
        await hire_hunter(
            bill, KATE, await prey_in(world, 3, bounty=LawBounty("frontera", 99, "x"))
        )
    green = await prey_in(world)
    await change(green, level=9)
    with pytest.raises(TargetTooGreen):
        await hire_hunter(bill, KATE, green)
    with pytest.raises(HireChanged) as changed:
        await hire_hunter(bill, KATE, jane, max_total=709)
    assert changed.value.facts["price"] == 710
    poor = await employer_in(world, 600)
    with pytest.raises(InsufficientFunds):
        await hire_hunter(poor, KATE, jane)
    gang = ObjectId()
    await change(bill, gangId=gang)
    await change(jane, gangId=gang)
    with pytest.raises(SameGang):
        await hire_hunter(bill, KATE, jane)
    await change(bill, gangId=None)
    await change(jane, gangId=None, isDead=True)
    with pytest.raises(CharacterUnavailable):
        await hire_hunter(bill, KATE, jane)
    assert await BountyHunt.collection().count_documents({}) == 0
    assert await dollars(bill) == 10_100


async def test_another_character_of_the_player_is_not_hunted(
    world: World, time: FrozenClock
) -> None:
    owner = await world.account()
    bill = await world.character(of=owner, dollars=10_000)
    brother = await world.character(of=owner)
    await change(bill, createdAt=clock.now() - timedelta(days=30))
    await charge(brother, wanted=3, bounty=LawBounty("frontera", 500, "arson"))
    with pytest.raises(SelfTarget):
        await hire_hunter(bill, KATE, brother)


@pytest.mark.parametrize(("dollars_on_it", "refused"), [(99, True), (100, False)])
async def test_a_hunter_rides_from_his_least_price_on(
    world: World, time: FrozenClock, dollars_on_it: int, refused: bool
) -> None:
    jane = await prey_in(world, 3, bounty=LawBounty("frontera", dollars_on_it, "x"))
    bill = await employer_in(world)
    if refused:
        with pytest.raises(NoPriceWorthIt):
            await hire_hunter(bill, KATE, jane)
    else:
        assert (await hire_hunter(bill, KATE, jane)).hire_cost == 150 + 70


async def test_one_employer_has_a_hunter_for_one_hunt_and_again_after_his_rest(
    world: World, time: FrozenClock
) -> None:
    jane, cole = await prey_in(world), await prey_in(world)
    bill, other = await employer_in(world), await employer_in(world)
    hunt = await hire_hunter(bill, KATE, jane)
    with pytest.raises(AlreadyHunted):
        await hire_hunter(bill, KATE, cole)  # he has one hunt for Bill
    with pytest.raises(AlreadyHunted):
        await hire_hunter(other, KATE, jane)  # he is after Jane already
    await hire_hunter(other, KATE, cole)  # of this employer's he has none
    await cancel_hire(bill, hunt.id)
    with pytest.raises(RateLimited):
        await hire_hunter(bill, KATE, jane)
    time.advance(hours=24)
    await hire_hunter(bill, KATE, jane)


async def test_three_hunters_are_after_one_head_at_most(world: World, time: FrozenClock) -> None:
    jane, bill = await prey_in(world), await employer_in(world)
    await be_respected(bill)
    hunters = [KATE, KID, CAZADOR, TWINS, GRANDFATHER]
    outcomes = await hammer(lambda: hire_hunter(bill, hunters.pop(), jane), 5)
    assert (outcomes.done, outcomes.refused) == (3, {"too_many_hunters": 2})
    paid = sum(hunt.hire_cost for hunt in outcomes.answers)
    assert await dollars(bill) == 10_100 - paid
    assert await BountyHunt.collection().count_documents({"status": "active"}) == 3
    other = await employer_in(world)
    await be_respected(other)
    left = {KATE, KID, CAZADOR, TWINS, GRANDFATHER} - {hunt.hunter for hunt in outcomes.answers}
    with pytest.raises(TooManyHunters):
        await hire_hunter(other, min(left), jane)


async def test_two_who_hire_one_hunter_after_one_head_get_him_once(
    world: World, time: FrozenClock
) -> None:
    jane = await prey_in(world)
    employers = [await employer_in(world) for _ in range(4)]
    waiting = list(employers)
    outcomes = await hammer(lambda: hire_hunter(waiting.pop(), KATE, jane), 4)
    assert (outcomes.done, outcomes.refused) == (1, {"already_hunted": 3})
    assert sum([await dollars(who) for who in employers]) == 4 * 10_100 - 710


async def test_the_same_key_hires_once_and_calls_off_once(world: World, time: FrozenClock) -> None:
    jane, bill = await prey_in(world), await employer_in(world)
    hunt = await hire_hunter(bill, KATE, jane, key="hire")
    assert await hire_hunter(bill, KATE, jane, key="hire") == hunt
    off = await cancel_hire(bill, hunt.id, key="off")
    assert await cancel_hire(bill, hunt.id, key="off") == off
    assert await dollars(bill) == 10_100 - 710 + 355


async def test_a_hunter_is_called_off_before_half_of_his_way_for_half(
    world: World, time: FrozenClock
) -> None:
    jane, bill = await prey_in(world), await employer_in(world)
    view = await hire_hunter(bill, KATE, jane)
    assert view.callable_until is not None
    with pytest.raises(HuntNotFound):
        await cancel_hire(await employer_in(world), view.id)
    time.advance(seconds=(view.callable_until - clock.now()).total_seconds() - 1)
    off = await cancel_hire(bill, view.id)
    assert (off.status, off.outcome) == (BountyHuntStatus.EXPIRED, "called_off")
    assert await dollars(bill) == 10_100 - 355
    with pytest.raises(HuntClosed):
        await cancel_hire(bill, view.id)
    late = await hire_hunter(bill, KID, jane)
    assert late.callable_until is not None
    time.advance(seconds=(late.callable_until - clock.now()).total_seconds())
    with pytest.raises(HuntClosed):
        await cancel_hire(bill, late.id)


async def test_called_off_many_times_at_once_he_comes_back_once(
    world: World, time: FrozenClock
) -> None:
    jane, bill = await prey_in(world), await employer_in(world)
    hunt = await hire_hunter(bill, KATE, jane)
    outcomes = await hammer(lambda: cancel_hire(bill, hunt.id), 5)
    assert (outcomes.done, outcomes.refused) == (1, {"hunt_closed": 4})
    assert await dollars(bill) == 10_100 - 355


async def test_whose_prey_leaves_the_world_gets_half_back_and_none_goes_on(
    world: World, time: FrozenClock
) -> None:
    jane = await prey_in(world)
    bill, cole = await employer_in(world), await employer_in(world)
    one = await hire_hunter(bill, KATE, jane)
    two = await hire_hunter(cole, KID, jane)
    three = await hire_hunter(cole, CAZADOR, jane)
    name = (await world.game.database["characters"].find_one({"_id": jane}))["name"]
    await characters.delete(jane, name=name)
    assert await dollars(bill) == 10_100 - 710 + 355
    spent = two.hire_cost + three.hire_cost
    assert await dollars(cole) == 10_100 - spent + two.hire_cost // 2 + three.hire_cost // 2
    for hunt in (one, two, three):
        found = await hunt_of(hunt.id)
        assert (found.status, found.outcome) == (BountyHuntStatus.EXPIRED, "called_off")
    told = await world.game.database["notifications"].count_documents({"characterId": cole})
    assert told == 2


async def test_whose_employer_leaves_the_world_is_hunted_no_more(
    world: World, time: FrozenClock
) -> None:
    jane, bill = await prey_in(world), await employer_in(world)
    hunt = await hire_hunter(bill, KATE, jane)
    name = (await world.game.database["characters"].find_one({"_id": bill}))["name"]
    await characters.delete(bill, name=name)
    found = await hunt_of(hunt.id)
    assert (found.status, found.outcome) == (BountyHuntStatus.EXPIRED, "called_off")


@pytest.mark.parametrize("rival", ["delete", "hire", "post"])
async def test_whatever_happens_to_the_prey_at_that_moment_the_money_is_somewhere(
    world: World, time: FrozenClock, rival: str
) -> None:
    jane, bill = await prey_in(world), await employer_in(world)
    cole = await employer_in(world)
    hunt = await hire_hunter(bill, KATE, jane)
    name = (await world.game.database["characters"].find_one({"_id": jane}))["name"]
    rivals: dict[str, Callable[[], Awaitable[Any]]] = {
        "delete": lambda: characters.delete(jane, name=name),
        "hire": lambda: hire_hunter(cole, KID, jane),
        "post": lambda: post_bounty(cole, jane, 500),
    }
    outcomes = await asyncio.gather(
        cancel_hire(bill, hunt.id), rivals[rival](), return_exceptions=True
    )
    assert all(isinstance(o, GameError) for o in outcomes if isinstance(o, BaseException))
    assert await dollars(bill) == 10_100 - 355
    assert (await hunt_of(hunt.id)).status is BountyHuntStatus.EXPIRED


async def test_everybody_sees_whom_one_can_hire(world: World) -> None:
    found = {hunter.hunter: hunter for hunter in await list_hunters()}
    assert len(found) == 10
    assert (found["iron-jack"].price, found[KATE].price, found[KATE].price_percent) == (
        None,
        150,
        70,
    )
