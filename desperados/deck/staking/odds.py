"""The odds of deck games: how often the best play succeeds, at most.

They are what stakes are paid by. At blackjack and deckbuilding the best play is plain (draw until
the target is reached, and stop), and was measured in 200,000 games of each grade and skill. At hold
and draw it is not: there a player that compares all 32 ways of keeping cards was measured, and a
quarter of what it fails is granted to whoever plays better. All are rounded up.
"""

from __future__ import annotations

from collections.abc import Mapping

from desperados.deck.errors import InvalidStake

SKILLS = tuple(range(0, 101, 10))

# By grade, then by skill.
TABLE: Mapping[str, tuple[tuple[int, ...], ...]] = {
    "poker": (
        (91, 96, 100, 100, 100, 100, 100, 100, 100, 100, 100),
        (90, 90, 90, 94, 94, 94, 96, 96, 96, 97, 100),
        (65, 66, 70, 83, 87, 89, 94, 95, 95, 97, 97),
        (54, 56, 56, 62, 62, 62, 73, 76, 81, 89, 92),
        (46, 47, 48, 59, 60, 60, 68, 68, 68, 74, 74),
    ),
    "blackjack": (
        (88, 88, 88, 93, 93, 93, 98, 98, 100, 100, 100),
        (73, 73, 73, 81, 81, 88, 88, 88, 93, 93, 98),
        (63, 63, 63, 73, 73, 81, 81, 88, 88, 93, 93),
        (52, 52, 63, 63, 73, 73, 81, 81, 88, 88, 93),
        (19, 19, 38, 38, 52, 52, 63, 63, 73, 73, 81),
    ),
    "deckbuilder": (
        (72, 72, 72, 78, 78, 78, 78, 78, 78, 80, 80),
        (62, 62, 62, 72, 72, 78, 78, 78, 80, 80, 80),
        (41, 41, 41, 50, 50, 62, 72, 72, 78, 78, 78),
        (25, 25, 33, 33, 40, 41, 50, 50, 62, 62, 72),
        (17, 17, 25, 25, 33, 33, 41, 50, 50, 62, 62),
    ),
}


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
