"""Sweeps: every row has its turn once, and no row stops another."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from desperados.engine import clock
from desperados.engine.game import Game
from desperados.engine.work import Jobs, Sweep, dead_letters, revive
from desperados.engine.work.claims import BACKOFF_LIMIT, CLAIM_SECONDS, MOST_ATTEMPTS
from desperados.engine.work.finding import BATCH
from tests.engine.work.kitchen import (
    BAKING,
    DAY,
    START,
    add_pies,
    claims,
    cook_of_the_day,
    pies,
    smells,
)

NOON = "2026-03-02T00:00Z"


def baking(settle: Any) -> Sweep:
    return replace(BAKING, settle=settle)


async def runs(game: Game) -> list[str]:
    found = await game.database["jobruns"].find({}, sort=[("_id", 1)]).to_list(None)
    return [run["_id"] for run in found]


async def test_every_row_has_its_turn_once_in_a_period(game: Game) -> None:
    await add_pies(game, BATCH * 2 + 7)
    with clock.frozen(START) as now:
        worker = Jobs([BAKING])
        assert await worker.run_until_idle() == BATCH * 2 + 7
        assert await worker.run_until_idle() == 0
        assert (await claims(game), await runs(game)) == ([], [f"baking:{NOON}"])
        now.advance(days=1)
        assert await worker.run_until_idle() == BATCH * 2 + 7
    assert await smells(game) == BATCH * 2 + 7


@pytest.mark.parametrize("count", [0, 1, BATCH - 1, BATCH, BATCH + 1])
async def test_a_sweep_comes_to_its_end_with_any_number_of_rows(game: Game, count: int) -> None:
    if count:
        await add_pies(game, count)
    with clock.frozen(START):
        assert await Jobs([BAKING]).run_until_idle() == count
    assert (await claims(game), await runs(game)) == ([], [f"baking:{NOON}"])


class Unforeseen(BaseException):
    """What nobody thought of."""


@pytest.mark.parametrize("error", [ValueError("burnt"), Unforeseen(), asyncio.CancelledError()])
async def test_bad_rows_among_good_ones_have_errors_of_their_own(
    game: Game, error: BaseException
) -> None:
    await add_pies(game, BATCH * 2)
    bad = {3, BATCH, BATCH * 2 - 1}

    async def settle(period: datetime, pie: int) -> None:
        if pie in bad:
            raise error
        await cook_of_the_day(period, pie)

    worker = Jobs([baking(settle)])
    with clock.frozen(START):
        await worker.run_until_idle()
        assert (worker.done, worker.failed) == ({"baking": BATCH * 2 - 3}, {"baking": 3})
        assert await claims(game) == sorted(f"baking:{NOON}:{pie}" for pie in bad)
        claim = await game.database["jobclaims"].find_one({"row": 3})
        assert claim["error"].startswith(type(error).__name__)
        assert (claim["attempts"], claim["period"]) == (1, START.replace(hour=0))
    assert await runs(game) == [f"baking:{NOON}"]


async def test_a_row_that_failed_is_tried_again_by_itself(game: Game) -> None:
    await add_pies(game, 5)
    tries: list[int] = []

    async def settle(period: datetime, pie: int) -> None:
        tries.append(pie)
        if pie == 2 and tries.count(2) < 3:
            raise ValueError("burnt")
        await cook_of_the_day(period, pie)

    worker = Jobs([baking(settle)])
    with clock.frozen(START) as now:
        for _ in range(4):
            await worker.run_until_idle()
            now.advance(minutes=1)
    assert tries == [0, 1, 2, 3, 4, 2, 2]
    assert (await smells(game), await claims(game)) == (5, [])


async def test_a_row_that_keeps_failing_is_set_aside_and_can_be_revived(game: Game) -> None:
    await add_pies(game, 3)
    broken = True

    async def settle(period: datetime, pie: int) -> None:
        if pie == 1 and broken:
            raise ValueError("burnt")
        await cook_of_the_day(period, pie)

    worker = Jobs([replace(baking(settle), every=timedelta(days=7))])
    with clock.frozen(START) as now:
        for _ in range(MOST_ATTEMPTS + 2):
            await worker.run_until_idle()
            now.advance(BACKOFF_LIMIT)
        assert worker.failed == {"baking": MOST_ATTEMPTS}
        (letter,) = await dead_letters()
        assert letter.id == f"baking:{NOON}:1"
        broken = False
        assert await worker.run_until_idle() == 0
        assert await revive(letter.id)
        assert await worker.run_until_idle() == 1
    assert (await smells(game), await claims(game)) == (3, [])


async def test_two_workers_do_each_row_once(game: Game) -> None:
    await add_pies(game, BATCH * 2)
    tries: list[int] = []

    async def settle(period: datetime, pie: int) -> None:
        tries.append(pie)
        await cook_of_the_day(period, pie)

    with clock.frozen(START):
        workers = [Jobs([baking(settle)]) for _ in range(3)]
        await asyncio.gather(*(worker.run_until_idle() for worker in workers))
    assert sorted(tries) == list(range(BATCH * 2))
    assert await runs(game) == [f"baking:{NOON}"]


async def test_a_worker_that_is_killed_in_the_middle_is_followed_by_another(game: Game) -> None:
    """It leaves its claims as they are; when they have run out, the rest is done, once."""
    await add_pies(game, BATCH * 2)
    tries: list[int] = []
    reached = asyncio.Event()

    async def settle(period: datetime, pie: int) -> None:
        tries.append(pie)
        if pie == BATCH + 5 and not reached.is_set():
            reached.set()
            await asyncio.sleep(3600)
        await cook_of_the_day(period, pie)

    with clock.frozen(START) as now:
        killed = asyncio.create_task(Jobs([baking(settle)]).work(asyncio.Event()))
        await reached.wait()
        killed.cancel()
        await asyncio.gather(killed, return_exceptions=True)
        other = Jobs([baking(settle)])
        assert await other.run_until_idle() == 0
        now.advance(CLAIM_SECONDS)
        await other.run_until_idle()
    assert set(tries) == set(range(BATCH * 2))
    assert all(tries.count(pie) == 1 for pie in range(BATCH))  # what was done before is left alone
    assert await smells(game) == BATCH * 2
    assert (await claims(game), await runs(game)) == ([], [f"baking:{NOON}"])


async def test_a_row_that_kills_its_workers_is_set_aside_and_the_others_are_done(
    game: Game,
) -> None:
    await add_pies(game, 6)

    async def settle(period: datetime, pie: int) -> None:
        if pie == 3:
            raise KeyboardInterrupt  # what ends the process
        await cook_of_the_day(period, pie)

    with clock.frozen(START) as now:
        for _ in range(MOST_ATTEMPTS + 1):
            with pytest.raises(KeyboardInterrupt):
                await Jobs([baking(settle)]).run_until_idle()
            now.advance(CLAIM_SECONDS)
            if await smells(game) == 5:
                break
        for _ in range(MOST_ATTEMPTS):
            try:
                await Jobs([baking(settle)]).run_until_idle()
            except KeyboardInterrupt:
                now.advance(CLAIM_SECONDS)
        assert await smells(game) == 5
        assert [letter.id for letter in await dead_letters()] == [f"baking:{NOON}:3"]
    assert await runs(game) == [f"baking:{NOON}"]


async def test_stop_is_heard_between_two_rows_and_others_go_on_at_once(game: Game) -> None:
    await add_pies(game, BATCH * 3)
    stop, tries = asyncio.Event(), []

    async def settle(period: datetime, pie: int) -> None:
        tries.append(pie)
        if pie == BATCH + 7:
            stop.set()
        await cook_of_the_day(period, pie)

    with clock.frozen(START):
        await Jobs([baking(settle)]).work(stop)
        assert tries == list(range(BATCH + 8))
        assert await smells(game) == BATCH + 8
        assert await claims(game) == [f"baking:{NOON}"]
        await Jobs([baking(settle)]).run_until_idle()
    assert tries == list(range(BATCH * 3))
    assert (await claims(game), await runs(game)) == ([], [f"baking:{NOON}"])


async def test_rows_that_cannot_be_read_are_read_again_from_where_they_were(game: Game) -> None:
    await add_pies(game, BATCH * 2)
    asked: list[Any] = []

    async def rows(period: datetime, after: Any) -> AsyncIterator[int]:
        asked.append(after)
        async for pie in pies(period, after):
            if pie == BATCH + 1 and len(asked) == 1:
                raise OSError("the disk")
            yield pie

    worker = Jobs([replace(BAKING, rows=rows)])
    with clock.frozen(START) as now:
        await worker.run_until_idle()
        assert (worker.done, worker.failed) == ({"baking": BATCH}, {"baking": 1})
        now.advance(minutes=1)
        await worker.run_until_idle()
    assert asked == [None, BATCH - 1]
    assert await smells(game) == BATCH * 2


async def test_missed_periods_of_a_sweep_are_made_up_as_far_as_it_says(game: Game) -> None:
    await add_pies(game, 2)
    seen: list[tuple[int, int]] = []

    async def settle(period: datetime, pie: int) -> None:
        seen.append(((period - START.replace(hour=0)) // DAY, pie))

    for catch_up, days in ((0, [10]), (2, [18, 19, 20])):
        seen.clear()
        worker = Jobs([replace(baking(settle), catch_up=catch_up)])
        with clock.frozen(START) as now:
            now.advance(days=max(days) - 10)
            await worker.run_until_idle()
            seen.clear()
            now.advance(days=10)
            await worker.run_until_idle()
        assert seen == [(day, pie) for day in days for pie in range(2)]


async def test_who_has_lost_a_period_to_another_leaves_it_alone(game: Game) -> None:
    """The claim ran out unrenewed, as after a pause of the whole machine."""
    await add_pies(game, BATCH * 2)

    async def settle(period: datetime, pie: int) -> None:
        await cook_of_the_day(period, pie)
        if pie == 5:
            await game.database["jobclaims"].update_one(
                {"_id": f"baking:{NOON}"}, {"$set": {"worker": "another"}}
            )

    worker = Jobs([baking(settle)])
    with clock.frozen(START):
        await worker.run_until_idle()
    assert worker.done == {"baking": BATCH}
    assert await runs(game) == []
    assert await claims(game) == [f"baking:{NOON}"]
