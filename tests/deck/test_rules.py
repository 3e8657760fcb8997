"""The rules of deeds: grades, momentum, bonuses, what an end brings."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desperados.deck import rules
from desperados.deck.rules import Ending, Momentum
from desperados.play.outcome import NOTHING, Bonus, Outcome

momenta = st.builds(Momentum, st.integers(-20, 20), st.integers(0, 3))
percents = st.integers(0, 100)
rewards = st.builds(Outcome, dollars=st.integers(0, 10_000), xp=st.integers(0, 5_000))


@st.composite
def endings(draw: st.DrawFn) -> Ending:
    facts = {
        "succeeded": draw(st.booleans()),
        "score": draw(st.integers(0, 2_000)),
        "target": draw(st.integers(1, 2_000)),
        "matches": draw(st.integers(0, 5)),
        "suit_percent": draw(st.integers(100, 200)),
        "cards": [],
        "doubled": draw(st.booleans()),
        "natural": draw(st.booleans()),
        "bailed": draw(st.none() | st.integers(0, 70)),
        "mitigation": draw(st.integers(0, 50)),
    }
    return Ending.of(draw(st.sampled_from(["resolved", "forfeited"])), facts)


@pytest.mark.parametrize(
    ("difficulty", "grade"), [(1, 1), (20, 1), (21, 2), (60, 3), (61, 4), (81, 5), (100, 5)]
)
def test_a_grade_is_twenty_points(difficulty: int, grade: int) -> None:
    assert rules.grade_of(difficulty) == grade


@pytest.mark.parametrize(("difficulty", "grade"), [(5, 2), (8, 2), (9, 3), (13, 4), (16, 4)])
def test_crimes_have_a_scale_of_their_own(difficulty: int, grade: int) -> None:
    assert rules.crime_grade(difficulty) == grade
    assert rules.target_of(difficulty) == 100 * difficulty


@given(momenta, st.booleans())
def test_a_streak_is_of_one_kind(before: Momentum, won: bool) -> None:
    after = before.after(won)
    assert after.streak != 0
    assert (after.streak > 0) is won
    assert 0 <= after.hot_hand <= rules.HOT_GAMES
    assert after.hot_hand <= max(before.hot_hand - 1, 3 if won and after.streak % 4 == 0 else 0, 0)
    assert after.relief == 0 or not won
    assert after.streak_percent == 0 or won


def test_a_hand_gets_hot_with_each_fourth_win_and_cools_in_three_games() -> None:
    luck, hot = Momentum(), []
    for _ in range(9):
        luck = luck.after(True)
        hot.append(luck.hot_hand)
    assert hot == [0, 0, 0, 3, 2, 1, 0, 3, 2]
    assert luck.after(False) == Momentum(-1, 1)


@pytest.mark.parametrize(
    ("streak", "percent"), [(2, 0), (3, 10), (4, 20), (5, 30), (6, 50), (40, 50)]
)
def test_a_streak_pays_more_and_more(streak: int, percent: int) -> None:
    assert Momentum(streak).streak_percent == percent


@pytest.mark.parametrize(("losses", "percent"), [(2, 0), (3, 5), (4, 10), (5, 15), (50, 15)])
def test_who_has_lost_often_finds_it_easier(losses: int, percent: int) -> None:
    assert Momentum(-losses).relief == percent


@given(st.integers(1, 5), st.integers(0, 100))
def test_what_is_far_too_easy_does_not_count(grade: int, skill: int) -> None:
    assert rules.counts_for_luck(grade, skill) == (grade >= rules.grade_of(max(1, skill)) - 1)
    assert rules.counts_for_luck(5, skill)
    assert not rules.counts_for_luck(1, 41)


@given(endings(), rewards, momenta)
def test_only_a_win_is_worth_the_whole(end: Ending, reward: Outcome, luck: Momentum) -> None:
    outcome = rules.outcome_of(end, reward, luck)
    if end.bailed is not None:
        assert outcome == Outcome(dollars=reward.dollars * end.bailed // 100)
        assert not end.succeeded
    elif end.forfeited:
        assert outcome == NOTHING
    elif not end.succeeded:
        assert outcome == Outcome(xp=outcome.xp)
        assert 5 <= outcome.xp <= 7
    else:
        times = 2 if end.doubled else 1
        assert (outcome.dollars, outcome.xp) == (times * reward.dollars, times * reward.xp)
        assert outcome.bonuses == rules.bonuses_of(end, luck)


@given(endings(), momenta)
def test_bonuses_are_bounded_and_experience_never_has_more_of_them(
    end: Ending, luck: Momentum
) -> None:
    found = rules.bonuses_of(end, luck)
    assert len({bonus.name for bonus in found}) == len(found)
    assert 0 <= sum(bonus.dollars for bonus in found) <= 140
    assert all(0 <= bonus.xp <= bonus.dollars for bonus in found)


def test_each_part_of_a_win_is_named() -> None:
    facts = {"succeeded": True, "suit_percent": 150, "natural": True, "score": 21, "target": 17}
    end = Ending.of("resolved", facts)
    assert rules.bonuses_of(end, Momentum(2, 1)) == (
        Bonus("suit", 20, 20),
        Bonus("natural", 50, 50),
        Bonus("streak", 10, 5),
        Bonus("hot_hand", 20, 0),
    )


@given(st.integers(1, 100), st.integers(0, 50))
def test_a_lost_fight_hurts_the_less_the_better_it_was(difficulty: int, mitigation: int) -> None:
    damage = rules.damage_of(difficulty, mitigation)
    assert 1 <= damage <= max(1, difficulty // 4)
    assert damage <= rules.damage_of(difficulty, 0)


@pytest.mark.parametrize(
    ("cards", "great"),
    [
        (("clubs-2", "clubs-5", "clubs-9", "clubs-J", "clubs-K"), True),
        (("clubs-2", "hearts-2", "clubs-9", "clubs-J", "clubs-K"), False),
        (("clubs-2",), False),
    ],
)
def test_a_great_win_is_a_flush_or_better(cards: tuple[str, ...], great: bool) -> None:
    facts = {"succeeded": True, "score": 150, "target": 100, "cards": cards}
    assert Ending.of("resolved", facts).great is great
    assert not Ending.of("resolved", {**facts, "succeeded": False}).great
