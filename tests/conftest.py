"""A fresh world for each test that asks for one.

DESPERADOS_TEST_MONGODB_URL runs the suite against a real replica set: each test gets a database of
its own there, dropped when the test ends.
"""

import os
from collections.abc import AsyncIterator
from typing import Any

import pytest
from bson import ObjectId

import desperados
from desperados.engine.game import Game

# A busy machine may make crowds wait: the suite proves what is done, not how quickly.
os.environ.setdefault("DESPERADOS_TRANSACTION_DEADLINE", "60")

REAL_SERVER = os.environ.get("DESPERADOS_TEST_MONGODB_URL")
SETTINGS: dict[str, Any] = {
    "password_time_cost": 1,
    "password_memory_kib": 64,
    "password_parallelism": 1,
    "sending_age_hours": 24,
}


@pytest.fixture
async def game() -> AsyncIterator[Game]:
    """A connected game on an empty database, by default the embedded engine's in memory."""
    if REAL_SERVER is None:
        async with desperados.connect(**SETTINGS) as connected:
            yield connected
        return
    async with desperados.connect(
        REAL_SERVER, database=f"test_{ObjectId()}", **SETTINGS
    ) as connected:
        try:
            yield connected
        finally:
            await connected.client.drop_database(connected.settings.database)
