"""Meters: whatever is read in between, and however rates change, the result is the same."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desperados.engine.meters import STILL, Meter, Rate, Span, per_hour

START = datetime(2026, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)

moments = st.integers(0, 400).map(lambda n: START + n * MILLISECOND)
rates = st.builds(
    Rate,
    st.one_of(st.none(), st.integers(1, 60).map(lambda n: n * MILLISECOND)),
    falling=st.booleans(),
)


@st.composite
def span_lists(draw: st.DrawFn) -> list[Span]:
    """Up to three changes of rate, and what holds from then on."""
    ends = sorted(draw(st.lists(moments, max_size=3, unique=True)))
    return [*(Span(draw(rates), end) for end in ends), Span(draw(rates))]


@st.composite
def meters(draw: st.DrawFn) -> Meter:
    low = draw(st.integers(0, 5))
    high = low + draw(st.integers(0, 30))
    return Meter(draw(st.integers(low - 3, high + 3)), draw(moments), low, high)


def by_the_millisecond(meter: Meter, now: datetime, spans: Sequence[Span]) -> int:
    """What a clerk finds who looks at every millisecond: the plain meaning of the rules."""

    def rate_at(moment: datetime) -> Rate:
        return next(s.rate for s in spans if s.until is None or moment < s.until)

    value, moment = meter.value, meter.at
    while moment < now:
        rate = rate_at(moment)
        room = value - meter.low if rate.falling else meter.high - value
        if rate.interval is None or room <= 0:
            moment += MILLISECOND
        elif moment + rate.interval > now:
            break
        else:
            moment += rate.interval
            value += -1 if rate.falling else 1
    return value


@given(meters(), moments, moments, span_lists())
def test_reading_in_between_changes_nothing(
    meter: Meter, one: datetime, other: datetime, spans: list[Span]
) -> None:
    first, second = sorted((one, other))
    assert meter.after(first, spans).after(second, spans) == meter.after(second, spans)


@given(meters(), moments, span_lists())
def test_reading_twice_is_reading_once(meter: Meter, now: datetime, spans: list[Span]) -> None:
    once = meter.after(now, spans)
    assert once.after(now, spans) == once


@given(meters(), moments, span_lists())
def test_it_is_what_a_clerk_would_count(meter: Meter, now: datetime, spans: list[Span]) -> None:
    assert meter.after(now, spans).value == by_the_millisecond(meter, now, spans)


@given(meters(), moments, span_lists())
def test_it_stays_between_its_bounds(meter: Meter, now: datetime, spans: list[Span]) -> None:
    after = meter.after(now, spans)
    assert min(meter.value, meter.low) <= after.value <= max(meter.value, meter.high)


@given(meters(), moments, moments, span_lists())
def test_an_earlier_moment_changes_nothing(
    meter: Meter, one: datetime, other: datetime, spans: list[Span]
) -> None:
    earlier, later = sorted((one, other))
    known = meter.after(later, spans)
    assert known.after(earlier, spans) == known


@given(meters(), st.integers(-40, 40))
def test_a_change_stops_at_the_bound(meter: Meter, by: int) -> None:
    changed = meter.changed(by)
    if meter.low <= meter.value <= meter.high:
        assert changed.value == max(meter.low, min(meter.high, meter.value + by))
    else:
        assert abs(changed.value - meter.value) <= abs(by)


@given(meters(), moments, moments, span_lists(), st.integers(-10, 10))
def test_what_was_under_way_is_kept_through_a_change(
    meter: Meter, one: datetime, other: datetime, spans: list[Span], by: int
) -> None:
    """Who spends a point loses nothing of the next one."""
    first, second = sorted((one, other))
    known = meter.after(first, spans)
    assert known.changed(by).at == known.at
    if known.low < known.value < known.high and known.low < known.value + by < known.high:
        later = known.changed(by).after(second, spans)
        unchanged = known.after(second, spans)
        within = known.low < unchanged.value < known.high
        if within and known.low < unchanged.value + by < known.high:
            assert later.value - unchanged.value == by or not _one_way(spans)


def _one_way(spans: Sequence[Span]) -> bool:
    return len({span.rate.falling for span in spans if span.rate.interval is not None}) <= 1


@given(meters(), moments, span_lists(), st.integers(0, 40))
def test_when_it_comes_to_a_value(
    meter: Meter, now: datetime, spans: list[Span], target: int
) -> None:
    known = meter.after(now, [Span(spans[0].rate)])
    reached = known.reaches(target, known.at, [Span(spans[0].rate)])
    if reached is None or not meter.low <= target <= meter.high:
        return
    there = known.after(reached, [Span(spans[0].rate)]).value
    falling = spans[0].rate.falling
    assert there <= target if falling else there >= target
    if reached > known.at:
        before = known.after(reached - MILLISECOND, [Span(spans[0].rate)]).value
        assert before > target if falling else before < target


@given(
    st.integers(0, 9),
    st.integers(1, 60),
    st.integers(1, 60),
    st.integers(0, 400),
    st.integers(0, 400),
)
def test_a_new_rate_leaves_the_point_that_is_under_way(
    value: int, old: int, new: int, before: int, later: int
) -> None:
    slow, fast = Rate(old * MILLISECOND), Rate(new * MILLISECOND)
    now = START + before * MILLISECOND
    meter = Meter(value, START, 0, 1_000).after(now, [Span(slow)])
    rerated = meter.rerated(now, slow, fast)
    complete = meter.at + old * MILLISECOND
    then = now + later * MILLISECOND
    beyond = max(0, (then - complete) // MILLISECOND)
    expected = meter.value + (then >= complete) * (1 + beyond // new)
    assert rerated.after(then, [Span(fast)]).value == expected


def test_thirty_an_hour_is_one_in_two_minutes() -> None:
    assert per_hour(30) == Rate(timedelta(minutes=2))
    assert per_hour(30, 150) == Rate(timedelta(seconds=80))
    assert per_hour(105, parts=10) == Rate(timedelta(milliseconds=342_858))  # 10.5, rounded up


@pytest.mark.parametrize("points", [0, -3])
def test_no_rate_stands_still(points: int) -> None:
    assert per_hour(points) == STILL


def test_a_point_takes_time() -> None:
    with pytest.raises(ValueError, match="millisecond"):
        Rate(timedelta())


def test_an_hour_of_reading_is_an_hour() -> None:
    """Read every 50 ms for an hour, or once at its end."""
    meter = Meter(0, START, 0, 150)
    spans = [Span(per_hour(30))]
    read = meter
    for step in range(1, 72_001):
        read = read.after(START + step * 50 * MILLISECOND, spans)
    assert read.value == meter.after(START + timedelta(hours=1), spans).value == 30
