"""Reading several documents at once, inside a transaction and outside."""

from bson import ObjectId

from desperados.engine.collection import find_all
from desperados.engine.game import Game
from desperados.engine.staging import StagedInsert
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
