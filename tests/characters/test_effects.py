"""Effects: the same name replaces, what has ended counts for nothing, sums stay within bounds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desperados.characters.effects import (
    IN_POINTS,
    MOST_EFFECTS,
    Effect,
    Stat,
    ends_of,
    percent,
    points,
    pushed,
    read_effects,
    used,
)
from desperados.characters.errors import TooManyEffects

NOW = datetime(2026, 5, 1, tzinfo=UTC)
ends = st.one_of(st.none(), st.integers(-5, 5).map(lambda n: NOW + timedelta(minutes=n)))
effects = st.builds(
    Effect,
    st.sampled_from("abcdef"),
    st.dictionaries(st.sampled_from(list(Stat)), st.integers(-150, 300), max_size=3),
    ends,
    st.one_of(st.none(), st.integers(0, 3)),
)
anything = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(st.lists(effects, max_size=8))
def test_a_sum_stays_within_its_bounds(held: list[Effect]) -> None:
    for stat in Stat:
        assert -90 <= percent(held, stat, NOW) <= 200


@given(st.lists(effects, max_size=6), st.lists(effects, max_size=6))
def test_pushing_twice_is_pushing_once(held: list[Effect], new: list[Effect]) -> None:
    once = pushed(held, new, NOW)
    assert pushed(once, new, NOW) == once
    assert len({effect.name for effect in once}) == len(once)
    assert all(effect.holds(NOW) and effect.stats for effect in once)


@given(st.lists(effects, max_size=6))
def test_what_is_dropped_counted_for_nothing(held: list[Effect]) -> None:
    by_name = {effect.name: effect for effect in held}
    kept = pushed(tuple(by_name.values()), (), NOW)
    for stat in Stat:
        assert points(kept, stat, NOW) == points(by_name.values(), stat, NOW)


@given(st.lists(effects, max_size=6))
def test_what_is_stored_is_read_again(held: list[Effect]) -> None:
    assert read_effects([effect.stored() for effect in held]) == tuple(held)


@given(anything)
def test_what_others_wrote_counts_for_nothing(stored: Any) -> None:
    for found in (read_effects(stored), read_effects([stored])):
        assert all(isinstance(effect, Effect) for effect in found)


def test_the_twenty_fifth_is_refused() -> None:
    many = tuple(Effect(f"e{n}", {Stat.LUCK: 1}) for n in range(MOST_EFFECTS))
    assert pushed(many, [Effect("e0", {Stat.LUCK: 2})], NOW)[-1].stats == {Stat.LUCK: 2}
    with pytest.raises(TooManyEffects):
        pushed(many, [Effect("more", {Stat.LUCK: 1})], NOW)


def test_of_several_the_one_that_ends_first_is_used() -> None:
    soon, later = NOW + timedelta(hours=1), NOW + timedelta(hours=2)
    held = (
        Effect("late", {Stat.SURVIVE_DEATH: 1}, later, 2),
        Effect("soon", {Stat.SURVIVE_DEATH: 1}, soon, 1),
        Effect("ever", {Stat.SURVIVE_DEATH: 1}, None, 1),
    )
    order = []
    left: tuple[Effect, ...] | None = held
    while left is not None:
        before, left = left, used(left, Stat.SURVIVE_DEATH, NOW)
        if left is not None:
            order += [a.name for a, b in zip(left, before, strict=True) if a != b]
    assert order == ["soon", "late", "late", "ever"]


def test_a_stat_changes_where_an_effect_on_it_ends() -> None:
    soon = NOW + timedelta(hours=1)
    held = (Effect("tea", {Stat.LUCK: 1}, soon), Effect("hat", {Stat.BUY: 1}, soon))
    assert ends_of(held, Stat.LUCK, NOW) == [soon]
    assert ends_of(held, Stat.SELL, NOW) == []
    assert ends_of(held, Stat.LUCK, soon) == []


def test_a_stat_in_points_is_known_as_such() -> None:
    assert set(Stat) > IN_POINTS
