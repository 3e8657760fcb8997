"""Deckbuilder: groups, and what is spared once there is one."""

import pytest

from tests.deck.games.playing import Game, Stacked


def built(cards: str, skill: int = 0, **changed: object) -> Game:
    game = Game(Stacked(cards), "deckbuilder", skill=skill, **changed)
    for _ in cards.split():
        game.move("draw")
    return game


@pytest.mark.parametrize(
    ("cards", "score"),
    [
        ("2H", 0),  # nobody has spared anything who has nothing
        ("2S", 10),
        ("2H 2D", 50 + 50),
        ("2H 2S", 50 + 50 + 10),
        ("2H 2D 3H", 50 + 40),
        ("2H 2D 3H 3D", 100 + 30),
        ("2H 2D 2C", 100 + 40),
        ("2H 2D 2C 2S", 200 + 30 + 10),
        ("2H 2D 2C 3H 3D 3C 4H", 200),
        ("2H 2D 3H 3D 4H 4D 5H", 150),
        ("AS KS QS JS TS 9S 8S", 70),
    ],
)
def test_the_score_is_that_of_the_table(cards: str, score: int) -> None:
    assert built(cards).facts["score"] == score


def test_seven_cards_are_all() -> None:
    assert built("2H 3H 4H 5H 6H 7H").verdict is None
    full = built("2H 3H 4H 5H 6H 7H 8D")
    assert full.verdict is not None
    assert full.legal == set()


def test_who_stops_without_a_card_has_nothing() -> None:
    for grade in range(1, 6):
        for skill in (0, 100):
            game = Game(Stacked(""), "deckbuilder", grade=grade, skill=skill).move("stop")
            assert not game.facts["succeeded"]


def test_skill_adds_half_of_its_points_and_lowers_the_threshold_to_sixty_at_least() -> None:
    assert built("2H 2D", 100, grade=1).facts["score"] == 100 + 11
    assert built("2H 2D", 100, grade=5).facts["target"] == 130 - 43
    assert built("2H 2D", 100, grade=1).facts["target"] == 60
