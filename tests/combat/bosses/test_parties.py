"""Parties: who is asked, who agrees, and what it takes to set out."""

from typing import Any

import pytest
from bson import ObjectId

from desperados.characters.documents import Character
from desperados.characters.errors import CharacterUnavailable
from desperados.combat.bosses.catalogue import find_boss
from desperados.combat.bosses.documents import BossEncounter, BossRecord
from desperados.combat.bosses.errors import (
    BossAway,
    BossNotFound,
    FoughtAlone,
    MemberNotReady,
    PartyFull,
    SameAccount,
)
from desperados.combat.bosses.parties import invite_to_boss, read_party
from desperados.combat.bosses.service import start_boss
from desperados.engine.clock import FrozenClock
from desperados.play.errors import NotEnoughEnergy
from desperados.play.requirements.errors import LevelTooLow, WrongPlace
from desperados.play.shapes import accept_offer, withdraw_offer
from desperados.play.shapes.errors import AlreadyOffered, CrewIncomplete
from desperados.testing import World, hammer
from tests.combat.bosses.hunts import ALONE, IN_A_PARTY, IN_TWOS, NIGHT, hunter, party_of
from tests.world.people import place_id
from tests.worlds import fingerprint


@pytest.fixture(autouse=True)
def night(time: FrozenClock) -> None:
    time.at = NIGHT


async def change(who: ObjectId, **fields: Any) -> None:
    if "currentLocationId" in fields:
        fields["currentLocationId"] = await place_id(fields["currentLocationId"])
    await Character.collection().update_one({"_id": who}, {"$set": fields})


async def row(who: ObjectId) -> dict[str, Any]:
    found: dict[str, Any] = await Character.collection().find_one({"_id": who})
    return found


async def test_alone_one_sets_out_at_once_and_pays(world: World) -> None:
    jane = await hunter(world, ALONE)
    fight = await start_boss(jane, ALONE)
    assert (fight.boss, fight.game.status, fight.game.in_turn) == (ALONE, "active", [0])
    stored = await row(jane)
    assert (stored["energy"], stored["isInCombat"]) == (150 - 32, True)  # 25 at level 16
    assert stored["busy"]["id"] == fight.game.id
    with pytest.raises(CharacterUnavailable):
        await start_boss(jane, ALONE)


async def test_of_ten_calls_at_once_one_sets_out(world: World) -> None:
    jane = await hunter(world, ALONE)
    outcomes = await hammer(lambda: start_boss(jane, ALONE), 10)
    assert outcomes.done == 1
    assert outcomes.refused == {"character_unavailable": 9}
    assert (await row(jane))["energy"] == 150 - 32
    assert await BossEncounter.collection().count_documents({}) == 1


async def test_a_repeated_key_sets_out_once(world: World) -> None:
    jane = await hunter(world, ALONE)
    first = await start_boss(jane, ALONE, key="once")
    assert await start_boss(jane, ALONE, key="once") == first
    assert (await row(jane))["energy"] == 150 - 32


async def test_who_agreed_comes_along_and_all_pay(world: World) -> None:
    jane, bill, cole = [await hunter(world, IN_A_PARTY) for _ in range(3)]
    offers = {who: await invite_to_boss(jane, IN_A_PARTY, who) for who in (bill, cole)}
    with pytest.raises(CrewIncomplete):
        await start_boss(jane, IN_A_PARTY)
    await accept_offer(bill, offers[bill].id)
    party = await read_party(jane, IN_A_PARTY)
    assert [(member.character_id, member.agreed) for member in party.members] == [
        (bill, True),
        (cole, False),
    ]
    fight = await start_boss(jane, IN_A_PARTY)
    assert fight.game.players == [jane, bill]
    rows = [await row(who) for who in (jane, bill, cole)]
    assert [one["energy"] for one in rows] == [112, 112, 150]
    assert [one["isInCombat"] for one in rows] == [True, True, False]


async def test_who_steps_back_or_is_late_stays(world: World, time: FrozenClock) -> None:
    jane, bill, cole = await party_of(world, IN_A_PARTY, 3)
    party = await read_party(jane, IN_A_PARTY)
    await withdraw_offer(bill, party.members[0].offer_id)
    assert [m.character_id for m in (await read_party(jane, IN_A_PARTY)).members] == [cole]
    time.advance(minutes=5)
    assert (await read_party(jane, IN_A_PARTY)).members == []
    with pytest.raises(CrewIncomplete):
        await start_boss(jane, IN_A_PARTY)


async def test_no_more_are_asked_than_may_come_however_many_at_once(world: World) -> None:
    jane = await hunter(world, IN_A_PARTY)
    friends = [await world.character() for _ in range(6)]
    waiting = iter(friends)
    outcomes = await hammer(lambda: invite_to_boss(jane, IN_A_PARTY, next(waiting)), 6)
    assert outcomes.done == 3
    assert outcomes.refused == {"party_full": 3}
    with pytest.raises(PartyFull):
        await invite_to_boss(jane, IN_A_PARTY, friends[0])


async def test_whom_one_does_not_ask(world: World) -> None:
    owner = await world.account()
    bill, twin = [await world.character(of=owner) for _ in range(2)]
    jane = await hunter(world, IN_A_PARTY)
    await invite_to_boss(jane, IN_A_PARTY, bill)
    with pytest.raises(SameAccount):
        await invite_to_boss(jane, IN_A_PARTY, twin)
    with pytest.raises(AlreadyOffered):
        await invite_to_boss(jane, IN_A_PARTY, bill)
    with pytest.raises(FoughtAlone):
        await invite_to_boss(jane, ALONE, bill)
    with pytest.raises(BossNotFound):
        await invite_to_boss(jane, "nobody", bill)
    other_leader = await hunter(world, IN_A_PARTY)
    await invite_to_boss(other_leader, IN_A_PARTY, bill)  # whom two may ask


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"energy": 1, "energyAt": NIGHT}, "not_enough_energy"),
        ({"isInJail": True}, "character_unavailable"),
        ({"isDead": True}, "character_unavailable"),
        ({"level": 3}, "level_too_low"),
        ({"currentLocationId": "red-gulch"}, "wrong_place"),
    ],
)
async def test_if_one_cannot_nobody_sets_out_and_nobody_pays(
    world: World, fields: dict[str, Any], reason: str
) -> None:
    jane, bill = await party_of(world, IN_TWOS, 2)
    await change(bill, **fields)
    before = await fingerprint(world.game)
    with pytest.raises(MemberNotReady) as refused:
        await start_boss(jane, IN_TWOS)
    assert refused.value.facts == {"character": str(bill), "reason": reason}
    assert await fingerprint(world.game) == before


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"energy": 1, "energyAt": NIGHT}, NotEnoughEnergy),
        ({"isInJail": True}, CharacterUnavailable),
        ({"level": 3}, LevelTooLow),
        ({"currentLocationId": "red-gulch"}, WrongPlace),
    ],
)
async def test_the_leader_is_told_its_own_refusal(
    world: World, fields: dict[str, Any], error: type[Exception]
) -> None:
    jane = await hunter(world, ALONE)
    await change(jane, **fields)
    with pytest.raises(error):
        await start_boss(jane, ALONE)


async def test_each_waits_for_its_own_boss(world: World, time: FrozenClock) -> None:
    jane, bill = await party_of(world, IN_TWOS, 2)
    foe = await find_boss(IN_TWOS)
    record = BossRecord(
        character_id=bill, boss_id=foe.code, last_fight_at=NIGHT, ready_at=NIGHT + foe.respawn
    )
    await record.insert()
    with pytest.raises(MemberNotReady) as refused:
        await start_boss(jane, IN_TWOS)
    assert refused.value.facts["reason"] == "boss_away"
    with pytest.raises(BossAway) as away:
        await start_boss(bill, IN_TWOS)
    assert away.value.facts["retry_after"] == foe.respawn.total_seconds() + 1
