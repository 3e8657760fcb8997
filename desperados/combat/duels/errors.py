"""What duels refuse."""

from __future__ import annotations

from desperados.engine.errors import Conflict, InvalidInput, NotFound


class DuelNotFound(NotFound):
    """There is no such duel, or the character has no part in it."""


class DuelClosed(Conflict):
    """The challenge was answered or taken back, or its time is over."""


class SelfDuel(InvalidInput):
    """Nobody duels itself, or another character of the same account."""


class AlreadyChallenged(Conflict):
    """The two have an open duel already."""


class TooManyChallenges(Conflict):
    """A character has three challenges open at a time; take one back first."""


class NotSkilled(Conflict):
    """For a ranked duel or a wager both must have a combat level of 25."""


class LevelsApart(Conflict):
    """For a wager the two may be ten levels apart at most."""


class InvalidWager(InvalidInput):
    """A wager is 100 to 100,000 dollars, at most 1,000 for each level and a tenth of the wallet."""
