"""Blackjack: as near to 21 as the deed asks for, and never beyond.

What people do to people is played in this way. The house has two cards, one of them face down, and
does not play: its ace is what one may insure against.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from desperados.deck.cards import ACE, TEN, PlayingCard, card_of, cards_of
from desperados.deck.games import skills
from desperados.deck.games.position import CardGame, End, Position, nothing_named
from desperados.deck.games.terms import Terms
from desperados.engine.dice import Draws
from desperados.play.shapes.rules import Move

TARGETS = (15, 17, 18, 19, 21)  # by grade
LEAST = 12
MOST = 21
DEALT = 2
OF_REDUCTION = 8
"""How many points of the reduction lower the target by one."""
INSURED_PERCENT = 50
"""What somebody who is insured gets of the reward, if it fails and the house has 21."""


def value(cards: Sequence[PlayingCard]) -> int:
    """What cards count: faces ten, an ace eleven where that is not too much, else one."""
    low = sum(1 if card.rank == ACE else min(card.rank, TEN) for card in cards)
    aces = any(card.rank == ACE for card in cards)
    return low + 10 if aces and low + 10 <= MOST else low


def _start(terms: Terms, deck: Sequence[str]) -> Position:
    position = Position(
        terms=terms,
        deck=deck[2 * DEALT :],
        hand=deck[:DEALT],
        house=deck[DEALT : 2 * DEALT],
        own={"doubled": False, "insured": False},
    )
    return position.ended() if natural(position) else position


def natural(position: Position) -> bool:
    """Whether the first two cards are 21."""
    return len(position.hand) == DEALT and value(position.cards) == MOST


def house_has_21(position: Position) -> bool:
    """Whether the two cards of the house are 21."""
    return value(cards_of(position.house)) == MOST


def _legal(position: Position) -> Sequence[str]:
    moves, skill = ["hit", "stand"], position.terms.skill
    if len(position.hand) > DEALT:
        return moves
    if skill >= skills.DOUBLE_FROM:
        moves.append("double_down")
    if skill >= skills.INSURANCE_FROM and _may_insure(position):
        moves.append("insurance")
    return moves


def _may_insure(position: Position) -> bool:
    ace = card_of(position.house[0]).rank == ACE
    return ace and not position.own["insured"] and max(_needed(position)) < MOST


def _step(position: Position, move: Move, _draws: Draws) -> Position:
    nothing_named(move)
    if move.name == "stand":
        return position.ended()
    if move.name == "insurance":
        return position.with_own(insured=True)
    after, doubling = position.drawn(), move.name == "double_down"
    reached = value(after.cards)
    if reached > MOST:
        return after.ended(End.BUST)
    if doubling:
        return after.with_own(doubled=True).ended()
    return after.ended() if reached == MOST else after


def _score(position: Position) -> int:
    return 0 if position.end is End.BUST else value(position.cards)


def _needed(position: Position) -> tuple[int, int]:
    """Who is insured needs one more: that is the price."""
    terms, price = position.terms, int(position.own["insured"])
    lowered = skills.reduction(terms.skill, terms.grade) // OF_REDUCTION
    return TARGETS[terms.grade - 1] - lowered + price, LEAST + price


def _view(position: Position, _mine: bool) -> Mapping[str, Any]:
    up, down = position.house
    return {
        **position.own,
        "house": [up, None if position.end is None else down],
        "count": count(position),
    }


def count(position: Position) -> Mapping[str, Any] | None:
    """What the player has counted of the cards that it has not seen, the hidden one of the house
    among them: how many in a hundred bring it beyond 21. The less its skill, the vaguer."""
    hint = skills.hint(position.terms.skill)
    if hint is None:
        return None
    unseen = [*position.deck, position.house[1]]
    hand = position.cards
    over = sum(value([*hand, card]) > MOST for card in cards_of(unseen))
    percent = (100 * over + len(unseen) // 2) // len(unseen)
    told: dict[str, Any] = {"hint": hint}
    if hint == "exact":
        return {**told, "bust_percent": percent}
    if hint == "leaning":
        return {**told, "bust_percent": (percent + 12) // 25 * 25}
    return {**told, "risky": percent >= 50}


def _facts(position: Position, succeeded: bool) -> Mapping[str, Any]:
    facts = {"doubled": position.own["doubled"], "natural": natural(position)}
    lost = not succeeded and position.end not in (End.BAILED_OUT, End.FORFEITED)
    if lost and position.own["insured"] and house_has_21(position):
        return {**facts, "bailed": INSURED_PERCENT}
    return facts


BLACKJACK = CardGame(
    start=_start,
    legal=_legal,
    step=_step,
    auto=lambda _position: ("stand", {}),
    score=_score,
    needed=_needed,
    progress=lambda position: min(75, 25 * (len(position.hand) - DEALT)),
    view=_view,
    facts=_facts,
)
