"""Hands of five cards: what they are worth, and what a skill makes of them. Pure functions.

A hand has a strength from 0 (high card) to 9 (royal flush), one table for everything that cards
decide. Its effectiveness also counts the cards of the suit that matches the deed, and the skill:
that is what targets are compared with and rewards follow.

A hand follows from a seed (``play.seeds``) and nothing else: whoever knows the seed can deal it
again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import cache
from itertools import combinations
from typing import TypeAlias

from desperados.characters.participant import Participant
from desperados.characters.rules import SKILLS, SkillGroup
from desperados.deck.cards import ACE, matches

# Whoever needs hands needs what they are made of.
from desperados.deck.cards import DECK as DECK
from desperados.deck.cards import RANKS as RANKS
from desperados.deck.cards import PlayingCard as PlayingCard
from desperados.deck.documents import Suit
from desperados.play.seeds import draws_of

SIZE = 5
LARGEST = 7  # the most cards of which the best five are found
FIVE = 5
HIGHEST_SKILL = 100


class Strength(IntEnum):
    """What five cards are, from the weakest."""

    HIGH_CARD = 0
    PAIR = 1
    TWO_PAIR = 2
    THREE = 3
    STRAIGHT = 4
    FLUSH = 5
    FULL_HOUSE = 6
    FOUR = 7
    STRAIGHT_FLUSH = 8
    ROYAL_FLUSH = 9


Rank: TypeAlias = tuple[Strength, tuple[int, ...]]
"""The strength of a hand, and the ranks that decide between hands of one strength: those that are
there most often first, of a straight its highest. Ranks are compared as they are: the greater
wins, equal ones share."""

# The effectiveness of each strength, before suit and skill.
WORTH = (50, 75, 100, 125, 150, 175, 200, 250, 300, 500)
MATCH_PERCENT = 10  # what each card of the matching suit adds
MOST_SKILL_PERCENT = 50  # what the skill adds: one for each of its points

# The category of skills that each suit stands for.
GROUPS = {
    Suit.CLUBS: SkillGroup.COMBAT,
    Suit.SPADES: SkillGroup.CUNNING,
    Suit.HEARTS: SkillGroup.SPIRIT,
    Suit.DIAMONDS: SkillGroup.CRAFT,
}


@dataclass(frozen=True, slots=True)
class Hand:
    """Five cards, their strength, how many of them match, and their effectiveness (50 to 1,125)."""

    cards: tuple[PlayingCard, ...]
    strength: Strength
    matches: int
    effectiveness: int


def deal(seed: str, skill: int, suit: Suit) -> Hand:
    """The hand that a seed (hexadecimal digits) gives to whoever has ``skill`` (0 to 100) in a deed
    of ``suit``."""
    return judge(draws_of(seed).sample(DECK, SIZE), skill, suit)


def judge(cards: Sequence[PlayingCard], skill: int, suit: Suit) -> Hand:
    """What these five cards are worth.

    Raises:
        ValueError: they are not five, or one is there twice.
    """
    strength, _ = rank(cards)
    matching = matches(cards, suit)
    of_skill = min(MOST_SKILL_PERCENT, max(0, skill))
    worth = WORTH[strength] * (100 + MATCH_PERCENT * matching) * (100 + of_skill)
    return Hand(tuple(cards), strength, matching, (worth + 5_000) // 10_000)


def rank(cards: Sequence[PlayingCard]) -> Rank:
    """The rank of five cards.

    Raises:
        ValueError: they are not five, or one is there twice.
    """
    if len(cards) != SIZE or len(set(cards)) != SIZE:
        raise ValueError("A hand is five different cards.")
    return _rank(cards)


def best_rank(cards: Sequence[PlayingCard]) -> Rank:
    """The highest rank of any five of these cards.

    Raises:
        ValueError: they are not five to seven, or one is there twice.
    """
    if not SIZE <= len(cards) <= LARGEST or len(set(cards)) != len(cards):
        raise ValueError("The best hand is found in five to seven different cards.")
    return _rank(cards)


def best_of(cards: Sequence[PlayingCard]) -> tuple[PlayingCard, ...]:
    """The five of these cards that have the highest rank; those that come first, where others are
    as good.

    Raises:
        ValueError: they are not five to seven, or one is there twice.
    """
    highest = best_rank(cards)
    return next(five for five in combinations(cards, SIZE) if _rank(five) == highest)


def compare(one: Sequence[PlayingCard], other: Sequence[PlayingCard]) -> int:
    """Which of two hands of five to seven cards wins: 1 the first, -1 the second, 0 neither.

    Raises:
        ValueError: they are not five to seven, or one is there twice in a hand.
    """
    mine, theirs = best_rank(one), best_rank(other)
    return (mine > theirs) - (mine < theirs)


def _rank(cards: Sequence[PlayingCard]) -> Rank:
    suits, ranks = zip(*cards, strict=True)
    for suit in suits[: 1 - SIZE]:  # five of a suit have one of theirs among these
        if suits.count(suit) >= SIZE:
            # Seven cards with five of a suit hold neither a full house nor four of a rank.
            suited = sorted(card.rank for card in cards if card.suit is suit)
            return _rank_of(tuple(suited), True)
    return _rank_of(tuple(sorted(ranks)), False)


@cache
def _rank_of(ranks: tuple[int, ...], flush: bool) -> Rank:
    """The best rank of five to seven cards of these ranks in ascending order, all of one suit or
    no five of them. That is asked of some 75,000 different ones at most, 7,462 of them of five."""
    if len(ranks) > SIZE:
        return max(_rank_of(five, flush) for five in combinations(ranks, SIZE))
    counts = Counter(ranks)
    # Those that are there most often first, the higher before the lower.
    groups = tuple(sorted(counts, key=lambda of: (counts[of], of), reverse=True))
    top = _straight(groups)
    if top and flush:
        return (Strength.ROYAL_FLUSH if top == ACE else Strength.STRAIGHT_FLUSH), (top,)
    if top:
        return Strength.STRAIGHT, (top,)
    if flush:
        return Strength.FLUSH, groups
    return _GROUPED[tuple(counts[of] for of in groups)], groups


def _straight(ranks: Sequence[int]) -> int:
    """The highest rank of a straight, which an ace may also begin; 0 if it is none."""
    if len(ranks) != SIZE:
        return 0
    if ranks == (ACE, FIVE, 4, 3, 2):
        return FIVE
    return ranks[0] if ranks[0] - ranks[-1] == SIZE - 1 else 0


_GROUPED = {
    (4, 1): Strength.FOUR,
    (3, 2): Strength.FULL_HOUSE,
    (3, 1, 1): Strength.THREE,
    (2, 2, 1): Strength.TWO_PAIR,
    (2, 1, 1, 1): Strength.PAIR,
    (1, 1, 1, 1, 1): Strength.HIGH_CARD,
}


def skill_for(person: Participant, suit: Suit) -> int:
    """The skill of a character in deeds of a suit, 1 to 100: its best one of that category, and
    half the mean of the others."""
    levels = sorted((person.skill(skill) for skill in SKILLS[GROUPS[suit]]), reverse=True)
    best, others = levels[0], levels[1:]
    return min(HIGHEST_SKILL, best + sum(others) // (2 * len(others)))
