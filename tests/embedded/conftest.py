"""An embedded server and a client of the installed driver for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from pymongo import AsyncMongoClient

from desperados.embedded import EmbeddedServer


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
