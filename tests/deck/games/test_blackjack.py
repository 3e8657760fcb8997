"""Blackjack: how near to 21, what the house's ace is good for, and what one may know."""

import pytest

from desperados.deck.cards import cards_of
from desperados.deck.games import RULES
from desperados.deck.games.blackjack import count, value
from desperados.deck.games.position import read_position
from tests.deck.games.playing import Game, Stacked, codes

# Two cards of the player, two of the house, and what comes next.


def table(cards: str, skill: int = 0, **changed: object) -> Game:
    return Game(Stacked(cards), "blackjack", skill=skill, **changed)


@pytest.mark.parametrize(
    ("cards", "expected"),
    [
        ("AS AH 9C", 21),
        ("AS AH AD AC", 14),
        ("AS KH", 21),
        ("AS KH 5D", 16),
        ("JS QH", 20),
        ("TS 9H 3D", 22),
        ("AS AH", 12),
    ],
)
def test_what_cards_count(cards: str, expected: int) -> None:
    assert value(cards_of(codes(cards))) == expected


def test_a_natural_ends_at_once_and_succeeds() -> None:
    game = table("AS KH 2D 3D", grade=5)
    assert game.verdict is not None
    assert (game.facts["natural"], game.facts["succeeded"]) == (True, True)


def test_beyond_21_all_is_lost_and_21_ends() -> None:
    lost = table("TS 6H 2D 3D KS").move("hit")
    assert (lost.own["end"], lost.facts["score"], lost.facts["succeeded"]) == ("bust", 0, False)
    reached = table("TS 6H 2D 3D 5S").move("hit")
    assert reached.verdict is not None
    assert (reached.facts["score"], reached.facts["natural"]) == (21, False)


def test_standing_succeeds_from_the_target_on() -> None:
    assert table("TS 8H 2D 3D", grade=3).move("stand").facts["succeeded"]
    assert not table("TS 7H 2D 3D", grade=3).move("stand").facts["succeeded"]
    assert table("TS 7H 2D 3D", grade=3, skill=25).move("stand").facts["succeeded"]


@pytest.mark.parametrize("grade", range(1, 6))
def test_the_target_is_never_below_twelve(grade: int) -> None:
    for skill in (0, 50, 100):
        for relief in (0, 50):
            assert table("2S 3H 2D 3D", skill, grade=grade, relief=relief).facts["target"] >= 12


def test_to_double_is_one_card_more_and_no_other() -> None:
    game = table("5S 6H 2D 3D 9S", skill=5, grade=5).move("double_down")
    assert game.verdict is not None
    assert game.facts["doubled"]
    assert game.facts["score"] == 20
    third = table("2S 3H 2D 3D 4S", skill=5).move("hit")
    assert "double_down" not in third.legal
    assert "double_down" not in table("5S 6H 2D 3D", skill=4).legal


def test_only_an_ace_of_the_house_can_be_insured_against_and_only_at_once() -> None:
    assert "insurance" in table("5S 6H AD 3D", skill=15).legal
    assert "insurance" not in table("5S 6H AD 3D", skill=14).legal
    assert "insurance" not in table("5S 6H 3D AD", skill=15).legal
    assert "insurance" not in table("2S 3H AD 3D 4S", skill=15).move("hit").legal
    assert "insurance" not in table("5S 6H AD 3D", skill=15).move("insurance").legal
    # Who needs 21 has nothing to pay it with.
    assert "insurance" not in table("5S 6H AD 3D", skill=15, grade=5, target=None, relief=0).legal


@pytest.mark.parametrize(("hidden", "paid"), [("KD", 50), ("TD", 50), ("9D", None)])
def test_insurance_costs_a_point_and_pays_half_if_the_house_has_21(
    hidden: str, paid: int | None
) -> None:
    game = table(f"TS 6H AD {hidden} KS", skill=15, grade=3)
    target = game.view["target"]
    game.move("insurance")
    assert game.view["target"] == target + 1
    game.move("hit")
    assert (game.facts["succeeded"], game.facts["bailed"]) == (False, paid)
    won = table(f"TS 9H AD {hidden}", skill=15, grade=3).move("insurance").move("stand")
    assert (won.facts["succeeded"], won.facts["bailed"]) == (True, None)
    gone = table(f"TS 6H AD {hidden}", skill=15).move("insurance").move("forfeit")
    assert gone.facts["bailed"] is None


def test_the_second_card_of_the_house_is_seen_when_it_is_over() -> None:
    game = table("TS 8H AD 3D")
    assert game.view["house"] == [codes("AD")[0], None]
    assert RULES.view(game.state, None)["house"] == [codes("AD")[0], None]
    assert game.move("stand").view["house"] == codes("AD 3D")


@pytest.mark.parametrize(
    ("skill", "told"),
    [
        (19, None),
        (20, {"hint": "vague", "risky": True}),
        (40, {"hint": "leaning", "bust_percent": 50}),
        (60, {"hint": "exact", "bust_percent": 61}),
    ],
)
def test_the_better_one_counts_the_more_it_knows(skill: int, told: object) -> None:
    """With 16 six and more is too much: 30 of the 49 cards that are not seen."""
    assert table("TS 6H 2D 3D", skill=skill).view["count"] == told


def test_the_hidden_card_is_among_those_that_are_counted() -> None:
    one, other = table("TS 6H 2D 3D 4S", skill=60), table("TS 6H 2D 4S 3D", skill=60)
    assert count(read_position(one.state)) == count(read_position(other.state))
