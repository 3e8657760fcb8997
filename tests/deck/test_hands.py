"""Hands: the order of poker, whatever the suits are called, and the same hand for the same seed."""

import random
from collections import Counter
from itertools import combinations
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desperados.deck.cards import DECK, PlayingCard
from desperados.deck.documents import Suit
from desperados.deck.hands import (
    SIZE,
    WORTH,
    Strength,
    best_of,
    best_rank,
    compare,
    deal,
    judge,
    rank,
)

FIVE_CARDS = st.permutations(DECK).map(lambda deck: deck[:SIZE])
SEEDS = st.binary(min_size=32, max_size=32).map(bytes.hex)
SUITS = {"S": Suit.SPADES, "H": Suit.HEARTS, "D": Suit.DIAMONDS, "C": Suit.CLUBS}
RANKS = {str(rank): rank for rank in range(2, 11)} | {"J": 11, "Q": 12, "K": 13, "A": 14}


def cards(text: str) -> list[PlayingCard]:
    """``"AS 10H"``"""
    return [PlayingCard(SUITS[word[-1]], RANKS[word[:-1]]) for word in text.split()]


@pytest.mark.parametrize(
    ("text", "strength", "ranks"),
    [
        ("AS KS QS JS 10S", Strength.ROYAL_FLUSH, (14,)),
        ("5H 4H 3H 2H AH", Strength.STRAIGHT_FLUSH, (5,)),
        ("9D 9S 9H 9C 2C", Strength.FOUR, (9, 2)),
        ("3D 3S KH KC 3C", Strength.FULL_HOUSE, (3, 13)),
        ("AC 6C 5C 4C 2C", Strength.FLUSH, (14, 6, 5, 4, 2)),
        ("AS KS QD JS 10S", Strength.STRAIGHT, (14,)),
        ("AS 2S 3D 4S 5S", Strength.STRAIGHT, (5,)),
        ("QS KS AD 2S 3S", Strength.HIGH_CARD, (14, 13, 12, 3, 2)),  # it does not wrap
        ("7S 7D 7H 2S 3S", Strength.THREE, (7, 3, 2)),
        ("7S 7D 2H 2S 3S", Strength.TWO_PAIR, (7, 2, 3)),
        ("7S 7D 5H 2S 3S", Strength.PAIR, (7, 5, 3, 2)),
    ],
)
def test_hands_are_what_they_are_in_poker(
    text: str, strength: Strength, ranks: tuple[int, ...]
) -> None:
    assert rank(cards(text)) == (strength, ranks)


@pytest.mark.parametrize("text", ["AS AS KS QS JS", "AS KS QS JS", "AS KS QS JS 10S 9S"])
def test_a_hand_is_five_different_cards(text: str) -> None:
    with pytest.raises(ValueError, match="five different"):
        rank(cards(text))


@pytest.mark.parametrize(
    ("text", "strength", "ranks"),
    [
        ("7S 7D 7H 4S 4D 4H KS", Strength.FULL_HOUSE, (7, 4)),  # two triples
        ("4S 4D 4H KS KD 9S 9D", Strength.FULL_HOUSE, (4, 13)),  # the higher of two pairs
        ("9S 9D 7H 7S 4D 4H KS", Strength.TWO_PAIR, (9, 7, 13)),  # the best kicker
        ("9S 9D 7H 7S 4D 4H 2S", Strength.TWO_PAIR, (9, 7, 4)),  # even of a third pair
        ("3S 4D 5H 6S 7D 8H 9S", Strength.STRAIGHT, (9,)),  # the higher of several
        ("AS 2D 3H 4S 5D 6H KS", Strength.STRAIGHT, (6,)),
        ("AS 2D 3H 4S 5D KH KS", Strength.STRAIGHT, (5,)),
        ("2S 5S 7S 9S JS KS AS", Strength.FLUSH, (14, 13, 11, 9, 7)),
        ("2S 3S 4S 5S 6S AS KS", Strength.STRAIGHT_FLUSH, (6,)),
        ("5S 6S 7S 8S 9H TH JS", Strength.FLUSH, (11, 8, 7, 6, 5)),  # the straight is of no suit
        ("9S 9D 9H 9C KS KD", Strength.FOUR, (9, 13)),
    ],
)
def test_of_up_to_seven_cards_the_best_five_count(
    text: str, strength: Strength, ranks: tuple[int, ...]
) -> None:
    held = cards(text.replace("T", "10"))
    assert best_rank(held) == (strength, ranks)
    best = best_of(held)
    assert rank(best) == (strength, ranks)
    assert set(best) <= set(held)


@given(st.permutations(DECK), st.integers(5, 7))
def test_the_best_rank_is_the_highest_of_all_fives(deck: list[PlayingCard], size: int) -> None:
    held = deck[:size]
    assert best_rank(held) == max(rank(five) for five in combinations(held, SIZE))


@pytest.mark.parametrize("text", ["AS KS QS JS", "AS AS KS QS JS 10S", "AS KS QS JS 9S 8S 7S 6S"])
def test_the_best_is_found_in_five_to_seven_different_cards(text: str) -> None:
    for of in (best_rank, best_of):
        with pytest.raises(ValueError, match="five to seven"):
            of(cards(text))


@pytest.mark.parametrize(
    ("one", "other", "winner"),
    [
        ("AC 6C 5C 4C 2C", "KH QH JH 10H 8H", 1),
        ("AS AD KC KD 3S", "AH AC KS KH 4S", -1),
        ("AS AD KC KD 3S", "AH AC KS KH 3D", 0),
        ("2S 2D 2H 2C 3S", "AS KS QS JS 9S", 1),
    ],
)
def test_two_hands_are_compared(one: str, other: str, winner: int) -> None:
    assert compare(cards(one), cards(other)) == winner
    assert compare(cards(other), cards(one)) == -winner


@given(FIVE_CARDS, st.permutations(range(SIZE)), st.permutations(list(Suit)))
def test_neither_the_order_nor_the_names_of_suits_matter(
    hand: list[PlayingCard], order: list[int], suits: list[Suit]
) -> None:
    renamed = dict(zip(Suit, suits, strict=True))
    other = [PlayingCard(renamed[hand[at].suit], hand[at].rank) for at in order]
    assert rank(other) == rank(hand)


def test_each_strength_is_as_frequent_as_it_is() -> None:
    """Over 60,000 hands, each within five standard deviations of its share of all 2,598,960."""
    frequency = (1_302_540, 1_098_240, 123_552, 54_912, 10_200, 5_108, 3_744, 624, 36, 4)
    dealt, all_hands = 60_000, comb(52, 5)
    draws = random.Random(1876)
    seen = Counter(rank(draws.sample(DECK, SIZE))[0] for _ in range(dealt))
    for strength, times in zip(Strength, frequency, strict=True):
        share = times / all_hands
        spread = (dealt * share * (1 - share)) ** 0.5
        assert abs(seen[strength] - dealt * share) <= 5 * spread + 1


def test_a_dealt_card_is_any_card_as_often() -> None:
    times = 4_000
    seen = Counter(
        card for number in range(times) for card in deal(f"{number:064x}", 1, Suit.CLUBS).cards
    )
    share = SIZE / len(DECK)
    spread = (times * share * (1 - share)) ** 0.5
    assert set(seen) == set(DECK)
    assert all(abs(count - times * share) <= 5 * spread for count in seen.values())


@given(SEEDS, st.integers(0, 100), st.sampled_from(Suit))
def test_a_seed_deals_one_hand_of_five_different_cards(seed: str, skill: int, suit: Suit) -> None:
    hand = deal(seed, skill, suit)
    assert hand == deal(seed, skill, suit)
    assert len(set(hand.cards)) == SIZE
    assert hand.strength == rank(hand.cards)[0]
    assert hand.matches == sum(card.suit is suit for card in hand.cards)
    assert WORTH[0] <= hand.effectiveness <= 1_125


@given(FIVE_CARDS, st.integers(0, 100), st.integers(0, 100), st.sampled_from(Suit))
def test_skill_never_makes_a_hand_worse(
    hand: list[PlayingCard], one: int, other: int, suit: Suit
) -> None:
    less, more = sorted((one, other))
    assert judge(hand, less, suit).effectiveness <= judge(hand, more, suit).effectiveness


def test_a_royal_flush_of_the_right_suit_is_the_most_there_is() -> None:
    assert judge(cards("AS KS QS JS 10S"), 100, Suit.SPADES).effectiveness == 1_125
    assert judge(cards("AS KS QS JS 10S"), 0, Suit.HEARTS).effectiveness == 500


def test_cards_are_named_as_the_content_names_them() -> None:
    assert [card.code for card in cards("AS 10H")] == ["spades-A", "hearts-10"]
