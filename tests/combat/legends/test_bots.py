"""Bots hunt: each plan leads to a command that is carried out."""

from __future__ import annotations

from bson import ObjectId

from desperados.combat.legends import bots, search_clue
from desperados.combat.legends.hunting import hear_rumor
from desperados.combat.legends.service import legendary_move, start_legendary_hunt
from desperados.engine.clock import FrozenClock
from desperados.engine.manifest.bots import Player
from desperados.testing import Luck, World
from tests.combat.legends.lodge import (
    FOUND,
    JACKALOPE,
    LAIR,
    go,
    hunt_of,
    hunter,
    legend_has,
    locate,
)

PLANS = {bot.command: bot for bot in bots.BOTS}


def player(who: ObjectId) -> Player:
    return Player(user=ObjectId(), caller=None, character=who, name="Jane", company=[])


async def test_bots_ask_and_search(world: World, time: FrozenClock, luck: Luck) -> None:
    jane = await hunter(world, time)
    me = player(jane)
    await go(jane, "red-gulch")
    assert await PLANS[hear_rumor].plan(me) is None
    assert await PLANS[search_clue].plan(me) is None
    await go(jane, "red-gulch-stables")
    asked = await PLANS[hear_rumor].plan(me)
    assert asked == {"npc": "sam-tuttle"}
    await hear_rumor(jane, **asked)
    await go(jane, LAIR)
    searched = await PLANS[search_clue].plan(me)
    assert searched == {"legend": JACKALOPE}
    luck.next(FOUND)
    assert (await search_clue(jane, **searched)).found


async def test_a_bot_fights_to_the_end(world: World, time: FrozenClock, luck: Luck) -> None:
    await legend_has(health=900)
    jane = await hunter(world, time)
    await locate(jane, luck)
    me = player(jane)
    start, move = PLANS[start_legendary_hunt], PLANS[legendary_move]
    assert await move.plan(me) is None
    dared = await start.plan(me)
    assert dared == {"legend": JACKALOPE}
    await start.learn(me, dared, await start_legendary_hunt(jane, **dared))
    while (chosen := await move.plan(me)) is not None:
        await move.learn(me, chosen, await legendary_move(jane, **chosen))
    hunt = await hunt_of(jane)
    assert hunt.attempts == 1
    assert hunt.cooldown_until is not None
