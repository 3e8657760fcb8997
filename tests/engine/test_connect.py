"""What connect() takes, and what it refuses with a sentence instead of a traceback."""

import os
import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from unittest import mock

import pymongo
import pytest
from bson.binary import UuidRepresentation

import desperados
from desperados.economy import service as economy
from desperados.embedded import EmbeddedServer
from desperados.engine import driver
from desperados.engine.errors import ConfigurationError
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
