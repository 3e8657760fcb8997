"""What a prisoner may do, what it takes, and how likely it helps. Pure functions and tables.

Source: the design of the game, crime: "Jail". An escape is what somebody does against the law, so
cards decide it; a jailer is a third party, so dice do.
"""

from __future__ import annotations

from datetime import timedelta

from desperados.crime.records import SKILLS, Record
from desperados.deck.hands import HIGHEST_SKILL
from desperados.engine.allowances import Limit
from desperados.engine.dice import Luck

ESCAPE_ENERGY = 20
MOST_ESCAPES = 3  # of one sentence
ESCAPE_TARGET = 110
"""The effectiveness that a hand must have. A beginner has it with two pairs and a spade, who has
all the skill that counts (50) with a pair: every second hand."""
ESCAPES = Limit("escape", 1, timedelta(minutes=120))

BRIBE_PER_MINUTE = 10  # dollars, of what is left of the sentence
BRIBE_CHANCE, BRIBE_BETTER, BEST_BRIBE = 30, 15, 90  # percent; for each time the least over again
BRIBES = Limit("bribe_jailer", 1, timedelta(minutes=45))

LABOUR_ENERGY = 10
LABOUR_PAY = (2, 4)  # dollars
LABOUR_XP = (5, 10)
LABOUR_REMISSION = 5  # minutes
MOST_LABOUR = 20  # of one sentence
LABOURS = Limit("prison_labour", 1, timedelta(minutes=30))

TALK_ENERGY = 5
TALK_REMISSION = 1  # minute
TIP_CHANCE = 10  # percent
TIP_XP = 15  # in one criminal skill
TALKS = Limit("socialize", 1, timedelta(minutes=30))


def escape_skill(cunning: int, record: Record) -> int:
    """The skill of the hand that decides an escape: cunning, and the best criminal skill. A hand
    counts 50 of it at most, so every second escape fails whoever tries."""
    return min(HIGHEST_SKILL, cunning + record.best)


def least_bribe(remaining: int, price_percent: int = 0) -> int:
    """The least that a jailer takes with ``remaining`` minutes left: 10 dollars for each, more or
    less by effects; rounded up, 10 at least."""
    dollars = BRIBE_PER_MINUTE * max(1, remaining)
    return max(BRIBE_PER_MINUTE, -(-dollars * (100 + price_percent) // 100))


def bribe_chance(amount: int, least: int) -> int:
    """How likely a jailer looks away for ``amount`` dollars, in percent, 30 to 90."""
    return min(BEST_BRIBE, BRIBE_CHANCE + BRIBE_BETTER * (amount - least) // least)


def lost_bribe(amount: int) -> int:
    """What a jailer keeps who does not look away: half, rounded up."""
    return -(-amount // 2)


def tip(luck: Luck) -> str | None:
    """The criminal skill of which an old hand tells something; mostly none does."""
    return luck.choice(SKILLS) if luck.randint(1, 100) <= TIP_CHANCE else None
