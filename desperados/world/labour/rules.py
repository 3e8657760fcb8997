"""The rules of work: how well a hand of cards does a job, and what it is paid. Pure functions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from desperados.deck.documents import Suit
from desperados.deck.rules import grade_of
from desperados.play.requirements.kinds import Requirement

# What effectiveness a deed of each grade asks for.
TARGETS = (70, 90, 110, 135, 165)
BEST = 3
"""How many times its target a hand must have for the best pay."""
PASSES = 20
"""The least score, in percent, of work that is paid."""
PLAIN_SCORE = 50
"""The score of work that asks for no cards."""
MOST_A_DAY = 12
"""How often a character does one job in a UTC day."""


@dataclass(frozen=True, slots=True)
class Job:
    """Work that is offered at places. ``pay`` are the least and most dollars, ``energy`` what it
    costs a beginner, and ``cooldown`` when it can be done again. ``plain`` work draws no card."""

    code: str
    name: str
    suit: Suit
    plain: bool
    difficulty: int
    energy: int
    pay: tuple[int, int]
    xp: int
    cooldown: timedelta
    needs: tuple[Requirement, ...] = ()


def score(effectiveness: int, difficulty: int) -> int:
    """How well a hand does a job, in percent: 100 from three times its target on."""
    most = BEST * TARGETS[grade_of(difficulty) - 1]
    return max(0, min(100, 100 * effectiveness // most))


def wage(job: Job, percent: int, factor: float = 1.0) -> int:
    """Dollars for work of a score in percent: from the least to the most of the job, times
    ``factor`` (the weather); each rounded down. Nothing for a failure, else 1 at least."""
    if percent < PASSES:
        return 0
    least, most = job.pay
    of_score = least + (most - least) * percent // 100
    return max(1, of_score * round(100 * factor) // 100)


def wages(job: Job, factor: float = 1.0) -> tuple[int, int]:
    """The least and the most that work pays which does not fail."""
    if job.plain:
        return (wage(job, PLAIN_SCORE, factor),) * 2
    return wage(job, PASSES, factor), wage(job, 100, factor)


def experience(job: Job, percent: int) -> int:
    """Experience for work of a score in percent: a failure teaches half of it, rounded down."""
    return job.xp if percent >= PASSES else job.xp // 2
