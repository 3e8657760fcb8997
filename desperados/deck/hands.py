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
from itertools import product
from typing import NamedTuple

from desperados.characters.participant import Participant
from desperados.characters.rules import SKILLS, SkillGroup
from desperados.deck.documents import Suit
from desperados.play.seeds import draws_of

SIZE = 5
RANKS = tuple(range(2, 15))  # 11 to 14 are jack, queen, king and ace
FACES = {11: "J", 12: "Q", 13: "K", 14: "A"}
ACE, FIVE = 14, 5
HIGHEST_SKILL = 100


class PlayingCard(NamedTuple):
    """A playing card; an ace is 14, and counts as 1 below a two in a straight."""

    suit: Suit
    rank: int

    @property
    def code(self) -> str:
        """As the content names it: ``spades-A``."""
        return f"{self.suit}-{FACES.get(self.rank, self.rank)}"


DECK = tuple(PlayingCard(suit, rank) for suit, rank in product(Suit, RANKS))


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
    matches = sum(card.suit is suit for card in cards)
    of_skill = min(MOST_SKILL_PERCENT, max(0, skill))
    worth = WORTH[strength] * (100 + MATCH_PERCENT * matches) * (100 + of_skill)
    return Hand(tuple(cards), strength, matches, (worth + 5_000) // 10_000)


def rank(cards: Sequence[PlayingCard]) -> tuple[Strength, tuple[int, ...]]:
    """The strength of five cards, and the ranks that decide between hands of one strength: of two
    hands the greater tuple wins.

    Raises:
        ValueError: they are not five, or one is there twice.
    """
    if len(cards) != SIZE or len(set(cards)) != SIZE:
        raise ValueError("A hand is five different cards.")
    counts = Counter(card.rank for card in cards)
    # Those that are there most often first, the higher before the lower.
    ranks = tuple(sorted(counts, key=lambda of: (counts[of], of), reverse=True))
    flush = len({card.suit for card in cards}) == 1
    top = _straight(ranks)
    if top:
        if flush:
            return (Strength.ROYAL_FLUSH if top == ACE else Strength.STRAIGHT_FLUSH), (top,)
        return Strength.STRAIGHT, (top,)
    if flush:
        return Strength.FLUSH, ranks
    return _GROUPED[tuple(counts[of] for of in ranks)], ranks


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
