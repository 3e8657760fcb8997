"""The fixtures for suites of those who build on a world. They need pytest-asyncio.

    async def test_rent_is_paid_once(world):
        jane, bill = await world.character(dollars=40), await world.character()
        outcomes = await hammer(lambda: economy.transfer(jane, bill, 100), 10)
        assert outcomes.refused == {"insufficient_funds": 9}

Every world is audited when its test ends. A test that breaks its world on purpose says so with
``@pytest.mark.broken_world``.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

if TYPE_CHECKING:
    from desperados.engine.clock import FrozenClock
    from desperados.testing.luck import Luck
    from desperados.testing.worlds import World

BROKEN = "broken_world"


@pytest_asyncio.fixture
async def world(request: pytest.FixtureRequest) -> AsyncIterator[World]:
    """A world with all content, of which nobody else knows."""
    async with _audited(request, seeded=True) as opened:
        yield opened


@pytest_asyncio.fixture
async def bare_world(request: pytest.FixtureRequest) -> AsyncIterator[World]:
    """A world without content."""
    async with _audited(request, seeded=False) as opened:
        yield opened


@pytest.fixture
def time() -> Iterator[FrozenClock]:
    """Time that stands still until the test moves it: ``time.advance(days=7)``."""
    from desperados.engine import clock

    with clock.frozen() as frozen:
        yield frozen


@pytest.fixture
def luck() -> Iterator[Luck]:
    """Dice that are chosen: ``luck.next(6, 1)``; what is not chosen follows a fixed seed."""
    from desperados.testing.luck import chosen

    with chosen() as opened:
        yield opened


@asynccontextmanager
async def _audited(request: pytest.FixtureRequest, *, seeded: bool) -> AsyncIterator[World]:
    from desperados.testing.worlds import open_world

    async with open_world(seeded=seeded) as opened:
        yield opened
        if request.node.get_closest_marker(BROKEN) is None:
            report = await opened.audit()
            assert report.clean, f"the audit found: {report.first}"
