"""Sentences, bail, prices on heads and ranks, as pure functions."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desperados.law import rules
from desperados.law.documents import WantedRank
from desperados.law.rules import Cause, sentence

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("cause", "wanted", "minutes"),
    [
        (Cause.MINOR_CRIME, 0, 10),
        (Cause.MAJOR_CRIME, 2, 45),
        (Cause.MAJOR_CRIME, 3, 68),  # half as much again, rounded up
        (Cause.CHEATING, 5, 30),
        (Cause.LAWMEN, 0, 10),
        (Cause.LAWMEN, 4, 40),
        (Cause.BOUNTY_COLLECTION, 3, 90),
        (Cause.SURRENDER, 3, 45),
        (Cause.SURRENDER, 5, 75),
        (Cause.FAILED_ESCAPE, 2, 45),
    ],
)
def test_each_cause_has_its_minutes(cause: Cause, wanted: int, minutes: int) -> None:
    assert sentence(cause, wanted) == minutes


def test_a_case_may_say_its_own_minutes() -> None:
    assert sentence(Cause.VIOLENT_CRIME, 0, 240) == 240
    assert sentence(Cause.MINOR_CRIME, 0, 0) == 1
    assert sentence(Cause.MINOR_CRIME, 0, 100_000) == 1_440


@given(
    st.sampled_from(Cause),
    st.integers(0, 5),
    st.none() | st.integers(0, 5_000),
    st.integers(-90, 200),
)
def test_effects_take_away_half_at_most_and_nothing_passes_a_day(
    cause: Cause, wanted: int, minutes: int | None, percent: int
) -> None:
    plain = sentence(cause, wanted, minutes)
    changed = sentence(cause, wanted, minutes, jail_time_percent=percent)
    assert 1 <= changed <= 1_440
    assert 2 * changed >= plain
    assert (changed >= plain) if percent >= 0 else (changed <= plain)


def test_every_cause_is_in_the_table() -> None:
    assert set(rules.TERMS) == set(Cause)


@given(st.integers(0, 100_000), st.integers(0, 100), st.integers(0, 1_440))
def test_bail_falls_with_the_minutes_and_is_never_below_25(
    fixed: int, per_minute: int, left: int
) -> None:
    price = rules.bail_price(fixed, per_minute, left)
    assert price >= rules.LEAST_BAIL
    assert rules.bail_price(fixed, per_minute, left + 1) >= price
    assert price >= fixed


def test_minutes_that_have_begun_are_left() -> None:
    assert rules.remaining_minutes(NOON + timedelta(seconds=61), NOON) == 2
    assert rules.remaining_minutes(NOON + timedelta(seconds=60), NOON) == 1
    assert rules.remaining_minutes(NOON, NOON) == 0
    assert rules.remaining_minutes(NOON, NOON + timedelta(days=3)) == 0


@pytest.mark.parametrize(
    ("total", "rank"),
    [
        (0, WantedRank.UNKNOWN),
        (99, WantedRank.UNKNOWN),
        (100, WantedRank.PETTY),
        (499, WantedRank.PETTY),
        (500, WantedRank.WANTED),
        (1_499, WantedRank.WANTED),
        (1_500, WantedRank.NOTORIOUS),
        (4_999, WantedRank.NOTORIOUS),
        (5_000, WantedRank.MOST_WANTED),
        (2**53, WantedRank.MOST_WANTED),
    ],
)
def test_ranks_have_the_edges_of_the_table(total: int, rank: WantedRank) -> None:
    assert rules.rank_of(total) is rank


@given(st.integers(0, 1_000_000), st.lists(st.integers(0, 200), min_size=1, max_size=10))
def test_looking_at_a_bounty_often_is_looking_once(amount: int, hours: list[int]) -> None:
    left, since, now = amount, NOON, NOON
    for pause in hours:
        now += timedelta(hours=pause)
        left, since = rules.decayed(left, since, now)
        assert since <= now
    assert (left, since) == rules.decayed(amount, NOON, now)


@given(st.integers(0, 1_000_000))
def test_a_bounty_is_gone_when_it_is_said_to_be(amount: int) -> None:
    end = rules.gone_at(amount, NOON)
    assert rules.decayed(amount, NOON, end)[0] == 0
    if end > NOON:
        assert rules.decayed(amount, NOON, end - timedelta(milliseconds=1))[0] >= 10


def test_three_days_take_a_tenth_three_times() -> None:
    assert rules.decayed(1_000, NOON, NOON + timedelta(days=3, hours=5)) == (
        729,
        NOON + timedelta(days=3),
    )
    assert rules.decayed(1_000, NOON, NOON + timedelta(days=365))[0] == 0


@given(st.integers(0, 10_000), st.integers(-5, 10_000))
def test_a_fine_is_paid_as_far_as_the_purse_goes(fine: int, purse: int) -> None:
    paid, unpaid = rules.split_fine(fine, purse)
    assert paid + unpaid == fine
    assert 0 <= paid <= max(0, purse)
    assert unpaid == 0 or paid == max(0, purse)
