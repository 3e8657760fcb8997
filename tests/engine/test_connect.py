"""What connect() takes, and what it refuses with a sentence instead of a traceback."""

import asyncio
import contextvars
import os
import uuid
from collections.abc import AsyncIterator, Coroutine
from pathlib import Path
from typing import Any
from unittest import mock

import pymongo
import pytest
from aiohttp.test_utils import TestClient, TestServer
from bson.binary import UuidRepresentation

import desperados
from desperados.api.app import create_app
from desperados.economy import service as economy
from desperados.embedded import EmbeddedServer
from desperados.engine import driver
from desperados.engine import game as games
from desperados.engine.errors import ConfigurationError, GameError
from desperados.engine.game import Game, current_game
from desperados.engine.storage import documents
from desperados.engine.storage.hydration import codec_of
from desperados.ledger.money.sources import Source
from tests.worlds import add_character


@pytest.fixture
async def own_client() -> AsyncIterator[Any]:
    """A client as people make it for themselves: mostly the driver's defaults."""
    async with EmbeddedServer() as server:
        if driver.MOTOR:
            from motor.motor_asyncio import AsyncIOMotorClient

            client = AsyncIOMotorClient(server.url, uuidRepresentation="standard")
        else:
            client = pymongo.AsyncMongoClient(server.url, uuidRepresentation="standard")
        yield client
        await driver.close_client(client)


async def test_times_are_aware_and_replays_equal_on_a_client_with_the_drivers_defaults(
    own_client: Any,
) -> None:
    async with desperados.connect(client=own_client) as game:
        jane, bill = await add_character(game, dollars=100), await add_character(game)
        first = await economy.transfer(jane, bill, 25, key="rent-1")
        again = await economy.transfer(jane, bill, 25, key="rent-1")
        assert first.at.tzinfo is not None
        assert again == first


async def test_other_options_of_a_handed_over_client_stay(own_client: Any) -> None:
    async with desperados.connect(client=own_client) as game:
        assert game.database.codec_options.uuid_representation == UuidRepresentation.STANDARD
        number = uuid.uuid4()
        await game.database["notes"].insert_one({"_id": number})
        assert await game.database["notes"].find_one({"_id": number}) == {"_id": number}


async def test_a_handed_over_client_stays_open(own_client: Any) -> None:
    async with desperados.connect(client=own_client):
        pass
    assert (await own_client.admin.command("ping"))["ok"] == 1


async def test_a_game_on_a_fork_begins_with_its_world_and_ends_with_its_server() -> None:
    async with desperados.connect() as game:
        jane = await add_character(game, dollars=100)
        forks = [game.embedded.fork() for _ in range(2)]
        for fork in forks:
            async with desperados.connect(embedded=fork) as other:
                assert other.embedded is fork
                await economy.spend(jane, 40, source=Source.SERVICE_FEE)
                assert (await economy.balance(jane)).dollars == 60
            assert not Path(fork.address).exists()
        assert (await economy.balance(jane)).dollars == 100


async def test_a_game_has_one_database_and_in_production_no_embedded_one() -> None:
    with pytest.raises(ConfigurationError, match="only one"):
        async with desperados.connect("mongodb://there", embedded=EmbeddedServer()):
            pass
    production = {
        "mode": "production",
        "redis_url": "redis://localhost",
        "token_secret": "kP9-vQ2_xLr7TzWm4YbN8sHc1DfGj5Ae",
    }
    with (
        mock.patch.dict(os.environ, DESPERADOS_MONGODB_URL="mongodb://localhost"),
        pytest.raises(ConfigurationError, match="embedded"),
    ):
        async with desperados.connect(embedded=EmbeddedServer(), **production):
            pass


@pytest.mark.parametrize("client", [pymongo.MongoClient(connect=False), object(), "mongodb://"])
async def test_a_client_of_another_kind_is_refused(client: Any) -> None:
    with pytest.raises(ConfigurationError, match="client"):
        async with desperados.connect(client=client):
            pass


@pytest.mark.parametrize("url", ["nonsense://x", "mongodb://", "mongodb://h:port"])
async def test_an_unusable_mongodb_url_is_refused_by_name(url: str) -> None:
    with pytest.raises(ConfigurationError, match="MongoDB URL"):
        async with desperados.connect(url):
            pass


@pytest.mark.parametrize("url", ["nonsense://x", "redis://h:port", "x"])
async def test_an_unusable_redis_url_is_refused_by_name(url: str) -> None:
    with pytest.raises(ConfigurationError, match="Redis URL"):
        async with desperados.connect(redis_url=url):
            pass


async def test_a_refusal_does_not_repeat_a_password() -> None:
    with pytest.raises(ConfigurationError) as refused:
        async with desperados.connect("mongodb://jane:s3cr@t@h:port/"):
            pass
    assert "s3cr" not in str(refused.value)


async def test_an_environment_that_would_store_other_names_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As pydantic below 2.12 makes it: the names of attributes are stored."""
    slots = codec_of(documents._Sample).slots
    for name, slot in slots.items():
        monkeypatch.setitem(slots, name, slot._replace(stored=name))
    with pytest.raises(ConfigurationError, match=r"pydantic .* wrong names .id, stored_name."):
        async with desperados.connect():
            pass


# Who closes what another has opened


def in_a_cell(coroutine: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
    """As a notebook does: a task for each cell, which knows nothing of the others' context."""
    return asyncio.create_task(coroutine, context=contextvars.Context())


async def test_a_game_is_opened_used_and_closed_by_different_tasks() -> None:
    connecting = desperados.connect()
    game = await in_a_cell(connecting.__aenter__())
    jane = await in_a_cell(add_character(game, dollars=100))
    assert (await in_a_cell(economy.balance(jane))).dollars == 100
    await in_a_cell(connecting.__aexit__(None, None, None))
    with pytest.raises(GameError, match="No game is connected"):
        await in_a_cell(economy.balance(jane))


async def test_who_opened_a_game_that_another_task_closed_works_on_the_next_one() -> None:
    first = desperados.connect()
    await first.__aenter__()
    await asyncio.create_task(first.__aexit__(None, None, None))
    with pytest.raises(GameError, match="No game is connected"):
        current_game()
    async with desperados.connect() as second:
        assert current_game() is second


async def playing() -> AsyncIterator[Game]:
    """What a framework does with the life of an application."""
    async with desperados.connect() as game:
        yield game


async def test_a_generator_that_holds_a_game_is_closed_by_another_task() -> None:
    holding = playing()
    game = await anext(holding)
    await asyncio.create_task(holding.aclose())  # type: ignore[attr-defined]
    assert game.embedded.connections == set()


async def test_a_generator_that_holds_a_game_is_closed_when_it_is_forgotten() -> None:
    holding = playing()
    game = await anext(holding)
    del holding
    async with asyncio.timeout(10):
        while open_games():
            await asyncio.sleep(0.01)
    assert game.embedded.connections == set()


def test_a_generator_that_holds_a_game_is_closed_at_the_end_of_the_loop() -> None:
    left = []

    async def leave() -> None:
        left.append(playing())
        await anext(left[0])
        assert open_games()

    asyncio.run(leave())
    assert not open_games()


async def test_what_was_opened_is_closed_where_the_rest_fails(tmp_path: Path) -> None:
    server = EmbeddedServer()
    with pytest.raises(GameError):
        async with desperados.connect(embedded=server, seed=tmp_path / "nowhere"):
            pytest.fail("there are no seeds")
    assert not open_games()
    async with server:  # it can be started, so it was stopped
        pass


def open_games() -> list[Game]:
    return list(games._open)


def test_a_game_is_played_on_another_event_loop_than_asyncios() -> None:
    uvloop = pytest.importorskip("uvloop")

    async def play() -> None:
        assert type(asyncio.get_running_loop()).__module__.startswith("uvloop")
        async with (
            desperados.connect() as game,
            TestClient(TestServer(create_app(game))) as client,
        ):
            jane, bill = await add_character(game, dollars=100), await add_character(game)
            await asyncio.gather(*(economy.transfer(jane, bill, 1) for _ in range(20)))
            assert (await economy.balance(bill)).dollars == 20
            assert (await client.get("/readyz")).status == 200
        async with EmbeddedServer(port=0) as server, desperados.connect(server.url):
            pass

    uvloop.run(play())
