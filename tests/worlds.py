"""Small worlds for tests: people with money, and a fingerprint of everything that is stored."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from bson import ObjectId
from bson.json_util import dumps

from desperados.characters import service as characters
from desperados.characters.documents import Character
from desperados.economy import service as economy
from desperados.engine.game import Game
from desperados.engine.transactions import transaction
from desperados.ledger.money.documents import Currency
from desperados.ledger.money.sources import Source

_numbers = itertools.count(1)

STAFF = ObjectId("5caff0000000000000000001")
"""An admin, who is there as soon as there is a character."""


async def add_character(game: Game, **money: int) -> ObjectId:
    """A character of nobody in particular who holds ``money``, by the ledger."""
    number = next(_numbers)
    character = Character(
        user_id=ObjectId(),
        name=f"Rider {number}",
        health=100,
        max_health=100,
        energy=150,
        max_energy=150,
        background="drifter",
        faction="frontera",
        current_location_id=ObjectId(),
        skills={},
        ledger_seq=dict.fromkeys((currency.value for currency in Currency), 0),
    )
    await game.database["users"].insert_one(
        {"_id": character.user_id, "username": f"u{number}", "email": f"u{number}@example.org"}
    )
    await game.database["locations"].insert_one(
        {"_id": character.current_location_id, "locationId": f"place-{number}"}
    )
    await character.insert()
    await hire(game)
    for currency, amount in money.items():
        if amount:
            await economy.earn(
                character.id, amount, source=Source.STARTING_GRANT, currency=Currency(currency)
            )
    return character.id


async def hire(game: Game, staff: ObjectId = STAFF, role: str = "admin") -> ObjectId:
    """A member of the staff, who may be hired twice."""
    person = {"username": f"s{staff}", "email": f"{staff}@example.org", "status": "active"}
    await game.database["users"].update_one(
        {"_id": staff}, {"$set": {**person, "role": role}}, upsert=True
    )
    return staff


async def leave_the_world(game: Game, character: ObjectId) -> None:
    """Delete a character, as its owner does."""
    found = await game.database["characters"].find_one({"_id": character})
    await characters.delete(character, name=found["name"])


async def fingerprint(game: Game) -> dict[str, list[str]]:
    """Everything that is stored, as text: equal before and after means nothing changed."""
    found: dict[str, Any] = {}
    for name in await _collections_in_use(game):
        documents = await game.database[name].find({}).to_list(None)
        if documents:
            found[name] = sorted(dumps(document) for document in documents)
    return found


async def _collections_in_use(game: Game) -> list[str]:
    """The names of collections that may hold documents: of 160 a test fills about ten."""
    if game.embedded is None:
        return sorted(await game.database.list_collection_names())
    mine = (c for c in game.embedded.store.collections.values() if c.live)
    return sorted(c.name for c in mine if c.database == game.database.name)


@asynccontextmanager
async def uncommitted(command: Callable[[], Awaitable[Any]]) -> AsyncIterator[None]:
    """The command has run, in a transaction that commits only at the end of the block."""
    ran, over = asyncio.Event(), asyncio.Event()

    async def run() -> None:
        async with transaction():
            await command()
            ran.set()
            await over.wait()

    task = asyncio.create_task(run())
    waiting = asyncio.create_task(ran.wait())
    await asyncio.wait([task, waiting], return_when=asyncio.FIRST_COMPLETED)
    assert ran.is_set(), task.exception()
    yield
    over.set()
    await task
