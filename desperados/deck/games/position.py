"""A game of one seat as it stands, and what all of the games do alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from desperados.deck.cards import PlayingCard, cards_of
from desperados.deck.games.terms import Terms, read_terms, stored_terms
from desperados.engine.dice import Draws
from desperados.play.shapes.errors import IllegalMove
from desperados.play.shapes.rules import Move, State


class End(StrEnum):
    """How a game has ended."""

    PLAYED = "played"
    BUST = "bust"
    BAILED_OUT = "bailed_out"
    FORFEITED = "forfeited"


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """A game as it stands. Cards are codes; the first of ``deck`` is the next one.

    In every position deck, hand, discarded and house are 52 different cards. ``own`` is what one
    game alone keeps: what JSON can hold.
    """

    terms: Terms
    deck: Sequence[str]
    hand: Sequence[str] = ()
    discarded: Sequence[str] = ()
    house: Sequence[str] = ()
    end: End | None = None
    own: Mapping[str, Any] = field(default_factory=dict)

    @property
    def cards(self) -> list[PlayingCard]:
        """The cards of the hand."""
        return cards_of(self.hand)

    def with_own(self, **changed: Any) -> Position:
        """The position with other values of its own."""
        return replace(self, own={**self.own, **changed})

    def drawn(self) -> Position:
        """The position in which the next card has come to the hand."""
        return replace(self, hand=[*self.hand, self.deck[0]], deck=self.deck[1:])

    def ended(self, end: End = End.PLAYED) -> Position:
        """The position as an end."""
        return replace(self, end=end)


def _no_facts(_position: Position, _succeeded: bool) -> Mapping[str, Any]:
    return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class CardGame:
    """One game of one seat, as pure functions of its position.

    - ``start(terms, deck)``: the position at the beginning, with a shuffled deck;
    - ``legal(position)``: the moves of this game alone;
    - ``step(position, move, draws)``: what comes of one of them;
    - ``auto(position)``: name and arguments of what the clock does;
    - ``score(position)``: what the hand has reached, special cards apart;
    - ``needed(position)``: what it must reach, relief and special cards apart, and at the least;
    - ``progress(position)``: how far it has gone, in percent; nobody bails out at 0;
    - ``view(position, mine)``: what its player (``mine``) or anybody may see beyond the hand;
    - ``facts(position, succeeded)``: what its purpose must know of the end beyond what all tell.
    """

    start: Callable[[Terms, Sequence[str]], Position]
    legal: Callable[[Position], Sequence[str]]
    step: Callable[[Position, Move, Draws], Position]
    auto: Callable[[Position], tuple[str, Mapping[str, Any]]]
    score: Callable[[Position], int]
    needed: Callable[[Position], tuple[int, int]]
    progress: Callable[[Position], int]
    view: Callable[[Position, bool], Mapping[str, Any]]
    facts: Callable[[Position, bool], Mapping[str, Any]] = _no_facts


def read_position(state: State) -> Position:
    """The position in a stored state."""
    own = dict(state["state"])
    return Position(
        terms=read_terms(own.pop("terms")),
        deck=state["deck"],
        hand=state["hand"],
        discarded=own.pop("discarded"),
        house=own.pop("house"),
        end=None if (end := own.pop("end")) is None else End(end),
        own=own,
    )


def stored(position: Position) -> State:
    """A position as a game keeps it: the fields of its document that are its state."""
    return {
        "deck": list(position.deck),
        "hand": list(position.hand),
        "state": {
            "terms": stored_terms(position.terms),
            "discarded": list(position.discarded),
            "house": list(position.house),
            "end": None if position.end is None else position.end.value,
            **position.own,
        },
    }


def indices(move: Move, size: int) -> list[int]:
    """The cards of the hand that a move names, as different numbers from 0 to ``size`` - 1.

    Raises:
        IllegalMove: they are none, or something else was sent beside them.
    """
    named = move.about.get("cards")
    if set(move.about) != {"cards"} or not isinstance(named, list) or len(named) > size:
        raise IllegalMove(path="cards")
    if any(type(number) is not int or not 0 <= number < size for number in named):
        raise IllegalMove(path="cards")
    if len(set(named)) != len(named):
        raise IllegalMove(path="cards")
    return sorted(named)


def nothing_named(move: Move) -> None:
    """A move that has no arguments.

    Raises:
        IllegalMove: it has.
    """
    if move.about:
        raise IllegalMove(path=min(move.about))
