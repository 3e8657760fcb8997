"""Where the games of the tests live: in memory, or all on one real replica set."""

import gc
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from bson import ObjectId

import desperados
from desperados.embedded import EmbeddedServer
from desperados.engine.game import Game

REAL_SERVER = os.environ.get("DESPERADOS_TEST_MONGODB_URL")

_prepared: EmbeddedServer | None = None


async def empty_world() -> EmbeddedServer:
    """A world with all collections and indexes and no documents, for `connect(embedded=...)`.

    The first one is made as any game's is; the others are forks of it.
    """
    global _prepared
    if _prepared is None:
        async with desperados.connect() as game:
            _prepared = game.embedded
        # Classes and what they are made of stay to the end: no collection need look at them.
        gc.collect()
        gc.freeze()
    return _prepared.fork()


@asynccontextmanager
async def open_game(**settings: Any) -> AsyncIterator[Game]:
    """A game on an empty database, by default the embedded engine's in memory.

    With DESPERADOS_TEST_MONGODB_URL it is a database of its own there, dropped at the end.
    """
    if REAL_SERVER is None:
        async with desperados.connect(embedded=await empty_world(), **settings) as game:
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
