"""Worlds for tests are whole, their own, and quickly there."""

import pytest

from desperados import characters, economy
from desperados.accounts.documents import UserRole
from desperados.characters.documents import Character
from desperados.engine import clock, dice
from desperados.engine.clock import FrozenClock
from desperados.testing import Luck, World, open_world
from desperados.world.documents import Location


async def test_a_world_has_the_content_and_a_bare_one_has_none(
    world: World, bare_world: World
) -> None:
    with world.game.active():
        assert await Location.load_one({"locationId": "red-gulch"}) is not None
    with bare_world.game.active():
        assert await Location.collection().count_documents({}) == 0


async def test_what_happens_in_one_world_is_not_known_in_another() -> None:
    async with open_world() as first, open_world() as second:
        with first.game.active():
            jane = await first.character("Calamity Jane")
            await Location.collection().delete_many({})
        with second.game.active():
            assert await Character.get(jane) is None
            assert await Location.collection().count_documents({}) > 0
            await second.character("Calamity Jane")  # the name is free here


async def test_a_character_has_what_the_test_gives_it_and_the_audit_agrees(world: World) -> None:
    owner = await world.account("calamity", role=UserRole.MODERATOR)
    jane = await world.character("Jane", of=owner, place="red-gulch", dollars=40, gold=2)
    assert owner.role is UserRole.MODERATOR
    balances = await economy.balance(jane)
    assert (balances.dollars, balances.gold) == (140, 2)
    here = await Location.load_one({"locationId": "red-gulch"})
    character = await Character.get(jane)
    assert here is not None
    assert character is not None
    assert character.current_location_id == here.id
    assert (await characters.get(jane)).name == "Jane"
    assert (await world.audit()).clean


async def test_a_place_that_is_not_there_is_named(world: World) -> None:
    with pytest.raises(LookupError, match="atlantis"):
        await world.character(place="atlantis")


@pytest.mark.broken_world
async def test_the_audit_of_a_broken_world_names_what_is_off(world: World) -> None:
    jane = await world.character()
    await Character.collection().update_one({"_id": jane}, {"$inc": {"dollars": 5}})
    first = (await world.audit()).first
    assert first is not None
    assert str(jane) in first.where


async def test_time_stands_still_until_it_is_moved(time: FrozenClock, world: World) -> None:
    before = clock.now()
    time.advance(days=7)
    jane = await world.character()
    character = await Character.get(jane)
    assert character is not None
    assert (character.created_at - before).days == 7


async def test_dice_show_what_was_chosen_and_then_follow_a_seed(luck: Luck) -> None:
    luck.next(6, 1, 4)
    assert [dice.roll(6), dice.between(1, 3), dice.roll(6)] == [6, 1, 4]
    assert luck.left == ()
    again = Luck()
    assert [dice.roll(100) for _ in range(5)] == [again.randint(1, 100) for _ in range(5)]


async def test_what_these_dice_cannot_show_is_a_fault_of_the_test(luck: Luck) -> None:
    luck.next(7)
    with pytest.raises(AssertionError, match="these dice show 1 to 6"):
        dice.roll(6)
