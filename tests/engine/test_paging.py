"""Pages: no gap, no repeat, and a cursor that cannot be turned into a query."""

import base64
import contextlib
from datetime import UTC, datetime
from typing import Any

import bson
import pytest
from bson import ObjectId
from hypothesis import given
from hypothesis import strategies as st

from desperados.engine.errors import InvalidInput
from desperados.engine.game import Game
from desperados.engine.storage.paging import _decode, read_page


async def read_all(game: Game, sort: str, limit: int) -> list[Any]:
    seen: list[Any] = []
    after = None
    while True:
        page = await read_page(
            game.collection("notes"),
            {},
            sort=sort,
            limit=limit,
            after=after,
            view=lambda d: d["_id"],
        )
        assert len(page.items) <= limit
        seen += page.items
        after = page.next
        if after is None:
            return seen


@pytest.mark.parametrize("limit", [1, 3, 100])
@pytest.mark.parametrize("sort", ["n", "-n", "_id", "-_id"])
async def test_pages_together_are_the_whole_list_in_order(
    game: Game, sort: str, limit: int
) -> None:
    """Ties included: seven documents share each value."""
    documents = [{"_id": number, "n": number // 7} for number in range(23)]
    await game.database["notes"].insert_many(documents)
    assert await read_all(game, sort, limit) == (sorted(range(23), reverse=sort.startswith("-")))


async def test_a_list_that_grows_while_it_is_read_repeats_nothing(game: Game) -> None:
    await game.database["notes"].insert_many([{"_id": n, "n": n} for n in range(10)])
    view = lambda d: d["_id"]  # noqa: E731
    notes = game.collection("notes")
    first = await read_page(notes, {}, sort="-n", limit=5, after=None, view=view)
    await game.database["notes"].insert_one({"_id": 99, "n": 99})
    second = await read_page(notes, {}, sort="-n", limit=5, after=first.next, view=view)
    assert first.items + second.items == list(range(9, -1, -1))
    assert second.next is None


@pytest.mark.parametrize("limit", [0, -1, 101, True, "5", 5.0])
async def test_a_page_holds_one_to_a_hundred(game: Game, limit: Any) -> None:
    with pytest.raises(InvalidInput):
        await read_page(game.collection("notes"), {}, sort="n", limit=limit, after=None, view=dict)


def cursor(**parts: Any) -> str:
    return base64.urlsafe_b64encode(bson.encode(parts)).decode()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nonsense",
        "ä",
        "AAAA",
        cursor(f="n", v={"$gt": 0}, i=1),
        cursor(f="n", v=bson.Regex(".*"), i=1),
        cursor(f="n", v=1, i={"$ne": None}),
        cursor(f="other", v=1, i=1),
        cursor(f="n", v=1),
        cursor(f="n", v=1, i=1, x=1),
    ],
)
def test_what_is_no_cursor_of_this_list_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        _decode(text, "n")
    assert caught.value.facts == {"path": "after"}


@given(st.text())
def test_no_text_breaks_the_cursor(text: str) -> None:
    with contextlib.suppress(InvalidInput):
        _decode(text, "n")


def test_a_cursor_keeps_types() -> None:
    moment, identity = datetime(2026, 1, 1, tzinfo=UTC), ObjectId()
    assert _decode(cursor(f="n", v=moment, i=identity), "n")[1] == identity
