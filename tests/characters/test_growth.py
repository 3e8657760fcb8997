"""Levels, skills and fights: the curves, and that no experience is lost on the way."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desperados.characters import growth

amounts = st.integers(1, growth.MOST_XP)


@pytest.mark.parametrize(
    ("level", "total"), [(10, 1_675), (20, 8_813), (30, 37_704), (40, 154_599), (50, 627_518)]
)
def test_what_a_level_takes_in_all(level: int, total: int) -> None:
    assert sum(growth.xp_to_next(below) for below in range(1, level)) == total
    assert growth.gain_xp(1, 0, total) == growth.Grown(level, 0, tuple(range(2, level + 1)))
    assert growth.gain_xp(1, 0, total - 1).level == level - 1


@pytest.mark.parametrize(("level", "total"), [(50, 1_088_319), (99, 9_591_516)])
def test_what_a_skill_takes_in_all(level: int, total: int) -> None:
    assert growth.gain_skill_xp(1, 0, total).level == level
    assert growth.gain_skill_xp(1, 0, total - 1).level == level - 1


@pytest.mark.parametrize(
    ("xp", "level"), [(0, 1), (326, 10), (3_398, 25), (63_376, 50), (423_918, 75), (4_626_808, 138)]
)
def test_the_level_of_experience_in_fights(xp: int, level: int) -> None:
    assert growth.combat_level(xp) == level
    assert growth.combat_level(max(0, xp - 1)) == max(1, level - 1)


@given(st.lists(amounts, max_size=12))
def test_experience_in_parts_is_experience_at_once(parts: list[int]) -> None:
    grown = growth.Grown(1, 0)
    for part in parts:
        grown = growth.gain_xp(grown.level, grown.xp, part)
    at_once = growth.gain_xp(1, 0, sum(parts))
    assert (grown.level, grown.xp) == (at_once.level, at_once.xp)


@given(st.integers(1, 50), st.integers(0, 100_000), st.integers(-1_000_000, 1_000_000))
def test_a_level_never_falls_and_experience_stays_within_it(
    level: int, xp: int, amount: int
) -> None:
    grown = growth.gain_xp(level, xp, amount)
    assert grown.level >= level
    assert grown.level <= growth.HIGHEST_LEVEL
    assert grown.xp == 0 if grown.level == 50 else 0 <= grown.xp < growth.xp_to_next(grown.level)


@given(st.integers(1, 99), st.integers(0, 400_000), amounts, st.integers(99, 114))
def test_a_skill_stops_at_its_cap(level: int, xp: int, amount: int, cap: int) -> None:
    grown = growth.gain_skill_xp(level, xp, amount, cap)
    assert level <= grown.level <= cap
    assert grown.reached == tuple(range(level + 1, grown.level + 1))


@given(amounts)
def test_each_milestone_on_the_way_pays_once(amount: int) -> None:
    gained = growth.gain_xp(1, 0, amount)
    grown, dollars = growth.milestones(gained.reached, gained.level, gained.xp)
    passed = [level for level in growth.MILESTONES if level <= grown.level]
    assert dollars == sum(growth.MILESTONES[level].dollars for level in passed)
    assert grown.reached == tuple(range(2, grown.level + 1))
    spent = sum(growth.xp_to_next(level) for level in range(1, grown.level)) + grown.xp
    given_too = sum(growth.MILESTONES[level].xp for level in passed)
    assert spent == amount + given_too or grown.level == 50
