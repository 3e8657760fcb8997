"""A fresh world in which hashing is cheap."""

from collections.abc import AsyncIterator

import pytest

import desperados
from desperados.engine.game import Game
from tests.accounts.people import CHEAP


@pytest.fixture
async def game() -> AsyncIterator[Game]:
    """A connected game on an empty embedded database in memory."""
    async with desperados.connect(**CHEAP) as connected:
        yield connected
