"""Hold and draw: two draws, single cards besides, and points that follow the order of hands."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desperados.deck.cards import cards_of
from desperados.deck.games import RULES
from desperados.deck.games.poker import points
from desperados.deck.hands import SIZE, rank
from desperados.play.shapes.errors import IllegalMove
from tests.deck.games.playing import CODES, Game, Stacked, codes

NEXT = "2S 3H 9D 9C KS QH JH 9H 9S 4D 5D"


def dealt(skill: int = 0, **changed: int) -> Game:
    return Game(Stacked(NEXT), "poker", skill=skill, **changed)


def test_what_is_not_held_is_replaced_twice_and_then_it_is_over() -> None:
    game = dealt()
    assert game.state["hand"] == codes("2S 3H 9D 9C KS")
    game.move("draw", cards=[2, 3])
    assert game.state["hand"] == codes("QH JH 9D 9C 9H")
    assert game.verdict is None
    game.move("draw", cards=[4, 2, 3])
    assert game.state["hand"] == codes("9S 4D 9D 9C 9H")
    assert game.verdict is not None
    assert game.legal == set()
    assert sorted(game.own["discarded"]) == sorted(codes("2S 3H KS QH JH"))
    # Four nines: 700, 5 for each rank of the group, the kicker.
    assert (game.facts["score"], game.facts["target"]) == (700 + 45 + 4, 200)
    assert game.facts["succeeded"]


def test_what_was_held_before_counts_unless_the_draw_says_otherwise() -> None:
    game = dealt().move("hold", cards=[4, 2, 3]).move("draw")
    assert game.state["hand"] == codes("QH JH 9D 9C KS")
    assert game.view["held"] == [2, 3, 4]
    other = dealt().move("hold", cards=[4, 2, 3]).move("draw", cards=[])
    assert other.state["hand"] == codes("QH JH 9H 9S 4D")
    assert dealt().move("draw").state["hand"] == codes("QH JH 9H 9S 4D")


def test_to_hold_all_five_draws_nothing() -> None:
    game = dealt().move("draw", cards=[0, 1, 2, 3, 4])
    assert game.state["hand"] == codes("2S 3H 9D 9C KS")
    assert game.own["discarded"] == []


def test_who_finishes_early_has_points_for_the_draw_that_it_leaves() -> None:
    game = dealt()
    assert "early_finish" not in game.legal  # not before the first draw
    game.move("draw", cards=[2, 3, 4])
    before = game.facts["score"]
    game.move("early_finish")
    assert game.facts["score"] == before + 25
    assert game.verdict is not None


@pytest.mark.parametrize(("skill", "times"), [(29, 0), (30, 1), (60, 2), (100, 3)])
def test_single_cards_are_exchanged_as_often_as_the_skill_allows(skill: int, times: int) -> None:
    game = dealt(skill)
    for at in range(times):
        game.move("reroll", cards=[at])
    assert "reroll" not in game.legal
    assert game.state["hand"] == [*codes("QH JH 9H")[:times], *codes("2S 3H 9D 9C KS")[times:]]


@pytest.mark.parametrize("cards", [[], [0, 1]])
def test_one_card_at_a_time_is_exchanged(cards: list[int]) -> None:
    with pytest.raises(IllegalMove):
        dealt(100).move("reroll", cards=cards)


def test_the_next_card_is_shown_to_its_player_until_it_is_drawn() -> None:
    game = dealt(80)
    game.move("peek")
    assert game.view["peeked"] == codes("QH")[0]
    assert "peek" not in game.legal  # nothing else would be seen
    game.move("reroll", cards=[0])
    assert game.state["hand"][0] == codes("QH")[0]
    assert game.view["peeked"] is None
    game.move("peek")
    assert game.view["peeked"] == codes("JH")[0]
    game.move("draw", cards=[0, 2, 3, 4])
    assert "peek" not in game.legal  # twice is all
    assert "peek" not in dealt(49).legal


def test_nobody_else_sees_what_was_peeked_at() -> None:
    game = dealt(80).move("peek")
    assert RULES.view(game.state, None)["peeked"] is None


def test_skill_lowers_the_threshold_and_adds_to_the_score() -> None:
    clumsy, deft = dealt(0, grade=5).facts, dealt(100, grade=5).facts
    assert (clumsy["target"], deft["target"]) == (300, 257)
    assert deft["score"] == clumsy["score"] + 32
    assert dealt(100, grade=1).facts["target"] == 70
    assert dealt(100, grade=1, relief=50).facts["target"] == 50  # at the very least


@given(st.permutations(CODES), st.permutations(CODES))
def test_a_stronger_hand_never_has_fewer_points(one: list[str], other: list[str]) -> None:
    weaker, stronger = sorted((one[:SIZE], other[:SIZE]), key=lambda hand: rank(cards_of(hand))[0])
    if rank(cards_of(weaker))[0] < rank(cards_of(stronger))[0]:
        assert points(cards_of(weaker)) < points(cards_of(stronger))


@pytest.mark.parametrize(
    ("hand", "expected"),
    [
        ("AS KD QC JH 9S", 50 + 14 + 6),
        ("AS AD KC QH JS", 100 + 70 + 13 + 6),
        ("AS AD KC KH QS", 200 + 70 + 13 + 12),  # the most of two pairs
        ("2S 2D 2C 4H 3S", 300 + 10 + 4 + 1),  # the least of three
        ("6S 5D 4C 3H 2S", 400 + 6),
        ("5S 4D 3C 2H AS", 400 + 5),
        ("2S 2D 2C AH AS", 600 + 10 + 14),
        ("AS KS QS JS TS", 900 + 14),
    ],
)
def test_points_are_those_of_the_table(hand: str, expected: int) -> None:
    assert points(cards_of(codes(hand))) == expected
