"""The rules of world bosses: when one comes, what a hand does, what it answers, who is paid what.

Pure functions. The schedule is a function of the UTC calendar: nothing stores when the next one is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from desperados.deck.documents import Suit
from desperados.deck.hands import DECK, SIZE, Hand, PlayingCard, judge
from desperados.engine.dice import Draws
from desperados.play.shapes.rules import split

DAY = timedelta(days=1)
ANNOUNCED = timedelta(hours=2)
"""How long before it comes a boss is announced at most."""
LONGEST_WAIT = 62
"""Days within which every boss comes again."""

JOIN_ENERGY = 25
BETWEEN_HANDS = timedelta(seconds=15)
DOWN = timedelta(minutes=2)
MOST_FALLS = 3
"""With this one a character is out; before it, it gets up again with half of its health."""

SCALE = 80
"""Damage of a hand, in percent of its effectiveness."""
MOST_DAMAGE = 1_500
"""Of one hand: nothing that skill and effects add up to goes beyond."""
ANSWER_SHARE = 25
"""A boss spreads its damage: whoever hits it gets one part in so many of it back."""
SPREAD = 10  # percent around an answer

DOLLARS_EACH, DOLLARS_LEVEL = 100, 20
XP_LEVEL, COMBAT_XP_LEVEL = 200, 50
ESCAPED_XP = 25  # percent


@dataclass(frozen=True, slots=True)
class Appearances:
    """On which days of UTC a boss comes, and at which hour: on weekdays (1 is Monday) or on days of
    the month."""

    hour: int
    weekdays: frozenset[int] = frozenset()
    days: frozenset[int] = frozenset()

    def on(self, day: date) -> bool:
        """Whether it comes on a day."""
        return day.isoweekday() in self.weekdays or day.day in self.days


def comings(when: Appearances, since: datetime, until: datetime) -> list[datetime]:
    """When a boss comes after ``since``, up to and including ``until``."""
    first = since.astimezone(UTC).date()
    days = (first + number * DAY for number in range((until - since).days + 2))
    moments = (datetime.combine(day, time(when.hour), UTC) for day in days if when.on(day))
    return [moment for moment in moments if since < moment <= until]


def next_coming(when: Appearances, now: datetime) -> datetime:
    """When a boss comes next after ``now``."""
    return comings(when, now, now + LONGEST_WAIT * DAY)[0]


# Health


@dataclass(frozen=True, slots=True)
class Phase:
    """How a boss fights from ``below`` percent of its health on: ``damage`` percent of its own, by
    one of its ``answers``."""

    name: str
    below: int
    damage: int
    answers: tuple[str, ...]


def phase_of(phases: Sequence[Phase], health: int, max_health: int, before: int) -> int:
    """The phase at this health; never one that lies before ``before``, whoever joins and makes the
    boss stronger."""
    reached = [
        number for number, phase in enumerate(phases) if health * 100 <= phase.below * max_health
    ]
    return max(before, *reached)


def strength_of_one(health: int, players: int, participants: int) -> int:
    """By how much the boss is stronger for one more: nothing for those whom its health was meant
    for, and their mean share of it for each beyond."""
    return health // players if participants >= players else 0


# A hand

Cards = tuple[PlayingCard, ...]


def dealt(draws: Draws) -> tuple[Cards, Cards]:
    """A hand, and the cards that take the place of those that are not held, in their order."""
    cards = tuple(draws.sample(DECK, 2 * SIZE))
    return cards[:SIZE], cards[SIZE:]


def played(hand: Cards, spare: Cards, hold: Sequence[int]) -> Cards:
    """The hand after the cards at other places than those of ``hold`` (0 to 4) were drawn anew."""
    fresh = iter(spare)
    return tuple(card if place in hold else next(fresh) for place, card in enumerate(hand))


def worth(cards: Cards, skill: int) -> Hand:
    """What the cards are worth in a fight, whose suit is clubs."""
    return judge(cards, skill, Suit.CLUBS)


def damage_of(effectiveness: int, percent: int, defense: int) -> int:
    """What a hand takes from a boss: its effectiveness, with what effects add in ``percent``, less
    what its ``defense`` keeps off (100 / (100 + defense / 4)); 1 to 1,500."""
    full = effectiveness * SCALE * (100 + percent) * 400
    return max(1, min(MOST_DAMAGE, full // (10_000 * (400 + defense))))


def answer_of(damage: int, phase: Phase, guard: int, draws: Draws) -> tuple[str, int]:
    """What a boss of this ``damage`` does to whoever hit it, by name and in health: its share, with
    the phase and ten percent to either side, less what effects keep off (``guard`` percent)."""
    name = draws.choice(phase.answers)
    around = draws.randint(100 - SPREAD, 100 + SPREAD)
    full = damage * phase.damage * around * 100
    return name, max(1, full // (ANSWER_SHARE * 10_000 * max(10, 100 + guard)))


# What it is worth


@dataclass(frozen=True, slots=True)
class Fought:
    """What somebody dealt in all."""

    who: object
    damage: int


@dataclass(frozen=True, slots=True)
class Prize:
    """What somebody is paid; ``share`` is the contribution in percent of all damage. Whoever did
    too little is not ``eligible``."""

    share: float
    eligible: bool = False
    dollars: int = 0
    xp: int = 0
    combat_xp: int = 0


def eligible(damage: int, total: int, participants: int, least: int) -> bool:
    """Whether somebody did enough: ``least`` percent of all damage, or half of the mean of all who
    did anything if that is less."""
    return damage > 0 and (damage * 100 >= least * total or damage * 2 * participants >= total)


def prizes(fought: Sequence[Fought], *, level: int, least: int, defeated: bool) -> list[Prize]:
    """What each of those who fought gets, in their order, the one with the most damage first.

    Defeated: of 100 dollars for each who did anything and 20 for each level, half goes in equal
    parts to all who are eligible and half by damage, to the last coin; so nobody has less than half
    of the even share. Experience is 200 for each level times a half and half of the share as a
    part of the mean, the whole at most. Escaped: a quarter of that experience, nothing else.
    """
    total = sum(one.damage for one in fought)
    # Who only stands there makes no prize greater.
    participants = sum(one.damage > 0 for one in fought)
    able = [eligible(one.damage, total, participants, least) for one in fought]
    worthy = [one.damage for one, may in zip(fought, able, strict=True) if may]
    dollars = iter(_dollars(worthy, participants, level) if defeated and worthy else [])
    return [
        Prize(
            share=round(100 * one.damage / total, 2) if total else 0,
            eligible=may,
            dollars=next(dollars, 0) if may else 0,
            xp=_xp(one.damage, total, len(worthy), level, defeated) if may else 0,
            combat_xp=COMBAT_XP_LEVEL * level if may and defeated else 0,
        )
        for one, may in zip(fought, able, strict=True)
    ]


def _dollars(worthy: Sequence[int], participants: int, level: int) -> list[int]:
    pool = DOLLARS_EACH * participants + DOLLARS_LEVEL * level
    even = pool // 2 // len(worthy)
    by_damage = split(pool - even * len(worthy), worthy)
    return [even + more for more in by_damage]


def _xp(damage: int, total: int, count: int, level: int, defeated: bool) -> int:
    full = XP_LEVEL * level
    earned = min(full, full * (total + damage * count) // (2 * total))
    return earned if defeated else earned * ESCAPED_XP // 100
