"""Alms: given once a day, at an open church, and counted once."""

from __future__ import annotations

from typing import Any

import pytest
from bson import ObjectId
from hypothesis import given
from hypothesis import strategies as st

from desperados.characters.tallies import tally
from desperados.engine.clock import FrozenClock
from desperados.engine.errors import LimitExceeded
from desperados.ledger.money.errors import InsufficientFunds, InvalidAmount
from desperados.mystic import rules
from desperados.mystic.service import give_alms
from desperados.play.requirements.errors import Closed, WrongPlaceType
from desperados.renown import service as renown
from desperados.renown.conduct_table import CONDUCT
from desperados.testing import World, hammer
from desperados.world.clock import moment_of
from tests.world.people import stored

NOON, MIDNIGHT = moment_of(1890, 6, 1, 12), moment_of(1890, 6, 1, 0)


async def churchgoer(world: World, time: FrozenClock, dollars: int = 500) -> ObjectId:
    time.at = NOON
    return await world.character(place="red-gulch-church", dollars=dollars)


async def test_alms_leave_the_world_and_are_weighed(world: World, time: FrozenClock) -> None:
    jane = await churchgoer(world, time)
    given = await give_alms(jane, 100)
    assert (given.dollars, given.conduct) == (100, "give_poor")
    assert (await stored(jane))["dollars"] == 500
    assert (await renown.reputation(jane)).dimensions["generosity"] == 10
    assert await tally(jane, "dollars_given") == 100


async def test_one_gift_a_day_however_many_are_tried_at_once(
    world: World, time: FrozenClock
) -> None:
    jane = await churchgoer(world, time)
    outcomes = await hammer(lambda: give_alms(jane, 5), times=10)
    assert outcomes.done == 1
    assert outcomes.refused == {"limit_exceeded": 9}
    assert (await stored(jane))["dollars"] == 595
    with pytest.raises(LimitExceeded):
        await give_alms(jane, 5)
    time.advance(days=1)
    await give_alms(jane, 5)


async def test_a_repeated_key_gives_once(world: World, time: FrozenClock) -> None:
    jane = await churchgoer(world, time)
    first = await give_alms(jane, 5, key="once")
    assert await give_alms(jane, 5, key="once") == first
    assert (await stored(jane))["dollars"] == 595
    assert await tally(jane, "dollars_given") == 5


async def test_not_elsewhere_not_at_night_and_not_on_credit(
    world: World, time: FrozenClock
) -> None:
    jane = await churchgoer(world, time, dollars=5)
    with pytest.raises(InsufficientFunds):
        await give_alms(jane, 106)
    time.at = MIDNIGHT
    with pytest.raises(Closed):
        await give_alms(jane, 5)
    bill = await world.character(place="red-gulch", dollars=5)
    with pytest.raises(WrongPlaceType):
        await give_alms(bill, 5)
    assert (await stored(jane))["dollars"] == 105


@pytest.mark.parametrize("amount", [0, -1, 1.5, "5", True, None, rules.MOST_ALMS + 1])
async def test_what_is_no_gift_is_refused(world: World, time: FrozenClock, amount: Any) -> None:
    jane = await churchgoer(world, time)
    with pytest.raises(InvalidAmount):
        await give_alms(jane, amount)


@given(st.integers(rules.LEAST_ALMS, rules.MOST_ALMS))
def test_every_gift_is_in_the_table_of_conduct(dollars: int) -> None:
    assert rules.deed_of(dollars) in CONDUCT
    assert rules.check_alms(dollars) == dollars
