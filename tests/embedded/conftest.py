"""An embedded server and a client of the installed driver for each test."""

from __future__ import annotations

import datetime
from collections.abc import AsyncIterator
from typing import Any

import pytest
from pymongo import AsyncMongoClient

from desperados.embedded import EmbeddedServer

ORDERS = [
    {"_id": 1, "who": "a", "n": 5, "tags": ["x", "y"], "at": datetime.datetime(2026, 1, 1, 5)},
    {"_id": 2, "who": "b", "n": 1, "tags": [], "at": datetime.datetime(2026, 1, 1, 23)},
    {"_id": 3, "who": "a", "n": 7, "at": datetime.datetime(2026, 2, 3)},
]


@pytest.fixture
async def server() -> AsyncIterator[EmbeddedServer]:
    async with EmbeddedServer(enable_test_commands=True) as running:
        yield running


@pytest.fixture
async def client(server: EmbeddedServer) -> AsyncIterator[AsyncMongoClient[dict[str, Any]]]:
    async with AsyncMongoClient(server.url) as opened:
        yield opened


@pytest.fixture
def db(client: AsyncMongoClient[dict[str, Any]]) -> Any:
    return client["game"]


@pytest.fixture
async def orders(db: Any) -> Any:
    await db.orders.insert_many(ORDERS)
    await db.people.insert_many([{"_id": "a", "name": "Ann"}, {"_id": "b", "name": "Ben"}])
    return db.orders
