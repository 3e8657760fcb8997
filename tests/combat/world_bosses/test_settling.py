"""The end of a fight: announced, come, gone and paid, each once, whoever stops half-way."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from bson import ObjectId

from desperados import characters
from desperados.characters import notices
from desperados.characters.documents import Character
from desperados.combat.world_bosses import my_world_bosses, settling
from desperados.combat.world_bosses.documents import BossStatus, WorldBoss, WorldBossSession
from desperados.combat.world_bosses.jobs import JOBS
from desperados.combat.world_bosses.settling import advance_world_boss, announce_world_bosses
from desperados.engine.clock import FrozenClock
from desperados.engine.live import events
from desperados.engine.work import Jobs
from desperados.inventory import inventory
from desperados.ledger.money import ledger
from desperados.ledger.money.accounts import wallet
from desperados.ledger.money.documents import Currency
from desperados.testing import World
from tests.combat.world_bosses.arena import (
    MAW,
    SATURDAY,
    announced,
    coming,
    crowd,
    enlisted,
    fighter,
    hit,
    parts,
    there,
)
from tests.world.people import stored


async def dollars(who: ObjectId) -> int:
    return (await ledger.balances(wallet(who)) or {}).get(Currency.DOLLARS, 0)


async def fought(time: FrozenClock, people: list[ObjectId], damage: list[int]) -> ObjectId:
    """The Maw, closed: each did so much of its damage, which is all of its health."""
    boss = await there(time)
    await enlisted(boss, people)
    for who, dealt in zip(people, damage, strict=True):
        await WorldBossSession.collection().update_one(
            {"characterId": who}, {"$set": {"damageDealt": dealt}}
        )
    whole = sum(damage)
    await WorldBoss.collection().update_one(
        {"_id": boss},
        {
            "$set": {
                "health": 0,
                "maxHealth": whole,
                "totalDamage": whole,
                "status": "defeated",
                "closedAt": time.at,
                "dueAt": time.at,
            }
        },
    )
    return boss


async def test_it_is_announced_once_an_hour_or_two_before(world: World, time: FrozenClock) -> None:
    time.at = SATURDAY - timedelta(hours=3)
    await announce_world_bosses(time.at)
    assert await WorldBoss.load_one({}) is None
    time.at = SATURDAY - timedelta(hours=2)
    someone = await fighter(world)
    async with events.listen(someone) as stream:
        await asyncio.gather(*(announce_world_bosses(time.at) for _ in range(3)))
        heard = await stream.text()
    assert '"event":"worldboss:announced"' in heard
    await announce_world_bosses(time.at + timedelta(hours=1))
    (row,) = await WorldBoss.load_many({}, limit=10)
    assert (row.boss_id, row.status, row.starts_at) == (MAW, BossStatus.ANNOUNCED, SATURDAY)
    assert (row.health, row.ends_at) == (50_000, SATURDAY + timedelta(minutes=15))


async def test_what_was_missed_is_announced_while_it_is_on(world: World, time: FrozenClock) -> None:
    time.at = SATURDAY + timedelta(minutes=14)
    await announce_world_bosses(SATURDAY)
    (row,) = await WorldBoss.load_many({}, limit=10)
    assert row.starts_at == SATURDAY
    await WorldBoss.collection().delete_many({})
    time.at = SATURDAY + timedelta(minutes=15)
    await announce_world_bosses(SATURDAY)
    assert await WorldBoss.load_one({}) is None


async def test_the_work_of_a_week_is_due_work(world: World, time: FrozenClock) -> None:
    """Announced, come, escaped and settled by the jobs, with nobody there."""
    time.at = SATURDAY - timedelta(days=1)
    jobs = Jobs(JOBS)
    statuses = []
    for _ in range(60):
        await jobs.run_until_idle()
        row = await WorldBoss.load_one({"bossId": MAW})
        statuses.append(row.status.value if row else "none")
        time.advance(minutes=30)
    order = [
        word for word, before in zip(statuses, [None, *statuses], strict=False) if word != before
    ]
    assert order == ["none", "announced", "active", "escaped"]
    assert row is not None
    assert row.settled_at is not None
    assert row.due_at is None


async def test_a_victory_pays_by_what_each_did(world: World, time: FrozenClock) -> None:
    people = [await fighter(world) for _ in range(4)]
    boss = await fought(time, people, [6_000, 3_000, 1_000, 1])
    before = [await dollars(who) for who in people]
    await advance_world_boss(boss)
    rows = {row.character_id: row for row in await parts(boss)}
    got = [await dollars(who) - had for who, had in zip(people, before, strict=True)]
    pool = 400 + 640
    assert sum(got) == pool + 1_000  # the first defeat of it ever
    assert got == [rows[who].dollars for who in people]
    assert got[3] == 0
    assert [rows[who].xp for who in people][3] == 0
    assert rows[people[0]].contribution_percent == pytest.approx(59.99, abs=0.01)
    held = {stack.item: stack.quantity for stack in (await inventory(people[2])).stacks}
    assert held["deep-iron"] == 3
    assert "deep-iron" not in {stack.item for stack in (await inventory(people[3])).stacks}
    news = [notice.title for notice in (await notices.list_notices(people[1])).items]
    assert "The Maw is defeated" in news
    (mine,) = (await my_world_bosses(people[0])).items
    assert (mine.dollars, mine.paid_at, mine.cards) == (got[0], time.at, [])
    assert (await coming(boss)).first_kill


async def test_the_first_defeat_is_the_first_once(world: World, time: FrozenClock) -> None:
    jane = await fighter(world)
    boss = await fought(time, [jane], [50_000])
    await WorldBoss(
        boss_id=MAW,
        status=BossStatus.DEFEATED,
        starts_at=SATURDAY - timedelta(days=7),
        ends_at=SATURDAY - timedelta(days=7, minutes=-15),
        health=0,
        max_health=0,
        closed_at=SATURDAY - timedelta(days=7),
        settled_at=SATURDAY - timedelta(days=7),
    ).insert()
    before = await dollars(jane)
    await advance_world_boss(boss)
    assert await dollars(jane) - before == 100 + 640
    assert not (await coming(boss)).first_kill


async def test_an_escape_teaches_and_pays_nothing(world: World, time: FrozenClock) -> None:
    boss = await there(time)
    jane = await fighter(world)
    await enlisted(boss, [jane])
    await hit(boss, jane)
    before, had = await dollars(jane), (await stored(jane)).get("xp", 0)
    time.at = SATURDAY + timedelta(minutes=15)
    await advance_world_boss(boss)
    (row,) = await parts(boss)
    assert (row.dollars, row.xp) == (0, 1_600)
    assert await dollars(jane) == before
    assert (await stored(jane))["xp"] != had
    assert (await inventory(jane)).stacks == []


class Killed(BaseException):
    """The worker is no more."""


async def test_a_worker_that_dies_after_37_of_100_pays_nobody_twice(
    world: World, time: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = await crowd(world, 100)
    boss = await fought(time, people, [1_000] * 100)
    paid, whole = 0, settling.settle

    async def mortal(*args: Any, **kwargs: Any) -> Any:
        nonlocal paid
        paid += 1
        if paid > 37:
            raise Killed
        return await whole(*args, **kwargs)

    monkeypatch.setattr(settling, "settle", mortal)
    with pytest.raises(Killed):
        await advance_world_boss(boss)
    rows = await parts(boss)
    assert sum(row.paid_at is not None for row in rows) == 37
    assert (await coming(boss)).settled_at is None
    early = {row.character_id: row.dollars for row in rows if row.paid_at is not None}
    assert sum([await dollars(who) for who in people]) == sum(early.values())
    monkeypatch.setattr(settling, "settle", whole)
    time.advance(minutes=10)
    await asyncio.gather(*(advance_world_boss(boss) for _ in range(2)))
    await advance_world_boss(boss)
    rows = await parts(boss)
    assert all(row.paid_at is not None for row in rows)
    assert {row.character_id: row.dollars for row in rows}.items() >= early.items()
    pool = 100 * 100 + 20 * 32 + 1_000
    assert sum(row.dollars for row in rows) == pool
    assert sum([await dollars(who) for who in people]) == pool


async def test_one_that_cannot_be_paid_holds_up_no_other(
    world: World, time: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = [await fighter(world) for _ in range(3)]
    boss = await fought(time, people, [100, 100, 100])
    whole = settling.settle

    async def choosy(deed: Any, *shares: Any, **kwargs: Any) -> Any:
        if shares[0].who.id == people[0]:
            raise RuntimeError("no such luck")
        return await whole(deed, *shares, **kwargs)

    monkeypatch.setattr(settling, "settle", choosy)
    with pytest.raises(RuntimeError):
        await advance_world_boss(boss)
    assert sorted(row.paid_at is not None for row in await parts(boss)) == [False, True, True]
    monkeypatch.setattr(settling, "settle", whole)
    await advance_world_boss(boss)
    assert (await coming(boss)).settled_at is not None


async def test_who_has_left_the_world_is_not_paid(world: World, time: FrozenClock) -> None:
    annie = await world.account("annie")
    jane = await world.character("Jane", of=annie, place="red-gulch")
    await Character.collection().update_one(
        {"_id": jane}, {"$set": {"level": 30, "combatXp": 5_000}}
    )
    bill = await fighter(world)
    boss = await fought(time, [jane, bill], [5_000, 5_000])
    time.advance(days=1)
    await characters.delete(jane, name="Jane")
    await advance_world_boss(boss)
    rows = {row.character_id: row for row in await parts(boss)}
    assert rows[jane].paid_at is not None
    assert rows[jane].dollars == 0
    assert rows[bill].dollars == (200 + 640) // 2


async def test_rows_of_other_programs_are_left_alone(world: World, time: FrozenClock) -> None:
    jane = await fighter(world)
    await WorldBossSession.collection().insert_many(
        [
            {"bossId": MAW, "characterId": jane, "damageDealt": 12, "joinedAt": SATURDAY}
            for _ in range(2)
        ]
    )
    boss = await announced(time)
    await enlisted(boss, [jane])
    listed = (await my_world_bosses(jane)).items
    assert [part.damage for part in listed] == [12, 12, 0]
    assert [part.cards == [] for part in listed] == [True, True, False]
