"""The hash of a database changes with everything that is stored, and with nothing else."""

from typing import Any

import pytest
from bson import Int64, ObjectId

from desperados.engine.game import Game
from desperados.simulation.digest import digest, whole
from tests.games import open_game

ONE, OTHER = ObjectId("5caff0000000000000000001"), ObjectId("5caff0000000000000000002")
JANE: dict[str, Any] = {"_id": ONE, "name": "Jane", "dollars": Int64(5)}


async def hash_of(game: Game, *documents: dict[str, Any], name: str = "things") -> str:
    await game.database[name].delete_many({})
    if documents:
        await game.database[name].insert_many(list(documents))
    return whole(await digest())


@pytest.mark.parametrize(
    "changed",
    [
        {**JANE, "name": "jane"},
        {**JANE, "dollars": 5},  # another type
        {"_id": ONE, "dollars": Int64(5), "name": "Jane"},  # another order
        {**JANE, "_id": OTHER},
    ],
)
async def test_whatever_is_stored_otherwise_counts(changed: dict[str, Any]) -> None:
    async with open_game() as game:
        assert await hash_of(game, JANE) != await hash_of(game, changed)


async def test_the_order_of_writing_does_not_count_and_what_is_empty_neither() -> None:
    bill = {"_id": OTHER, "name": "Bill"}
    async with open_game() as game:
        before = whole(await digest())
        assert await hash_of(game, JANE, bill) == await hash_of(game, bill, JANE)
        assert (await digest())["things"].documents == 2
        assert await hash_of(game) == before


async def test_the_same_documents_in_another_collection_are_another_world() -> None:
    async with open_game() as game:
        one = await hash_of(game, JANE)
        await hash_of(game)
        assert await hash_of(game, JANE, name="people") != one
