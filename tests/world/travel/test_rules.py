"""The numbers of travel: what a way costs, how long it takes, and how dangerous it is."""

from typing import Any

import pytest
from bson import ObjectId
from hypothesis import given
from hypothesis import strategies as st

from desperados.play.outcome import Outcome
from desperados.play.rewards import Reward, read_reward
from desperados.world.places import Connection, Place
from desperados.world.travel.rules import (
    HUB_TO_HUB,
    SAME_ZONE,
    Meeting,
    Road,
    WayOut,
    caught_damage,
    draw,
    encounter_percent,
    flee_percent,
    losses,
    road,
    travel_cost,
    travel_time,
)

FACTORS = st.floats(0.1, 30)


def place(code: str, **more: Any) -> Place:
    return Place(
        ObjectId(), code, "settlement", more.pop("parent", None), "town", None, (), (0, 0), **more
    )


TOWN = place("town", travel_zone="settled", hub=True, danger=3)
SALOON = place("saloon", parent="town", danger=2)
BANK = place("bank", parent="town", danger=2)
FARM = place("farm", travel_zone="settled", danger=4)
MESA = place("mesa", travel_zone="mesa", hub=True, danger=5)
CAVE = place("cave", travel_zone="mesa", danger=6, connections=(Connection("town", 12, 60),))


@pytest.mark.parametrize(
    ("here", "there", "way"),
    [
        (TOWN, SALOON, Road(0, indoors=True)),
        (SALOON, TOWN, Road(0, indoors=True)),
        (SALOON, BANK, Road(0, indoors=True)),
        (TOWN, FARM, Road(SAME_ZONE)),
        (TOWN, MESA, Road(HUB_TO_HUB)),
        (CAVE, TOWN, Road(12, 60)),
        (FARM, SALOON, None),  # first to the town
        (SALOON, FARM, None),  # first to the street
        (FARM, MESA, None),  # no road, another zone, and only one of the two is a hub
    ],
)
def test_a_way_is_a_door_a_road_the_country_of_a_zone_or_goes_from_hub_to_hub(
    here: Place, there: Place, way: Road | None
) -> None:
    assert road(here, there) == way


@given(st.integers(1, 60), FACTORS, st.integers(-90, 200))
def test_a_way_costs_something_at_most_three_times_its_base_and_at_least_half_of_that_is_left(
    base: int, factor: float, percent: int
) -> None:
    cost, plain = travel_cost(base, factor, percent), travel_cost(base, factor, 0)
    assert 1 <= plain <= 3 * base
    assert max(1, plain / 2) <= cost <= 3 * plain


def test_what_costs_are() -> None:
    assert travel_cost(10, 1, 0) == 10
    assert travel_cost(10, 1.3, 0) == 13
    assert travel_cost(5, 1.3, 0) == 7  # rounded up
    assert travel_cost(20, 12, 0) == 60  # a storm in winter, and an event: three times
    assert travel_cost(20, 1, -80) == 10
    assert travel_cost(0, 3, 200) == 0


@given(st.integers(0, 3_600), FACTORS)
def test_a_way_takes_at_most_three_times_as_long(seconds: int, factor: float) -> None:
    assert 0 <= travel_time(seconds, factor).total_seconds() <= 3 * seconds


@given(st.integers(1, 10), st.integers(0, 23), st.integers(0, 5), FACTORS, st.integers(-90, 200))
def test_at_most_every_second_way_has_an_encounter(
    danger: int, hour: int, wanted: int, factor: float, percent: int
) -> None:
    there = place("somewhere", danger=danger)
    chance = encounter_percent(there, hour, wanted, factor, percent)
    assert 0 <= chance <= 50
    assert chance <= encounter_percent(there, hour, wanted, 2 * factor, percent)
    if wanted < 5:
        assert chance <= encounter_percent(there, hour, wanted + 1, factor, percent)


def test_what_chances_are() -> None:
    assert encounter_percent(place("scar", danger=10), 12, 0) == 10
    assert encounter_percent(place("scar", danger=10), 22, 0) == 15
    assert encounter_percent(place("scar", danger=10), 6, 3) == 16
    assert encounter_percent(place("scar", danger=10), 5, 5, 3) == 50
    assert encounter_percent(TOWN, 0, 5, 3) == 0  # a safe hub
    assert encounter_percent(BANK, 0, 5, 3) == 0  # a door


def test_what_chances_to_get_away_are() -> None:
    assert flee_percent(1, 5) == 27
    assert flee_percent(1, 10) == 20
    assert flee_percent(60, 1) == 85
    assert (caught_damage(10, 30), caught_damage(1, 10)) == (15, 1)


def way(code: str, chance: int = 100, needs: Any = (), **success: Any) -> WayOut:
    return WayOut(code, code, read_reward(success), Reward(), chance, needs)


def meeting(*ways_out: WayOut, code: str = "bear", weight: int = 50, **more: Any) -> Meeting:
    facts: dict[str, Any] = {"danger": (4, 7), "time": "night", "levels": (5, 20), **more}
    return Meeting(code, code, "combat", weight=weight, ways_out=ways_out, **facts)


def test_the_safest_way_out_needs_neither_skill_nor_luck_and_costs_least() -> None:
    ways = (
        way("fight", health=-50, xp=100),
        way("pay", dollars=-25),
        way("sneak", needs=({"kind": "skill"},), xp=10),
        way("bluff", chance=50, xp=5),
        way("join", dollars=60, wanted=1),
    )
    assert meeting(*ways).safest.code == "pay"
    assert meeting(*ways, way("wait", xp=5)).safest.code == "wait"


def test_doing_nothing_costs_what_it_costs_and_gives_nothing() -> None:
    reward = {"xp": 50, "dollars": -20, "health": -5, "wanted": 1, "items": [{"itemId": "hide"}]}
    assert losses(read_reward(reward)) == Outcome(dollars=-20, health=-5, wanted=1)


@pytest.mark.parametrize(
    ("danger", "night", "level", "suits"),
    [
        (4, True, 5, True),
        (7, True, 20, True),
        (3, True, 10, False),
        (8, True, 10, False),
        (5, False, 10, False),
        (5, True, 4, False),
        (5, True, 21, False),
    ],
)
def test_an_encounter_has_its_danger_its_time_and_its_levels(
    danger: int, night: bool, level: int, suits: bool
) -> None:
    assert meeting(way("go")).suits(danger, night, level) is suits


def test_encounters_are_drawn_by_their_weight() -> None:
    pool = [meeting(way("go"), code=code, weight=weight) for code, weight in (("a", 2), ("b", 1))]
    drawn = [draw(pool, roll) for roll in (1, 2, 3)]
    assert [found.code for found in drawn if found] == ["a", "a", "b"]
    assert draw([], 1) is None
