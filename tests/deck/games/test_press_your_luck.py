"""Press your luck: dangers count until the third, and stopping in time is what succeeds."""

import pytest

from desperados.deck.games.press_your_luck import is_danger
from tests.deck.games.playing import CODES, Game, Stacked, codes

SURE, NEVER = 0, 999  # rolls: whether a danger is shrugged off


def luck(cards: str, *rolls: int, skill: int = 0, **changed: object) -> Game:
    return Game(Stacked(cards, rolls), "press_your_luck", skill=skill, **changed)


def test_the_third_danger_is_one_too_many() -> None:
    game = luck("KS 2H QD JC", NEVER, NEVER, NEVER)
    game.move("draw").move("draw").move("draw")
    assert (game.view["dangers"], game.verdict) == (2, None)
    game.move("draw")
    assert game.own["end"] == "bust"
    assert (game.facts["score"], game.facts["succeeded"]) == (0, False)
    assert game.legal == set()


def test_a_danger_that_is_shrugged_off_does_not_count_and_is_worth_nothing() -> None:
    game = luck("KH QD 2H", SURE, SURE, skill=100, grade=1)
    before = game.move("draw").view["score"]
    game.move("draw")
    assert game.view["dangers"] == 0
    assert game.view["streak"] == 2
    # Five points for each of the 22 that the skill is worth; two cards and the skill are four.
    assert (before, game.view["score"]) == (110, 110)


@pytest.mark.parametrize(("roll", "counts"), [(349, 0), (350, 1)])
def test_how_likely_that_is_follows_from_the_skill(roll: int, counts: int) -> None:
    assert luck("KH", roll, skill=50).move("draw").view["dangers"] == counts


def test_the_score_is_that_of_the_table() -> None:
    game = luck("2H 3H 4H 5S 6S 7S 8S", grade=2)
    scores = [game.move("draw").view["score"] for _ in range(7)]
    assert scores == [
        25,  # 50 x 0.5
        50,
        188,  # 150 x 1 x 1.25, three in a row
        275,  # 200 x 1 x 1.25 x 1.1, one matches
        703,  # 250 x 1.5 x 1.5 x 1.25
        1_350,  # 300 x 2 x 1.5 x 1.5: six cards and three matches are seven and a half
        1_838,  # 350 x 2 x 1.5 x 1.75
    ]


def test_a_danger_breaks_the_streak() -> None:
    game = luck("2H 3H 4H KH 5H", NEVER)
    game.move("draw").move("draw").move("draw")
    assert game.view["streak"] == 3
    assert game.move("draw").view["streak"] == 0
    assert game.move("draw").view["streak"] == 1


def test_to_stop_below_the_target_fails() -> None:
    one = luck("2H", target=500).move("draw").move("stop")
    assert one.verdict is not None
    assert (one.facts["target"], one.facts["succeeded"]) == (500, False)
    none = luck("2H").move("stop")
    assert (none.facts["score"], none.facts["succeeded"]) == (0, False)
    many = luck("2S 3S 4S 5S 6H", target=500)
    for _ in range(5):
        many.move("draw")
    assert many.move("stop").facts["succeeded"]


def test_with_ten_cards_it_ends() -> None:
    game = luck("2S 3S 4S 5S 6H 7H 8H 9H TH AH")
    for _ in range(9):
        game.move("draw")
    assert game.verdict is None
    game.move("draw")
    assert game.verdict is not None
    assert game.facts["succeeded"]


def test_a_safe_draw_takes_the_next_card_that_is_no_danger() -> None:
    game = luck("KS QS 2H JS 3H", skill=60)
    game.move("safe_draw")
    assert game.state["hand"] == codes("2H")
    assert (game.view["dangers"], game.view["streak"]) == (0, 0)
    assert len(game.state["deck"]) == 51
    game.move("safe_draw")
    assert "safe_draw" not in game.legal  # twice is all


@pytest.mark.parametrize(("skill", "times"), [(9, 0), (10, 1), (59, 1), (60, 2)])
def test_skill_makes_draws_safe(skill: int, times: int) -> None:
    game = luck("2H 3H 4H", skill=skill)
    for _ in range(times):
        game.move("safe_draw")
    assert "safe_draw" not in game.legal


def test_no_draw_is_safe_where_only_dangers_are_left() -> None:
    game = luck("2H", skill=60)
    only = [code for code in CODES if is_danger(code)]
    game.state = {**game.state, "deck": only, "hand": sorted(set(CODES) - set(only))[:9]}
    assert "safe_draw" not in game.legal
    assert game.view["danger_percent"] == 58  # all of them, but for those that are shrugged off


def test_the_deck_is_shuffled_after_a_safe_draw() -> None:
    """Else the dangers that were passed over would be next, and the meter would not say so."""
    shuffles = []

    class Counting(Stacked):
        def shuffle(self, x: list[object]) -> None:
            shuffles.append(len(x))
            super().shuffle(x)

    Game(Counting("KS 2H"), "press_your_luck", skill=60).move("safe_draw")
    assert shuffles == [52, 51]


def test_to_double_is_to_stake_all_on_one_card() -> None:
    low = luck("2H 3H 7H", skill=25, target=1).move("draw")
    assert "double_down" not in low.legal  # two cards must lie
    low.move("draw").move("double_down")
    assert low.verdict is not None
    assert (low.facts["succeeded"], low.facts["doubled"]) == (True, True)
    high = luck("2H 3H 8H", skill=25, target=1).move("draw").move("draw").move("double_down")
    assert (high.own["end"], high.facts["succeeded"]) == ("bust", False)
    assert "double_down" not in luck("2H 3H", skill=24).move("draw").move("draw").legal


def test_the_meter_is_the_share_of_dangers_that_would_count() -> None:
    assert luck("2H").view["danger_percent"] == 23  # 12 of 52
    assert luck("2H", skill=100).view["danger_percent"] == 12
    assert luck("KH", NEVER).move("draw").view["danger_percent"] == 22  # 11 of 51


def test_a_crime_has_its_own_target_and_relief_lowers_it() -> None:
    assert luck("2H", target=1_350).view["target"] == 1_350
    assert luck("2H", target=1_350, relief=15).view["target"] == 1_148  # 1,147.5
    assert luck("2H", grade=5).view["target"] == 1_600
