"""What work pays: by the score of a hand, never outside its span, and never for a failure."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desperados.deck.documents import Suit
from desperados.deck.hands import deal
from desperados.world.labour.rules import PASSES, Job, experience, score, wage, wages

SCORES = st.integers(0, 100)


def job(least: int = 8, most: int = 15, *, plain: bool = False, difficulty: int = 20) -> Job:
    return Job(
        "job", "Job", Suit.CLUBS, plain, difficulty, 15, (least, most), 11, timedelta(minutes=15)
    )


@given(st.integers(50, 1_125), st.integers(50, 1_125), st.integers(1, 100))
def test_a_better_hand_is_never_worth_less(one: int, other: int, difficulty: int) -> None:
    worse, better = sorted((one, other))
    assert 0 <= score(worse, difficulty) <= score(better, difficulty) <= 100


@given(st.integers(1, 60), st.integers(0, 60), SCORES, st.floats(0.1, 3))
def test_work_pays_within_its_span_or_nothing(
    least: int, more: int, percent: int, factor: float
) -> None:
    found = job(least, least + more)
    paid = wage(found, percent, factor)
    if percent < PASSES:
        assert paid == 0
    else:
        assert 1 <= paid <= max(1, (least + more) * round(100 * factor) // 100)


def test_what_wages_are() -> None:
    assert [wage(job(), percent) for percent in (0, 19, 20, 50, 100)] == [0, 0, 9, 11, 15]
    assert wage(job(), 100, 0.5) == 7
    assert wages(job()) == (9, 15)
    assert wages(job(10, 14, plain=True)) == (12, 12)
    assert [experience(job(), percent) for percent in (0, 19, 20, 100)] == [5, 5, 11, 11]


@pytest.mark.parametrize(
    ("difficulty", "skill", "least", "most"),
    [
        (20, 1, 0, 0),  # who begins at simple work never fails
        (40, 1, 5, 20),
        (60, 1, 35, 60),
        (60, 50, 0, 0),
        (80, 50, 5, 20),
    ],
)
def test_how_often_work_fails(difficulty: int, skill: int, least: int, most: int) -> None:
    """In percent, over 1,500 hands of fixed seeds."""
    hands = (deal(f"{number:064x}", skill, Suit.CLUBS) for number in range(1_500))
    failed = sum(score(hand.effectiveness, difficulty) < PASSES for hand in hands)
    assert least <= failed * 100 / 1_500 <= most
