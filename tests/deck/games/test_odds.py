"""The odds on the page about cards are those of the games, and never fall with the skill."""

import re
from itertools import pairwise
from pathlib import Path

import pytest

from tests.deck.games.playing import GAMES, won

PAGE = Path(__file__).parents[3] / "docs" / "cards.md"
ROW = re.compile(r"^\| (\w+) \| (\d+) \|((?: \d+ \|){5})$", re.MULTILINE)
PLAYED = 150
TOLD_OF = 2_000  # games that were played for the page
SPREADS = 4


def told() -> dict[tuple[str, int], list[int]]:
    """Percents by game and skill, for the five grades."""
    rows = ROW.findall(PAGE.read_text())
    return {
        (game, int(skill)): [int(word) for word in percents.replace("|", "").split()]
        for game, skill, percents in rows
    }


ODDS = told()


def test_the_page_tells_of_all_games_for_five_skills() -> None:
    assert {game for game, _ in ODDS} == set(GAMES)
    assert len(ODDS) == 5 * len(GAMES)


@pytest.mark.parametrize(("game", "skill"), ODDS)
def test_sensible_play_succeeds_as_often_as_the_page_says(game: str, skill: int) -> None:
    """Within four standard deviations of both measures, and the half that the page rounds off."""
    for grade, percent in enumerate(ODDS[game, skill], start=1):
        share = min(0.995, max(0.005, percent / 100))
        spread = (share * (1 - share) * (1 / PLAYED + 1 / TOLD_OF)) ** 0.5
        wins = sum(
            won(game, f"odds {number}", skill=skill, grade=grade) for number in range(PLAYED)
        )
        assert abs(wins / PLAYED - share) <= SPREADS * spread + 0.01, (grade, wins, percent)


@pytest.mark.parametrize("game", GAMES)
def test_neither_the_page_nor_the_games_are_harder_for_the_skilled(game: str) -> None:
    skills = sorted(skill for each, skill in ODDS if each == game)
    for less, more in pairwise(skills):
        columns = zip(ODDS[game, less], ODDS[game, more], strict=True)
        assert all(before <= after for before, after in columns)
    for skill in skills:
        assert ODDS[game, skill] == sorted(ODDS[game, skill], reverse=True)
