"""Secrets and hidden places: for whoever meets what they take, where they are, once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from bson import ObjectId

from desperados.characters.errors import CharacterUnavailable
from desperados.characters.tallies import has, tally
from desperados.engine.clock import FrozenClock
from desperados.engine.errors import RateLimited
from desperados.inventory import inventory
from desperados.npcs.documents import NPCTrust
from desperados.play.errors import NotEnoughEnergy
from desperados.play.requirements.errors import Closed, NpcTrustTooLow, SkillTooLow
from desperados.quests.documents import CharacterQuest
from desperados.testing import Luck, World, hammer
from desperados.world.clock import moment_of
from desperados.world.errors import AlreadyKnown, PlaceNotFound, SecretNotFound
from desperados.world.secrets import search_area, secrets_here, unlock_secret
from desperados.world.travel import read_exits, travel
from tests.world.people import change, energy, place_id, stored, where

NOON = moment_of(1890, 6, 1, 12)
EVENING = moment_of(1890, 6, 1, 21)
OLD = NOON - timedelta(days=30)
FOUND, MISSED = 1, 100


def skill(**levels: int) -> dict[str, Any]:
    return {f"skills.{name}": {"level": level, "xp": 0} for name, level in levels.items()}


async def seeker(world: World, place: str, **fields: Any) -> ObjectId:
    jane = await world.character(place=place)
    await change(jane, createdAt=OLD, **fields)
    return jane


async def trusted(who: ObjectId, npc: str, trust: int) -> None:
    await NPCTrust.collection().insert_one({"characterId": who, "npcId": npc, "trustLevel": trust})


# Secrets


async def wise(world: World) -> ObjectId:
    """Somebody at Ancestor's Spring who meets what its secret takes."""
    return await seeker(
        world,
        "ancestors-spring",
        standings={"nahi_coalition": 75},
        **skill(ritual_knowledge=5),
    )


async def test_a_secret_is_found_by_whoever_meets_all_it_takes(
    world: World, time: FrozenClock
) -> None:
    time.at = NOON
    jane = await wise(world)
    found = await unlock_secret(jane, "ancient_spirits")
    assert (found.name, found.xp, found.opens) == ("The Swept Floors", 500, [])
    assert await tally(jane, "secret_found") == 1
    with pytest.raises(AlreadyKnown):
        await unlock_secret(jane, "ancient_spirits")
    (seen,) = await secrets_here(jane)
    assert (seen.known, seen.description) == (True, found.description)


@pytest.mark.parametrize(
    ("place", "secret", "fields", "error"),
    [
        ("ancestors-spring", "nothing", {}, SecretNotFound),
        ("red-gulch", "ancient_spirits", {}, SecretNotFound),  # named from another town
        (
            "ancestors-spring",
            "ancient_spirits",
            {"standings": {"nahi_coalition": 75}},
            SkillTooLow,
        ),
        ("ancestors-spring", "ancient_spirits", {"isDead": True}, CharacterUnavailable),
    ],
)
async def test_what_keeps_a_secret(
    world: World,
    time: FrozenClock,
    place: str,
    secret: str,
    fields: dict[str, Any],
    error: type[Exception],
) -> None:
    time.at = NOON
    jane = await seeker(world, place, **fields)
    before = await stored(jane)
    with pytest.raises(error):
        await unlock_secret(jane, secret)
    assert await stored(jane) == before


async def test_ten_at_once_find_it_once(world: World, time: FrozenClock) -> None:
    time.at = NOON
    jane = await wise(world)
    outcomes = await hammer(lambda: unlock_secret(jane, "ancient_spirits"), 10)
    assert (outcomes.done, outcomes.refused) == (1, {"already_known": 9})
    assert await tally(jane, "secret_found") == 1


async def test_a_secret_that_comes_again_pays_once_in_its_time(
    world: World, time: FrozenClock
) -> None:
    time.at = EVENING
    jane = await seeker(world, "whiskey-bend-docks")
    with pytest.raises(NpcTrustTooLow):
        await unlock_secret(jane, "moonshine_runner")
    await trusted(jane, "captain-josiah-flood", 40)
    outcomes = await hammer(lambda: unlock_secret(jane, "moonshine_runner"), 5)
    assert (outcomes.done, outcomes.refused) == (1, {"rate_limited": 4})
    assert outcomes.answers[0].dollars == 150
    time.advance(hours=4, seconds=-1)
    with pytest.raises(RateLimited):
        await unlock_secret(jane, "moonshine_runner")
    time.advance(seconds=1)  # four hours of ours are sixteen of the game
    with pytest.raises(Closed):
        await unlock_secret(jane, "moonshine_runner")
    time.at = moment_of(1890, 6, 2, 20)
    await unlock_secret(jane, "moonshine_runner")


async def test_the_hint_is_told_from_half_of_it_on(world: World, time: FrozenClock) -> None:
    time.at = NOON
    jane = await seeker(world, "ancestors-spring")
    (seen,) = await secrets_here(jane)
    assert (seen.met, seen.needed, seen.name, seen.hint, seen.unmet) == (0, 2, None, None, [])
    await change(jane, standings={"nahi_coalition": 75})
    (seen,) = await secrets_here(jane)
    assert (seen.met, seen.name, seen.hint) == (
        1, "The Swept Floors", "Come with clean hands.",
    )  # fmt: skip
    assert [one.kind for one in seen.unmet] == ["skill"]
    assert seen.description is None
    assert await secrets_here(await seeker(world, "red-gulch")) == []


async def test_a_secret_opens_a_place_for_good(world: World, time: FrozenClock) -> None:
    time.at = NOON
    jane = await seeker(world, "golden-spur-saloon")
    await trusted(jane, "molly-quinn", 50)
    assert (await unlock_secret(jane, "spur_back_room")).opens == ["golden-spur-saloon"]
    await travel(jane, "red-gulch")
    time.at = moment_of(1890, 6, 1, 9)  # the saloon is closed, but not for Jane
    assert (await travel(jane, "golden-spur-saloon")).place == "golden-spur-saloon"


# Hidden places


async def test_a_search_finds_what_the_seeker_is_able_to_find(
    world: World, time: FrozenClock, luck: Luck
) -> None:
    time.at = NOON
    jane = await seeker(world, "sangre-canyon", **skill(tracking=10))
    luck.next(FOUND)
    found = await search_area(jane)
    assert (found.succeeded, found.places, found.energy_spent, found.xp) == (
        True, ["hole-in-the-wall"], 5, 25,
    )  # fmt: skip
    assert await has(jane, "place_opened", "location:hole-in-the-wall")
    assert "hole-in-the-wall" in {one.place for one in (await read_exits(jane)).exits}
    await travel(jane, "hole-in-the-wall")
    assert await where(jane) == "hole-in-the-wall"


@pytest.mark.parametrize(("tracking", "throw"), [(9, FOUND), (10, MISSED)])
async def test_neither_without_skill_nor_without_luck(
    world: World, time: FrozenClock, luck: Luck, tracking: int, throw: int
) -> None:
    time.at = NOON
    jane = await seeker(world, "sangre-canyon", **skill(tracking=tracking))
    luck.next(throw)
    assert (await search_area(jane)).places == []
    assert await energy(jane) == 145
    with pytest.raises(PlaceNotFound):
        await travel(jane, "hole-in-the-wall")


async def test_an_area_is_searched_once_in_ten_minutes(world: World, time: FrozenClock) -> None:
    time.at = NOON
    jane = await seeker(world, "sangre-canyon")
    outcomes = await hammer(lambda: search_area(jane), 6)
    assert (outcomes.done, outcomes.refused) == (1, {"rate_limited": 5})
    assert await energy(jane) == 145
    await change(jane, currentLocationId=await place_id("echo-caves"))
    await search_area(jane)  # somewhere else
    time.advance(minutes=10)
    await change(jane, energy=4, energyAt=time.at)
    with pytest.raises(NotEnoughEnergy):
        await search_area(jane)


async def test_a_secret_may_give_goods(world: World, time: FrozenClock) -> None:
    time.at = NOON
    jane = await seeker(world, "red-gulch-sheriff", standings={"settler_alliance": 25})
    await CharacterQuest.collection().insert_one(
        {"characterId": jane, "questId": "four_hundred_head", "status": "completed"}
    )
    found = await unlock_secret(jane, "sheriffs_armory")
    assert found.dollars == 500
    assert [(one.item, one.quantity) for one in found.items] == [("deputy-badge", 1)]
    assert [stack.item for stack in (await inventory(jane)).stacks] == ["deputy-badge"]
