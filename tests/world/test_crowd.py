"""How full places are: the same for everybody within the hour, and never more than fit."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from bson import ObjectId
from hypothesis import given
from hypothesis import strategies as st

from desperados.engine.clock import FrozenClock
from desperados.testing import World
from desperados.vocabulary import LOCATION_TYPES
from desperados.world.clock import ERA, HOUR, Period, moment_of
from desperados.world.crowd import (
    CAPACITIES,
    CROWDS,
    Crowd,
    CrowdLevel,
    base_share,
    crowd_at,
    crowd_of,
)
from desperados.world.places import Place, read_place_of

MOMENTS = st.datetimes(datetime(1990, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))


def a_place(kind: str = "saloon", hours: tuple[int, int] = (0, 0), code: str = "here") -> Place:
    return Place(ObjectId(), code, kind, None, None, None, (), hours)


@given(
    moment=MOMENTS,
    kind=st.sampled_from(sorted(LOCATION_TYPES)),
    capacity=st.integers(1, 1000),
    shops=st.floats(0.1, 3),
)
def test_a_crowd_fits_and_stays_for_the_hour(
    moment: datetime, kind: str, capacity: int, shops: float
) -> None:
    here = a_place(kind)
    crowd = crowd_of(here, moment, capacity, shops)
    assert 0 <= crowd.people <= capacity
    hour = ERA + (moment - ERA) // HOUR * HOUR
    assert crowd == crowd_of(here, hour, capacity, shops)
    assert crowd == crowd_of(here, hour + HOUR - timedelta(milliseconds=1), capacity, shops)


@pytest.mark.parametrize(
    ("people", "level"),
    [(0, "empty"), (4, "empty"), (5, "sparse"), (24, "sparse"), (25, "moderate"), (50, "busy"),
     (75, "crowded"), (89, "crowded"), (90, "packed"), (100, "packed"), (300, "packed")],
)  # fmt: skip
def test_levels_begin_where_they_should(people: int, level: str) -> None:
    assert Crowd(people, 100).level == level
    assert Crowd(people, 100).factors is CROWDS[CrowdLevel(level)]


def test_nobodys_pockets_can_be_picked_where_hardly_anybody_is() -> None:
    assert [CROWDS[level].pickpocket > 0 for level in CrowdLevel] == [False, False] + 4 * [True]
    detection = [CROWDS[level].detection for level in CrowdLevel]
    assert detection == sorted(detection)


def test_saloons_fill_in_the_evening_banks_in_the_morning_churches_at_dawn() -> None:
    assert base_share("saloon", Period.EVENING, 2) == 0.8
    assert base_share("saloon", Period.EVENING, 6) == 1
    assert base_share("saloon", Period.MORNING, 2) == 0.4
    assert base_share("bank", Period.NOON, 2) == 0.6
    assert base_share("church", Period.DAWN, 2) == base_share("church", Period.NOON, 7) == 0.7
    assert base_share("church", Period.NOON, 2) == 0.3
    assert base_share("camp", Period.MIDNIGHT, 2) == pytest.approx(0.1)


def test_who_is_closed_is_empty() -> None:
    night = moment_of(1890, 6, 2, 22)
    assert crowd_of(a_place("bank", (8, 17)), night, 30, 1).level is CrowdLevel.EMPTY
    assert crowd_of(a_place("saloon", (14, 4)), night, 80, 1).people > 30


def test_hours_and_places_differ() -> None:
    noon = moment_of(1890, 6, 2, 12)
    crowds = {crowd_of(a_place(code=f"c{n}"), noon, 1000, 1).people for n in range(20)}
    assert len(crowds) > 10


async def test_the_crowd_of_a_place_is_that_of_its_kind_and_weather(
    world: World, time: FrozenClock
) -> None:
    time.at = moment_of(1890, 6, 2, 10)
    gulch = await read_place_of("red-gulch")
    assert gulch is not None
    crowd = await crowd_at(gulch, time.at)
    assert crowd.capacity == 500  # a settlement has no kind of its own, so the content says it
    assert 0 < crowd.people < 500
    saloon = await read_place_of("golden-spur-saloon")
    assert saloon is not None
    assert (await crowd_at(saloon, time.at)).capacity == CAPACITIES["saloon"]
    time.advance(minutes=14)
    assert await crowd_at(gulch, time.at) == crowd
