"""The law in numbers: sentences, bail, prices on heads, ranks. Pure functions and tables.

Sources: the design of the game, crime: "Wanted level, rank, decay" and "Jail". One table serves
all sentences.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from desperados.law.documents import BountyStatus, WantedRank

MOST_WANTED_LEVEL = 5
ARRESTABLE_FROM = 3
HOURS_TO_FALL = 24
SHORTEST, LONGEST = 1, 1_440  # minutes of a sentence
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)

BAIL_PER_LEVEL, BAIL_PER_MINUTE, LEAST_BAIL = 100, 5, 25

LEAST_BOUNTY = 10
KEPT_PERCENT = 90  # of a law bounty, each day
MOST_CRIMES_TOLD = 20

# From which sum of all prices on a head on.
RANKS = (
    (5_000, WantedRank.MOST_WANTED),
    (1_500, WantedRank.NOTORIOUS),
    (500, WantedRank.WANTED),
    (100, WantedRank.PETTY),
    (0, WantedRank.UNKNOWN),
)

# The sheriff's office that takes the prisoners of a region: the nearest by road.
JAILS: Mapping[str, str] = {
    "town": "red-gulch-sheriff",
    "dusty_flats": "red-gulch-sheriff",
    "sacred_lands": "red-gulch-sheriff",
    "frontier": "whiskey-bend-sheriff",
    "sangre_mountains": "whiskey-bend-sheriff",
    "ghost_towns": "whiskey-bend-sheriff",
    # The outlaws' country has no law of its own: the army's stockade takes them.
    "devils_canyon": "ashford-stockade",
    "outlaw_territory": "ashford-stockade",
    "border_territories": "ashford-stockade",
}
HOME_JAIL = "red-gulch-sheriff"  # for places of no region


class Cause(StrEnum):
    """Why somebody goes to jail. The value is what the sentence's ``reason`` stores."""

    MINOR_CRIME = "minor_crime"
    MODERATE_CRIME = "moderate_crime"
    MAJOR_CRIME = "major_crime"
    VIOLENT_CRIME = "violent_crime"
    CHEATING = "cheating"
    MURDER_FOR_HIRE = "murder_for_hire"
    LAWMEN = "lawmen"  # lost a fight against lawmen, which cost a share of the wallet already
    BOUNTY_COLLECTION = "bounty_collection"
    TURNED_IN = "turned_in"
    SURRENDER = "surrender"
    FAILED_ESCAPE = "failed_escape"


@dataclass(frozen=True, slots=True)
class Term:
    """What a cause means: ``minutes``, and ``per_level`` for each wanted level; whether bail is
    taken; and, where it settles what somebody is wanted for, what becomes of the law's bounties.
    ``of_players``: those of players are collected with them.
    """

    minutes: int = 0
    per_level: int = 0
    bail: bool = True
    settles: BountyStatus | None = None
    of_players: bool = False


# The four classes are the middles of 5-15, 15-30, 30-60 and 60-120; content says more exactly.
TERMS: Mapping[Cause, Term] = {
    Cause.MINOR_CRIME: Term(10),
    Cause.MODERATE_CRIME: Term(22),
    Cause.MAJOR_CRIME: Term(45),
    Cause.VIOLENT_CRIME: Term(90),
    Cause.CHEATING: Term(30),
    Cause.MURDER_FOR_HIRE: Term(120, bail=False),
    Cause.LAWMEN: Term(per_level=10),
    Cause.BOUNTY_COLLECTION: Term(per_level=30, settles=BountyStatus.COLLECTED, of_players=True),
    Cause.TURNED_IN: Term(per_level=30, settles=BountyStatus.COLLECTED),
    Cause.SURRENDER: Term(per_level=15, settles=BountyStatus.CANCELLED),
    Cause.FAILED_ESCAPE: Term(45, bail=False),
}
_CRIMES = frozenset(
    {Cause.MINOR_CRIME, Cause.MODERATE_CRIME, Cause.MAJOR_CRIME, Cause.VIOLENT_CRIME}
)


def sentence(
    cause: Cause, wanted: int, minutes: int | None = None, *, jail_time_percent: int = 0
) -> int:
    """How many minutes a cause means for somebody who was wanted at a level of 0 to 5: 1 to 1,440.

    ``minutes`` is the base where content or the case says it. Crimes of somebody wanted at 3 or
    more weigh half as much again. ``jail_time_percent`` is what effects add; they take away half of
    the base at most. Rounded up.
    """
    term = TERMS[cause]
    base = term.minutes + term.per_level * max(1, wanted) if minutes is None else minutes
    if cause in _CRIMES and wanted >= ARRESTABLE_FROM:
        base = -(-base * 3 // 2)
    base = max(SHORTEST, base)
    changed = -(-base * (100 + jail_time_percent) // 100)
    return min(LONGEST, max(-(-base // 2), changed))


def remaining_minutes(ends_at: datetime, now: datetime) -> int:
    """What is left of a sentence, in minutes that have begun; 0 once it is over."""
    return max(0, -((now - ends_at) // MINUTE))


def bail_price(fixed: int, per_minute: int, remaining: int) -> int:
    """What freedom costs with ``remaining`` minutes left: 25 dollars at least."""
    return max(LEAST_BAIL, fixed + per_minute * remaining)


def rank_of(total: int) -> WantedRank:
    """The rank of somebody with prices of ``total`` dollars on the head."""
    return next(rank for least, rank in RANKS if total >= least)


def decayed(amount: int, since: datetime, now: datetime) -> tuple[int, datetime]:
    """A law bounty at ``now``, and up to when that counts: a tenth less (the rest rounded down)
    for each full day since ``since``; below 10 dollars nothing is left.
    """
    days = max(0, (now - since) // DAY)
    left = amount
    for _ in range(days):
        if left < LEAST_BOUNTY:
            break
        left = left * KEPT_PERCENT // 100
    return (left if left >= LEAST_BOUNTY else 0), since + days * DAY


def gone_at(amount: int, since: datetime) -> datetime:
    """When nothing is left of a law bounty that is ``amount`` as of ``since``."""
    days = 0
    while amount >= LEAST_BOUNTY:
        amount = amount * KEPT_PERCENT // 100
        days += 1
    return since + days * DAY


def split_fine(fine: int, purse: int) -> tuple[int, int]:
    """What of a fine is paid out of ``purse`` dollars, and what is not and becomes a bounty."""
    paid = max(0, min(fine, purse))
    return paid, fine - paid
