"""Reading several documents at once, inside a transaction and outside."""

from typing import Any

import pytest
from bson import ObjectId
from pymongo.errors import AutoReconnect

from desperados.engine.game import Game
from desperados.engine.staging import StagedInsert
from desperados.engine.storage.collection import find_all
from desperados.engine.transactions import snapshot, stage, transaction

MEGABYTE = "x" * 2**20


async def test_what_a_transaction_reads_is_complete_when_no_batch_can_hold_it(game: Game) -> None:
    notes = game.collection("notes")
    await notes.insert_many({"number": number, "text": MEGABYTE} for number in range(20))
    async with transaction():
        found = await find_all(notes, {}, limit=20, sort=[("_id", 1)])
    assert [note["number"] for note in found] == list(range(20))


async def test_a_transaction_reads_what_it_has_staged(game: Game) -> None:
    async with transaction():
        stage(StagedInsert("notes", {"_id": ObjectId(), "number": 1, "text": "hidden"}))
        found = await find_all(game.collection("notes"), {}, {"_id": 0, "number": 1}, limit=5)
    assert found == [{"number": 1}]


async def test_sort_and_limit_are_the_same_in_a_transaction_a_snapshot_and_outside(
    game: Game,
) -> None:
    notes = game.collection("notes")
    await notes.insert_many({"number": number} for number in range(10))
    options = {"projection": {"_id": 0}, "sort": [("number", -1)], "limit": 3}
    outside = await find_all(notes, {"number": {"$lt": 8}}, **options)
    async with transaction():
        inside = await find_all(notes, {"number": {"$lt": 8}}, **options)
    async with snapshot():
        of_a_moment = await find_all(notes, {"number": {"$lt": 8}}, **options)
    assert outside == inside == of_a_moment == [{"number": 7}, {"number": 6}, {"number": 5}]


async def test_one_document_is_found_although_the_connection_breaks(
    game: Game, monkeypatch: pytest.MonkeyPatch
) -> None:
    notes = game.collection("notes")
    await notes.insert_many({"number": number} for number in range(3))
    broken: list[Any] = []

    async def breaks(_database: Any, command: Any, **_options: Any) -> Any:
        broken.append(command)
        raise AutoReconnect("connection closed")

    monkeypatch.setattr(type(game.database), "command", breaks)
    found = await notes.find_one({"number": {"$gt": 0}}, {"_id": 0}, sort=[("number", -1)])
    assert found == {"number": 2}
    assert await notes.aggregate_one([{"$match": {"number": 1}}, {"$unset": "_id"}]) == {
        "number": 1
    }
    assert len(broken) == 2


async def test_one_document_is_found_as_the_driver_finds_it(game: Game) -> None:
    notes = game.collection("notes")
    await notes.insert_many({"number": number, "text": "x"} for number in range(3))
    for options in (
        {"filter": {"number": 1}},
        {"filter": {"number": 1}, "projection": ["text"]},
        {"sort": [("number", -1)]},
        {"filter": {}, "sort": [("number", -1)], "skip": 1},
    ):
        assert await notes.find_one(**options) == await game.database["notes"].find_one(**options)
