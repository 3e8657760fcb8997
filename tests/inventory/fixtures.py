"""What the worlds of tests about items have: definitions, and an audit at the end."""

from collections.abc import AsyncIterator

import pytest

from desperados.engine.game import Game
from tests.games import open_game
from tests.inventory.worlds import define_items, problems


@pytest.fixture
def honest() -> bool:
    """Whether the world must still add up at the end; tests that break it by hand override it."""
    return True


@pytest.fixture
async def game(honest: bool) -> AsyncIterator[Game]:
    """A connected game with item definitions."""
    async with open_game() as connected:
        await define_items()
        yield connected
        assert not honest or await problems() == []
