"""What a skill of 0 to 100 does for whoever plays at cards. Pure functions of whole numbers.

The skill is the one of a suit (``hands.skill_for``); ``grade`` is how hard a deed is, 1 to 5. All
of it is whole numbers from the first step to the last, so that a game that is verified on another
machine cannot come to another end. Nothing here ever falls with the skill.
"""

from __future__ import annotations

from typing import Literal

MOST_AVOIDANCE = 500
SAFE_DRAWS_FROM = (10, 60)
REROLL_EVERY = 30
PEEKS_FROM = (50, 80)
DOUBLE_FROM = 5  # at blackjack
INSURANCE_FROM = 15
PRESS_FROM = 25  # doubling down when pressing one's luck

Hint = Literal["vague", "leaning", "exact"]
HINTS: tuple[tuple[int, Hint], ...] = ((60, "exact"), (40, "leaning"), (20, "vague"))


def reduction(skill: int, grade: int) -> int:
    """By how many points of a hold and draw game the threshold is lowered: 0 to 43."""
    return skill * (8 + grade) // 30


def bonus(skill: int, grade: int) -> int:
    """How many points a hand is worth more: 0 to 32."""
    return skill * (8 + grade) // 40


def avoidance(skill: int) -> int:
    """How likely a danger is shrugged off, of 1,000: 7 for each point, at most 500."""
    return min(MOST_AVOIDANCE, 7 * skill)


def rerolls(skill: int) -> int:
    """How many single cards may be exchanged in a game: 0 to 3."""
    return skill // REROLL_EVERY


def peeks(skill: int) -> int:
    """How often the next card may be looked at in a game: 0 to 2."""
    return sum(skill >= least for least in PEEKS_FROM)


def safe_draws(skill: int) -> int:
    """How many draws in a game may be made safely: 0 to 2."""
    return sum(skill >= least for least in SAFE_DRAWS_FROM)


def hint(skill: int) -> Hint | None:
    """How well somebody keeps count of the cards that are gone; None below 20."""
    return next((word for least, word in HINTS if skill >= least), None)


def mitigation(matching: int, skill: int) -> int:
    """By how many percent what follows of a failure is lightened: 10 for each matching card, and
    one for five points of skill; at most 50."""
    return min(50, 10 * matching + skill // 5)
