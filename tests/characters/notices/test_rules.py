"""What notices say, and which of them a list shows."""

from __future__ import annotations

import importlib
import pkgutil
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import desperados
from desperados.characters.notices import rules
from desperados.characters.notices.documents import NoticeType
from desperados.characters.notices.rules import SHOWN_OF_AN_HOUR, Row, Text, shown_of, slot_of

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
BRAND = Text("test.brand", NoticeType.QUEST, "{name}!", "{name} has {count:,} cows")


def test_a_text_is_filled_with_its_fields() -> None:
    assert BRAND.fields == {"name", "count"}
    assert BRAND.filled({"name": "Ann", "count": 1200}) == ("Ann!", "Ann has 1,200 cows")
    with pytest.raises(KeyError):
        BRAND.filled({"name": "Ann"})


@given(name=st.text(max_size=700))
def test_what_is_too_long_is_cut_and_braces_of_players_are_letters(name: str) -> None:
    title, message = BRAND.filled({"name": "{count}" + name, "count": 1})
    assert title.startswith("{count}")
    assert len(title) <= rules.LONGEST_TITLE
    assert len(message) <= rules.LONGEST_MESSAGE


def texts() -> list[Text]:
    """All texts of the package."""
    names = [m.name for m in pkgutil.walk_packages(desperados.__path__, "desperados.")]
    modules = [importlib.import_module(name) for name in names if name.endswith(".events")]
    return [value for module in modules for value in vars(module).values() if type(value) is Text]


def test_every_text_is_on_the_page_with_its_fields() -> None:
    page = (Path(__file__).parents[3] / "docs" / "notices.md").read_text()
    rows = re.findall(r"^\| `([a-z]+\.[a-z]+)` \| (\w+) \| (.*?) \|", page, re.MULTILINE)
    written = {
        (code, kind, frozenset(re.findall(r"`(\w+)`", fields))) for code, kind, fields in rows
    }
    assert len(rows) == len(texts()) == len({text.code for text in texts()}) > 0
    assert written == {(text.code, text.type.value, text.fields) for text in texts()}


rows_of_a_day = st.lists(
    st.tuples(st.integers(0, 100), st.sampled_from(["MARKET", "JAIL"])), max_size=300
).map(
    lambda drawn: [
        {"_id": number, "type": kind, "createdAt": NOON - timedelta(minutes=minutes)}
        for number, (minutes, kind) in enumerate(sorted(drawn))
    ]
)


@given(rows=rows_of_a_day, cut=st.integers(0, 300))
def test_a_list_shows_the_newest_thirty_of_a_type_and_hour_wherever_its_pages_end(
    rows: list[Row], cut: int
) -> None:
    shown, full = shown_of(rows, {})
    newest = {
        slot: [row for row in rows if slot_of(row) == slot][:SHOWN_OF_AN_HOUR]
        for slot in map(slot_of, rows)
    }
    assert list(shown) == [row for row in rows if row in newest[slot_of(row)]]
    assert full == {s: found[-1] for s, found in newest.items() if len(found) == SHOWN_OF_AN_HOUR}
    first, _ = shown_of(rows[:cut], {})
    counted = {slot_of(r): sum(slot_of(o) == slot_of(r) for o in rows[:cut]) for r in rows[:cut]}
    second, _ = shown_of(rows[cut:], counted)
    assert [*first, *second] == list(shown)
