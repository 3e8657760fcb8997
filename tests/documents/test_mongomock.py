"""Documents and queries on mongomock-motor, which Beanie 1.30 users know from their tests."""

from collections.abc import AsyncIterator

import pytest

import desperados
from desperados.characters.documents import Character
from desperados.engine import driver
from desperados.engine.errors import TransactionsUnsupported
from desperados.engine.game import Game
from desperados.engine.transactions import transaction
from tests.documents.test_documents import jane

mongomock_motor = pytest.importorskip("mongomock_motor")
pytestmark = pytest.mark.skipif(not driver.MOTOR, reason="Motor belongs to Beanie 1.30")


@pytest.fixture
async def imitated() -> AsyncIterator[Game]:
    client = mongomock_motor.AsyncMongoMockClient(tz_aware=True)
    async with desperados.connect(client=client) as connected:
        yield connected


async def test_documents_and_queries_work(imitated: Game) -> None:
    character = await jane().insert()
    await jane(name="Joan").insert()
    assert await Character.find_one(Character.name == "Jane") == character
    character.level = 2
    await character.save()
    assert [found.level for found in await Character.load_many({}, limit=5)] == [2, 1]


async def test_a_transaction_is_refused(imitated: Game) -> None:
    with pytest.raises(TransactionsUnsupported):
        async with transaction():
            await jane().insert()
