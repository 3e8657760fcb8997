"""How often the commands of the world ask the database: what they add to what they must know."""

from __future__ import annotations

import itertools
from typing import Any

from desperados.engine.clock import FrozenClock
from desperados.testing import Luck, World
from desperados.world.clock import moment_of
from desperados.world.labour import read_jobs, work
from desperados.world.lodging import rest
from desperados.world.lodging.rules import RestKind
from desperados.world.travel import read_exits, travel
from tests.games import embedded
from tests.world.people import change, place_id

NOON = moment_of(1890, 6, 1, 12)


async def test_a_journey_work_and_a_rest_are_few_round_trips(
    world: World, time: FrozenClock, luck: Luck
) -> None:
    """With a key, once the content is kept: reads, one write, the commit; and no scan. One more is
    the look at the version of the content, which is due once a second."""
    time.at = NOON
    jane = await world.character(place="red-gulch")
    stats, keys = embedded(world.game).stats, itertools.count()

    async def trips(command: Any, *arguments: Any) -> int:
        stats.reset()
        await command(jane, *arguments, key=str(next(keys)))
        return int(stats.asked.total())

    async def looks(query: Any) -> int:
        await query(jane)  # content is kept once it was read
        stats.reset()
        await query(jane)
        return int(stats.asked.total())

    await read_exits(jane)
    luck.next(100)
    assert await trips(travel, "fort-ashford") <= 5
    assert await looks(read_exits) <= 3
    await change(jane, currentLocationId=await place_id("red-gulch-hotel"))
    assert await looks(read_jobs) <= 4
    assert await trips(work, "job_change_beds") <= 6
    assert await trips(rest, RestKind.BED) <= 4
    assert stats.full_scans == {}
