"""The parlour, open."""

import pytest

from desperados.testing import World
from tests.play.parlour import furnish


@pytest.fixture
async def parlour(world: World) -> World:
    """A world in which the test's own domain has registered its games, and all else."""
    await furnish(world.game)
    return world
