"""A fresh world for each test that asks for one, in which no service searches without an index.

DESPERADOS_TEST_MONGODB_URL runs the suite against a real replica set: each test gets a database of
its own there, dropped when the test ends.
"""

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from desperados.engine.game import Game
from tests.disks import mounted
from tests.games import open_game
from tests.scans import watched

# A busy machine may make crowds wait: the suite proves what is done, not how quickly.
os.environ.setdefault("DESPERADOS_TRANSACTION_DEADLINE", "60")

SETTINGS: dict[str, Any] = {
    "password_time_cost": 1,
    "password_memory_kib": 64,
    "password_parallelism": 1,
    "sending_age_hours": 24,
}


@pytest.fixture(autouse=True)
def no_service_searches_without_an_index(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every query of every service that the test called was served by an index."""
    with watched(monkeypatch) as found:
        yield
    assert not found


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of three megabytes."""
    with mounted(tmp_path / "disk", megabytes=3) as disk:
        yield disk


@pytest.fixture
async def game() -> AsyncIterator[Game]:
    """A connected game on an empty database."""
    async with open_game(**SETTINGS) as connected:
        yield connected
