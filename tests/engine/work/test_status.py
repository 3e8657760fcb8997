"""How jobs stand is read from the work itself, whether a worker runs or not."""

import asyncio
from datetime import timedelta

from desperados.engine import clock
from desperados.engine.game import Game
from desperados.engine.work import DueJob, Jobs, JobStatus, job_statuses
from desperados.engine.work.claims import BACKOFF_LIMIT, MOST_ATTEMPTS
from desperados.engine.work.status import GRACE
from tests.engine.work.kitchen import BAKING, COOKING, DAY, START, add_pies, cook

NONE = timedelta()


async def status(job: object = COOKING) -> JobStatus:
    (found,) = await job_statuses([job])  # type: ignore[list-item]
    return found


async def test_a_world_without_work_is_in_order(game: Game) -> None:
    await add_pies(game, 0)
    with clock.frozen(START):
        found = await status()
    assert (found.name, found.kind, found.lane) == ("cooking", "DueJob", "foreground")
    assert (found.last, found.looked, found.next, found.late) == (None, None, None, NONE)
    assert found.in_order


async def test_what_is_next_and_how_late_it_is(game: Game) -> None:
    await add_pies(game, 2)
    with clock.frozen(START - timedelta(hours=1)) as now:
        assert ((await status()).next, (await status()).late) == (START, NONE)
        now.advance(hours=1, minutes=2)
        found = await status()
        assert (found.next, found.late, found.in_order) == (START, timedelta(minutes=2), True)
        now.advance(seconds=GRACE.total_seconds())
        assert not (await status()).in_order
        await Jobs([COOKING]).run_until_idle()
        assert ((await status()).next, (await status()).in_order) == (None, True)


async def test_dead_letters_are_counted_apart_and_are_not_late(game: Game) -> None:
    await add_pies(game, 2)
    await game.database["pies"].update_one({"_id": 1}, {"$set": {"readyAt": START + DAY * 9}})

    async def fail(_pie: int) -> None:
        raise ValueError

    with clock.frozen(START) as now:
        worker = Jobs([DueJob("cooking", "pies", "readyAt", fail, {"state": "raw"})])
        for _ in range(MOST_ATTEMPTS):
            await worker.run_until_idle()
            now.advance(BACKOFF_LIMIT)
        found = await status()
    assert (found.dead, found.next, found.late) == (1, START + DAY * 9, NONE)
    assert not found.in_order


async def test_a_period_is_late_until_it_is_done(game: Game) -> None:
    await add_pies(game, 2)
    midnight = START.replace(hour=0)
    with clock.frozen(START) as now:
        found = await status(BAKING)
        assert (found.last, found.next, found.late) == (None, midnight, timedelta(hours=12))
        await Jobs([BAKING]).run_until_idle()
        found = await status(BAKING)
        assert (found.last, found.next, found.late) == (START, midnight + DAY, NONE)
        now.advance(days=3)
        found = await status(BAKING)
    # Two days are not made up, but late it has been since they began.
    assert (found.next, found.late) == (midnight + 3 * DAY, timedelta(days=2, hours=12))


async def test_workers_say_when_they_looked_and_when_there_was_something_to_do(game: Game) -> None:
    await add_pies(game, 1)
    stop = asyncio.Event()

    async def settle(pie: int) -> None:
        await cook(pie)
        stop.set()

    with clock.frozen(START) as now:
        await Jobs([DueJob("cooking", "pies", "readyAt", settle, {"state": "raw"})]).work(stop)
        assert ((await status()).last, (await status()).looked) == (START, START)
        now.advance(hours=1)
        idle = Jobs([COOKING])
        await idle.poll()
        await idle.tell()
        found = await status()
    assert (found.last, found.looked) == (START, START + timedelta(hours=1))
