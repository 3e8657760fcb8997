"""Special cards: they take the place of plain ones, and count in the final hand."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from desperados.deck.games.terms import Special, read_terms, specials_in
from tests.deck.games.playing import CODES, Game, Stacked, codes, terms


def special(card: str, score: int = 0, threshold: int = 0) -> dict[str, Any]:
    return {codes(card)[0]: {"score": score, "threshold": threshold}}


def poker(**changed: Any) -> Game:
    return Game(Stacked("9S 9H 2D 3C 4C"), "poker", skill=0, **changed)


def test_a_special_card_of_the_hand_adds_to_the_score_and_lowers_the_threshold() -> None:
    plain = poker().facts
    rich = poker(specials=special("9S", score=25, threshold=10)).facts
    assert (plain["score"], plain["target"]) == (150, 200)  # 100 + 45 + 4 + 1
    assert (rich["score"], rich["target"]) == (187, 180)
    assert rich["succeeded"]
    assert not plain["succeeded"]


def test_one_that_lies_elsewhere_does_nothing() -> None:
    assert poker(specials=special("AS", score=25)).facts == poker().facts
    gone = poker(specials=special("9S", score=25)).move("draw", cards=[1])
    kept = poker(specials={}).move("draw", cards=[1])
    assert gone.facts == kept.facts


def test_the_three_that_do_most_count() -> None:
    many = special("9S", 1) | special("9H", 2) | special("2D", 20) | special("3C", 0, 10)
    read = read_terms(terms("poker", specials=many))
    assert specials_in(read, codes("9S 9H 2D 3C 4C")) == Special(score=22, threshold=10)


def test_relief_and_special_cards_lower_a_threshold_together_rounded_up() -> None:
    game = poker(specials=special("9S", threshold=7), relief=15, grade=2)
    assert game.facts["target"] == 117  # 78% of 150


@given(st.dictionaries(st.sampled_from(CODES), st.builds(dict), max_size=52))
def test_the_deck_has_its_52_cards_whatever_they_do(specials: dict[str, Any]) -> None:
    game = poker(specials=specials)
    assert sorted([*game.state["deck"], *game.state["hand"]]) == sorted(CODES)
