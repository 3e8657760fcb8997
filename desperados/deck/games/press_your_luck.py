"""Press your luck: one card after the other, until one stops or the third danger comes.

Crimes and dangerous work are played in this way. Jacks, queens and kings are dangers; a skilled
hand shrugs some of them off. Whoever stops has succeeded if the score is high enough. To double
is to stake all on one last card: a low one doubles the reward, any other loses everything.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from desperados.deck.cards import card_of, matches
from desperados.deck.games import skills
from desperados.deck.games.position import CardGame, End, Position, nothing_named
from desperados.deck.games.terms import Terms
from desperados.engine.dice import Draws
from desperados.play.shapes.rules import Move

TARGETS = (500, 800, 1_000, 1_200, 1_600)  # by grade, where the terms have none
MOST = 10
"""With so many cards it ends by itself."""
DANGERS = frozenset({11, 12, 13})
BUST = 3
DOUBLE_FROM = 2
"""How many cards lie before one may double."""
HIGHEST_LOW = 7
"""The highest rank that doubles. These are 24 cards of 52: to double does not pay, unless one has
seen many cards and few of them low."""

# What the score is multiplied with, in percent.
TIERS = ((700, 200), (500, 150), (300, 100), (0, 50))
STREAKS = ((5, 150), (3, 125), (0, 100))
SUITS = (100, 110, 125, 150, 175, 200)


def is_danger(code: str) -> bool:
    """Whether a card is a jack, a queen or a king."""
    return card_of(code).rank in DANGERS


def _start(terms: Terms, deck: Sequence[str]) -> Position:
    own = {
        "dangers": 0,  # that were not shrugged off
        "streak": 0,
        "safe_draws": skills.safe_draws(terms.skill),
        "doubled": False,
    }
    return Position(terms=terms, deck=deck, own=own)


def _legal(position: Position) -> Sequence[str]:
    moves = ["draw", "stop"]
    if position.own["safe_draws"] and not all(map(is_danger, position.deck)):
        moves.append("safe_draw")
    if position.terms.skill >= skills.PRESS_FROM and len(position.hand) >= DOUBLE_FROM:
        moves.append("double_down")
    return moves


def _step(position: Position, move: Move, draws: Draws) -> Position:
    nothing_named(move)
    if move.name == "stop":
        return position.ended()
    if move.name == "double_down":
        low = card_of(position.deck[0]).rank <= HIGHEST_LOW
        return position.drawn().with_own(doubled=True).ended(End.PLAYED if low else End.BUST)
    after = _drawn_safely(position, draws) if move.name == "safe_draw" else _drawn(position, draws)
    return after.ended() if after.end is None and len(after.hand) == MOST else after


def _drawn(position: Position, draws: Draws) -> Position:
    """The next card. A danger is shrugged off or counts; the third that counts is one too many."""
    own, after = position.own, position.drawn()
    if not is_danger(position.deck[0]):
        return after.with_own(streak=own["streak"] + 1)
    if draws.randrange(1_000) < skills.avoidance(position.terms.skill):
        return after.with_own(streak=own["streak"] + 1)
    after = after.with_own(dangers=own["dangers"] + 1, streak=0)
    return after.ended(End.BUST) if after.own["dangers"] == BUST else after


def _drawn_safely(position: Position, draws: Draws) -> Position:
    """The next card that is no danger. It makes no streak; and the deck is shuffled again, for else
    the dangers that were passed over would lie on top of it, unseen."""
    deck = list(position.deck)
    safe = next(code for code in deck if not is_danger(code))
    deck.remove(safe)
    draws.shuffle(deck)
    after = replace(position, hand=[*position.hand, safe], deck=deck)
    return after.with_own(safe_draws=position.own["safe_draws"] - 1)


def _score(position: Position) -> int:
    """Points for cards that are no dangers and for the skill, times what many cards, a streak and
    matching cards make of them; rounded to the nearest."""
    if position.end is End.BUST:
        return 0
    terms, cards = position.terms, position.cards
    matching = matches(cards, terms.suit)
    safe = sum(card.rank not in DANGERS for card in cards)
    points = 50 * safe + 5 * skills.bonus(terms.skill, terms.grade)
    tier = _at(TIERS, 100 * len(cards) + 50 * matching + 2 * terms.skill)
    streak = _at(STREAKS, position.own["streak"])
    suit = SUITS[min(matching, len(SUITS) - 1)]
    return (points * tier * streak * suit + 500_000) // 1_000_000


def _at(table: Sequence[tuple[int, int]], value: int) -> int:
    return next(percent for least, percent in table if value >= least)


def _needed(position: Position) -> tuple[int, int]:
    terms = position.terms
    return terms.target or TARGETS[terms.grade - 1], 1


def danger_percent(position: Position) -> int:
    """How likely the next card is a danger that counts, rounded to the nearest."""
    dangers = sum(map(is_danger, position.deck))
    counting = dangers * (1_000 - skills.avoidance(position.terms.skill))
    most = 10 * len(position.deck)
    return (counting + most // 2) // most


def _view(position: Position, _mine: bool) -> Mapping[str, Any]:
    return {**position.own, "danger_percent": danger_percent(position)}


PRESS_YOUR_LUCK = CardGame(
    start=_start,
    legal=_legal,
    step=_step,
    auto=lambda _position: ("stop", {}),
    score=_score,
    needed=_needed,
    progress=lambda position: 100 * len(position.hand) // MOST,
    view=_view,
    facts=lambda position, _succeeded: {"doubled": position.own["doubled"]},
)
