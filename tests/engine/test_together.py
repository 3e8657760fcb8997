"""Reads that leave together find what each finds alone, in one round trip."""

from typing import Any

import pytest
from bson import ObjectId

from desperados.characters.documents import Character
from desperados.economy.shops.documents import ShopStock
from desperados.engine.game import Game
from desperados.engine.staging import StagedInsert
from desperados.engine.storage.reads import Read, alone, together
from desperados.engine.transactions import stage, transaction
from desperados.ledger.items.documents import Item
from tests.games import embedded
from tests.worlds import add_character

Row = dict[str, Any]


@pytest.fixture
async def ann(game: Game) -> ObjectId:
    """Somebody, and five things that are worth 0 to 4."""
    items = [{"itemId": f"thing-{n}", "value": n, "name": "Thing"} for n in range(5)]
    await game.database["items"].insert_many(items)
    return await add_character(game)


def person(who: ObjectId) -> Read[list[Row]]:
    return Read(Character, {"_id": who}, list, {"name": 1})


def dearest(count: int) -> Read[list[str]]:
    codes = [f"thing-{n}" for n in range(5)]
    return Read(
        Item,
        {"itemId": {"$in": codes}},
        lambda rows: [row["itemId"] for row in rows],
        {"itemId": 1},
        limit=count,
        sort={"value": -1},
    )


def shelf(code: str) -> Read[Row | None]:
    return Read(ShopStock, {"_id": code}, lambda rows: rows[0] if rows else None)


@pytest.mark.parametrize("joins", [True, False])
async def test_each_finds_what_it_finds_alone(game: Game, ann: ObjectId, joins: bool) -> None:
    game.joins = joins
    reads: list[Read[Any]] = [person(ann), dearest(2), shelf("none"), dearest(9)]
    expected = [await alone(read) for read in (person(ann), dearest(2), shelf("none"), dearest(9))]
    await together(*reads)
    assert [read.result for read in reads] == expected
    assert expected[1] == ["thing-4", "thing-3"]
    assert expected[2] is None
    async with transaction():
        again: list[Read[Any]] = [person(ann), dearest(2), shelf("none"), dearest(9)]
        await together(*again)
    assert [read.result for read in again] == expected


async def test_they_are_one_round_trip_served_by_indexes(game: Game, ann: ObjectId) -> None:
    stats = embedded(game).stats
    stats.reset()
    await together(person(ann), dearest(2), shelf("x"), shelf("y"))
    assert stats.asked.total() == 1
    assert stats.full_scans == {}


async def test_if_the_first_finds_nothing_the_others_still_have_their_results(
    game: Game, ann: ObjectId
) -> None:
    nobody, things = person(ObjectId()), dearest(1)
    await together(nobody, things)
    assert nobody.result == []
    assert things.result == ["thing-4"]


async def test_what_is_made_of_nothing_may_be_an_error(game: Game, ann: ObjectId) -> None:
    def refuse(rows: list[Row]) -> Row:
        if not rows:
            raise LookupError
        return rows[0]

    with pytest.raises(LookupError):
        await together(Read(Character, {"_id": ObjectId()}, refuse), dearest(1))


async def test_they_see_what_the_transaction_has_written(game: Game, ann: ObjectId) -> None:
    async with transaction():
        stage(StagedInsert(ShopStock.collection_name(), {"_id": "mine", "quantity": 1}))
        mine = shelf("mine")
        await together(person(ann), mine)
        assert mine.result is not None


def test_a_read_that_was_not_sent_has_no_result() -> None:
    with pytest.raises(AssertionError):
        _ = shelf("x").result


async def test_a_find_sends_the_staged_writes_only_if_one_is_to_what_it_reads(
    game: Game, ann: ObjectId
) -> None:
    stats = embedded(game).stats
    async with transaction():
        await alone(person(ann))
        stats.reset()
        stage(StagedInsert(ShopStock.collection_name(), {"_id": "mine", "quantity": 1}))
        await alone(person(ann))
        assert stats.commands["bulkWrite"] == 0
        assert await alone(shelf("mine")) is not None
        assert stats.commands["bulkWrite"] == 1
