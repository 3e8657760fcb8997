"""Bots, left to themselves, challenge each other, accept, and play whole duels."""

from __future__ import annotations

from collections import Counter

import pytest

from desperados.combat.duels import bots
from desperados.combat.duels.documents import Duel, DuelStatus, EndReason
from desperados.combat.duels.jobs import JOBS
from desperados.engine import dice
from desperados.engine.clock import FrozenClock
from desperados.engine.errors import GameError
from desperados.engine.manifest.bots import Player
from desperados.engine.work import Jobs
from desperados.testing import World
from tests.combat.duels.ring import duelist, stored


async def company_of(world: World) -> list[Player]:
    company: list[Player] = []
    for number in range(2):
        who = await duelist(world)
        user = (await stored(who))["userId"]
        company.append(Player(user, None, who, f"Bot {number}", company))
    return company


@pytest.mark.parametrize("seed", range(3))
async def test_bots_play_whole_duels(world: World, time: FrozenClock, seed: int) -> None:
    company, done = await company_of(world), Counter[str]()

    async def turn_of(me: Player) -> None:
        for bot in sorted(bots.BOTS, key=lambda bot: -(dice.uniform(0, 1) ** (1 / bot.weight))):
            arguments = await bot.plan(me)
            if arguments is not None:
                break
        else:
            return
        try:
            await bot.command(me.character, **arguments)
        except GameError:
            return  # that is a part of the game
        done[bot.command.__name__] += 1

    with dice.seeded(seed):
        for _ in range(150):
            await turn_of(dice.choice(company))
            time.advance(seconds=2)
        await Jobs(JOBS).run_until_idle()
    over = await Duel.load_many({"status": DuelStatus.COMPLETE.value}, limit=50)
    ends = Counter(duel.end_reason for duel in over)
    assert done["play_duel"] >= 20
    assert ends[EndReason.NORMAL] + ends[EndReason.FORFEIT] + ends[EndReason.CHEATING] >= 1
