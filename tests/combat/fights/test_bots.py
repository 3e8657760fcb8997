"""Bots that fight whole fights."""

from __future__ import annotations

from typing import Any

from bson import ObjectId

from desperados.combat.fights import queries
from desperados.combat.fights.bots import BOTS
from desperados.combat.fights.playing import JOBS
from desperados.engine import dice
from desperados.engine.clock import FrozenClock
from desperados.engine.manifest.bots import Player
from desperados.engine.work import Jobs
from desperados.play.errors import NotEnoughEnergy
from desperados.testing import World


async def test_bots_challenge_fight_and_end(world: World, time: FrozenClock) -> None:
    start, move, hide = BOTS
    jane = await world.character(place="red-gulch")
    me = Player(ObjectId(), None, jane, "Jane", [])
    with dice.seeded(1876):
        for _ in range(8):
            planned: dict[str, Any] | None = await start.plan(me)
            if planned is not None:
                try:
                    await start.learn(me, planned, await start.command(jane, **planned))
                except NotEnoughEnergy:
                    break
            while (chosen := await move.plan(me)) is not None and chosen.get("item") is None:
                await move.command(jane, **chosen)
            time.advance(minutes=21)
            await Jobs(JOBS).run_until_idle()
    fights = (await queries.list_fights(jane)).items
    assert len(fights) >= 5
    assert all(fight.settled_at is not None for fight in fights)
    assert {fight.status for fight in fights} & {"victory"}
    assert await hide.plan(me) is None or (await hide.plan(me) or {})["index"] == 0
