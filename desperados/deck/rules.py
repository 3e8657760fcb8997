"""The rules of deeds: how hard they are, what they give, and how luck runs. Pure functions.

What a deed gives is its reward; what adds to it in percent (the suit, a streak, a hot hand) are
bonuses, which ``play.settle`` adds up with all else that multiplies, once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from desperados.deck.cards import cards_of
from desperados.deck.hands import SIZE, Strength, rank
from desperados.play.outcome import NOTHING, Bonus, Outcome

GRADES = 5
DIFFICULTY_OF_GRADE = 20
CRIME_OF_GRADE = 4  # crimes have difficulties of 5 to 16
SCORE_OF_CRIME = 100

FAILURE_XP = 5
DAMAGE_SHARE = 4
"""A lost fight costs a quarter of its difficulty in health."""
MOST_SUIT_PERCENT = 20
NATURAL_PERCENT = 50

STREAK_PERCENTS = {3: 10, 4: 20, 5: 30, 6: 50}
HOT_FROM, HOT_GAMES, HOT_PERCENT = 4, 3, 20
RELIEF_PERCENTS = {3: 5, 4: 10, 5: 15}

DROP_PERCENT = 10
"""How likely a great win brings a special card."""
GREAT_STRENGTH = Strength.FLUSH
GREAT_TIMES = 2  # its target, where no hand decides


def grade_of(difficulty: int) -> int:
    """The grade, 1 to 5, of a difficulty of 1 to 100."""
    return max(1, min(GRADES, -(-difficulty // DIFFICULTY_OF_GRADE)))


def crime_grade(difficulty: int) -> int:
    """The grade, 1 to 5, of a crime."""
    return max(1, min(GRADES, -(-difficulty // CRIME_OF_GRADE)))


def target_of(difficulty: int) -> int:
    """The score that a crime of this difficulty takes."""
    return SCORE_OF_CRIME * difficulty


# How luck runs


@dataclass(frozen=True, slots=True)
class Momentum:
    """How luck runs: wins in a row, or (negative) losses, and for how many more games the hand is
    hot."""

    streak: int = 0
    hot_hand: int = 0

    @property
    def relief(self) -> int:
        """By how many percent targets are lower for who has lost three times and more."""
        return _stepped(RELIEF_PERCENTS, -self.streak)

    @property
    def streak_percent(self) -> int:
        """What wins in a row add to the dollars; half of it to the experience."""
        return _stepped(STREAK_PERCENTS, self.streak)

    def after(self, won: bool) -> Momentum:
        """How it runs after one more game. With each fourth win in a row the hand gets hot."""
        hot = max(0, self.hot_hand - 1)
        if not won:
            return Momentum(min(0, self.streak) - 1, hot)
        streak = max(0, self.streak) + 1
        return Momentum(streak, HOT_GAMES if streak % HOT_FROM == 0 else hot)


def counts_for_luck(grade: int, skill: int) -> bool:
    """Whether a game says anything about luck: it must not be more than a grade below what a
    character of this skill (0 to 100) finds fitting."""
    return grade >= grade_of(max(1, skill)) - 1


def _stepped(steps: Mapping[int, int], count: int) -> int:
    return max((percent for least, percent in steps.items() if count >= least), default=0)


# What a game gives


@dataclass(frozen=True, slots=True)
class Ending:
    """How a game has ended, as its verdict says it. ``bailed`` is the share (percent) that whoever
    bails out is paid, and ``mitigation`` what the cards save of harm, in percent."""

    forfeited: bool
    succeeded: bool
    score: int
    target: int
    matches: int
    suit_percent: int
    cards: tuple[str, ...]
    doubled: bool
    natural: bool
    bailed: int | None
    mitigation: int

    @classmethod
    def of(cls, status: str, facts: Mapping[str, Any]) -> Ending:
        """What a verdict says."""
        bailed = facts.get("bailed")
        return cls(
            forfeited=status == "forfeited",
            succeeded=bool(facts.get("succeeded")) and bailed is None,
            score=int(facts.get("score") or 0),
            target=int(facts.get("target") or 0),
            matches=int(facts.get("matches") or 0),
            suit_percent=int(facts.get("suit_percent") or 100),
            cards=tuple(facts.get("cards") or ()),
            doubled=bool(facts.get("doubled")),
            natural=bool(facts.get("natural")),
            bailed=None if bailed is None else int(bailed),
            mitigation=int(facts.get("mitigation") or 0),
        )

    @property
    def strength(self) -> Strength | None:
        """What the cards are, if they are five."""
        if len(self.cards) != SIZE:
            return None
        return rank(cards_of(self.cards))[0]

    @property
    def great(self) -> bool:
        """Whether it was won as few are."""
        if not self.succeeded:
            return False
        strength = self.strength
        if strength is not None:
            return strength >= GREAT_STRENGTH
        return self.natural or self.score >= GREAT_TIMES * max(1, self.target)


def outcome_of(ending: Ending, drawn: Outcome, momentum: Momentum) -> Outcome:
    """What comes of a game for whoever played it: ``drawn``, the reward of the deed, if it was won;
    twice its money and experience where it was doubled. Whoever bails out has a share of the
    dollars and nothing else. ``momentum`` is that before the game.
    """
    if ending.bailed is not None:
        return Outcome(dollars=max(0, drawn.dollars) * ending.bailed // 100)
    if ending.forfeited:
        return NOTHING
    if not ending.succeeded:
        return Outcome(xp=failure_xp(ending.mitigation))
    times = 2 if ending.doubled else 1
    return replace(
        drawn,
        dollars=times * drawn.dollars,
        xp=times * drawn.xp,
        bonuses=bonuses_of(ending, momentum),
    )


def bonuses_of(ending: Ending, momentum: Momentum) -> tuple[Bonus, ...]:
    """What the cards and the luck of a win add to it, in percent."""
    streak = momentum.after(True).streak_percent
    suit = max(0, min(MOST_SUIT_PERCENT, ending.suit_percent - 100))
    natural = NATURAL_PERCENT if ending.natural else 0
    found = (
        Bonus("suit", suit, suit),
        Bonus("natural", natural, natural),
        Bonus("streak", streak, streak // 2),
        Bonus("hot_hand", HOT_PERCENT if momentum.hot_hand else 0),
    )
    return tuple(bonus for bonus in found if bonus.dollars or bonus.xp)


def failure_xp(mitigation: int) -> int:
    """What a failure teaches: the more, the better it was."""
    return FAILURE_XP * (100 + mitigation) // 100


def damage_of(difficulty: int, mitigation: int) -> int:
    """The health that a lost fight costs; 1 at least."""
    return max(1, difficulty * (100 - mitigation) // (100 * DAMAGE_SHARE))
