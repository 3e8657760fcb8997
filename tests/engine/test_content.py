"""Content is read once and kept, and everybody sees a change of it within a stated time."""

import asyncio
from typing import Any

import pytest

from desperados.economy.goods import read_good, read_goods
from desperados.engine.game import Game
from desperados.engine.storage import content
from desperados.engine.storage.content import content_changed
from desperados.engine.transactions import transaction
from desperados.ledger.items.definitions import definitions
from desperados.ledger.items.errors import UnknownItem
from tests.economy.market.market_world import add_item
from tests.games import embedded


@pytest.fixture(autouse=True)
async def whiskey(game: Game) -> None:
    await add_item("whiskey", value=100)


async def reprice(game: Game, value: int) -> None:
    await game.database["items"].update_one({"itemId": "whiskey"}, {"$set": {"value": value}})


async def price() -> int:
    return (await read_good("whiskey")).value


def forget_the_last_look(game: Game) -> None:
    """As if a second had passed."""
    game.content.looked_at -= content.CHECK_SECONDS


async def test_what_was_read_is_not_read_again(game: Game) -> None:
    await price()
    stats = embedded(game).stats
    stats.reset()
    for _ in range(10):
        await price()
        assert list(await read_goods(["whiskey", "whiskey"])) == ["whiskey"]
    assert stats.asked.total() == 0


async def test_each_sees_it_as_it_wants_to(game: Game) -> None:
    await price()
    assert (await definitions(["whiskey"]))["whiskey"].max_stack == 20


async def test_who_changes_it_sees_the_change_at_once(game: Game) -> None:
    assert await price() == 100
    await reprice(game, 150)
    assert await price() == 100
    await content_changed()
    assert await price() == 150


async def test_another_process_sees_it_at_its_next_look(game: Game) -> None:
    assert await price() == 100
    await reprice(game, 150)
    await game.database["contentversions"].update_one(
        {"_id": "content"}, {"$inc": {"version": 1}}, upsert=True
    )
    assert await price() == 100
    forget_the_last_look(game)
    assert await price() == 150


async def test_what_was_changed_behind_the_seeds_is_seen_when_its_time_is_over(
    game: Game, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert await price() == 100
    await reprice(game, 150)
    forget_the_last_look(game)
    assert await price() == 100
    monkeypatch.setattr(content, "KEPT_SECONDS", 0)
    assert await price() == 150


async def test_a_look_is_one_read_however_many_ask(game: Game) -> None:
    await price()
    forget_the_last_look(game)
    stats = embedded(game).stats
    stats.reset()
    await asyncio.gather(*(price() for _ in range(20)))
    assert stats.asked.total() == 1


async def test_a_transaction_keeps_nothing_of_its_snapshot_for_others(game: Game) -> None:
    async with transaction():
        await game.collection("characters").find_one({})  # the snapshot is taken
        await reprice(game, 150)
        await content_changed()
        assert await price() == 150
    assert await price() == 150


async def test_what_was_read_while_it_changed_is_not_kept(
    game: Game, monkeypatch: pytest.MonkeyPatch
) -> None:
    await price()
    await content_changed()
    find_all = content.find_all

    async def slowly(collection: Any, *args: Any, **kwargs: Any) -> list[dict[str, Any]]:
        rows = await find_all(collection, *args, **kwargs)
        if rows[0]["value"] == 100:
            await reprice(game, 150)
            await content_changed()
            assert await price() == 150
        return rows

    monkeypatch.setattr(content, "find_all", slowly)
    assert await price() == 100
    assert await price() == 150


async def test_what_is_not_there_is_looked_for_again(game: Game) -> None:
    with pytest.raises(UnknownItem):
        await read_good("gin")
    await add_item("gin")
    assert (await read_good("gin")).code == "gin"


async def test_memory_is_bounded(game: Game, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(content, "MOST_KEPT", 5)
    for number in range(12):
        await add_item(f"thing-{number}")
        assert await read_goods(["whiskey", f"thing-{number}"])
        assert len(game.content.entries) <= 5


async def test_loading_seeds_moves_the_version_when_something_changes(game: Game) -> None:
    from desperados import seeding

    async def version() -> int:
        row = await game.database["contentversions"].find_one({"_id": "content"})
        return int(row["version"]) if row else 0

    before = await version()
    await seeding.seed()
    assert await version() == before + 1
    await seeding.seed()
    assert await version() == before + 1
