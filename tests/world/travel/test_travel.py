"""Travelling: what it costs, where it leads, and what stops it."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from desperados.characters.errors import CharacterUnavailable
from desperados.characters.tallies import tally
from desperados.engine.clock import FrozenClock
from desperados.play.errors import NotEnoughEnergy
from desperados.play.requirements.errors import Closed, LevelTooLow, StandingTooLow, TooWanted
from desperados.testing import Luck, World, hammer
from desperados.world.clock import moment_of
from desperados.world.documents import Location, WorldEvent, WorldEventEffects
from desperados.world.errors import AlreadyThere, NoWay, PlaceNotFound
from desperados.world.travel import read_exits, travel
from desperados.world.travel.documents import Journey
from desperados.world.travel.journeys import arrive
from tests.world.people import change, energy, place_id, where
from tests.world.skies import order

NOON = moment_of(1890, 6, 1, 12)
WINTER = moment_of(1890, 12, 1, 12)
NIGHT = moment_of(1890, 6, 1, 23)
SAFE = 100  # a throw of the dice by which nothing happens


async def test_a_road_costs_energy_once_and_leads_to_its_end(
    world: World, time: FrozenClock, luck: Luck
) -> None:
    time.at = NOON
    jane = await world.character(place="red-gulch")
    luck.next(SAFE)
    went = await travel(jane, "fort-ashford")
    assert (went.place, went.energy_spent, went.energy, went.question) == (
        "fort-ashford", 5, 145, None,
    )  # fmt: skip
    assert (await where(jane), await energy(jane)) == ("fort-ashford", 145)
    assert await tally(jane, "location_visited") == 1
    assert luck.left == ()


async def test_doors_cost_nothing_and_nothing_happens_in_them(
    world: World, time: FrozenClock, luck: Luck
) -> None:
    time.at = NOON
    jane = await world.character(place="red-gulch")
    await change(jane, wanted={"level": 2, "at": NOON})
    luck.next(1)
    assert (await travel(jane, "red-gulch-bank")).energy_spent == 0
    assert (await travel(jane, "red-gulch-sheriff")).place == "red-gulch-sheriff"
    assert (await travel(jane, "red-gulch")).energy_spent == 0
    assert (await energy(jane), luck.left) == (150, (1,))
    assert await tally(jane, "location_visited") == 3


@pytest.mark.parametrize(
    ("start", "target", "error"),
    [
        ("red-gulch", "red-gulch", AlreadyThere),
        ("red-gulch", "nowhere", PlaceNotFound),
        ("red-gulch", "kaiowa-hunters-camp", NoWay),  # first to the mesa
        ("golden-spur-saloon", "fort-ashford", NoWay),  # first to the street
        ("the-frontera", "fort-ashford", NoWay),
        ("sangre-canyon", "hole-in-the-wall", PlaceNotFound),  # hidden
        ("echo-caves", "hermits-shrine", PlaceNotFound),
        ("sangre-canyon", "the-scar", LevelTooLow),
        ("red-gulch", "kaiowa-mesa", StandingTooLow),  # the border of the zone
    ],
)
async def test_there_is_not_always_a_way(
    world: World, time: FrozenClock, start: str, target: str, error: type[Exception]
) -> None:
    time.at = NOON
    jane = await world.character(place=start)
    with pytest.raises(error):
        await travel(jane, target)
    assert (await where(jane), await energy(jane)) == (start, 150)


async def test_a_condition_instead_of_a_code_finds_no_place(world: World) -> None:
    jane = await world.character(place="red-gulch")
    for odd in ({"$gt": ""}, ["red-gulch-bank"], 7, None):
        with pytest.raises(PlaceNotFound):
            await travel(jane, odd)  # type: ignore[arg-type]


async def test_whoever_is_tired_goes_nowhere(world: World, time: FrozenClock) -> None:
    time.at = NOON
    jane = await world.character(place="red-gulch")
    await change(jane, energy=4, energyAt=NOON)
    with pytest.raises(NotEnoughEnergy) as refused:
        await travel(jane, "fort-ashford")
    assert (refused.value.facts["have"], refused.value.facts["need"]) == (4, 5)
    assert await where(jane) == "red-gulch"
    assert (await travel(jane, "red-gulch-stables")).place == "red-gulch-stables"


async def test_a_building_opens_and_closes_by_the_clock_of_the_game(
    world: World, time: FrozenClock
) -> None:
    jane = await world.character(place="red-gulch")
    for hour, is_open in ((3, True), (4, False), (13, False), (14, True), (23, True)):
        time.at = moment_of(1890, 6, 1, hour)
        if is_open:
            await travel(jane, "golden-spur-saloon")
            await travel(jane, "red-gulch")
        else:
            with pytest.raises(Closed):
                await travel(jane, "golden-spur-saloon")


async def test_whoever_is_inside_when_it_closes_may_leave(world: World, time: FrozenClock) -> None:
    time.at = moment_of(1890, 6, 1, 16)
    jane = await world.character(place="red-gulch")
    await travel(jane, "red-gulch-bank")
    time.at = NIGHT
    assert (await travel(jane, "red-gulch")).place == "red-gulch"
    with pytest.raises(Closed):
        await travel(jane, "red-gulch-bank")


async def test_banks_do_not_let_in_whom_the_law_wants(world: World, time: FrozenClock) -> None:
    time.at = NOON
    jane = await world.character(place="red-gulch")
    await change(jane, wanted={"level": 3, "at": NOON})
    with pytest.raises(TooWanted):
        await travel(jane, "red-gulch-bank")
    time.advance(hours=24)  # a day of ours is four of the game: it is noon again
    assert (await travel(jane, "red-gulch-bank")).place == "red-gulch-bank"


async def test_a_way_back_out_of_a_land_asks_for_nothing(world: World, luck: Luck) -> None:
    """Who is in a zone whose border it could not cross may still leave it."""
    jane = await world.character(place="kaiowa-mesa")
    luck.next(SAFE)
    assert (await travel(jane, "longhorn-ranch")).place == "longhorn-ranch"


async def test_across_country_and_from_hub_to_hub(
    world: World, time: FrozenClock, luck: Luck
) -> None:
    time.at = NOON
    jane = await world.character(place="fort-ashford")
    luck.next(SAFE)
    assert (await travel(jane, "frontier-academy")).energy_spent == 5
    await change(jane, currentLocationId=await place_id("whiskey-bend"), level=10)
    luck.next(SAFE)
    assert (await travel(jane, "the-frontera")).energy_spent == 14


async def test_levels_and_mounts_change_what_a_way_costs(
    world: World, time: FrozenClock, luck: Luck
) -> None:
    time.at = NOON
    jane = await world.character(place="red-gulch")
    await change(jane, level=11, effects=[{"name": "mount", "stats": {"travel_cost": -80}}])
    (to_bend,) = [one for one in (await read_exits(jane)).exits if one.place == "whiskey-bend"]
    luck.next(SAFE)
    went = await travel(jane, "whiskey-bend")
    # 14 in summer, of which a mount spares half; for level 11 a quarter more
    assert went.energy_spent == to_bend.energy == 9


# Ways that take time


async def test_a_long_way_takes_its_time_and_then_one_is_there(
    world: World, time: FrozenClock, luck: Luck
) -> None:
    time.at = NOON
    jane = await world.character(place="dusty-trail")
    await change(jane, level=10)
    luck.next(SAFE)
    went = await travel(jane, "the-wastes")
    assert went.arrives_at == NOON + timedelta(seconds=82)  # 90, and in summer it is quicker
    for command in (travel(jane, "dusty-trail"), travel(jane, "the-wastes")):
        with pytest.raises(CharacterUnavailable) as refused:
            await command
        assert refused.value.facts["state"] == "journey"
    assert (await read_exits(jane)).arrives_at == went.arrives_at
    assert await tally(jane, "location_visited") == 0
    time.at = went.arrives_at  # nobody has noticed yet
    assert (await read_exits(jane)).place == "the-wastes"
    luck.next(SAFE)
    assert (await travel(jane, "the-frontera")).place == "the-frontera"


async def test_an_arrival_is_noted_once_however_many_notice_it(
    world: World, time: FrozenClock, luck: Luck
) -> None:
    time.at = NOON
    jane = await world.character(place="dusty-trail")
    await change(jane, level=10)
    luck.next(SAFE)
    went = await travel(jane, "the-wastes")
    (journey,) = await Journey.load_many({"characterId": jane}, limit=2)
    await arrive(journey.id)  # too early
    assert await tally(jane, "location_visited") == 0
    assert went.arrives_at is not None
    time.at = went.arrives_at
    await asyncio.gather(*(arrive(journey.id) for _ in range(5)))
    assert await tally(jane, "location_visited") == 1
    (journey,) = await Journey.load_many({"characterId": jane}, limit=2)
    assert journey.arrived_at == time.at


async def test_a_storm_makes_a_way_dear_and_never_impossible(
    world: World, time: FrozenClock, luck: Luck
) -> None:
    time.at = WINTER
    await order(world, "sandstorm", 10)
    await WorldEvent(
        event_type="flash_flood",
        name="Flood",
        effects=WorldEventEffects(travel_modifier=3),
        starts_at=WINTER,
        ends_at=WINTER + timedelta(hours=2),
    ).insert()
    jane = await world.character(place="red-gulch")
    (to_bend,) = [one for one in (await read_exits(jane)).exits if one.place == "whiskey-bend"]
    luck.next(SAFE)
    assert (await travel(jane, "whiskey-bend")).energy_spent == to_bend.energy == 45


# At once


async def test_of_twenty_journeys_at_once_one_is_made_and_paid(
    world: World, time: FrozenClock
) -> None:
    time.at = NOON
    jane = await world.character(place="red-gulch")
    outcomes = await hammer(lambda: travel(jane, "fort-ashford"), 20)
    assert outcomes.done == 1
    assert set(outcomes.refused) <= {"already_there", "character_unavailable"}
    assert await energy(jane) == 145


async def test_the_same_key_is_one_journey(world: World, time: FrozenClock, luck: Luck) -> None:
    time.at = NOON
    jane = await world.character(place="red-gulch")
    luck.next(SAFE)
    first = await travel(jane, "fort-ashford", key="k")
    assert await travel(jane, "fort-ashford", key="k") == first
    assert await energy(jane) == 145


# What is noted


async def test_a_place_and_its_region_are_reached_where_they_are(
    world: World, time: FrozenClock, luck: Luck
) -> None:
    time.at = NOON
    jane = await world.character(place="red-gulch")
    luck.next(SAFE)
    await travel(jane, "longhorn-ranch")  # in another region
    assert await tally(jane, "location_visited") == 1
    assert await tally(jane, "region_visited") == 1
    await travel(jane, "longhorn-corral")
    assert await tally(jane, "location_visited") == 2
    assert await tally(jane, "region_visited") == 1


# What can be seen


async def test_exits_show_what_each_costs_and_what_is_missing(
    world: World, time: FrozenClock
) -> None:
    time.at = NIGHT
    jane = await world.character(place="red-gulch")
    seen = await read_exits(jane)
    exits = {one.place: one for one in seen.exits}
    assert (seen.place, seen.energy) == ("red-gulch", 150)
    assert exits["fort-ashford"].energy == 5
    assert exits["kaiowa-mesa"].energy == 14  # from hub to hub
    assert [one.kind for one in exits["red-gulch-bank"].unmet] == ["hours"]
    assert exits["red-gulch-bank"].unmet[0].ready_at is not None
    assert [one.kind for one in exits["kaiowa-mesa"].unmet] == ["standing"]
    assert not exits["golden-spur-saloon"].unmet
    assert "hole-in-the-wall" not in exits
    assert "red-gulch" not in exits


async def test_nobody_is_ever_stuck(world: World, time: FrozenClock) -> None:
    """Hated by all, wanted, in the middle of the night: from every place some way is open."""
    time.at = moment_of(1890, 6, 1, 3)
    jane = await world.character(place="red-gulch")
    hated = dict.fromkeys(("settler_alliance", "nahi_coalition", "frontera"), -100)
    await change(jane, level=50, standings=hated, wanted={"level": 5, "at": time.at})
    stuck = []
    for place in await Location.load_many({}, limit=200):
        await change(jane, currentLocationId=place.id)
        if all(one.unmet for one in (await read_exits(jane)).exits):
            stuck.append(place.location_id)
    assert stuck == []
