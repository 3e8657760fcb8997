"""Fights against world bosses, as the tests set them up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from bson import ObjectId

from desperados.accounts.documents import User
from desperados.characters.documents import Character
from desperados.characters.tallies.documents import Tally
from desperados.combat.world_bosses import attack_world_boss, join_world_boss
from desperados.combat.world_bosses.documents import WorldBoss, WorldBossSession
from desperados.combat.world_bosses.settling import announce_world_bosses
from desperados.combat.world_bosses.views import WorldBossBlowView
from desperados.engine.clock import FrozenClock
from desperados.testing import World

SATURDAY = datetime(2050, 3, 5, 20, tzinfo=UTC)  # The Maw comes; nothing of it has expired
MAW = "the-maw"
PLACE = "red-gulch"
# No milestone of a combat level is near, which would pay as well.
STRONG: dict[str, Any] = {
    "level": 30,
    "combatXp": 5_000,
    "createdAt": SATURDAY - timedelta(days=30),
}


async def announced(time: FrozenClock) -> ObjectId:
    """The Maw, an hour before it comes."""
    time.at = SATURDAY - timedelta(hours=1)
    await announce_world_bosses(time.at)
    found = await WorldBoss.load_one({"bossId": MAW, "startsAt": SATURDAY})
    assert found is not None
    return found.id


async def there(time: FrozenClock, **fields: Any) -> ObjectId:
    """The Maw, at the hour at which it comes; ``fields`` are as stored."""
    boss = await announced(time)
    time.at = SATURDAY
    if fields:
        await WorldBoss.collection().update_one({"_id": boss}, {"$set": fields})
    return boss


async def coming(boss: ObjectId) -> WorldBoss:
    """A coming as it is stored."""
    found = await WorldBoss.load_one({"_id": boss})
    assert found is not None
    return found


async def part(boss: ObjectId, who: ObjectId) -> WorldBossSession:
    """A part as it is stored."""
    found = await WorldBossSession.load_one({"appearanceId": boss, "characterId": who})
    assert found is not None
    return found


async def parts(boss: ObjectId) -> list[WorldBossSession]:
    """All parts in a fight."""
    return await WorldBossSession.load_many({"appearanceId": boss}, limit=1_000)


async def fighter(world: World, place: str = PLACE, **fields: Any) -> ObjectId:
    """Somebody who may fight."""
    who = await world.character(place=place)
    await Character.collection().update_one({"_id": who}, {"$set": {**STRONG, **fields}})
    return who


async def crowd(world: World, count: int) -> list[ObjectId]:
    """Many who may fight, copied from one, without money."""
    one = await fighter(world)
    row = await Character.collection().find_one({"_id": one})
    user = await User.collection().find_one({"_id": row["userId"]})
    tally = await Tally.collection().find_one({"characterId": one})
    people, users, tallies = [], [], []
    for number in range(count):
        account, name = ObjectId(), f"Copy {number}"
        users.append(
            {
                **user,
                "_id": account,
                "username": f"copy_{number}",
                "usernameFolded": f"copy_{number}",
                "email": f"copy_{number}@deadwood.example",
            }
        )
        people.append(
            {
                **row,
                "_id": ObjectId(),
                "userId": account,
                "name": name,
                "nameFolded": name.lower(),
                "dollars": 0,
                "ledgerSeq": {},
            }
        )
        tallies.append({**tally, "_id": ObjectId(), "characterId": people[-1]["_id"]})
    await User.collection().insert_many(users)
    await Character.collection().insert_many(people)
    await Tally.collection().insert_many(tallies)
    return [person["_id"] for person in people]


async def enlisted(boss: ObjectId, people: list[ObjectId]) -> None:
    """Everybody has joined."""
    for who in people:
        await join_world_boss(who, boss)


async def hit(boss: ObjectId, who: ObjectId) -> WorldBossBlowView:
    """A hand of which nothing is held."""
    return await attack_world_boss(who, boss, [])
