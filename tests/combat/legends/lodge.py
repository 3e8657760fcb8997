"""Hunters and legends, as the tests set them up."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from bson import ObjectId

from desperados.combat.legends import hear_rumor, search_clue, start_legendary_hunt
from desperados.combat.legends.documents import Legend, LegendaryCombatSession, LegendaryHunt
from desperados.combat.legends.views import LegendFightView
from desperados.engine.clock import FrozenClock
from desperados.engine.storage.content import content_changed
from desperados.testing import Luck, World
from desperados.world.clock import moment_of
from tests.world.people import change, place_id

EVENING = moment_of(1990, 6, 1, 20)
JACKALOPE = "jackalope"
TELLERS = {
    "sam-tuttle": "red-gulch-stables",
    "dolores-vance": "coyotes-crossroads",
    "foreman-jeb-morrison": "longhorn-ranch",
}
TRACES = {"antler": "dusty-trail", "burrow": "coyotes-crossroads", "whiskey": "longhorn-ranch"}
LAIR = "dusty-trail"
FOUND, MISSED = 1, 100
"""Rolls of a search."""


async def hunter(world: World, time: FrozenClock, **fields: Any) -> ObjectId:
    """Somebody who may hunt, in the evening. No milestone of a combat level is near."""
    time.at = EVENING
    who = await world.character()
    settled = {"level": 20, "combatXp": 5_000, "createdAt": EVENING - timedelta(days=30)}
    await change(who, **{**settled, **fields})
    return who


async def go(who: ObjectId, place: str) -> None:
    """Put somebody somewhere, rested."""
    await change(who, currentLocationId=await place_id(place), energy=150, energyAt=EVENING)


async def locate(who: ObjectId, luck: Luck) -> None:
    """Learn where the jackalope lives: two rumors and two clues, and stand there."""
    for npc in ("sam-tuttle", "dolores-vance"):
        await go(who, TELLERS[npc])
        await hear_rumor(who, npc)
    for trace in ("burrow", "antler"):
        await go(who, TRACES[trace])
        luck.next(FOUND)
        assert (await search_clue(who, JACKALOPE)).found
    await go(who, LAIR)


async def faced(
    world: World, time: FrozenClock, luck: Luck, **fields: Any
) -> tuple[ObjectId, LegendFightView]:
    """A hunter in front of the jackalope."""
    jane = await hunter(world, time, **fields)
    await locate(jane, luck)
    return jane, await start_legendary_hunt(jane, JACKALOPE)


async def legend_has(**fields: Any) -> None:
    """The jackalope as a test wants it."""
    await Legend.collection().update_one({"creatureId": JACKALOPE}, {"$set": fields})
    await content_changed()


async def hunt_of(who: ObjectId, legend: str = JACKALOPE) -> LegendaryHunt:
    """A hunt as it is stored."""
    found = await LegendaryHunt.load_one({"characterId": who, "creatureId": legend})
    assert found is not None
    return found


async def fight_of(who: ObjectId) -> LegendaryCombatSession:
    """The last fight of a hunter, as it is stored."""
    (found,) = await LegendaryCombatSession.load_many(
        {"characterId": who}, sort=[("startedAt", -1)], limit=1
    )
    return found
