"""What a skill does at cards: whole numbers, never less for who has more of it."""

from collections.abc import Callable

import pytest

from desperados.deck.games import skills

OF_SKILL: list[Callable[[int], int]] = [
    skills.avoidance,
    skills.rerolls,
    skills.peeks,
    skills.safe_draws,
    *(lambda skill, grade=grade: skills.reduction(skill, grade) for grade in range(1, 6)),
    *(lambda skill, grade=grade: skills.bonus(skill, grade) for grade in range(1, 6)),
    *(lambda skill, n=n: skills.mitigation(n, skill) for n in range(8)),
]


@pytest.mark.parametrize("of", OF_SKILL)
def test_more_skill_never_does_less(of: Callable[[int], int]) -> None:
    values = [of(skill) for skill in range(101)]
    assert values == sorted(values)
    assert values[0] >= 0


def test_what_the_best_and_those_without_skill_have() -> None:
    assert [skills.reduction(100, grade) for grade in range(1, 6)] == [30, 33, 36, 40, 43]
    assert [skills.bonus(100, grade) for grade in range(1, 6)] == [22, 25, 27, 30, 32]
    assert (skills.avoidance(71), skills.avoidance(72), skills.avoidance(100)) == (497, 500, 500)
    assert (skills.rerolls(100), skills.peeks(100), skills.safe_draws(100)) == (3, 2, 2)
    assert [skills.hint(skill) for skill in (0, 19, 20, 40, 60, 100)] == [
        None,
        None,
        "vague",
        "leaning",
        "exact",
        "exact",
    ]
    assert (skills.mitigation(0, 4), skills.mitigation(2, 50), skills.mitigation(7, 100)) == (
        0,
        30,
        50,
    )


@pytest.mark.parametrize("grade", range(1, 6))
def test_the_whole_numbers_are_those_of_the_formula(grade: int) -> None:
    """A base of 0.75 x skill + 0.05 x skill^1.1, of which 0.4 and 0.3 count, by a grade."""
    by_grade = 0.8 + 0.1 * grade
    for skill in range(101):
        base = 0.75 * skill + 0.05 * skill**1.1
        assert abs(skills.reduction(skill, grade) - 0.4 * base * by_grade) < 1.05
        assert abs(skills.bonus(skill, grade) - 0.3 * base * by_grade) < 1.05
