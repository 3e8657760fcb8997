"""Due work: done once whoever does it, done late if nobody did, set aside if it keeps failing."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pymongo.errors import (
    AutoReconnect,
    BulkWriteError,
    OperationFailure,
    ServerSelectionTimeoutError,
)

from desperados.engine import clock
from desperados.engine.errors import Contention
from desperados.engine.game import Game, current_game
from desperados.engine.work import (
    DueJob,
    Jobs,
    Lane,
    PeriodicJob,
    Sweep,
    dead_letters,
    revive,
    working,
)
from desperados.engine.work.claims import (
    BACKOFF_LIMIT,
    BACKOFF_START,
    CLAIM_SECONDS,
    MOST_ATTEMPTS,
    POSTPONED_SECONDS,
    Claims,
)
from desperados.engine.work.finding import BATCH
from tests.engine.work.kitchen import (
    COOKING,
    START,
    add_pies,
    claims,
    cook,
    cook_of_the_day,
    smells,
)


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


async def test_many_of_one_moment_all_get_their_turn_however_many_are_held(game: Game) -> None:
    await add_pies(game, 5_000)
    with clock.frozen(START):
        until = START + timedelta(seconds=CLAIM_SECONDS)
        await game.database["jobclaims"].insert_many(
            [
                {"_id": f"cooking:{n}", "job": "cooking", "worker": "other", "until": until}
                for n in range(4_990)
            ]
        )
        worker = Jobs([COOKING])
        assert await worker.run_until_idle() == 10
        assert (
            await game.database["pies"].count_documents({"_id": {"$gte": 4_990}, "state": "done"})
            == 10
        )


async def test_dead_letters_of_one_moment_hide_nothing_behind_them(game: Game) -> None:
    await add_pies(game, BATCH * 3)

    async def settle(pie: int) -> None:
        if pie < BATCH * 2:
            raise ValueError("burnt")
        await cook(pie)

    worker = Jobs([DueJob("cooking", "pies", "readyAt", settle, {"state": "raw"})])
    with clock.frozen(START):
        await worker.run_until_idle()
    assert worker.done == {"cooking": BATCH}
    assert worker.failed == {"cooking": BATCH * 2}


class Unforeseen(BaseException):
    """What nobody thought of."""


@pytest.mark.parametrize(
    "error",
    [KeyError("x"), Unforeseen("x"), asyncio.CancelledError("x"), ExceptionGroup("x", [OSError()])],
)
async def test_whatever_a_job_raises_the_others_go_on(game: Game, error: BaseException) -> None:
    await add_pies(game, 3)
    finished = asyncio.Event()

    async def settle(pie: int) -> None:
        if pie == 0:
            raise error
        await cook(pie)
        if pie == 2:
            finished.set()

    worker = Jobs([DueJob("cooking", "pies", "readyAt", settle, {"state": "raw"})])
    with clock.frozen(START):
        async with asyncio.timeout(30), working(worker):
            await finished.wait()
    assert (worker.done, worker.failed) == ({"cooking": 2}, {"cooking": 1})
    claim = await game.database["jobclaims"].find_one({"_id": "cooking:0"})
    assert claim["error"].startswith(type(error).__name__)


async def test_a_job_that_cannot_be_looked_at_does_not_stop_the_others(game: Game) -> None:
    await add_pies(game, 1)
    cooked = asyncio.Event()

    async def settle(pie: int) -> None:
        await cook(pie)
        cooked.set()

    async def broken(_period: datetime, _after: Any) -> AsyncIterator[Any]:
        raise KeyError("no such rows")
        yield

    jobs = [
        DueJob("broken", "pies", "readyAt", cook, {"$nonsense": 1}),
        Sweep("broken_rows", timedelta(days=1), broken, cook_of_the_day, lane=Lane.FOREGROUND),
        DueJob("cooking", "pies", "readyAt", settle, {"state": "raw"}),
    ]
    worker = Jobs(jobs)
    with clock.frozen(START):
        async with asyncio.timeout(30), working(worker):
            await cooked.wait()
    assert worker.failed["broken_rows"] == 1
    assert await smells(game) == 1


async def test_who_cancels_the_worker_ends_it(game: Game) -> None:
    await add_pies(game, 1)
    begun = asyncio.Event()

    async def settle(_pie: int) -> None:
        begun.set()
        await asyncio.sleep(3600)

    worker = Jobs([DueJob("cooking", "pies", "readyAt", settle, {"state": "raw"})])
    task = asyncio.create_task(worker.work(asyncio.Event()))
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert worker.failed == {"cooking": 0}


@pytest.mark.parametrize(
    "error",
    [
        Contention(retry_after=1),
        AutoReconnect("the primary stepped down"),
        ServerSelectionTimeoutError("nobody there"),
        ExceptionGroup("two", [Contention(), AutoReconnect()]),
        OperationFailure("the disk is full", 14031, {"code": 14031}),
        BulkWriteError({"writeErrors": [{"code": 14031}]}),
    ],
)
async def test_contention_and_absence_are_waited_for_and_do_not_count(
    game: Game, error: Exception
) -> None:
    await add_pies(game, 1)
    left = MOST_ATTEMPTS * 2

    async def settle(pie: int) -> None:
        nonlocal left
        left -= 1
        if left >= 0:
            raise error
        await cook(pie)

    worker = Jobs([DueJob("cooking", "pies", "readyAt", settle, {"state": "raw"})])
    with clock.frozen(START) as now:
        for _ in range(MOST_ATTEMPTS * 2):
            await worker.run_until_idle()
            (claim,) = await game.database["jobclaims"].find().to_list(None)
            assert (claim["attempts"], claim.get("error")) == (0, None)
            now.advance(POSTPONED_SECONDS)
        await worker.run_until_idle()
    assert (worker.done, worker.failed) == ({"cooking": 1}, {"cooking": 0})
    assert worker.postponed == {"cooking": MOST_ATTEMPTS * 2}


async def test_a_period_that_fails_for_want_of_a_database_is_done_a_little_later(
    game: Game,
) -> None:
    tries = []

    async def run(period: datetime) -> None:
        tries.append(period)
        if len(tries) == 1:
            raise AutoReconnect
        await ring(period)

    worker = Jobs([PeriodicJob("bell", timedelta(hours=4), run)])
    with clock.frozen(START) as now:
        await worker.run_until_idle()
        assert await rung(game) == []
        now.advance(POSTPONED_SECONDS)
        await worker.run_until_idle()
    assert (await rung(game), worker.failed) == ([START], {"bell": 0})


async def test_what_an_earlier_version_stored_is_gone_on_with(game: Game) -> None:
    """Claims had neither period nor row, and dead ones an end in the past."""
    await add_pies(game, 3)
    old = {"job": "cooking", "worker": "old", "until": START, "createdAt": START}
    await game.database["jobclaims"].insert_many(
        [
            {"_id": "cooking:0", "attempts": 3, "error": "E: x", "dead": False, **old},
            {"_id": "cooking:1", "attempts": MOST_ATTEMPTS, "error": "E: x", "dead": True, **old},
        ]
    )
    await game.database["jobruns"].insert_one(
        {"_id": "bell:2026-03-02T12:00Z", "job": "bell", "period": START, "finishedAt": START}
    )
    with clock.frozen(START + timedelta(minutes=1)):
        await Jobs([COOKING, BELL]).run_until_idle()
        assert (await smells(game), await rung(game)) == (2, [])
        assert [letter.id for letter in await dead_letters()] == ["cooking:1"]
        assert await revive("cooking:1")
        await Jobs([COOKING]).run_until_idle()
    assert await smells(game) == 3


async def test_what_failed_in_periods_long_past_leaves_no_claims_behind(game: Game) -> None:
    broken = True

    async def run(period: datetime) -> None:
        if broken:
            raise ValueError
        await ring(period)

    worker = Jobs([PeriodicJob("bell", timedelta(hours=4), run, catch_up=0)])
    with clock.frozen(START) as now:
        await worker.run_until_idle()
        assert await claims(game) == ["bell:2026-03-02T12:00Z"]
        broken = False
        now.advance(hours=4)
        await worker.run_until_idle()
    assert await claims(game) == []


async def test_of_the_periods_that_are_done_those_are_kept_that_may_be_asked_for(
    game: Game,
) -> None:
    worker = Jobs([PeriodicJob("bell", timedelta(hours=4), ring, catch_up=2)])
    runs = game.database["jobruns"]
    with clock.frozen(START) as now:
        for _ in range(8):
            await worker.run_until_idle()
            now.advance(hours=4)
        kept = [row["period"] for row in await runs.find().sort("period", 1).to_list(None)]
        last = START + timedelta(hours=28)
        assert kept == [START, *(last - timedelta(hours=4 * back) for back in (2, 1, 0))]
        # What was missed is still made up, as far as it goes back.
        now.advance(hours=16)
        await worker.run_until_idle()
        missed = [START + timedelta(hours=hours) for hours in (40, 44, 48)]
        assert (await rung(game))[-3:] == missed
