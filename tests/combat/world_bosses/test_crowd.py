"""Hundreds at one boss at once: what they dealt is what is gone, and there is one last hand."""

from __future__ import annotations

import asyncio

from desperados.combat.world_bosses import join_world_boss, read_world_boss
from desperados.combat.world_bosses.documents import BossStatus, WorldBoss
from desperados.combat.world_bosses.settling import advance_world_boss
from desperados.combat.world_bosses.views import WorldBossBlowView
from desperados.engine.clock import FrozenClock
from desperados.testing import World
from tests.combat.world_bosses.arena import coming, crowd, enlisted, hit, parts, there


async def test_three_hundred_hit_at_once_and_every_point_counts(
    world: World, time: FrozenClock
) -> None:
    boss = await there(time)
    people = await crowd(world, 300)
    await asyncio.gather(*(join_world_boss(who, boss) for who in people))
    assert (await coming(boss)).max_health == 50_000 + 280 * 2_500
    blows = await asyncio.gather(*(hit(boss, who) for who in people))
    dealt = sum(blow.damage for blow in blows)
    found = await coming(boss)
    assert found.total_damage == dealt == found.max_health - found.health
    rows = await parts(boss)
    assert len(rows) == 300
    assert sum(int(row.damage_dealt) for row in rows) == dealt
    assert all(row.attacks == 1 for row in rows)
    # Each saw the health that its own hand had left: no two the same, and the last one is what is.
    assert len({blow.boss_health for blow in blows}) == 300
    assert min(blow.boss_health for blow in blows) == found.health
    assert len((await read_world_boss(boss)).top) == 10


async def test_of_ten_last_hands_one_is_the_last(world: World, time: FrozenClock) -> None:
    boss = await there(time)
    people = await crowd(world, 10)
    await enlisted(boss, people)
    await WorldBoss.collection().update_one(
        {"_id": boss}, {"$set": {"health": 70, "maxHealth": 70}}
    )
    results = await asyncio.gather(*(hit(boss, who) for who in people), return_exceptions=True)
    blows = [result for result in results if isinstance(result, WorldBossBlowView)]
    refused = {
        type(result).__name__ for result in results if not isinstance(result, WorldBossBlowView)
    }
    assert refused <= {"WorldBossGone"}
    assert [blow.boss_health for blow in blows].count(0) == 1
    assert sum(blow.damage for blow in blows) == 70
    last = next(blow for blow in blows if blow.boss_health == 0)
    assert (last.answer, last.pain) == (None, 0)
    found = await coming(boss)
    assert (found.status, found.health, found.total_damage) == (BossStatus.DEFEATED, 0, 70)
    await asyncio.gather(*(advance_world_boss(boss) for _ in range(3)))
    settled = await coming(boss)
    assert settled.settled_at is not None
    assert sum(row.dollars for row in await parts(boss)) >= 100 * 10 + 20 * 32
