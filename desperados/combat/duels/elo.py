"""Ratings by Elo: what a win moves from the loser to the winner. Pure.

The sum of all ratings never changes: what one gains the other loses, and nobody falls below the
floor. Source: A. Elo, The Rating of Chessplayers (1978), 1.3; the logistic form.
"""

from __future__ import annotations

START = 1_000
FLOOR = 100
K, K_OF_MASTERS, MASTERS_FROM = 32, 24, 1_600
MOST_APART = 400  # beyond it a win proves nothing


def expected(points: int, others: int) -> float:
    """The share of wins that one with ``points`` may expect, 0 to 1."""
    return float(1 / (1 + 10 ** ((others - points) / 400)))


def moved(winner: int, loser: int) -> int:
    """What a win moves, 1 at least; less where the loser would fall below the floor."""
    factor = K_OF_MASTERS if max(winner, loser) >= MASTERS_FROM else K
    points = max(1, round(factor * (1 - expected(winner, loser))))
    return max(0, min(points, loser - FLOOR))


def is_rated(one: int, other: int) -> bool:
    """Whether two are near enough to each other for a win to count."""
    return abs(one - other) <= MOST_APART
