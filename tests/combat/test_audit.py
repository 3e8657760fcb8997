"""The audit finds what tournaments and shooting contests say that their contests do not."""

from __future__ import annotations

from typing import Any

import pytest
from bson import ObjectId

from desperados.engine.clock import FrozenClock
from desperados.engine.manifest.auditing import Finding
from desperados.testing import World
from tests.combat.shooting import range as shooting
from tests.combat.tournaments import field as tournaments


@pytest.mark.broken_world
@pytest.mark.parametrize(
    ("broken", "found"),
    [
        ({"$set": {"prizePool": 7}}, "shows a pool of 7, and has 80"),
        ({"$pop": {"participants": 1}}, "has other participants than those who have a place"),
        ({"$set": {"contestId": ObjectId()}}, "has no contest of its own that keeps its money"),
    ],
)
async def test_a_tournament_that_is_not_what_its_contest_says_is_found(
    world: World, time: FrozenClock, broken: dict[str, Any], found: str
) -> None:
    tournament, _ = await tournaments.fill(world, time, 2)
    assert (await world.audit()).clean
    await world.game.database["tournaments"].update_one({"_id": tournament}, broken)
    report = await world.audit()
    assert report.first == Finding("contests", f"tournaments/{tournament}", found)


@pytest.mark.broken_world
async def test_prizes_that_were_not_paid_are_found(world: World, time: FrozenClock) -> None:
    contest, _ = await shooting.fill(world, time, 4)
    await shooting.shoot_out(contest)
    await shooting.work()
    assert (await world.audit()).clean
    await world.game.database["shootingcontests"].update_one(
        {"_id": contest}, {"$inc": {"placements.0.prize": 1}}
    )
    report = await world.audit()
    problem = "shows other prizes than those that were paid"
    assert report.first == Finding("contests", f"shootingcontests/{contest}", problem)
