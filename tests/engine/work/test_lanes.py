"""Who waits for whom: lanes, and how often somebody looks."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from desperados.assembly.jobs import JOBS
from desperados.engine import clock
from desperados.engine.game import Game
from desperados.engine.work import DueJob, Jobs, Lane, PeriodicJob, Sweep, working
from desperados.engine.work.finding import BATCH
from desperados.engine.work.schedule import LONGEST_WAIT, Schedule
from tests.engine.work.kitchen import BAKING, START, add_pies, cook, cook_of_the_day, smells


async def test_a_settlement_does_not_wait_for_a_sweep_that_is_under_way(game: Game) -> None:
    """The sweep stands still in the middle of a row for as long as it takes."""
    await add_pies(game, BATCH)
    under_way, settled = asyncio.Event(), asyncio.Event()

    async def tax(_period: datetime, _pie: int) -> None:
        under_way.set()
        await settled.wait()

    async def settle(pie: int) -> None:
        await cook(pie)
        settled.set()

    worker = Jobs(
        [
            replace(BAKING, settle=tax),
            DueJob("cooking", "pies", "readyAt", settle, {"state": "raw"}, timedelta()),
        ]
    )
    with clock.frozen(START - timedelta(hours=1)) as now:
        async with asyncio.timeout(30), working(worker):
            await under_way.wait()
            assert await smells(game) == 0
            now.advance(hours=1)
            await settled.wait()


async def test_a_job_does_one_batch_before_the_next_of_its_lane_has_its_turn(game: Game) -> None:
    await add_pies(game, BATCH * 3)
    turns: list[str] = []

    async def tax(period: datetime, pie: int) -> None:
        turns.append("sweep")
        await cook_of_the_day(period, pie)

    async def run(_period: datetime) -> None:
        turns.append("look")

    jobs = [
        replace(BAKING, settle=tax),
        PeriodicJob("look", timedelta(hours=1), run, lane=Lane.BACKGROUND),
    ]
    with clock.frozen(START):
        await Jobs(jobs).run_until_idle()
    assert turns.index("look") == BATCH
    assert turns.count("sweep") == BATCH * 3


def test_what_walks_through_a_whole_world_is_in_a_lane_of_its_own() -> None:
    assert all(job.lane is Lane.BACKGROUND for job in JOBS if isinstance(job, Sweep))
    assert all(job.lane is Lane.FOREGROUND for job in JOBS if isinstance(job, DueJob))


async def nothing(_what: Any) -> None:
    """No work."""


def job(name: str, seconds: float) -> DueJob:
    return DueJob(name, "pies", "readyAt", nothing, poll=timedelta(seconds=seconds))


def test_each_job_is_looked_at_as_often_as_it_asks_for() -> None:
    often, rarely = job("often", 1), job("rarely", 60)
    schedule = Schedule([often, rarely], now=0)
    looks = []
    now = 0.0
    while now < 120:
        for due in schedule.due(now):
            looks.append((due.name, now))
            schedule.looked(due, now, again=False)
        now += schedule.wait(now)
    assert [at for name, at in looks if name == "often"] == [float(n) for n in range(120)]
    assert [at for name, at in looks if name == "rarely"] == [0, 60]


def test_who_has_more_to_do_is_looked_at_again_at_once() -> None:
    rarely = job("rarely", 60)
    schedule = Schedule([rarely], now=0)
    schedule.looked(rarely, 3, again=True)
    assert (schedule.due(3), schedule.wait(3)) == ([rarely], 0)


def test_a_look_that_keeps_failing_is_tried_again_ever_later() -> None:
    often, waits = job("often", 1), []
    schedule = Schedule([often], now=0)
    for _ in range(9):
        schedule.failed(often, 0)
        waits.append(schedule.wait(0))
    assert waits == [1, 2, 4, 8, 16, 32, LONGEST_WAIT, LONGEST_WAIT, LONGEST_WAIT]
    schedule.looked(often, 0, again=False)
    schedule.failed(often, 0)
    assert schedule.wait(0) == 1
