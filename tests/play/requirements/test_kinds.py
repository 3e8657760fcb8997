"""A requirement says what it means, or is refused where it is written."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from desperados.characters.errors import CharacterUnavailable
from desperados.play.requirements import Kind, Requirement, Window
from desperados.play.requirements.errors import ERRORS
from desperados.play.requirements.kinds import MEANINGS, STANDINGS
from tests.play.requirements.situations import CASES

CONTENT = TypeAdapter(Requirement)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_code_and_content_make_the_same_object(case: Any) -> None:
    assert CONTENT.validate_python(case.need.stored()) == case.need
    assert hash(CONTENT.validate_python(case.need.stored())) == hash(case.need)


@pytest.mark.parametrize(
    ("stored", "message"),
    [
        ({"kind": "fame"}, "Input should be 'alive'"),
        ({"kind": "level"}, "level needs a value"),
        ({"kind": "level", "value": 0}, "a whole number from 1 to 50"),
        ({"kind": "level", "value": 51}, "a whole number from 1 to 50"),
        ({"kind": "level", "value": True}, "a whole number from 1 to 50"),
        ({"kind": "level", "value": 5.0}, "a whole number from 1 to 50"),
        ({"kind": "level", "value": "five"}, "a whole number from 1 to 50"),
        ({"kind": "level", "target": "x", "value": 5}, "level takes no target"),
        ({"kind": "skill", "value": 5}, "skill needs a target"),
        ({"kind": "skill", "target": "", "value": 5}, "skill needs a target"),
        ({"kind": "skill", "target": "tracking", "value": 100}, "a whole number from 1 to 99"),
        ({"kind": "faction", "target": "frontera", "value": 1}, "faction takes no value"),
        ({"kind": "standing", "target": "frontera", "value": "fond"}, "or one of honored"),
        ({"kind": "standing", "target": "frontera", "value": -101}, "from -100 to 100"),
        ({"kind": "wanted_max", "value": 5}, "a whole number from 0 to 4"),
        ({"kind": "wanted_min", "value": 0}, "a whole number from 1 to 5"),
        ({"kind": "hours"}, "hours needs a value"),
        ({"kind": "hours", "value": 5}, "two fields, open and close"),
        ({"kind": "hours", "value": {"open": 5}}, "two fields, open and close"),
        ({"kind": "hours", "value": {"open": 5, "close": 25}}, "whole hours from 0 to 24"),
        ({"kind": "hours", "value": {"open": 5, "close": 5}}, "requires nothing"),
        ({"kind": "hours", "value": {"open": 0, "close": 24}}, "requires nothing"),
        ({"kind": "weekday", "value": 8}, "a whole number from 1 to 7"),
        ({"kind": "item", "target": "rope", "value": 0}, "a whole number from 1 to 100"),
        ({"kind": "event", "target": "A Gold Rush"}, "is no name"),
        ({"kind": "event", "target": "a" * 101}, "is no name"),
        ({"kind": "alive", "value": 1}, "alive takes no value"),
        ({"kind": "level", "value": 5, "needed": 5}, "Unexpected keyword argument"),
        (["level", 5], "should be a dictionary"),
    ],
)
def test_what_means_nothing_is_refused(stored: Any, message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        CONTENT.validate_python(stored)


def test_the_page_names_every_kind_with_its_error() -> None:
    page = Path(__file__).parents[3].joinpath("docs/requirements.md").read_text()
    for kind in Kind:
        (row,) = [
            line for line in page.splitlines() if re.match(rf"\|[^|]*`{kind.value}`[^|]*\|", line)
        ]
        error = ERRORS.get(kind, CharacterUnavailable)
        assert row.endswith(f"| `{error.__name__}` |")


def test_the_words_of_a_standing_are_points() -> None:
    for word, points in STANDINGS.items():
        assert Requirement(Kind.STANDING, "frontera", word).value == points


def test_a_count_is_one_where_nothing_else_is_said() -> None:
    assert Requirement(Kind.ITEM, "rope").value == 1
    counted = {kind for kind, meaning in MEANINGS.items() if meaning.default is not None}
    assert counted == {Kind.ITEM, Kind.TALLY, Kind.VISITED}


def test_midnight_is_an_hour_of_the_day() -> None:
    assert Requirement(Kind.HOURS, value={"open": 24, "close": 5}).value == Window(0, 5)
    assert Requirement(Kind.HOURS, value=Window(20, 24)).value == Window(20, 24)
