"""The audit sees money of duels that lies where it should not, and ratings out of nothing."""

from __future__ import annotations

from typing import Any

import pytest

from desperados.combat.duels import challenge_duel
from desperados.combat.duels.documents import Duel, DuelSession, DuelStatus, DuelType, Rating
from desperados.combat.duels.jobs import JOBS
from desperados.engine.clock import FrozenClock
from desperados.engine.work import Jobs
from desperados.testing import World
from tests.combat.duels.ring import begun, two, won_by

WAGER: dict[str, Any] = {"kind": DuelType.WAGER, "wager": 100}


@pytest.mark.broken_world
@pytest.mark.parametrize(
    "change",
    [
        {"wager": 150},
        {"status": DuelStatus.DECLINED.value},
        {"challengerHoldId": None},
        {"challengerId": "defenderId"},
    ],
)
async def test_a_duel_and_its_holds_that_differ_are_seen(
    world: World, change: dict[str, Any]
) -> None:
    jane, bill = await two(world)
    duel = await begun(jane, bill, **WAGER)
    assert (await world.audit()).clean
    changed = {name: bill if value == "defenderId" else value for name, value in change.items()}
    await Duel.collection().update_one({"_id": duel}, {"$set": changed})
    report = await world.audit()
    assert not report.clean
    assert "duels/" in str(report.first) or "holds/" in str(report.first)


@pytest.mark.broken_world
async def test_ratings_that_do_not_sum_up_are_seen(world: World) -> None:
    jane, bill = await two(world)
    await won_by(jane, bill, kind=DuelType.RANKED)
    assert (await world.audit()).clean
    await Rating.collection().update_one({"characterId": jane}, {"$inc": {"points": 1}})
    assert not (await world.audit()).clean


async def test_sessions_of_another_program_load_and_are_left_alone(
    world: World, time: FrozenClock
) -> None:
    jane, bill = await two(world)
    duel = await challenge_duel(jane, bill)
    old = {
        "duelId": duel.id,
        "state": {"phase": "betting", "hands": [[1], [2]]},
        "lastHeartbeat": time.at,
        "__v": 0,
    }
    await DuelSession.collection().insert_one(old)
    (found,) = await DuelSession.load_many({"duelId": duel.id}, limit=2)
    assert found.state["phase"] == "betting"
    time.advance(days=1)
    await Jobs(JOBS).run_until_idle()
    kept = await DuelSession.collection().find_one({"_id": old["_id"]})
    assert kept == old
