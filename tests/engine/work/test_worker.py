"""Due work: done once whoever does it, done late if nobody did, set aside if it keeps failing."""

import asyncio
import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from desperados.engine import clock
from desperados.engine.game import Game, current_game
from desperados.engine.transactions import transactional
from desperados.engine.work import DueJob, Jobs, PeriodicJob, dead_letters, revive
from desperados.engine.work.claims import (
    BACKOFF_LIMIT,
    BACKOFF_START,
    CLAIM_SECONDS,
    MOST_ATTEMPTS,
    Claims,
)
from desperados.engine.work.finding import BATCH

START = datetime(2026, 3, 2, 12, tzinfo=UTC)  # a Monday


@transactional
async def cook(pie: int) -> None:
    """A settlement as a service writes it: guarded by what it changes."""
    done = (
        await current_game()
        .collection("pies")
        .update_one({"_id": pie, "state": "raw"}, {"$set": {"state": "done"}})
    )
    if done.modified_count:
        await current_game().collection("smells").insert_one({"pie": pie})


COOKING = DueJob("cooking", "pies", due="readyAt", settle=cook, where={"state": "raw"})


async def add_pies(game: Game, count: int, ready: datetime = START) -> None:
    await game.database["pies"].create_index([("state", 1), ("readyAt", 1), ("_id", 1)])
    await game.database["pies"].insert_many(
        [{"_id": n, "state": "raw", "readyAt": ready} for n in range(count)]
    )


async def smells(game: Game) -> int:
    count: int = await game.database["smells"].count_documents({})
    return count


async def test_what_is_due_is_done_and_what_is_not_waits(game: Game) -> None:
    with clock.frozen(START) as now:
        await add_pies(game, 3, START + timedelta(minutes=1))
        worker = Jobs([COOKING])
        assert await worker.run_until_idle() == 0
        now.advance(minutes=1)
        assert await worker.run_until_idle() == 3
        assert await worker.run_until_idle() == 0
    assert await smells(game) == 3
    assert worker.done == {"cooking": 3}
    assert await game.database["jobclaims"].count_documents({}) == 0


async def test_more_than_a_batch_that_is_late_is_caught_up(game: Game) -> None:
    await add_pies(game, BATCH * 2 + 1)
    with clock.frozen(START + timedelta(days=30)):
        assert await Jobs([COOKING]).run_until_idle() == BATCH * 2 + 1


async def test_several_workers_do_each_piece_once(game: Game) -> None:
    await add_pies(game, 60)
    with clock.frozen(START):
        done = await asyncio.gather(*(Jobs([COOKING]).run_until_idle() for _ in range(4)))
    assert await smells(game) == 60
    assert sum(done) >= 60


async def test_work_that_a_dead_worker_had_in_hand_is_taken_on(game: Game) -> None:
    await add_pies(game, 1)
    with clock.frozen(START) as now:
        assert await Claims("dead").take("cooking", "cooking:0")
        assert await Jobs([COOKING]).run_until_idle() == 0
        now.advance(CLAIM_SECONDS)
        assert await Jobs([COOKING]).run_until_idle() == 1
    assert await smells(game) == 1


async def test_one_that_keeps_failing_is_set_aside_and_the_others_go_on(game: Game) -> None:
    await add_pies(game, BATCH * 2)
    tries: list[int] = []

    async def settle(pie: int) -> None:
        if pie == 7:
            tries.append(pie)
            raise ValueError("burnt")
        await cook(pie)

    worker = Jobs([DueJob("cooking", "pies", "readyAt", settle, {"state": "raw"})])
    with clock.frozen(START) as now:
        for _ in range(MOST_ATTEMPTS + 3):
            await worker.run_until_idle()
            now.advance(BACKOFF_LIMIT)
        assert len(tries) == MOST_ATTEMPTS
        assert await smells(game) == BATCH * 2 - 1
        claim = await game.database["jobclaims"].find_one({"_id": "cooking:7"})
        assert claim["dead"]
        assert claim["error"] == "ValueError: burnt"
        assert [letter.id for letter in await dead_letters()] == ["cooking:7"]
        assert await revive("cooking:7")
        assert not await revive("cooking:8")
        assert await Jobs([COOKING]).run_until_idle() == 1


async def test_failures_wait_longer_each_time(game: Game) -> None:
    await add_pies(game, 1)
    tries: list[datetime] = []

    async def fail(_pie: Any) -> None:
        tries.append(clock.now())
        raise ValueError

    worker = Jobs([DueJob("cooking", "pies", "readyAt", fail, {"state": "raw"})])
    with clock.frozen(START) as now:
        for _ in range(60):
            await worker.poll()
            now.advance(1)
    waits = [(b - a).total_seconds() for a, b in itertools.pairwise(tries)]
    assert waits == sorted(waits)
    assert waits[0] == BACKOFF_START


async def ring(period: datetime) -> None:
    await current_game().collection("bells").insert_one({"at": period})


BELL = PeriodicJob("bell", every=timedelta(hours=4), run=ring, catch_up=3)


async def rung(game: Game) -> list[datetime]:
    found = await current_game().collection("bells").find({}).sort("at", 1).to_list(None)
    return [bell["at"] for bell in found]


async def test_a_period_is_done_once_and_the_first_run_makes_up_no_history(game: Game) -> None:
    with clock.frozen(START) as now:
        await Jobs([BELL]).run_until_idle()
        await Jobs([BELL]).run_until_idle()
        assert await rung(game) == [START]
        now.advance(hours=4)
        await Jobs([BELL]).run_until_idle()
        assert await rung(game) == [START, START + timedelta(hours=4)]


async def test_missed_periods_are_made_up_in_their_order_but_not_without_end(game: Game) -> None:
    with clock.frozen(START) as now:
        await Jobs([BELL]).run_until_idle()
        now.advance(hours=4 * 10)
        await Jobs([BELL]).run_until_idle()
    hours = [(at - START).total_seconds() / 3600 for at in await rung(game)]
    assert hours == [0, 28, 32, 36, 40]


async def test_several_workers_do_a_period_once_each(game: Game) -> None:
    with clock.frozen(START):
        await asyncio.gather(*(Jobs([BELL]).run_until_idle() for _ in range(5)))
    assert await rung(game) == [START]


@pytest.mark.parametrize(
    ("every", "start"),
    [
        (timedelta(days=1), datetime(2026, 3, 4, tzinfo=UTC)),
        (timedelta(days=7), datetime(2026, 3, 2, tzinfo=UTC)),
        (timedelta(hours=4), datetime(2026, 3, 4, 8, tzinfo=UTC)),
    ],
)
def test_periods_begin_at_midnight_and_on_monday(every: timedelta, start: datetime) -> None:
    moment = datetime(2026, 3, 4, 9, 30, tzinfo=UTC)
    assert PeriodicJob("x", every, ring).period_of(moment) == start


async def test_a_worker_stops_when_told_and_finishes_what_it_has_in_hand(game: Game) -> None:
    await add_pies(game, 1)
    begun, stop = asyncio.Event(), asyncio.Event()

    async def slowly(pie: int) -> None:
        begun.set()
        await asyncio.sleep(0.05)
        await cook(pie)

    worker = Jobs([DueJob("cooking", "pies", "readyAt", slowly, {"state": "raw"})])
    task = asyncio.create_task(worker.work(stop))
    await begun.wait()
    stop.set()
    await task
    assert await smells(game) == 1
