"""Notices from their writing to their end: staged, counted, merged, read, muted, forgotten."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from bson import ObjectId
from pymongo.errors import AutoReconnect

from desperados.characters.events import follow_events
from desperados.characters.notices import (
    clear_read,
    count_unread,
    delete_notice,
    get_preferences,
    hearing,
    list_notices,
    mark_all_read,
    mark_read,
    notify,
    service,
    set_preferences,
)
from desperados.characters.notices.documents import NoticeType, Preferences
from desperados.characters.notices.errors import CannotBeMuted, NoticeNotFound
from desperados.characters.notices.rules import LASTS, Text
from desperados.characters.notices.views import NoticeView
from desperados.engine import clock
from desperados.engine.commands import command
from desperados.engine.errors import Conflict, GameError, InvalidInput
from desperados.engine.game import Game
from desperados.engine.live.pubsub import Interrupted
from desperados.engine.transactions import transactional
from desperados.testing import hammer
from tests.games import embedded, expire
from tests.worlds import add_character, leave_the_world

NOON = datetime(2030, 6, 1, 12, tzinfo=UTC)
SALE = Text("test.sale", NoticeType.MARKET, "Sold: {item}", "Your {item} is gone.")
RAID = Text("test.raid", NoticeType.RAID_SUFFERED, "Raid {number}", "They came.")
ARREST = Text("test.arrest", NoticeType.JAIL, "Arrested", "You sit.")

pytestmark = pytest.mark.usefixtures("game")


@pytest.fixture
def ann() -> ObjectId:
    return ObjectId()


@transactional
async def tell(to: ObjectId, text: Text = SALE, count: int = 1, **fields: Any) -> None:
    for number in range(count):
        notify(to, text, **({"item": "hat"} if text is SALE else {"number": number}), **fields)


async def pages(actor: ObjectId, limit: int, *, unread: bool = False) -> list[NoticeView]:
    found: list[NoticeView] = []
    after = None
    while True:
        page = await list_notices(actor, unread=unread, limit=limit, after=after)
        assert len(page.items) <= limit
        found += page.items
        after = page.next
        if after is None:
            return found


async def test_a_notice_says_what_happened_as_text_and_as_data(ann: ObjectId) -> None:
    listing = ObjectId()
    with clock.frozen(NOON):
        await tell(ann, listing_id=listing)
        [notice] = (await list_notices(ann)).items
    assert (notice.type, notice.title, notice.message) == (
        "MARKET",
        "Sold: hat",
        "Your hat is gone.",
    )
    assert notice.data == {"text": "test.sale", "item": "hat", "listingId": str(listing)}
    assert (notice.is_read, notice.created_at, notice.expires_at) == (False, NOON, NOON + LASTS)


async def test_what_is_not_committed_was_not_told(game: Game, ann: ObjectId) -> None:
    @command
    async def fail(actor: ObjectId) -> None:
        """Tell, and then be refused."""
        notify(actor, SALE, item="hat")
        raise Conflict("no")

    async with follow_events(ann) as stream:
        with pytest.raises(Conflict):
            await fail(ann)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(stream.text(), 0.1)
    with pytest.raises(GameError):
        notify(ann, SALE, item="hat")
    assert await game.database["notifications"].count_documents({}) == 0


async def test_a_notice_is_one_insert_beside_the_other_writes(game: Game, ann: ObjectId) -> None:
    stats = embedded(game).stats
    await tell(ann)
    stats.reset()
    await tell(ann, count=3)
    assert stats.asked == {"bulkWrite": 1, "commitTransaction": 1}


async def test_lists_go_back_in_time_by_pages_with_all_or_what_is_unread(
    game: Game, ann: ObjectId
) -> None:
    with clock.frozen(NOON) as now:
        for _ in range(7):
            await tell(ann)
            await tell(ObjectId())
            now.advance(hours=2)
    everything = await pages(ann, 3)
    assert [n.created_at for n in everything] == [
        NOON + timedelta(hours=h) for h in range(12, -1, -2)
    ]
    await mark_read(ann, everything[1].id)
    unread = await pages(ann, 2, unread=True)
    assert [n.id for n in unread] == [n.id for n in everything if n != everything[1]]
    assert embedded(game).stats.full_scans == {}
    with pytest.raises(InvalidInput):
        await list_notices(ann, after="nonsense")


@pytest.mark.parametrize("limit", [7, 20, 50, 100])
async def test_a_flood_is_merged_and_hides_nothing_else(ann: ObjectId, limit: int) -> None:
    with clock.frozen(NOON) as now:
        await tell(ann)
        await tell(ann, RAID, 130)
        now.advance(minutes=30)
        await tell(ann)
        await tell(ann, RAID, 20)
        now.advance(hours=1)
        await tell(ann, RAID, 2)
        found = await pages(ann, limit)
    raids = [n for n in found if n.type == NoticeType.RAID_SUFFERED]
    assert len([n for n in found if n.type == NoticeType.MARKET]) == 2
    assert len(raids) == 32
    assert [n.merged for n in raids if n.merged] == [120]
    assert raids[-1].merged == 120
    assert len({n.id for n in found}) == len(found)
    assert (await count_unread(ann)).unread == 154


async def test_the_unread_count_is_exact_whatever_happens_at_once(
    game: Game, ann: ObjectId
) -> None:
    await tell(ann, count=20)
    some = (await list_notices(ann)).items

    async def both(number: int) -> None:
        await asyncio.gather(tell(ann, count=2), mark_read(ann, some[number].id))

    await asyncio.gather(*map(both, range(10)), *map(both, range(10)), mark_read(ann, some[0].id))
    assert await game.database["notifications"].count_documents({"isRead": True}) == 10
    assert (await count_unread(ann)).unread == 20 + 40 - 10
    first, _, second = await asyncio.gather(
        mark_all_read(ann), tell(ann, count=3), mark_all_read(ann)
    )
    assert first.changed + second.changed + (await count_unread(ann)).unread == 50 + 3


async def test_counting_and_changing_have_an_end(
    ann: ObjectId, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "MOST_COUNTED", 5)
    monkeypatch.setattr(service, "MOST_CHANGED", 5)
    await tell(ann, count=5)
    assert (await count_unread(ann)).model_dump() == {"unread": 5, "more": False}
    await tell(ann, count=3)
    assert (await count_unread(ann)).model_dump() == {"unread": 5, "more": True}
    assert (await mark_all_read(ann)).model_dump() == {"changed": 5, "more": True}
    assert (await mark_all_read(ann)).model_dump() == {"changed": 3, "more": False}
    assert (await mark_all_read(ann)).model_dump() == {"changed": 0, "more": False}
    assert (await clear_read(ann)).model_dump() == {"changed": 5, "more": True}
    assert (await clear_read(ann)).model_dump() == {"changed": 3, "more": False}
    assert (await list_notices(ann)).items == []


async def test_what_is_cleared_was_read_and_each_belongs_to_its_owner(ann: ObjectId) -> None:
    bob = ObjectId()
    await tell(ann, count=3)
    await tell(bob)
    first, second, third = (await list_notices(ann)).items
    for act in (mark_read, delete_notice):
        with pytest.raises(NoticeNotFound):
            await act(bob, first.id)
    assert (await mark_read(ann, first.id)).is_read
    assert (await mark_read(ann, first.id)).is_read
    await delete_notice(ann, second.id, key="once")
    await delete_notice(ann, second.id, key="once")
    with pytest.raises(NoticeNotFound):
        await delete_notice(ann, second.id)
    assert (await clear_read(ann)).changed == 1
    assert [n.id for n in (await list_notices(ann)).items] == [third.id]
    assert (await count_unread(bob)).unread == 1


async def heard(stream: Any, count: int) -> AsyncIterator[tuple[str, Any]]:
    messages = aiter(stream)
    for _ in range(count):
        message = await asyncio.wait_for(anext(messages), 5)
        yield message.event, message.data.get("type") or message.data["muted"]


async def test_what_is_muted_is_listed_but_neither_counted_nor_heard(ann: ObjectId) -> None:
    async with follow_events(ann) as stream:
        await tell(ann)
        assert [told async for told in heard(stream, 1)] == [("notification:new", "MARKET")]
        await set_preferences(ann, muted=[NoticeType.MARKET, NoticeType.NEWS, NoticeType.MARKET])
        await tell(ann)
        await tell(ann, ARREST)
        assert [told async for told in heard(stream, 2)] == [
            ("notification:preferences", ["MARKET", "NEWS"]),
            ("notification:new", "JAIL"),
        ]
        await set_preferences(ann, muted=[])
        await tell(ann)
        assert [told async for told in heard(stream, 2)] == [
            ("notification:preferences", []),
            ("notification:new", "MARKET"),
        ]
    await set_preferences(ann, muted=[NoticeType.MARKET])
    async with follow_events(ann) as stream:  # it was muted before anybody listened
        await tell(ann)
        await tell(ann, ARREST)
        assert [told async for told in heard(stream, 1)] == [("notification:new", "JAIL")]
    assert (await count_unread(ann)).unread == 2
    assert len((await list_notices(ann)).items) == 6


async def test_what_concerns_freedom_letters_and_the_game_cannot_be_muted(ann: ObjectId) -> None:
    for kind in (NoticeType.JAIL, NoticeType.SYSTEM, NoticeType.MAIL_RECEIVED):
        with pytest.raises(CannotBeMuted):
            await set_preferences(ann, muted=[NoticeType.NEWS, kind])
    shown = await get_preferences(ann)
    assert shown.muted == []
    assert set(NoticeType) - set(shown.can_be_muted) == {"JAIL", "SYSTEM", "MAIL_RECEIVED"}


async def test_preferences_are_one_row_whoever_makes_it_first(game: Game, ann: ObjectId) -> None:
    outcomes = await hammer(lambda: set_preferences(ann, muted=[NoticeType.NEWS]), 10)
    assert outcomes.done == 10
    [row] = await game.database["preferences"].find({}).to_list(None)
    assert Preferences.hydrate(row).muted == ["NEWS"]
    assert (await get_preferences(ann)).muted == ["NEWS"]


async def test_a_notice_is_forgotten_after_thirty_days(game: Game, ann: ObjectId) -> None:
    with clock.frozen(NOON):
        await tell(ann)
    await expire(game, NOON + LASTS - timedelta(minutes=1))
    assert (await count_unread(ann)).unread == 1
    await expire(game, NOON + LASTS + timedelta(minutes=1))
    assert (await count_unread(ann)).unread == 0


async def test_rows_of_other_programs_are_listed_as_far_as_they_go(
    game: Game, ann: ObjectId
) -> None:
    rows = game.database["notifications"]
    old = ObjectId.from_datetime(NOON - timedelta(days=1))
    await rows.insert_one({"_id": old, "characterId": ann, "isRead": False})
    await rows.insert_one(
        {"characterId": ann, "type": "LEVEL_UP", "title": "Level 2", "message": "m",
         "isRead": False, "data": "level", "createdAt": NOON}
    )  # fmt: skip
    found = await pages(ann, 2)
    assert [(n.type, n.data, n.created_at) for n in found] == [
        ("LEVEL_UP", {}, NOON),
        ("", {}, NOON - timedelta(days=1)),
    ]


async def test_who_leaves_the_world_leaves_no_preferences(game: Game) -> None:
    jane = await add_character(game)
    await set_preferences(jane, muted=[NoticeType.NEWS])
    await leave_the_world(game, jane)
    assert await game.database["preferences"].count_documents({}) == 0


async def test_who_cannot_be_asked_what_is_muted_must_look_anew(
    ann: ObjectId, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(_character: ObjectId) -> list[str]:
        raise AutoReconnect("gone")

    monkeypatch.setattr(hearing, "muted_by", fail)
    async with follow_events(ann) as stream:
        await tell(ann)
        with pytest.raises(Interrupted):
            await asyncio.wait_for(stream.text(), 5)
