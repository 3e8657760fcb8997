"""Bots fight world bosses: each plan leads to a command that is carried out."""

from __future__ import annotations

from bson import ObjectId

from desperados.combat.world_bosses import attack_world_boss, bots, join_world_boss
from desperados.engine.clock import FrozenClock
from desperados.engine.manifest.bots import Player
from desperados.testing import World
from tests.combat.world_bosses.arena import coming, fighter, there

PLANS = {bot.command: bot for bot in bots.BOTS}


async def test_bots_come_and_hit(world: World, time: FrozenClock) -> None:
    jane = await fighter(world)
    me = Player(user=ObjectId(), caller=None, character=jane, name="Jane", company=[])
    assert await PLANS[join_world_boss].plan(me) is None
    assert await PLANS[attack_world_boss].plan(me) is None
    boss = await there(time)
    joined = await PLANS[join_world_boss].plan(me)
    assert joined == {"world_boss_id": boss}
    await join_world_boss(jane, **joined)
    struck = await PLANS[attack_world_boss].plan(me)
    assert struck is not None
    blow = await attack_world_boss(jane, **struck)
    assert (await coming(boss)).total_damage == blow.damage
    time.advance(minutes=15)
    assert await PLANS[join_world_boss].plan(me) is None
    assert await PLANS[attack_world_boss].plan(me) is None
