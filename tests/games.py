"""Where the games of the tests live: in memory, or all on one real replica set."""

import pytest

from desperados.embedded import EmbeddedServer
from desperados.engine.game import Game
from desperados.testing import open_game

__all__ = ["embedded", "open_game"]


def embedded(game: Game) -> EmbeddedServer:
    """The embedded engine below the game; a test that needs it is skipped on a real server."""
    if game.embedded is None:
        pytest.skip("needs the counters or the faults of the embedded engine")
    server: EmbeddedServer = game.embedded
    return server
