"""Lying low and disguises."""

from __future__ import annotations

from datetime import timedelta

import pytest

from desperados import economy, law
from desperados.characters.errors import CharacterUnavailable
from desperados.characters.participant import load_participant
from desperados.crime.errors import NoHidingPlace, NotDisguised, NothingToHide
from desperados.crime.hiding import drop_disguise, lie_low, list_disguises, wear_disguise
from desperados.crime.hiding.rules import HIDING_PLACES, DisguiseKind, LieLowMethod
from desperados.engine import clock
from desperados.engine.clock import FrozenClock
from desperados.engine.errors import RateLimited
from desperados.engine.transactions import transactional
from desperados.law.consequences import Sentence
from desperados.law.rules import Cause
from desperados.ledger.money.errors import InsufficientFunds
from desperados.play.outcome import Deed, Outcome, Share
from desperados.play.settle import settle
from desperados.testing import World, hammer
from tests.law.courts import charge


async def hideout(world: World) -> str:
    row = await world.game.database["locations"].find_one({"type": {"$in": [*HIDING_PLACES]}})
    return str(row["locationId"])


async def test_who_hides_is_forgotten_a_little_and_can_do_nothing_else(
    world: World, time: FrozenClock
) -> None:
    jane = await world.character(place=await hideout(world))
    await charge(jane, wanted=3)
    got = await lie_low(jane, LieLowMethod.HIDE)
    assert (got.wanted, got.dollars) == (2, 0)
    assert got.hidden_until == clock.now() + timedelta(minutes=30)
    with pytest.raises(CharacterUnavailable):
        (await load_participant(jane)).must_be_free()
    time.advance(minutes=30)
    (await load_participant(jane)).must_be_idle()
    assert (await law.status(jane)).wanted == 2


async def test_who_pays_may_go_about_but_only_once_in_six_hours(
    world: World, time: FrozenClock
) -> None:
    jane = await world.character(place=await hideout(world))
    await charge(jane, wanted=5)
    outcomes = await hammer(lambda: lie_low(jane, LieLowMethod.PAY), 5)
    assert (outcomes.done, outcomes.refused) == (1, {"rate_limited": 4})
    assert (await law.status(jane)).wanted == 4
    assert (await economy.balance(jane)).dollars == 50
    (await load_participant(jane)).must_be_idle()
    time.advance(hours=5, minutes=59)
    with pytest.raises(RateLimited):
        await lie_low(jane, LieLowMethod.PAY)


async def test_lying_low_has_its_refusals(world: World) -> None:
    jane = await world.character(place="red-gulch")
    with pytest.raises(NoHidingPlace):
        await lie_low(jane, LieLowMethod.HIDE)
    bill = await world.character(place=await hideout(world))
    with pytest.raises(NothingToHide):
        await lie_low(bill, LieLowMethod.HIDE)


async def test_a_disguise_hides_some_of_it_for_a_while(world: World, time: FrozenClock) -> None:
    jane = await world.character(dollars=200)
    await charge(jane, wanted=3)
    await wear_disguise(jane, DisguiseKind.SETTLER)
    got = await wear_disguise(jane, DisguiseKind.PRIEST)  # takes the place of the first
    assert got.until == clock.now() + timedelta(minutes=25)
    status = await law.status(jane)
    assert (status.wanted, status.shown, status.arrestable) == (3, 0, True)
    assert (await economy.balance(jane)).dollars == 125
    with pytest.raises(InsufficientFunds):
        await wear_disguise(jane, DisguiseKind.PRIEST) and await wear_disguise(
            jane, DisguiseKind.PRIEST
        )
    time.advance(minutes=25)
    assert (await law.status(jane)).shown == 3


async def test_a_disguise_can_be_taken_off(world: World, time: FrozenClock) -> None:
    jane = await world.character()
    await charge(jane, wanted=2)
    await wear_disguise(jane, DisguiseKind.MERCHANT)
    await drop_disguise(jane)
    assert (await law.status(jane)).shown == 2
    with pytest.raises(NotDisguised):
        await drop_disguise(jane)


async def test_jail_takes_a_disguise(world: World, time: FrozenClock) -> None:
    jane = await world.character()
    await wear_disguise(jane, DisguiseKind.MERCHANT)

    @transactional
    async def caught() -> None:
        outcome = Outcome(jail=Sentence(Cause.MINOR_CRIME))
        await settle(Deed(name="caught"), Share(await load_participant(jane), outcome))

    await caught()
    assert (await load_participant(jane)).effects == ()


async def test_the_disguises_are_listed_with_their_prices() -> None:
    assert [(it.kind, it.dollars, it.levels) for it in await list_disguises()][-1] == (
        DisguiseKind.PRIEST,
        125,
        3,
    )
