"""Every world of these tests has items, is audited at the end, and never searched without index."""

from collections.abc import AsyncIterator

import pytest

import desperados
from desperados.engine.game import Game
from tests.inventory.worlds import define_items, problems


@pytest.fixture
def honest() -> bool:
    """Whether the world must still add up at the end; tests that break it by hand override it."""
    return True


@pytest.fixture
async def game(honest: bool) -> AsyncIterator[Game]:
    """A connected game with item definitions."""
    async with desperados.connect() as connected:
        await define_items()
        connected.embedded.stats.reset()
        yield connected
        assert connected.embedded.stats.full_scans == {}
        assert not honest or await problems() == []
