"""The real application over the embedded engine."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import pytest_asyncio
from aiohttp.test_utils import TestClient, TestServer

from desperados.api.app import create_app
from desperados.api.serving.protocol import ProblemRunner
from tests.api.client import Api, add_start_places
from tests.games import open_game

CHEAP: dict[str, Any] = {
    "password_time_cost": 1,
    "password_memory_kib": 8,
    "password_parallelism": 1,
    "rate_limit_scale": 1_000_000,
}


class ApiServer(TestServer):
    """A server that handles connections as ``serve`` does."""

    async def _make_runner(self, **options: Any) -> ProblemRunner:
        return ProblemRunner(self.app, **options)


@asynccontextmanager
async def open_api(**settings: Any) -> AsyncIterator[Api]:
    """An API over a world of its own; ``settings`` are those of the game."""
    async with open_game(**{**CHEAP, **settings}) as game:
        await add_start_places(game)
        async with TestClient(ApiServer(create_app(game))) as client:
            yield Api(game, client)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared_api() -> AsyncIterator[Api]:
    """One application for all tests of a module, where they leave nothing that another minds."""
    async with open_api() as opened:
        yield opened


@pytest.fixture
async def api() -> AsyncIterator[Api]:
    """The application over an empty world."""
    async with open_api() as opened:
        yield opened
