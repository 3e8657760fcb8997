"""Where the games of the tests live: in memory, or all on one real replica set."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

import pytest
from bson import ObjectId

import desperados
from desperados.embedded import EmbeddedServer
from desperados.engine.game import Game

SWEEP_SECONDS = 0.25  # how often the embedded engine looks for what has expired
REAL_SERVER = os.environ.get("DESPERADOS_TEST_MONGODB_URL")


@asynccontextmanager
async def open_game(**settings: Any) -> AsyncIterator[Game]:
    """A game on an empty database, by default the embedded engine's in memory.

    With DESPERADOS_TEST_MONGODB_URL it is a database of its own there, dropped at the end.
    """
    if REAL_SERVER is None:
        async with desperados.connect(**settings) as game:
            yield game
        return
    settings.setdefault("database", f"test_{ObjectId()}")
    async with desperados.connect(REAL_SERVER, **settings) as game:
        try:
            yield game
        finally:
            await game.client.drop_database(game.settings.database)


def embedded(game: Game) -> EmbeddedServer:
    """The embedded engine below the game; a test that needs it is skipped on a real server."""
    if game.embedded is None:
        pytest.skip("needs the counters or the faults of the embedded engine")
    server: EmbeddedServer = game.embedded
    return server


async def expire(game: Game, at: datetime) -> None:
    """Let the database remove what has expired at a moment, by its own clock."""
    server = embedded(game)
    ours, server.clock = server.clock, at.timestamp
    try:
        await asyncio.sleep(3 * SWEEP_SECONDS)
    finally:
        server.clock = ours
