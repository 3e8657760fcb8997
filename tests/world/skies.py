"""Worlds under a clear sky: what tests of other things than the weather start from."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest_asyncio

from desperados.engine.storage.content import content_changed
from desperados.testing import World
from desperados.world.documents import Region, WorldState
from desperados.world.weather import state_key

LONG_AGO, LATER = datetime(2026, 1, 1, tzinfo=UTC), datetime(2036, 1, 1, tzinfo=UTC)


async def order(world: World, kind: str, intensity: int = 5) -> None:
    """Put one weather over all regions."""
    value = {"kind": kind, "intensity": intensity, "since": LONG_AGO, "until": LATER}
    for region in await Region.load_many({}, limit=20):
        await WorldState.collection().update_one(
            {"stateKey": state_key(region.region_id)}, {"$set": {"value": value}}, upsert=True
        )
    await content_changed()


@pytest_asyncio.fixture
async def world(world: World) -> World:
    """A world with all content, under a clear sky."""
    await order(world, "clear")
    return world


__all__ = ["order", "world"]
