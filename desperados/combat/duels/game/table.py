"""What lies on the table of a duel: the state of the game, in memory and as it is stored.

Each side plays from a deck of its own, of which nothing is decided before it is drawn: the state
knows the hands and what each side has held before, and no next card.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Self

from desperados.deck.cards import DECK, cards_of
from desperados.deck.hands import Rank, rank
from desperados.engine.dice import Draws

POINTS = 100
NERVE_AT_FIRST, MOST_NERVE, NERVE_OF_A_DEAL = 50, 100, 10
HAND = 5
SEATS = (0, 1)

READY, SELECTION, BETTING, OVER = "ready", "selection", "betting", "over"

CODES = tuple(card.code for card in DECK)


@dataclass(slots=True)
class Side:
    """One of the two.

    ``seen`` are the cards of its deck that it has held in this deal, its ``hand`` among them.
    ``held`` are the places in the hand of what it would keep, once it has said so (``holds``
    times); ``chosen`` that it has drawn. ``staked`` points lie in the pot. ``again`` says from
    which deal on an ability may be used again; ``stone_until`` is the last deal in which nobody
    reads it. ``here_at`` is when it last moved by itself, in seconds.
    """

    instinct: int
    deception: int
    sleight: int
    here_at: int
    points: int = POINTS
    wins: int = 0
    nerve: int = NERVE_AT_FIRST
    hand: list[str] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)
    held: list[int] | None = None
    holds: int = 0
    chosen: bool = False
    staked: int = 0
    again: dict[str, int] = field(default_factory=dict)
    stone_until: int = 0
    false_tell: bool = False
    palmed: bool = False
    accused: bool = False
    reads: list[list[str]] = field(default_factory=list)

    def draw(self, draws: Draws, pieces: int) -> list[str]:
        """Cards from what is left of its deck."""
        cards = draws.sample([code for code in CODES if code not in self.seen], pieces)
        self.seen += cards
        return cards

    def strength(self) -> Rank:
        """What its hand is worth: the greater wins."""
        return rank(cards_of(self.hand))


@dataclass(slots=True)
class Table:
    """A duel. ``deal`` counts the hands that were dealt, ``sudden`` those of sudden death.

    ``opens`` is the side that bets first, ``to_move`` the one that is to bet. ``idle`` counts the
    deals in a row that only the clock has played; ``acted`` says that somebody moved in this one.
    ``rounds`` are the deals that are over; ``winner`` (None: nobody's) and ``reason`` the end.
    """

    sides: list[Side]
    phase: str = READY
    round: int = 1
    deal: int = 0
    sudden: int = 0
    replayed: bool = False
    opens: int = 0
    to_move: int = 0
    checked: bool = False
    raises: int = 0
    idle: int = 0
    acted: bool = False
    rounds: list[dict[str, Any]] = field(default_factory=list)
    winner: int | None = None
    reason: str = ""

    @classmethod
    def of(cls, state: Mapping[str, Any]) -> Self:
        """The table in a stored state, which stays as it is."""
        sides = [
            Side(
                **{
                    **side,
                    "hand": [*side["hand"]],
                    "seen": [*side["seen"]],
                    "again": {**side["again"]},
                    "reads": [*side["reads"]],
                }
            )
            for side in state["sides"]
        ]
        return cls(**{**state, "sides": sides, "rounds": [*state["rounds"]]})

    def stored(self) -> dict[str, Any]:
        """As the game keeps it."""
        return asdict(self)

    @property
    def pot(self) -> int:
        """The points that lie on the table."""
        return sum(side.staked for side in self.sides)

    def owed(self, seat: int) -> int:
        """What a side must add to stay in."""
        return self.sides[other(seat)].staked - self.sides[seat].staked

    def room(self, seat: int) -> int:
        """The most by which a side may bet or raise: what both can still pay. In sudden death there
        is nothing to bet."""
        if self.sudden:
            return 0
        mine, theirs = self.sides[seat], self.sides[other(seat)]
        return max(0, min(mine.points - self.owed(seat), theirs.points))

    def end(self, winner: int | None, reason: str) -> None:
        """The duel is over; what lies in the pot goes back."""
        take_back(self)
        self.phase, self.winner, self.reason = OVER, winner, reason


def other(seat: int) -> int:
    """The opposite seat."""
    return 1 - seat


def take_back(table: Table) -> None:
    """Each side takes back what it has staked."""
    for side in table.sides:
        side.points, side.staked = side.points + side.staked, 0
