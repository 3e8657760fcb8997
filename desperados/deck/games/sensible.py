"""How somebody plays who wants to win: what bots do, and what the odds are held against.

It knows what a player sees, and no more.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from desperados.deck.cards import card_of, cards_of
from desperados.deck.games.poker import EARLY
from desperados.deck.hands import SIZE, Strength, rank

Choice = tuple[str, list[int] | None]
"""A move, and the cards that it names."""

LAST_DANGER = 2
COURT = 10  # court cards and aces are above


def sensible(moves: Collection[str], table: Mapping[str, Any]) -> Choice:
    """What to do in a game that looks like this, and in which these ``moves`` are legal."""
    reached = table["score"] >= table["target"]
    if "stand" in moves:
        return ("stand" if reached else "hit"), None
    if "hold" in moves:
        return _at_poker(moves, table, reached)
    if reached:
        return "stop", None
    safely = table.get("dangers") == LAST_DANGER and "safe_draw" in moves
    return ("safe_draw" if safely else "draw"), None


def _at_poker(moves: Collection[str], table: Mapping[str, Any], reached: bool) -> Choice:
    if "early_finish" in moves and table["score"] + EARLY >= table["target"]:
        return "early_finish", None
    hand = table["hand"]
    held = list(range(SIZE)) if reached else to_hold(hand)
    loose = [at for at in range(SIZE) if at not in held]
    if "reroll" in moves and table["round"] > 1 and loose:
        return "reroll", [min(loose, key=lambda at: card_of(hand[at]).rank)]
    return "draw", held


def to_hold(hand: Sequence[str]) -> list[int]:
    """Which of five cards one keeps: what is made, groups, four of a suit, or else court cards, two
    at most."""
    cards = cards_of(hand)
    strength, _ = rank(cards)
    if strength >= Strength.STRAIGHT and strength is not Strength.FOUR:
        return list(range(SIZE))
    ranks = Counter(card.rank for card in cards)
    if grouped := [at for at, card in enumerate(cards) if ranks[card.rank] > 1]:
        return grouped
    suit, times = Counter(card.suit for card in cards).most_common(1)[0]
    if times == SIZE - 1:
        return [at for at, card in enumerate(cards) if card.suit is suit]
    highest = sorted(range(SIZE), key=lambda at: -cards[at].rank)[:2]
    return [at for at in highest if cards[at].rank > COURT]
