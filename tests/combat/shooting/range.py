"""Shooting contests for tests: announced, filled with people who carry a weapon, and shot out."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from bson import ObjectId

from desperados.combat import shooting
from desperados.combat.shooting.documents import Shooter, ShootingContest
from desperados.combat.shooting.jobs import JOBS as ROUNDS
from desperados.engine import clock
from desperados.engine.clock import FrozenClock
from desperados.engine.work import Jobs
from desperados.inventory.staff import grant_items
from desperados.play.shapes.documents import Contest
from desperados.play.shapes.jobs import JOBS as SHAPES
from desperados.testing import World
from tests.worlds import STAFF, hire

JOBS = (*SHAPES, *(job for job in ROUNDS if job.name != "shooting_calendar"))
PRACTICE = "daily_target_practice"
REASON = "for the test"
GUN = "rusty-revolver"


async def announce(world: World, template: str = PRACTICE) -> ObjectId:
    """A contest in an hour."""
    await hire(world.game)
    starts_at = clock.now() + timedelta(hours=1)
    view = await shooting.create_contest(
        STAFF, template=template, starts_at=starts_at, reason=REASON
    )
    return view.id


async def gunman(world: World, *, gun: str | None = GUN, **fields: Any) -> ObjectId:
    """Somebody at Red Gulch, who carries a weapon."""
    await hire(world.game)
    who = await world.character(place="red-gulch-square", dollars=900)
    if gun is not None:
        await grant_items(STAFF, who, gun, reason=REASON)
    if fields:
        await world.game.database["characters"].update_one({"_id": who}, {"$set": fields})
    return who


async def work() -> None:
    """Do what is due."""
    await Jobs(JOBS).run_until_idle()


async def fill(
    world: World, time: FrozenClock, shooters: int, template: str = PRACTICE
) -> tuple[ObjectId, list[ObjectId]]:
    """A contest that has begun, and who is in it."""
    contest = await announce(world, template)
    people = [await gunman(world, level=50) for _ in range(shooters)]
    for who in people:
        await shooting.register_shooter(who, contest, GUN)
    time.advance(hours=1)
    await work()
    return contest, people


async def stored(contest: ObjectId) -> ShootingContest:
    """A contest as it is stored."""
    found = await ShootingContest.load_one({"_id": contest})
    assert found is not None
    return found


async def row_of(contest: ObjectId, who: ObjectId) -> Shooter:
    """The row of a shooter."""
    found = await Shooter.load_one({"contestId": contest, "characterId": who})
    assert found is not None
    return found


async def fire(who: ObjectId, contest: ObjectId, target: str | None = None) -> Any:
    """Fire the next shot."""
    found, row = await stored(contest), await row_of(contest, who)
    target = target or found.rounds[found.round - 1].targets[0]
    return await shooting.fire(who, contest, found.round, row.fired + 1, target)


async def shoot_out(contest: ObjectId) -> None:
    """Everybody fires all shots, to the end of the contest."""
    while (found := await stored(contest)).status == "active":
        rows = await Shooter.load_many({"contestId": contest}, limit=64)
        for row in [row for row in rows if row.out is None]:
            for _ in range(row.fired, found.rounds[-1].shots):
                await fire(row.character_id, contest)
        await work()


async def money(world: World, *people: ObjectId) -> list[int]:
    """What each carries."""
    rows = {
        row["_id"]: row["dollars"]
        for row in await world.game.database["characters"].find({}).to_list(None)
    }
    return [rows[who] for who in people]


async def purse_of(contest: ObjectId) -> Contest:
    """Where the money of a contest is."""
    found = await Contest.load_one({"refId": contest})
    assert found is not None
    return found
