"""Deckbuilder: up to seven cards, for groups of equal ranks. The sooner, the better.

Crafts are played in this way.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from desperados.deck.cards import matches
from desperados.deck.games import skills
from desperados.deck.games.position import CardGame, Position, nothing_named
from desperados.deck.games.terms import Terms
from desperados.engine.dice import Draws
from desperados.play.shapes.rules import Move

THRESHOLDS = (70, 80, 100, 120, 130)  # by grade
LEAST = 60
MOST = 7
"""With so many cards it ends by itself."""
GROUPS = {2: 50, 3: 100, 4: 200}
SPARED = 10  # for each card that was not needed
MATCHING = 10


def _start(terms: Terms, deck: Sequence[str]) -> Position:
    return Position(terms=terms, deck=deck)


def _step(position: Position, move: Move, _draws: Draws) -> Position:
    nothing_named(move)
    if move.name == "stop":
        return position.ended()
    after = position.drawn()
    return after.ended() if len(after.hand) == MOST else after


def _score(position: Position) -> int:
    """Points for groups, for matching cards and for the skill; and for the cards that were spared,
    once there is a group: who has nothing has spared nothing."""
    terms, cards = position.terms, position.cards
    counts = Counter(card.rank for card in cards)
    groups = sum(GROUPS.get(count, 0) for count in counts.values())
    spared = SPARED * (MOST - len(cards)) if groups else 0
    of_skill = skills.bonus(terms.skill, terms.grade) // 2
    return groups + spared + MATCHING * matches(cards, terms.suit) + of_skill


def _needed(position: Position) -> tuple[int, int]:
    terms = position.terms
    return THRESHOLDS[terms.grade - 1] - skills.reduction(terms.skill, terms.grade), LEAST


def _view(_position: Position, _mine: bool) -> Mapping[str, Any]:
    return {}


DECKBUILDER = CardGame(
    start=_start,
    legal=lambda _position: ("draw", "stop"),
    step=_step,
    auto=lambda _position: ("stop", {}),
    score=_score,
    needed=_needed,
    progress=lambda position: 100 * len(position.hand) // MOST,
    view=_view,
)
