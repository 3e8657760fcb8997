"""The clock of the game: four times as fast as ours, and the same for everybody."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desperados.world.clock import (
    ERA,
    HOUR,
    GameTime,
    Moon,
    Period,
    Season,
    game_time,
    in_hours,
    moment_of,
    next_hour,
    next_hour_of_week,
)

MOMENTS = st.datetimes(
    datetime(1990, 1, 1),
    datetime(2200, 1, 1),
    timezones=st.just(UTC),
)
DAY = timedelta(hours=6)


def test_the_era_begins_on_a_monday_morning_in_june() -> None:
    first = game_time(ERA)
    assert first == GameTime(1885, 6, 1, 6, 0)
    assert (first.weekday, first.season, first.moon) == (1, Season.SUMMER, Moon.NEW)


def test_a_day_is_six_hours_and_a_year_twelve_weeks() -> None:
    assert game_time(ERA + timedelta(hours=1)) == GameTime(1885, 6, 1, 10, 0)
    assert game_time(ERA + DAY) == GameTime(1885, 6, 2, 6, 0)
    assert game_time(ERA + 7 * DAY) == GameTime(1885, 6, 8, 6, 0)
    assert game_time(ERA + timedelta(days=7)) == GameTime(1885, 7, 1, 6, 0)
    assert game_time(ERA + timedelta(weeks=12)) == GameTime(1886, 6, 1, 6, 0)
    assert game_time(ERA - timedelta(seconds=1)) == GameTime(1885, 6, 1, 5, 59)


@given(MOMENTS, st.timedeltas(timedelta(), timedelta(days=400)))
def test_it_never_goes_backwards(moment: datetime, later: timedelta) -> None:
    one, other = game_time(moment), game_time(moment + later)
    assert (one.year, one.month, one.day, one.hour, one.minute) <= (
        other.year,
        other.month,
        other.day,
        other.hour,
        other.minute,
    )


@given(MOMENTS)
def test_an_hour_begins_where_its_moment_is(moment: datetime) -> None:
    time = game_time(moment)
    began = moment_of(time.year, time.month, time.day, time.hour)
    assert began <= moment < began + HOUR
    assert game_time(began) == GameTime(time.year, time.month, time.day, time.hour, 0)
    assert in_hours(moment, 0) == began
    assert 1 <= time.month <= 12
    assert 1 <= time.day <= 28
    assert 1 <= time.weekday <= 7
    assert time.hour_of_week == (time.weekday - 1) * 24 + time.hour


@given(MOMENTS, st.integers(0, 23), st.integers(0, 167))
def test_the_next_time_that_an_hour_strikes(moment: datetime, hour: int, of_week: int) -> None:
    strikes, weekly = next_hour(moment, hour), next_hour_of_week(moment, of_week)
    assert (game_time(strikes).hour, game_time(strikes).minute) == (hour, 0)
    assert moment < strikes <= moment + DAY
    assert (game_time(weekly).hour_of_week, game_time(weekly).minute) == (of_week, 0)
    assert moment < weekly <= moment + 7 * DAY


@pytest.mark.parametrize(
    ("month", "season"),
    [(12, "winter"), (2, "winter"), (3, "spring"), (5, "spring"), (6, "summer"), (9, "fall")],
)
def test_seasons_begin_in_march_june_september_and_december(month: int, season: str) -> None:
    assert game_time(moment_of(1890, month, 28, 23)).season == season


def test_the_day_has_seven_periods() -> None:
    periods = [game_time(moment_of(1890, 1, 1, hour)).period for hour in range(24)]
    assert [periods.index(period) for period in Period] == [0, 5, 7, 12, 14, 17, 21]


def test_the_moon_has_eight_phases_in_a_month() -> None:
    moons = [game_time(moment_of(1890, 1, day)).moon for day in range(1, 29)]
    assert [moons.index(moon) + 1 for moon in Moon] == [1, 5, 8, 12, 15, 19, 22, 26]
    assert moons == sorted(moons, key=list(Moon).index)
