"""Growth: levels, skills and combat levels, and what they come with. Pure functions and tables."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

HIGHEST_LEVEL = 50
HIGHEST_SKILL = 99
HIGHEST_COMBAT_LEVEL = 138
MOST_XP = 100_000  # of one award


@dataclass(frozen=True, slots=True)
class Milestone:
    """What reaching a level gives, once."""

    dollars: int
    xp: int
    feature: str


MILESTONES: Mapping[int, Milestone] = {
    5: Milestone(0, 100, "hunting"),
    10: Milestone(500, 200, "gang_creation"),
    15: Milestone(0, 300, "property"),
    20: Milestone(1_000, 500, "bounty_hunting"),
    25: Milestone(2_000, 750, "mining_claims"),
    30: Milestone(3_000, 1_000, "cattle_drives"),
    35: Milestone(5_000, 1_500, "contracts_board"),
    40: Milestone(7_500, 2_000, "elite_access"),
    45: Milestone(10_000, 3_000, "scar_expedition"),
    50: Milestone(25_000, 5_000, "prestige_eligible"),
}
COMBAT_MILESTONES: Mapping[int, int] = {
    10: 200,
    25: 500,
    50: 2_000,
    75: 5_000,
    100: 15_000,
    126: 50_000,
    138: 200_000,
}
"""Dollars for reaching a combat level, once."""


@dataclass(frozen=True, slots=True)
class Grown:
    """A level with the experience within it, and the levels that were reached on the way."""

    level: int
    xp: int
    reached: tuple[int, ...] = ()


def xp_to_next(level: int) -> int:
    """Experience from ``level`` to the next: 100 x 1.15^(level - 1), rounded down.

    To level 10 it is 1,675 in all, to 20 8,813, to 30 37,704, to 50 627,518.
    """
    return int(100 * 1.15 ** (level - 1))


def gain_xp(level: int, xp: int, amount: int) -> Grown:
    """A character after ``amount`` more experience, which may be negative: a level never falls,
    and what is too much at level 50 is dropped."""
    reached = []
    xp = max(0, xp + amount)
    while level < HIGHEST_LEVEL and xp >= xp_to_next(level):
        xp -= xp_to_next(level)
        level += 1
        reached.append(level)
    return Grown(level, 0 if level >= HIGHEST_LEVEL else xp, tuple(reached))


def milestones(reached: tuple[int, ...], level: int, xp: int) -> tuple[Grown, int]:
    """What follows the levels that were ``reached``: the growth after the experience that their
    milestones give (which may reach further ones), and the dollars of all of them."""
    grown, dollars, waiting = Grown(level, xp, reached), 0, list(reached)
    while waiting:
        gift = MILESTONES.get(waiting.pop(0))
        if gift is None:
            continue
        dollars += gift.dollars
        further = gain_xp(grown.level, grown.xp, gift.xp)
        waiting += further.reached
        grown = Grown(further.level, further.xp, grown.reached + further.reached)
    return grown, dollars


def skill_xp_to(level: int) -> int:
    """Experience from the skill level before ``level`` to it: 50 + 25 level^2 + 10 x 1.1^level,
    rounded down. To level 50 it is 1,088,319 in all, to 99 9,591,516."""
    return int(50 + 25 * level**2 + 10 * 1.1**level)


def gain_skill_xp(level: int, xp: int, amount: int, cap: int = HIGHEST_SKILL) -> Grown:
    """A skill after ``amount`` more experience; what is too much at its cap is dropped."""
    reached = []
    xp = max(0, xp + amount)
    while level < cap and xp >= skill_xp_to(level + 1):
        level += 1
        xp -= skill_xp_to(level)
        reached.append(level)
    return Grown(level, 0 if level >= cap else xp, tuple(reached))


def combat_level(xp: int) -> int:
    """The level of ``xp`` experience in fights, 1 to 138: 15 log10(xp/100 + 1) + sqrt(xp/1000),
    rounded down; 10 at 326, 50 at 63,376, 100 at 1,421,812."""
    level = int(15 * math.log10(max(0, xp) / 100 + 1) + math.sqrt(max(0, xp) / 1000))
    return max(1, min(HIGHEST_COMBAT_LEVEL, level))
