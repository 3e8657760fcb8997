"""Cards have codes, and a deck has an order that follows from a seed."""

from collections import Counter

import pytest

from desperados.deck.cards import DECK, card_of, cards_of, matches, shuffled
from desperados.deck.documents import Suit
from desperados.play.seeds import draws_of


def test_a_code_and_its_card_are_one() -> None:
    assert len({card.code for card in DECK}) == len(DECK) == 52
    assert [card_of(card.code) for card in DECK] == list(DECK)


@pytest.mark.parametrize("code", ["spades-1", "spades-11", "Spades-A", "A", ""])
def test_what_is_no_code_is_refused(code: str) -> None:
    with pytest.raises(ValueError, match="no card"):
        cards_of(["spades-A", code])


def test_a_seed_shuffles_one_deck_into_one_order() -> None:
    seed = "ace1" * 16
    deck = shuffled(draws_of(seed))
    assert deck == shuffled(draws_of(seed))
    assert sorted(deck) == sorted(DECK)
    assert deck != shuffled(draws_of("ace2" * 16))


def test_each_card_comes_to_each_place_as_often() -> None:
    """Chi squared of 52 times 52 counts, within five standard deviations of its 51 x 51."""
    times = 4_000
    seen: Counter[tuple[int, str]] = Counter()
    for number in range(times):
        deck = shuffled(draws_of(f"{number:064x}"))
        seen.update((place, card.code) for place, card in enumerate(deck))
    expected = times / 52
    counts = [seen[place, card.code] for place in range(52) for card in DECK]
    chi = sum((count - expected) ** 2 / expected for count in counts)
    free = 51 * 51
    assert abs(chi - free) <= 5 * (2 * free) ** 0.5


def test_cards_of_the_suit_match() -> None:
    assert matches(DECK, Suit.SPADES) == 13
    assert matches(DECK[:0], Suit.SPADES) == 0
