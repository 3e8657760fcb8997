"""A fresh world for each test that asks for one."""

from collections.abc import AsyncIterator

import pytest

import desperados
from desperados.engine.game import Game


@pytest.fixture
async def game() -> AsyncIterator[Game]:
    """A connected game on an empty embedded database in memory."""
    async with desperados.connect() as connected:
        yield connected
