"""Where the games of the tests live: in memory, or all on one real replica set."""

import asyncio
from datetime import datetime

import pytest

from desperados.embedded import EmbeddedServer
from desperados.engine.game import Game
from desperados.testing import open_game

SWEEP_SECONDS = 0.25  # how often the embedded engine looks for what has expired

__all__ = ["embedded", "open_game"]


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
