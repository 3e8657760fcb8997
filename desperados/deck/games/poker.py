"""Hold and draw: five cards, two draws, and the hand that is left.

Fights and labour are played in this way. Before each of the two draws the player says which cards
it keeps. Whoever has skill may exchange single cards besides, and look at the next one. Whoever is
content after the first draw finishes early, for some points.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from desperados.deck.cards import PlayingCard
from desperados.deck.games import skills
from desperados.deck.games.position import CardGame, Position, indices, nothing_named
from desperados.deck.games.terms import Terms
from desperados.deck.hands import SIZE, Strength, rank
from desperados.engine.dice import Draws
from desperados.play.shapes.errors import IllegalMove
from desperados.play.shapes.rules import Move

THRESHOLDS = (100, 150, 200, 250, 300)  # by grade
LEAST = 50
HIGH_CARD = 50  # points; every strength above has a hundred more than the one below
ROUNDS = 3  # the third begins with the second draw, and is the end
EARLY = 25
"""Points for each draw that is not used."""

# How many of the ranks of a hand are groups; the others are kickers.
_GROUPS = {
    Strength.PAIR: 1,
    Strength.TWO_PAIR: 2,
    Strength.THREE: 1,
    Strength.FULL_HOUSE: 2,
    Strength.FOUR: 1,
}


def points(cards: Sequence[PlayingCard]) -> int:
    """The points of five cards: 100 for each strength (50 for a high card), 5 for each rank of the
    first group and 1 of the second, the highest kicker and half of the next one. A stronger hand
    never has fewer than a weaker one."""
    strength, ranks = rank(cards)
    groups, kickers = ranks[: _GROUPS.get(strength, 0)], ranks[_GROUPS.get(strength, 0) :]
    of_groups = sum(each * times for each, times in zip(groups, (5, 1), strict=False))
    of_kickers = sum(each // by for each, by in zip(kickers, (1, 2), strict=False))
    return (100 * strength or HIGH_CARD) + of_groups + of_kickers


def _start(terms: Terms, deck: Sequence[str]) -> Position:
    own = {
        "round": 1,
        "held": [],
        "peeked": None,
        "peeks": skills.peeks(terms.skill),
        "rerolls": skills.rerolls(terms.skill),
        "early": 0,
    }
    return Position(terms=terms, deck=deck[SIZE:], hand=deck[:SIZE], own=own)


def _legal(position: Position) -> Sequence[str]:
    own = position.own
    moves = ["hold", "draw"]
    if own["rerolls"]:
        moves.append("reroll")
    if own["peeks"] and own["peeked"] is None:
        moves.append("peek")
    if own["round"] > 1:
        moves.append("early_finish")
    return moves


def _step(position: Position, move: Move, _draws: Draws) -> Position:
    own = position.own
    if move.name == "hold":
        return position.with_own(held=indices(move, SIZE))
    if move.name == "draw":
        held = indices(move, SIZE) if move.about else own["held"]
        after = _exchanged(position, [at for at in range(SIZE) if at not in held])
        after = after.with_own(round=own["round"] + 1, held=held)
        return after.ended() if after.own["round"] == ROUNDS else after
    if move.name == "reroll":
        named = indices(move, SIZE)
        if len(named) != 1:
            raise IllegalMove(path="cards")
        return _exchanged(position, named).with_own(rerolls=own["rerolls"] - 1)
    nothing_named(move)
    if move.name == "peek":
        return position.with_own(peeked=position.deck[0], peeks=own["peeks"] - 1)
    return position.with_own(early=EARLY * (ROUNDS - own["round"])).ended()


def _exchanged(position: Position, places: Sequence[int]) -> Position:
    """The position with the next cards in some places of the hand."""
    hand = list(position.hand)
    gone = [hand[at] for at in places]
    for at, card in zip(places, position.deck, strict=False):
        hand[at] = card
    return replace(
        position.with_own(peeked=None),
        hand=hand,
        deck=position.deck[len(places) :],
        discarded=[*position.discarded, *gone],
    )


def _auto(_position: Position) -> tuple[str, Mapping[str, Any]]:
    """The hand stays as it is."""
    return "draw", {"cards": list(range(SIZE))}


def _score(position: Position) -> int:
    terms = position.terms
    early: int = position.own["early"]
    return points(position.cards) + skills.bonus(terms.skill, terms.grade) + early


def _needed(position: Position) -> tuple[int, int]:
    terms = position.terms
    return THRESHOLDS[terms.grade - 1] - skills.reduction(terms.skill, terms.grade), LEAST


def _view(position: Position, mine: bool) -> Mapping[str, Any]:
    shown = {name: position.own[name] for name in ("round", "held", "peeks", "rerolls")}
    return {**shown, "peeked": position.own["peeked"] if mine else None}


POKER = CardGame(
    start=_start,
    legal=_legal,
    step=_step,
    auto=_auto,
    score=_score,
    needed=_needed,
    progress=lambda position: 50 * (position.own["round"] - 1),
    view=_view,
)
