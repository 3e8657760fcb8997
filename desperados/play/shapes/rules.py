"""The rules of playing, whatever is played: whose move it is, what the clock does, how it ends.

Pure: a ``Play`` is a game in memory, and neither knows the database nor looks at the clock. The
shell (``games``) carries it to and fro, and whoever verifies a game plays it again.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from desperados.engine.dice import Draws
from desperados.play.shapes.errors import GameMoved, GameOver, IllegalMove, NotYourTurn

State = Mapping[str, Any]
"""Of a game: what JSON can hold, and nothing else. Rules make a new one and change none."""

Row = dict[str, Any]

NOBODY: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Move:
    """What a seat does, and when; ``about`` are the move's arguments (what JSON can hold).

    ``auto`` says that the clock moved for whoever did not.
    """

    seat: int
    name: str
    about: Mapping[str, Any]
    at: datetime
    auto: bool = False

    def stored(self) -> Row:
        """As a game keeps it."""
        return {
            "seat": self.seat,
            "name": self.name,
            "about": dict(self.about),
            "at": self.at,
            "auto": self.auto,
        }


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a game has ended: the status that it gets, and what its purpose must know."""

    status: str
    facts: Mapping[str, Any] = field(default_factory=dict)


def _first_seat(_state: State) -> Collection[int]:
    return (0,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """One game, as pure functions of its state.

    - ``start(terms, draws)``: the state at the beginning;
    - ``legal(state, seat)``: the names of the moves that the seat may make;
    - ``step(state, move, draws)``: the state after a move of a legal name; raises ``IllegalMove``
      where its arguments are wrong;
    - ``auto(state, seat)``: the name and arguments of the move that the clock makes;
    - ``verdict(state, closed)``: how it ended, None while it goes on. Once its time is over
      (``closed``) it has ended in any case;
    - ``view(state, seat)``: what a seat may see; None is whoever looks on;
    - ``limit(state)``: how long whoever is in turn may think;
    - ``turn(state)``: the seats that are to move; several move in any order, without seeing each
      other's moves. Without it the game has one seat;
    - ``aside``: the names of moves that end no turn: whoever makes one is still to move, by the
      deadline that it had, and where nobody else is to move, upon what it has seen of this one.
    """

    start: Callable[[Mapping[str, Any], Draws], State]
    legal: Callable[[State, int], Collection[str]]
    step: Callable[[State, Move, Draws], State]
    auto: Callable[[State, int], tuple[str, Mapping[str, Any]]]
    verdict: Callable[[State, bool], Verdict | None]
    view: Callable[[State, int | None], Mapping[str, Any]]
    limit: Callable[[State], timedelta]
    turn: Callable[[State], Collection[int]] = _first_seat
    aside: Collection[str] = frozenset()


@dataclass(slots=True)
class Play:
    """A game in memory.

    ``version`` counts its moves. ``turn_from`` is the version at which those who are in turn came
    to be: who names any version since then has seen all that it may know. Whoever is in turn moves
    before ``deadline``; at ``closes_at`` the game ends, and with its ``most_moves``-th move.
    """

    rules: Rules
    state: State
    draws: Draws
    closes_at: datetime
    most_moves: int
    deadline: datetime
    version: int = 0
    turn_from: int = 0
    made: list[Move] = field(default_factory=list)  # by this touch
    verdict: Verdict | None = None

    @classmethod
    def begin(
        cls,
        rules: Rules,
        terms: Mapping[str, Any],
        draws: Draws,
        *,
        at: datetime,
        closes_at: datetime,
        most_moves: int,
    ) -> Play:
        """A new game; its rules may end it at once."""
        state = rules.start(terms, draws)
        play = cls(rules, state, draws, closes_at, most_moves, deadline=closes_at)
        play._give_turn(at)
        play.verdict = rules.verdict(state, False)
        return play

    @property
    def in_turn(self) -> frozenset[int]:
        """The seats that are to move."""
        return NOBODY if self.verdict else frozenset(self.rules.turn(self.state))

    def move(self, move: Move, seen: int) -> None:
        """Make a move of whoever has seen version ``seen``.

        Raises:
            GameOver: it has ended.
            NotYourTurn: the seat is not in turn.
            GameMoved: it has gone on since.
            IllegalMove: the rules do not allow the move.
        """
        if self.verdict is not None:
            raise GameOver()
        if not self.turn_from <= seen <= self.version:
            raise GameMoved(version=self.version)
        if move.seat not in self.in_turn:
            raise NotYourTurn()
        self._make(move)

    def catch_up(self, now: datetime, absent: Collection[int] = NOBODY) -> None:
        """Do what the clock does up to ``now``: move for whoever let its deadline pass, each at its
        deadline, so that it does not matter when somebody looks; for ``absent`` seats at once; and
        end the game when its time is over.
        """
        while self.verdict is None:
            if self.version >= self.most_moves or self.closes_at <= min(now, self.deadline):
                self._close()
            elif self.deadline <= now:
                self._move_for(self.in_turn, self.deadline)
            elif gone := self.in_turn.intersection(absent):
                self._move_for(gone, now)
            else:
                return

    def _move_for(self, seats: Collection[int], at: datetime) -> None:
        for seat in sorted(seats):
            if seat in self.in_turn:
                name, about = self.rules.auto(self.state, seat)
                self._make(Move(seat, name, about, at, auto=True))

    def _make(self, move: Move) -> None:
        if move.name not in self.rules.legal(self.state, move.seat):
            raise IllegalMove(path="move")
        others = self.in_turn - {move.seat}
        self.state = self.rules.step(self.state, move, self.draws)
        self.made.append(move)
        self.version += 1
        self.verdict = self.rules.verdict(self.state, False)
        if move.name in self.rules.aside:
            if not others:  # whoever moves alone has seen its own last move
                self.turn_from = self.version
        # Those who move at the same time keep their deadline while others of them move.
        elif not others or self.in_turn != others:
            self._give_turn(move.at)

    def _give_turn(self, at: datetime) -> None:
        self.turn_from = self.version
        self.deadline = min(at + self.rules.limit(self.state), self.closes_at)

    def _close(self) -> None:
        self.verdict = self.rules.verdict(self.state, True)
        assert self.verdict is not None, "Rules say how a game ends whose time is over."
        self.version += 1


def split(total: int, weights: Sequence[int]) -> list[int]:
    """``total`` coins by weight, to the last coin: each share is rounded down, and the rest goes to
    the first.

    Raises:
        ValueError: there is nobody to have a share, or a weight below zero.
    """
    whole = sum(weights)
    if whole <= 0 or min(weights) < 0 or total < 0:
        raise ValueError(f"Nobody can share {total} by {list(weights)}.")
    shares = [total * weight // whole for weight in weights]
    shares[0] += total - sum(shares)
    return shares


def shared(total: int, weights: Sequence[int], sizes: Sequence[int]) -> list[int]:
    """What each gets of ``total`` coins, the best first, by the weights of the places.

    ``sizes`` say how many share a place, from the first place on: they have equal parts of what all
    the places weigh that they fill. What cannot be divided goes to the first.

    Raises:
        ValueError: no place that anybody has reached has a weight, or one has less than nothing.
    """
    parts: list[int] = []
    scale = math.lcm(*sizes)
    for size in sizes:
        filled = weights[len(parts) : len(parts) + size]
        parts += [sum(filled) * scale // size] * size
    return split(total, parts)
