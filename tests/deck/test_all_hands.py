"""All 2,598,960 hands, against an evaluator that works in another way. It takes ten seconds."""

from collections import Counter
from collections.abc import Sequence
from itertools import combinations, pairwise

import pytest

from desperados.deck.cards import DECK, PlayingCard
from desperados.deck.hands import SIZE, Rank, Strength, rank

FREQUENCIES = {
    Strength.HIGH_CARD: 1_302_540,
    Strength.PAIR: 1_098_240,
    Strength.TWO_PAIR: 123_552,
    Strength.THREE: 54_912,
    Strength.STRAIGHT: 10_200,
    Strength.FLUSH: 5_108,
    Strength.FULL_HOUSE: 3_744,
    Strength.FOUR: 624,
    Strength.STRAIGHT_FLUSH: 36,
    Strength.ROYAL_FLUSH: 4,
}
CLASSES = 7_462  # hands that are worth as much as no other
WHEEL = 1 << 14 | 1 << 5 | 1 << 4 | 1 << 3 | 1 << 2


def by_bits(cards: Sequence[PlayingCard]) -> tuple[int, ...]:
    """What five cards are worth, by sets of ranks: those that are there once, twice, and so on.

    A set is a number with a bit for each rank; of two sets with as many ranks, the greater number
    has the higher ones. Nothing is counted, sorted or looked up.
    """
    once = twice = thrice = four = 0
    for card in cards:
        bit = 1 << card.rank
        four |= thrice & bit
        thrice |= twice & bit
        twice |= once & bit
        once |= bit
    first = cards[0].suit
    flush = all(card.suit is first for card in cards)
    if once == WHEEL:
        return 8 if flush else 4, 1
    if once // (once & -once) == 0b11111:
        return 8 if flush else 4, once
    if four:
        category = 7
    elif thrice:
        category = 6 if twice != thrice else 3
    elif twice:
        category = 2 if twice & (twice - 1) else 1
    else:
        category = 5 if flush else 0
    return category, four, thrice, twice, once


@pytest.mark.timeout(300)
def test_all_hands_have_the_order_that_another_evaluator_finds() -> None:
    strengths: Counter[Strength] = Counter()
    worth: dict[Rank, tuple[int, ...]] = {}
    for hand in combinations(DECK, SIZE):
        ours, theirs = rank(hand), by_bits(hand)
        strengths[ours[0]] += 1
        assert worth.setdefault(ours, theirs) == theirs
    assert strengths == FREQUENCIES
    assert len(worth) == CLASSES
    in_order = [theirs for _, theirs in sorted(worth.items())]
    assert all(less < more for less, more in pairwise(in_order))
