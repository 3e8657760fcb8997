"""Joining and hitting a world boss: who may, what it does, and what nobody learns by it."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from typing import Any

import pytest
from bson import ObjectId

from desperados.characters.errors import CharacterUnavailable
from desperados.combat.world_bosses import (
    attack_world_boss,
    join_world_boss,
    list_world_bosses,
    my_world_bosses,
    read_my_part,
    read_world_boss,
    rules,
)
from desperados.combat.world_bosses.documents import BossStatus, WorldBossSession
from desperados.combat.world_bosses.errors import (
    AlreadyFighting,
    Fallen,
    NoSuchPlaces,
    NotAFighter,
    OutOfTheFight,
    TooSoon,
    WorldBossFull,
    WorldBossGone,
    WorldBossNotFound,
    WorldBossNotThere,
)
from desperados.deck.documents import Suit
from desperados.deck.hands import judge
from desperados.engine.clock import FrozenClock
from desperados.engine.live import events
from desperados.play.errors import NotEnoughEnergy
from desperados.play.requirements.errors import LevelTooLow, WrongPlace
from desperados.play.seeds import draws_of, hash_of
from desperados.testing import World, hammer
from tests.combat.world_bosses.arena import (
    SATURDAY,
    announced,
    coming,
    crowd,
    fighter,
    hit,
    part,
    parts,
    there,
)
from tests.world.people import change, energy, stored, where


async def test_who_joins_pays_once_and_gets_a_hand(world: World, time: FrozenClock) -> None:
    boss = await announced(time)
    jane = await fighter(world, health=80, healthAt=time.at)
    before = await energy(jane)
    mine = await join_world_boss(jane, boss)
    assert len(mine.cards) == 5
    assert (mine.health, mine.damage, mine.falls) == (80, 0, 0)
    assert before - await energy(jane) == 38  # 25 at level 30
    with pytest.raises(AlreadyFighting):
        await join_world_boss(jane, boss)
    assert before - await energy(jane) == 38
    assert (await coming(boss)).participants == 1
    assert await read_my_part(jane, boss) == mine


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"level": 4}, LevelTooLow),
        ({"energy": 37, "energyAt": SATURDAY}, NotEnoughEnergy),
        ({"isDead": True}, CharacterUnavailable),
        ({"isInJail": True}, CharacterUnavailable),
    ],
)
@pytest.mark.broken_world  # who is jailed here serves no sentence
async def test_who_may_not_join(
    world: World, time: FrozenClock, fields: dict[str, Any], error: type[Exception]
) -> None:
    boss = await there(time)
    jane = await fighter(world, **fields)
    with pytest.raises(error):
        await join_world_boss(jane, boss)
    assert (await coming(boss)).participants == 0
    assert await parts(boss) == []


async def test_it_is_fought_where_it_is(world: World, time: FrozenClock) -> None:
    boss = await there(time)
    jane, bill = await fighter(world, "whiskey-bend"), await fighter(world, "red-gulch-bank")
    with pytest.raises(WrongPlace):
        await join_world_boss(jane, boss)
    await join_world_boss(bill, boss)
    assert (await hit(boss, bill)).damage > 0  # from a house of the town


async def test_two_of_one_account_do_not_fight_together(world: World, time: FrozenClock) -> None:
    boss = await there(time)
    annie = await world.account("annie")
    people = [await world.character(of=annie, place="red-gulch") for _ in range(2)]
    for who in people:
        await change(who, level=30)
    results = await asyncio.gather(
        *(join_world_boss(who, boss) for who in people), return_exceptions=True
    )
    assert sorted(type(result).__name__ for result in results) == [
        "AlreadyFighting",
        "WorldBossPartView",
    ]
    assert (await coming(boss)).participants == 1


@pytest.mark.broken_world  # it counts fighters that there are not
async def test_the_last_place_is_taken_once(world: World, time: FrozenClock) -> None:
    boss = await there(time, participants=499)
    people = await crowd(world, 3)
    results = await asyncio.gather(
        *(join_world_boss(who, boss) for who in people), return_exceptions=True
    )
    assert sum(isinstance(result, WorldBossFull) for result in results) == 2
    assert (await coming(boss)).participants == 500


async def test_a_hand_counts_what_it_takes_and_is_answered(world: World, time: FrozenClock) -> None:
    boss = await there(time)
    jane = await fighter(world)
    mine = await join_world_boss(jane, boss)
    blow = await attack_world_boss(jane, boss, [0, 1])
    assert blow.cards[:2] == mine.cards[:2]
    found = await coming(boss)
    assert (found.health, found.total_damage) == (50_000 - blow.damage, blow.damage)
    assert found.status is BossStatus.ACTIVE
    assert (blow.boss_health, blow.phase) == (found.health, "Rising")
    assert blow.answer in ("Snapping jaws", "Falling masonry")
    assert 7 <= blow.pain <= 9
    assert blow.part.health == mine.health - blow.pain
    assert blow.part.damage == blow.damage == (await part(boss, jane)).damage_dealt
    view = await read_world_boss(boss)
    assert [(one.character_id, one.damage, one.share) for one in view.top] == [
        (jane, blow.damage, 100)
    ]


async def test_whoever_knows_the_seed_can_deal_the_hand_again(
    world: World, time: FrozenClock
) -> None:
    boss = await there(time)
    jane = await fighter(world)
    mine = await join_world_boss(jane, boss)
    blow = await attack_world_boss(jane, boss, [1, 4])
    assert hash_of(blow.seed) == mine.seed_hash
    hand, spare = rules.dealt(draws_of(blow.seed))
    assert [card.code for card in hand] == mine.cards
    after = rules.played(hand, spare, [1, 4])
    assert [card.code for card in after] == blow.cards
    assert judge(after, 1, Suit.CLUBS).strength == blow.strength
    assert blow.part.seed_hash not in (None, mine.seed_hash)


async def test_nobody_learns_what_comes_next(world: World, time: FrozenClock) -> None:
    """The stored part holds a seed; nothing that anybody is shown holds it, or a card of it that
    was not dealt."""
    boss = await there(time)
    jane = await fighter(world)
    heard: list[str] = []
    async with events.listen(jane) as stream:
        mine = await join_world_boss(jane, boss)
        blow = await hit(boss, jane)
        heard.append(await stream.text())
    row = await part(boss, jane)
    assert row.seed is not None
    hand, spare = rules.dealt(draws_of(row.seed))
    shown = "".join(
        view.model_dump_json()
        for view in (
            mine,
            blow.part,
            await read_my_part(jane, boss),
            await read_world_boss(boss),
            *(await my_world_bosses(jane)).items,
            *await list_world_bosses(),
        )
    ) + "".join(heard)
    assert row.seed not in shown
    assert not any(f'"{card.code}"' in shown for card in spare if card.code not in mine.cards)
    assert blow.part.cards == [card.code for card in hand]
    assert row.seed not in blow.model_dump_json()
    assert json.loads(heard[0])["event"] == "worldboss:health"


@pytest.mark.parametrize("hold", [[0, 0], [-1], [7], [0, 1, 2, 3, 4, 0], [5]])
async def test_what_cannot_be_held(world: World, time: FrozenClock, hold: list[int]) -> None:
    boss = await there(time)
    jane = await fighter(world)
    await join_world_boss(jane, boss)
    with pytest.raises(NoSuchPlaces):
        await attack_world_boss(jane, boss, hold)
    assert (await coming(boss)).total_damage == 0


async def test_when_nobody_can_hit(world: World, time: FrozenClock) -> None:
    boss = await announced(time)
    jane, bill = await fighter(world), await fighter(world)
    await join_world_boss(jane, boss)
    with pytest.raises(WorldBossNotThere):
        await hit(boss, jane)
    time.at = SATURDAY
    with pytest.raises(NotAFighter):
        await hit(boss, bill)
    with pytest.raises(WorldBossNotFound):
        await hit(ObjectId(), jane)
    await hit(boss, jane)
    time.advance(seconds=14)
    with pytest.raises(TooSoon) as early:
        await hit(boss, jane)
    assert early.value.facts["retry_after"] == 1
    time.advance(seconds=1)
    await hit(boss, jane)
    time.at = SATURDAY + timedelta(minutes=15)
    for late in (hit(boss, jane), join_world_boss(bill, boss)):
        with pytest.raises(WorldBossGone):
            await late


async def test_who_has_gone_elsewhere_does_not_hit(world: World, time: FrozenClock) -> None:
    boss = await there(time)
    jane = await fighter(world)
    await join_world_boss(jane, boss)
    other = await fighter(world, "whiskey-bend")
    await change(jane, currentLocationId=(await stored(other))["currentLocationId"])
    with pytest.raises(WrongPlace):
        await hit(boss, jane)


async def test_ten_hands_at_once_are_one(world: World, time: FrozenClock) -> None:
    boss = await there(time)
    jane = await fighter(world)
    await join_world_boss(jane, boss)
    outcomes = await hammer(lambda: hit(boss, jane), 10)
    assert (outcomes.done, outcomes.refused) == (1, {"too_soon": 9})
    assert (await coming(boss)).total_damage == outcomes.answers[0].damage


async def test_the_same_key_is_one_hand(world: World, time: FrozenClock) -> None:
    boss = await there(time)
    jane = await fighter(world)
    first = await join_world_boss(jane, boss, key="in")
    assert await join_world_boss(jane, boss, key="in") == first
    blow = await attack_world_boss(jane, boss, [0], key="one")
    time.advance(seconds=20)
    assert await attack_world_boss(jane, boss, [0], key="one") == blow
    assert (await coming(boss)).total_damage == blow.damage


async def test_who_falls_gets_up_twice_and_is_defeated_then(
    world: World, time: FrozenClock
) -> None:
    boss = await there(time)
    jane = await fighter(world)
    mine = await join_world_boss(jane, boss)
    for fall in (1, 2):
        await WorldBossSession.collection().update_one(
            {"characterId": jane}, {"$set": {"health": 1}}
        )
        blow = await hit(boss, jane)
        assert blow.fell
        assert (blow.part.falls, blow.part.health) == (fall, mine.max_health // 2)
        time.advance(seconds=119)
        with pytest.raises(Fallen):
            await hit(boss, jane)
        time.advance(seconds=1)
    await WorldBossSession.collection().update_one({"characterId": jane}, {"$set": {"health": 1}})
    dealt = (await part(boss, jane)).damage_dealt
    blow = await hit(boss, jane)
    assert (blow.part.out, blow.part.health, blow.part.cards) == (True, 0, [])
    assert blow.part.damage > dealt  # the last hand counts
    row = await stored(jane)
    assert not row["isDead"]
    assert row["downUntil"] > time.at
    time.advance(seconds=60)
    await change(jane, currentLocationId=(await stored(await fighter(world)))["currentLocationId"])
    with pytest.raises(OutOfTheFight):
        await hit(boss, jane)
    assert await where(jane) == "red-gulch"


async def test_the_health_is_told_once_a_second(world: World, time: FrozenClock) -> None:
    boss = await there(time)
    people = await crowd(world, 5)
    for who in people:
        await join_world_boss(who, boss)
    async with events.listen(people[0]) as stream:
        for who in people[:4]:
            await hit(boss, who)
        time.advance(seconds=1)
        await hit(boss, people[4])
        told = [json.loads(await stream.text())["data"]["health"] for _ in range(2)]
    found = await coming(boss)
    assert told[0] > told[1] == found.health
