"""What time it is, as players and other programs are told."""

from __future__ import annotations

from datetime import timedelta

from desperados.assembly.jobs import JOBS
from desperados.engine.clock import FrozenClock
from desperados.testing import World
from desperados.world import calendar
from desperados.world.clock import HOUR, moment_of
from desperados.world.weather import SEED_KEY


async def test_the_clock_says_what_comes_next(bare_world: World, time: FrozenClock) -> None:
    time.at = moment_of(1890, 12, 8, 20) + timedelta(minutes=5)
    shown = await calendar.read_clock()
    assert (shown.year, shown.month, shown.day, shown.weekday) == (1890, 12, 8, 1)
    assert (shown.hour, shown.minute, shown.period) == (20, 20, "evening")
    assert (shown.season, shown.moon) == ("winter", "first_quarter")
    assert shown.next_hour_at == time.at + timedelta(minutes=10)
    assert shown.next_day_at == moment_of(1890, 12, 9)


async def test_the_calendar_is_one_row_that_keeps_what_others_wrote(
    bare_world: World, time: FrozenClock
) -> None:
    rows = bare_world.game.database["gamecalendars"]
    await rows.insert_one({"season": "autumn", "activeHoliday": "founders", "epoch": 7})
    for hours in range(2):
        time.at = moment_of(1890, 3, 1) + hours * HOUR
        await calendar.keep_calendar(time.at)
    (row,) = await rows.find().to_list(None)
    assert (row["gameYear"], row["gameMonth"], row["gameDay"]) == (1890, 3, 1)
    assert (row["season"], row["moonPhase"], row["timePeriod"]) == ("spring", "new", "midnight")
    assert (row["activeHoliday"], row["epoch"], row["updatedAt"]) == (None, 7, time.at)


async def test_clock_and_calendar_name_the_holiday(bare_world: World, time: FrozenClock) -> None:
    time.at = moment_of(1890, 12, 25, 23)
    assert (await calendar.read_clock()).holiday == "christmas"
    await calendar.keep_calendar(time.at)
    row = await bare_world.game.database["gamecalendars"].find_one({})
    assert row["activeHoliday"] == "christmas"
    time.at += HOUR
    assert (await calendar.read_clock()).holiday is None


async def test_a_world_gets_its_seed_once(bare_world: World, time: FrozenClock) -> None:
    states = bare_world.game.database["worldstates"]
    await calendar.keep_calendar(time.at)
    seed = (await states.find_one({"stateKey": SEED_KEY}))["value"]
    assert len(seed) == 64
    await calendar.keep_calendar(time.at + HOUR)
    rows = await states.find({"stateKey": SEED_KEY}).to_list(None)
    assert [row["value"] for row in rows] == [seed]


async def test_a_job_keeps_it_each_hour_of_the_game() -> None:
    (job,) = (job for job in JOBS if job.name == "game_calendar")
    assert job.every == HOUR == timedelta(minutes=15)
