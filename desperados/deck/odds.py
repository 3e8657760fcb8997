"""The odds of deck games: how often the best play succeeds, at most. Measured, and rounded up.

They are what stakes are paid by. A test plays the games and compares.
"""

from __future__ import annotations

from collections.abc import Mapping

from desperados.deck.errors import InvalidStake

SKILLS = tuple(range(0, 101, 10))

TABLE: Mapping[str, tuple[tuple[int, ...], ...]] = {}


def most_percent(game: str, grade: int, skill: int) -> int:
    """How often the best play of a game of this grade (1 to 5) succeeds at most, in percent, for a
    skill of 0 to 100: what holds for the next higher skill of the table.

    Raises:
        InvalidStake: nobody knows the odds of this game.
    """
    if game not in TABLE:
        raise InvalidStake("Nobody takes bets on this.", path="stake")
    column = next(number for number, known in enumerate(SKILLS) if skill <= known)
    return TABLE[game][grade - 1][column]
