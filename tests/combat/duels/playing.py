"""Duels in memory: for tests of the rules, which need no database."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from desperados.combat.duels.game.table import HAND, Table
from desperados.combat.duels.rules import RULES
from desperados.play.seeds import draws_of
from desperados.play.shapes.rules import Move, Play

START = datetime(2100, 1, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)
LASTS = timedelta(hours=2)
SKILLED = {"instinct": 50, "deception": 20, "sleight": 30}


def terms(*skills: Mapping[str, int]) -> dict[str, Any]:
    """The terms of a duel; without skills both have the same."""
    sides = [dict(side) for side in skills] or [dict(SKILLED), dict(SKILLED)]
    return {"skills": sides, "at": int(START.timestamp())}


def begin(number: int = 1, of: Mapping[str, Any] | None = None) -> Play:
    """A duel that follows from a number, before the challenger is ready."""
    draws = draws_of(f"{number:064x}")
    given = of or terms()
    return Play.begin(RULES, given, draws, at=START, closes_at=START + LASTS, most_moves=400)


def do(play: Play, seat: int, name: str, at: datetime = START, **about: Any) -> Table:
    """Make a move; returns the table after it."""
    play.move(Move(seat, name, about, at), play.version)
    return Table.of(play.state)


def dealt(number: int = 1, of: Mapping[str, Any] | None = None) -> Play:
    """A duel whose first hands are dealt."""
    play = begin(number, of)
    do(play, 0, "ready")
    return play


def betting(number: int = 1, of: Mapping[str, Any] | None = None) -> Play:
    """A duel in which both have kept their hands, and bet now."""
    play = dealt(number, of)
    for seat in (0, 1):
        do(play, seat, "draw", cards=list(range(HAND)))
    return play


def arguments(play: Play, seat: int, name: str, luck: Random) -> dict[str, Any]:
    """Arguments of a move that the rules allow; those of a palmed card may not be."""
    return arguments_for(Table.of(play.state), seat, name, luck)


def arguments_for(table: Table, seat: int, name: str, luck: Random) -> dict[str, Any]:
    """The same, of a table."""
    if name in ("hold", "draw"):
        return {"cards": luck.sample(range(HAND), luck.randrange(HAND + 1))}
    if name == "reroll":
        return {"cards": [luck.randrange(HAND)]}
    if name == "palm_card":
        return {"cards": [luck.randrange(HAND)], "rank": luck.randint(2, 14)}
    if name in ("bet", "raise"):
        return {"amount": luck.randint(1, table.room(seat))}
    return {}
