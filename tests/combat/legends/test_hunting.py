"""The search: rumors and clues, each once, and what nobody is told who has not heard of it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from desperados.combat.legends import (
    hear_rumor,
    legends_here,
    list_legends,
    search_clue,
    start_legendary_hunt,
)
from desperados.combat.legends.content import all_legends
from desperados.combat.legends.documents import DiscoveryStage, Legend, LegendaryHunt
from desperados.combat.legends.errors import (
    LegendNotFound,
    NobodyHere,
    NothingToFind,
    NothingToTell,
    NotLocated,
)
from desperados.engine.clock import FrozenClock
from desperados.engine.errors import RateLimited
from desperados.engine.live import events
from desperados.engine.storage.content import content_changed
from desperados.npcs.documents import NPC
from desperados.play.errors import NotEnoughEnergy
from desperados.play.requirements.errors import RequirementUnmet
from desperados.testing import Luck, World, hammer
from tests.combat.legends.lodge import (
    EVENING,
    FOUND,
    JACKALOPE,
    MISSED,
    TELLERS,
    go,
    hunt_of,
    hunter,
)
from tests.world.people import change, energy, stored


async def test_a_hunt_begins_with_a_rumor(world: World, time: FrozenClock) -> None:
    jane = await hunter(world, time)
    assert await list_legends(jane) == []
    await go(jane, "red-gulch-stables")
    assert "sam-tuttle" in (await legends_here(jane)).npcs
    async with events.listen(jane) as stream:
        told = await hear_rumor(jane, "sam-tuttle")
        heard = await stream.text()
    assert (told.legend, told.progress, told.stage) == (JACKALOPE, 20, DiscoveryStage.RUMORED)
    assert "sack" in told.text
    assert '"event":"hunt:progress"' in heard
    assert 150 - await energy(jane) == 7  # 5 at level 20
    (known,) = await list_legends(jane)
    assert (known.rumors, known.clues, known.lair) == ([told.text], [], None)
    assert "sam-tuttle" not in (await legends_here(jane)).npcs


async def test_a_rumor_is_told_once_by_each(world: World, time: FrozenClock) -> None:
    jane = await hunter(world, time)
    await go(jane, "red-gulch-stables")
    outcomes = await hammer(lambda: hear_rumor(jane, "sam-tuttle"), 5)
    assert (outcomes.done, outcomes.refused) == (1, {"nothing_to_tell": 4})
    with pytest.raises(NothingToTell):
        await hear_rumor(jane, "sam-tuttle")
    assert (await hunt_of(jane)).progress == 20
    assert 150 - await energy(jane) == 7
    for npc in ("dolores-vance", "foreman-jeb-morrison"):
        await go(jane, TELLERS[npc])
        await hear_rumor(jane, npc)
    hunt = await hunt_of(jane)
    assert (hunt.progress, hunt.discovery_stage) == (60, DiscoveryStage.RUMORED)


async def test_one_asks_who_is_here(world: World, time: FrozenClock) -> None:
    jane = await hunter(world, time)
    await go(jane, "red-gulch")
    for nobody in ("sam-tuttle", "no-such-body", {"$gt": ""}):
        with pytest.raises(NobodyHere):
            await hear_rumor(jane, nobody)  # type: ignore[arg-type]
    await go(jane, "red-gulch-bank")
    with pytest.raises(NothingToTell):
        await hear_rumor(jane, "banker-horace-whitlock")


async def test_some_tell_only_whom_they_trust(world: World, time: FrozenClock) -> None:
    await Legend.collection().update_one(
        {"creatureId": JACKALOPE}, {"$set": {"rumors.0.trust": 20}}
    )
    await content_changed()
    jane = await hunter(world, time)
    await go(jane, "red-gulch-stables")
    with pytest.raises(RequirementUnmet):
        await hear_rumor(jane, "sam-tuttle")
    await world.game.database["npctrusts"].insert_one(
        {"npcId": "sam-tuttle", "characterId": jane, "trustLevel": 20}
    )
    assert (await hear_rumor(jane, "sam-tuttle")).progress == 20


async def test_who_is_too_tired_asks_nobody(world: World, time: FrozenClock) -> None:
    jane = await hunter(world, time)
    await go(jane, "red-gulch-stables")
    await change(jane, energy=5, energyAt=EVENING)
    with pytest.raises(NotEnoughEnergy):
        await hear_rumor(jane, "sam-tuttle")
    assert await LegendaryHunt.load_one({"characterId": jane}) is None


async def test_nobody_finds_what_it_has_not_heard_of(world: World, time: FrozenClock) -> None:
    """And nobody is told that it is there."""
    jane = await hunter(world, time)
    await go(jane, "dusty-trail")
    for unknown in (JACKALOPE, "no-such-beast", {"$gt": ""}):
        with pytest.raises(LegendNotFound):
            await search_clue(jane, unknown)  # type: ignore[arg-type]
        with pytest.raises(LegendNotFound):
            await start_legendary_hunt(jane, unknown)  # type: ignore[arg-type]
    assert (await legends_here(jane)).traces == []


async def test_a_clue_is_found_once_by_its_roll(
    world: World, time: FrozenClock, luck: Luck
) -> None:
    jane = await hunter(world, time)
    await go(jane, "red-gulch-stables")
    await hear_rumor(jane, "sam-tuttle")
    await go(jane, "dusty-trail")
    assert (await legends_here(jane)).traces == [JACKALOPE]
    luck.next(FOUND)
    clue = await search_clue(jane, JACKALOPE)
    assert (clue.found, clue.roll, clue.chance) == (True, 1, 42)  # tracking 1 against 5
    assert (clue.progress, clue.stage) == (45, DiscoveryStage.TRACKED)
    assert 150 - await energy(jane) == 13
    assert (await stored(jane))["skills"]["tracking"]["xp"] == 10
    with pytest.raises(NothingToFind):
        await search_clue(jane, JACKALOPE)
    hunt = await hunt_of(jane)
    assert hunt.clues_found == ["antler"]
    await go(jane, "red-gulch")
    with pytest.raises(NothingToFind):
        await search_clue(jane, JACKALOPE)


async def test_two_searches_at_once_find_it_once(
    world: World, time: FrozenClock, luck: Luck
) -> None:
    jane = await hunter(world, time)
    await go(jane, "red-gulch-stables")
    await hear_rumor(jane, "sam-tuttle")
    await go(jane, "dusty-trail")
    luck.next(*[FOUND] * 6)
    outcomes = await hammer(lambda: search_clue(jane, JACKALOPE), 2)
    assert (outcomes.done, outcomes.refused) == (1, {"nothing_to_find": 1})
    hunt = await hunt_of(jane)
    assert (hunt.clues_found, hunt.progress) == (["antler"], 45)


async def test_who_misses_it_comes_again_after_an_hour(
    world: World, time: FrozenClock, luck: Luck
) -> None:
    jane = await hunter(world, time)
    await go(jane, "red-gulch-stables")
    await hear_rumor(jane, "sam-tuttle")
    await go(jane, "dusty-trail")
    luck.next(MISSED)
    missed = await search_clue(jane, JACKALOPE)
    assert (missed.found, missed.text, missed.progress) == (False, None, 20)
    assert missed.again_at == time.at + timedelta(hours=1)
    spent = await energy(jane)
    time.advance(minutes=59)
    with pytest.raises(RateLimited):
        await search_clue(jane, JACKALOPE)
    assert await energy(jane) == spent
    time.advance(minutes=1)
    luck.next(FOUND)
    assert (await search_clue(jane, JACKALOPE)).found


async def test_the_lair_is_known_by_two_clues(world: World, time: FrozenClock, luck: Luck) -> None:
    jane = await hunter(world, time)
    await go(jane, "red-gulch-stables")
    await hear_rumor(jane, "sam-tuttle")
    with pytest.raises(NotLocated):
        await start_legendary_hunt(jane, JACKALOPE)
    await locate_rest(jane, luck)
    (known,) = await list_legends(jane)
    assert (known.stage, known.lair, known.progress) == (
        DiscoveryStage.LOCATED, "dusty-trail", 90,
    )  # fmt: skip
    assert len(known.clues) == 2


async def locate_rest(jane: object, luck: Luck) -> None:
    """What ``locate`` does after the first rumor."""
    await go(jane, TELLERS["dolores-vance"])  # type: ignore[arg-type]
    await hear_rumor(jane, "dolores-vance")  # type: ignore[arg-type]
    for place in ("coyotes-crossroads", "dusty-trail"):
        await go(jane, place)  # type: ignore[arg-type]
        luck.next(FOUND)
        await search_clue(jane, JACKALOPE)  # type: ignore[arg-type]


async def test_the_same_key_is_heard_once(world: World, time: FrozenClock, luck: Luck) -> None:
    jane = await hunter(world, time)
    await go(jane, "red-gulch-stables")
    first = await hear_rumor(jane, "sam-tuttle", key="k")
    assert await hear_rumor(jane, "sam-tuttle", key="k") == first
    assert 150 - await energy(jane) == 7


async def test_hunts_of_other_programs_go_on(world: World, time: FrozenClock, luck: Luck) -> None:
    """Rows without progress, even two of one legend: the first counts, with what its stage says."""
    jane = await hunter(world, time)
    rows = [
        {"characterId": jane, "creatureId": JACKALOPE, "discoveryStage": stage, "hunted": False}
        for stage in ("tracked", "unknown")
    ]
    await LegendaryHunt.collection().insert_many(rows)
    (known,) = await list_legends(jane)
    assert (known.progress, known.stage) == (40, DiscoveryStage.TRACKED)
    await go(jane, "dusty-trail")
    luck.next(FOUND)
    clue = await search_clue(jane, JACKALOPE)
    assert (clue.progress, clue.stage) == (65, DiscoveryStage.TRACKED)
    assert (await hunt_of(jane)).progress == 65


async def test_all_that_is_told_can_be_heard(world: World, time: FrozenClock) -> None:
    """Who goes round all of them hears of all legends."""
    jane = await hunter(world, time)
    for npc in {rumor.npc for legend in await all_legends() for rumor in legend.rumors}:
        there = await NPC.load_one({"_id": npc})
        assert there is not None
        while True:
            await change(jane, currentLocationId=there.location_id, energy=150, energyAt=EVENING)
            try:
                await hear_rumor(jane, npc)
            except NothingToTell:
                break
    known = await list_legends(jane)
    assert len(known) == 12
    assert {len(hunt.rumors) for hunt in known} <= {3, 4, 5}
