"""What places multiply: bounded, whatever comes together of weather, hour, moon and season."""

from __future__ import annotations

from dataclasses import asdict, fields
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desperados.world.clock import GameTime, Moon, Period, Season, game_time, moment_of
from desperados.world.modifiers import Modifiers, combined, product
from desperados.world.seasons import (
    DAY,
    HOLIDAYS,
    PERIODS,
    SEASONS,
    holiday_of,
    holidays_from,
    light_of,
    month_danger,
)
from desperados.world.weather import FACTORS, Factors, Weather, WeatherKind

MOMENTS = st.datetimes(datetime(1990, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))
ANYTHING = st.one_of(
    st.none(), st.floats(), st.integers(-5, 10**30), st.booleans(), st.text(max_size=3)
)
EVENTS = st.lists(
    st.fixed_dictionaries(
        {},
        optional={
            "effects": st.one_of(
                st.none(),
                st.dictionaries(st.sampled_from(["travelModifier", "dangerModifier"]), ANYTHING),
            ),
            "extraEffects": st.dictionaries(st.sampled_from(["energy", "job"]), ANYTHING),
        },
    ),
    max_size=5,
)
NOON_IN_JUNE = GameTime(1890, 6, 3, 12, 0)


@given(
    moment=MOMENTS,
    kind=st.sampled_from(WeatherKind),
    intensity=st.integers(1, 10),
    events=EVENTS,
)
def test_every_modifier_is_finite_and_within_its_bounds(
    moment: datetime, kind: WeatherKind, intensity: int, events: list[Any]
) -> None:
    weather = Weather(kind, intensity, moment, moment).factors
    for factor in asdict(product(game_time(moment), weather, events)).values():
        assert 0.1 <= factor <= 3


def test_an_ordinary_noon_under_a_clear_sky() -> None:
    may = GameTime(1890, 5, 3, 12, 0)
    assert product(may, Factors()) == Modifiers(
        travel=pytest.approx(1 / 0.85), energy=1, encounter=0.9, visibility=1, detection=1,
        job=1, shops=1.1, regen=1, combat=1,
    )  # fmt: skip


def test_winter_storm_and_flood_are_three_times_as_dear_and_not_more() -> None:
    january = GameTime(1890, 1, 9, 12, 0)
    storm = FACTORS[WeatherKind.THUNDERSTORM]
    flood = [{"effects": {"travelModifier": 2, "dangerModifier": 1.3}}]
    assert product(january, storm).travel == pytest.approx(1.6 / 0.7)
    assert product(january, storm, flood).travel == 3
    assert product(january, storm, flood).encounter == pytest.approx(0.6 * 1.5 * 1.04 * 1.3)


@given(factors=st.lists(ANYTHING))
def test_events_together_stay_within_their_bounds(factors: list[Any]) -> None:
    assert 0.5 <= combined(factors) <= 3
    assert combined([]) == combined([None, "2", True, -1, 0, float("nan")]) == 1


def test_the_moon_counts_after_dark_only() -> None:
    full, new = 15, 1
    assert game_time(moment_of(1890, 6, full)).moon is Moon.FULL
    assert light_of(GameTime(1890, 6, full, 12, 0)) == light_of(GameTime(1890, 6, new, 12, 0)) == 1
    assert light_of(GameTime(1890, 6, full, 23, 0)) == pytest.approx(0.65)
    assert light_of(GameTime(1890, 6, new, 23, 0)) == pytest.approx(0.25)


def test_every_hour_moon_season_and_month_is_in_the_tables() -> None:
    assert set(PERIODS) == set(Period)
    assert set(SEASONS) == set(Season)
    assert [round(month_danger(month), 2) for month in range(1, 13)] == [
        1.04, 1.02, 1, 0.98, 1, 1.02, 1.04, 1.06, 0.98, 1.02, 1, 1.02,
    ]  # fmt: skip


def test_a_holiday_is_a_day_that_exists_and_changes_what_it_says() -> None:
    assert len({(h.month, h.day) for h in HOLIDAYS} | {h.code for h in HOLIDAYS}) == 22
    assert all(1 <= h.month <= 12 and 1 <= h.day <= 28 for h in HOLIDAYS)
    assert holiday_of(NOON_IN_JUNE) is None
    christmas = GameTime(1890, 12, 25, 12, 0)
    assert holiday_of(christmas) is HOLIDAYS[9]
    there = product(christmas, Factors())
    assert (there.regen, there.combat) == (1.15, pytest.approx(0.3))


@given(moment=MOMENTS)
def test_the_holidays_to_come_are_those_of_a_year_in_their_order(moment: datetime) -> None:
    coming = list(holidays_from(moment))
    begins = [at for _, at in coming]
    assert {holiday for holiday, _ in coming} == set(HOLIDAYS)
    assert begins == sorted(begins)
    assert begins[0] > moment - DAY
    assert begins[-1] < begins[0] + timedelta(days=84)
    assert (begins[0] <= moment) == (holiday_of(game_time(moment)) is not None)
    assert all(holiday_of(game_time(at)) is holiday for holiday, at in coming)


def test_modifiers_of_the_place_are_named_as_the_table_of_the_module_names_them() -> None:
    import desperados.world.modifiers as module

    for field in fields(Modifiers):
        assert f"\n{field.name} " in (module.__doc__ or "")
