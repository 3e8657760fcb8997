"""Work: paid once, where it is offered, by cards that can be dealt again."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
import yaml
from bson import ObjectId

from desperados.characters.errors import CharacterUnavailable
from desperados.deck.documents import ActionResult
from desperados.deck.hands import deal
from desperados.engine.clock import FrozenClock
from desperados.engine.errors import LimitExceeded, RateLimited
from desperados.ledger.money import ledger
from desperados.ledger.money.accounts import wallet
from desperados.ledger.money.documents import Currency
from desperados.play.errors import NotEnoughEnergy
from desperados.play.requirements.errors import Closed, LevelTooLow, SkillTooLow, TooWanted
from desperados.seeding import default_directory
from desperados.testing import Luck, World, hammer
from desperados.vocabulary import LOCATION_TYPES
from desperados.world.clock import moment_of
from desperados.world.errors import JobNotFound, NotOfferedHere
from desperados.world.labour import list_work, read_jobs, work
from desperados.world.labour.views import WorkView
from desperados.world.travel import travel
from tests.world.people import change, energy, place_id, stored, where
from tests.world.skies import order

NOON = moment_of(1890, 6, 1, 12)
OLD = NOON - timedelta(days=30)  # no newcomer's stake


async def worker(world: World, place: str, **fields: Any) -> ObjectId:
    jane = await world.character(place=place)
    await change(jane, createdAt=OLD, **fields)
    return jane


async def purse(who: ObjectId) -> int:
    return (await ledger.balances(wallet(who)) or {})[Currency.DOLLARS]


async def test_work_costs_energy_and_pays_what_its_hand_is_worth(
    world: World, time: FrozenClock
) -> None:
    time.at = NOON
    jane = await worker(world, "red-gulch-square")
    done = await work(jane, "job_haul_freight")
    assert done.energy_spent == 15
    assert await energy(jane) == 135
    assert 8 <= done.dollars <= 15
    assert await purse(jane) == 100 + done.dollars
    assert (await stored(jane))["xp"] == done.xp == 10


async def test_whoever_knows_the_seed_can_deal_the_hand_again(
    world: World, time: FrozenClock
) -> None:
    time.at = NOON
    jane = await worker(world, "red-gulch-square")
    done = await work(jane, "job_haul_freight")
    assert done.seed is not None
    hand = deal(done.seed, done.skill, done.suit)
    assert [card.code for card in hand.cards] == done.cards
    assert (hand.strength, hand.effectiveness) == (done.strength, done.effectiveness)
    kept = await ActionResult.load_one({"_id": done.id})
    assert kept is not None
    assert kept.result["seed"] == done.seed


async def test_plain_work_needs_no_cards(world: World, time: FrozenClock) -> None:
    time.at = NOON
    jane = await worker(world, "red-gulch")
    done = await work(jane, "job_dig_well")
    assert (done.dollars, done.score, done.cards, done.seed) == (12, 50, [], None)


@pytest.mark.parametrize(
    ("place", "job", "fields", "error"),
    [
        ("red-gulch", "job_nothing", {}, JobNotFound),
        ("red-gulch", "bank_heist", {}, JobNotFound),  # a deed, but no job
        ("red-gulch", "job_deal_cards", {}, NotOfferedHere),
        ("red-gulch-bank", "job_bank_guard", {}, LevelTooLow),
        ("red-gulch-smithy", "job_smithy_help", {"level": 9}, SkillTooLow),
        (
            "red-gulch-sheriff",
            "job_deputy_patrol",
            {"level": 9, "wanted": {"level": 1, "at": NOON}},
            TooWanted,
        ),
        ("golden-spur-saloon", "job_tend_bar", {"level": 9}, Closed),  # it opens at two
        ("red-gulch-square", "job_haul_freight", {"energy": 14, "energyAt": NOON}, NotEnoughEnergy),
        ("red-gulch-square", "job_haul_freight", {"isDead": True}, CharacterUnavailable),
        ("red-gulch-square", "job_haul_freight", {"isInJail": True}, CharacterUnavailable),
    ],
)
@pytest.mark.broken_world  # who is jailed here serves no sentence
async def test_what_stops_work(
    world: World,
    time: FrozenClock,
    place: str,
    job: str,
    fields: dict[str, Any],
    error: type[Exception],
) -> None:
    time.at = NOON
    jane = await worker(world, place, **fields)
    before = await stored(jane)
    with pytest.raises(error):
        await work(jane, job)
    assert await stored(jane) == before


async def test_a_condition_instead_of_a_code_finds_no_job(world: World) -> None:
    jane = await worker(world, "red-gulch-square")
    for odd in ({"$gt": ""}, ["job_haul_freight"], None):
        with pytest.raises(JobNotFound):
            await work(jane, odd)  # type: ignore[arg-type]


async def test_a_job_has_its_time_and_its_share_of_the_day(world: World, time: FrozenClock) -> None:
    time.at = NOON.replace(hour=0, minute=0)
    jane = await worker(world, "red-gulch-square")
    for _ in range(12):
        await change(jane, energy=150, energyAt=time.at)
        await work(jane, "job_haul_freight")
        with pytest.raises(RateLimited):
            await work(jane, "job_haul_freight")
        time.advance(minutes=15, seconds=-1)
        with pytest.raises(RateLimited):
            await work(jane, "job_haul_freight")
        time.advance(seconds=1)
    with pytest.raises(LimitExceeded):
        await work(jane, "job_haul_freight")
    (offer,) = [one for one in await read_jobs(jane) if one.job == "job_haul_freight"]
    assert (offer.left_today, offer.ready_at) == (
        0,
        time.at.replace(hour=0, minute=0) + timedelta(1),
    )
    time.advance(days=1)
    await work(jane, "job_haul_freight")


async def test_ten_at_once_are_one(world: World, time: FrozenClock) -> None:
    time.at = NOON
    jane = await worker(world, "red-gulch-square")
    outcomes = await hammer(lambda: work(jane, "job_haul_freight"), 10)
    assert (outcomes.done, outcomes.refused) == (1, {"rate_limited": 9})
    (done,) = outcomes.answers
    assert isinstance(done, WorkView)
    assert (await purse(jane), await energy(jane)) == (100 + done.dollars, 135)


async def test_the_same_key_is_paid_once(world: World, time: FrozenClock) -> None:
    time.at = NOON
    jane = await worker(world, "red-gulch-square")
    first = await work(jane, "job_haul_freight", key="k")
    assert await work(jane, "job_haul_freight", key="k") == first
    assert await purse(jane) == 100 + first.dollars


async def test_who_travels_works_and_enters_at_once_does_it_one_after_the_other(
    world: World, time: FrozenClock, luck: Luck
) -> None:
    """The energy for each is spent once, and nobody works where it no longer is."""
    time.at = NOON
    jane = await worker(world, "red-gulch")
    await change(jane, energy=20, energyAt=NOON)  # for the way (5) or for the work (18), not both
    results = await asyncio.gather(
        travel(jane, "fort-ashford"),
        work(jane, "job_dig_well"),
        travel(jane, "red-gulch-square"),
        return_exceptions=True,
    )
    went, worked, entered = (not isinstance(result, BaseException) for result in results)
    spent = 20 - await energy(jane)
    assert spent == 5 * went + 18 * worked
    assert not (went and worked)
    assert went or worked or entered
    assert await purse(jane) == 100 + 12 * worked
    assert (await where(jane)) == (
        "fort-ashford" if went else "red-gulch-square" if entered else "red-gulch"
    )


async def test_nobody_pays_much_for_work_in_a_sandstorm(world: World, time: FrozenClock) -> None:
    time.at = NOON
    await order(world, "sandstorm")
    jane = await worker(world, "red-gulch")
    (offer,) = [one for one in await read_jobs(jane) if one.job == "job_dig_well"]
    done = await work(jane, "job_dig_well")
    assert done.dollars == offer.least_pay == offer.most_pay == 6


async def test_what_is_offered_says_what_it_costs_pays_and_lacks(
    world: World, time: FrozenClock
) -> None:
    time.at = NOON
    jane = await worker(world, "red-gulch-smithy")
    (offer,) = await read_jobs(jane)
    assert (offer.job, offer.energy, offer.least_pay, offer.most_pay) == (
        "job_smithy_help", 20, 18, 28,
    )  # fmt: skip
    assert [one.kind for one in offer.unmet] == ["level", "skill"]
    time.at = moment_of(1890, 6, 1, 23)
    (offer,) = await read_jobs(jane)
    assert "hours" in [one.kind for one in offer.unmet]


async def test_what_was_done_is_listed_the_newest_first(world: World, time: FrozenClock) -> None:
    time.at = NOON
    jane = await worker(world, "red-gulch")
    first = await work(jane, "job_dig_well")
    time.advance(minutes=1)
    second = await work(jane, "job_haul_freight")
    page = await list_work(jane, limit=1)
    assert page.items == [second]
    assert (await list_work(jane, after=page.next)).items == [first]


async def test_there_is_work_at_every_type_of_place(world: World) -> None:
    places = yaml.safe_load((default_directory() / "locations.yaml").read_text())["locations"]
    jane = await worker(world, "red-gulch", level=50)
    working = set()
    for of_type in sorted(LOCATION_TYPES):
        code = next(place["locationId"] for place in places if place["type"] == of_type)
        await change(jane, currentLocationId=await place_id(code))
        if await read_jobs(jane):
            working.add(of_type)
    assert working == LOCATION_TYPES
