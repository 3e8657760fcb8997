"""Standing in numbers: words, prices, limits. Pure functions and tables.

Source: the design of the game, social: "Faction standing".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import get_args

from desperados.vocabulary import Faction

LEAST, MOST = -100, 100
MOST_A_CHANGE = 50
MOST_GAINED_A_DAY = 60
START_WITH_OWN = 10
RIVAL_PERCENT = 30

FACTIONS: tuple[str, ...] = get_args(Faction)
"""The six powers with which a character has a standing. Three of them have players."""

RIVALS: Mapping[str, str] = {"settler_alliance": "frontera", "frontera": "settler_alliance"}


class StandingWord(StrEnum):
    """How somebody is received, best first."""

    HONORED = "honored"
    FRIENDLY = "friendly"
    NEUTRAL = "neutral"
    UNFRIENDLY = "unfriendly"
    HOSTILE = "hostile"


# (from which points on, word, percent of what keepers of the faction ask)
WORDS = (
    (75, StandingWord.HONORED, 80),
    (25, StandingWord.FRIENDLY, 90),
    (0, StandingWord.NEUTRAL, 100),
    (-50, StandingWord.UNFRIENDLY, 115),
    (LEAST, StandingWord.HOSTILE, 130),
)
WELCOME = (StandingWord.FRIENDLY, StandingWord.HONORED)
"""Words that are news for whoever rises to them."""


def word_of(points: float) -> StandingWord:
    """The word for a standing of -100 to 100."""
    return _of(points)[1]


def price_percent(points: float) -> int:
    """What a keeper of the faction asks, in percent of the ordinary price."""
    return _of(points)[2]


def _of(points: float) -> tuple[int, StandingWord, int]:
    return next((row for row in WORDS if points >= row[0]), WORDS[-1])


def points_of(stored: object, newest: object, *, own: bool) -> int:
    """The points with a faction: those that the character stores, else those of the newest row of
    the history, else 10 with its own faction and 0 with others. -100 to 100."""
    for value in (stored, newest):
        if isinstance(value, int | float) and not isinstance(value, bool) and value == value:
            return max(LEAST, min(MOST, int(max(LEAST, min(MOST, value)))))
    return START_WITH_OWN if own else 0


@dataclass(frozen=True, slots=True)
class Move:
    """A standing before and after. ``reached`` is the word that it rose to, if that is welcome."""

    faction: str
    before: int
    after: int

    @property
    def change(self) -> int:
        """By how much it really moved."""
        return self.after - self.before

    @property
    def reached(self) -> StandingWord | None:
        """Friendly or honored, when this is what it rose to."""
        word = word_of(self.after)
        rose = self.after > self.before and word is not word_of(self.before)
        return word if rose and word in WELCOME else None


def moves(
    points: Mapping[str, int],
    deltas: Mapping[str, int],
    gained: Mapping[str, int],
    *,
    gain_percent: int = 0,
) -> list[Move]:
    """What comes of ``deltas``, of which each is cut to 50; in the order of the factions.

    ``points`` are those of before, ``gained`` what was gained of each today. ``gain_percent`` is
    what effects add to a gain, rounded toward 0 and to 1 point at least. A gain takes 30% of what
    it really was, rounded down, from the rival; a rival's loss moves nobody else.
    """
    now = dict(points)
    left = {faction: max(0, MOST_GAINED_A_DAY - gained.get(faction, 0)) for faction in points}

    def move(faction: str, delta: int) -> int:
        if delta > 0:
            delta = min(MOST_A_CHANGE, max(1, delta * (100 + gain_percent) // 100))
            delta = min(delta, left[faction])
        after = max(LEAST, min(MOST, now[faction] + max(-MOST_A_CHANGE, delta)))
        change = after - now[faction]
        now[faction] = after
        left[faction] -= max(0, change)
        return change

    for faction in FACTIONS:
        change = move(faction, deltas[faction]) if deltas.get(faction) else 0
        rival = RIVALS.get(faction)
        if change > 0 and rival is not None:
            move(rival, -(change * RIVAL_PERCENT // 100))
    return [Move(f, points[f], now[f]) for f in FACTIONS if f in points and now[f] != points[f]]
