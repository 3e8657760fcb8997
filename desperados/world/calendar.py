"""Tells what time it is in the game, and keeps the calendar that other programs read.

Nothing here depends on the stored calendar: it is written for those who cannot work it out.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from desperados.engine import clock, dice
from desperados.engine.storage.content import content_changed
from desperados.engine.views import View
from desperados.world.clock import (
    HOURS_OF_DAY,
    Moon,
    Period,
    Season,
    game_time,
    in_hours,
    next_hour,
)
from desperados.world.documents import GameCalendar, WorldState
from desperados.world.seasons import holiday_of
from desperados.world.weather import SEED_KEY


class ClockView(View):
    """What the clock of the game shows. The day of the week is 1 (Monday) to 7; of the month, 28.

    ``next_hour_at`` is when the next hour strikes, ``next_day_at`` when the next day begins.
    """

    year: int
    month: Annotated[int, Field(ge=1, le=12)]
    day: Annotated[int, Field(ge=1, le=28)]
    weekday: Annotated[int, Field(ge=1, le=7)]
    hour: Annotated[int, Field(ge=0, lt=HOURS_OF_DAY)]
    minute: Annotated[int, Field(ge=0, lt=60)]
    period: Period
    season: Season
    moon: Moon
    holiday: str | None
    next_hour_at: datetime
    next_day_at: datetime


async def read_clock() -> ClockView:
    """What time it is in the game."""
    now = clock.now()
    time = game_time(now)
    holiday = holiday_of(time)
    return ClockView(
        year=time.year,
        month=time.month,
        day=time.day,
        weekday=time.weekday,
        hour=time.hour,
        minute=time.minute,
        period=time.period,
        season=time.season,
        moon=time.moon,
        holiday=holiday.code if holiday else None,
        next_hour_at=in_hours(now, 1),
        next_day_at=next_hour(now, 0),
    )


async def keep_calendar(period: datetime) -> None:
    """Write what the calendar shows at the start of ``period`` into its one row; for the job.

    A world that has no seed yet gets one: from then on nobody reckons its weather in advance.
    """
    time = game_time(period)
    holiday = holiday_of(time)
    await GameCalendar.collection().update_one(
        {},
        {
            "$set": {
                "gameDay": time.day,
                "gameMonth": time.month,
                "gameYear": time.year,
                "season": time.season.value,
                "moonPhase": time.moon.value,
                "timePeriod": time.period.value,
                "activeHoliday": holiday.code if holiday else None,
                "updatedAt": clock.now(),
            },
            "$setOnInsert": {"_id": dice.new_id()},
        },
        upsert=True,
    )
    seeded = await WorldState.collection().update_one(
        {"stateKey": SEED_KEY},
        {
            "$setOnInsert": {
                "_id": dice.new_id(),
                "value": dice.token(),
                "updatedAt": clock.now(),
                "__v": 0,
            }
        },
        upsert=True,
    )
    if seeded.upserted_id is not None:
        await content_changed()
