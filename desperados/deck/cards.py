"""Cards, their codes, and a deck whose order follows from a seed. Pure functions.

What is stored and told of a card is its code (``spades-A``), as the content names it. A deck has
52 different cards; it is shuffled by the chance of a seed (``play.seeds``) and nothing else, so
whoever knows the seed can shuffle it again.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import product
from typing import NamedTuple

from desperados.deck.documents import Suit
from desperados.engine.dice import Draws

RANKS = tuple(range(2, 15))  # 11 to 14 are jack, queen, king and ace
FACES = {11: "J", 12: "Q", 13: "K", 14: "A"}
TEN, ACE = 10, 14


class PlayingCard(NamedTuple):
    """A playing card; an ace is 14, and counts as 1 below a two in a straight."""

    suit: Suit
    rank: int

    @property
    def code(self) -> str:
        """As the content names it: ``spades-A``."""
        return f"{self.suit}-{FACES.get(self.rank, self.rank)}"


DECK = tuple(PlayingCard(suit, rank) for suit, rank in product(Suit, RANKS))

_CARDS = {card.code: card for card in DECK}


def card_of(code: str) -> PlayingCard:
    """The card of a code.

    Raises:
        ValueError: no card has this code.
    """
    card = _CARDS.get(code)
    if card is None:
        raise ValueError(f"There is no card {code!r}.")
    return card


def cards_of(codes: Iterable[str]) -> list[PlayingCard]:
    """The cards of some codes, in their order.

    Raises:
        ValueError: no card has one of the codes.
    """
    return [card_of(code) for code in codes]


def shuffled(draws: Draws) -> list[PlayingCard]:
    """A whole deck in the order that this chance gives it (Fisher and Yates); the first card is the
    next one."""
    deck = list(DECK)
    draws.shuffle(deck)
    return deck


def matches(cards: Iterable[PlayingCard], suit: Suit) -> int:
    """How many of the cards are of the suit of a deed."""
    return sum(card.suit is suit for card in cards)
