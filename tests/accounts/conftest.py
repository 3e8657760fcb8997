"""A fresh world in which hashing is cheap."""

from collections.abc import AsyncIterator

import pytest

from desperados.engine.game import Game
from tests.accounts.people import CHEAP
from tests.games import open_game


@pytest.fixture
async def game() -> AsyncIterator[Game]:
    """A connected game on an empty database."""
    async with open_game(**CHEAP) as connected:
        yield connected
