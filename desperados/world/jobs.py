"""The world's due work."""

from __future__ import annotations

from desperados.engine.work import DueJob, Job, PeriodicJob
from desperados.world import calendar
from desperados.world.clock import HOUR
from desperados.world.travel.documents import Journey
from desperados.world.travel.journeys import arrive

# A calendar that was not kept for a while is right again with the next hour.
JOBS: tuple[Job, ...] = (
    PeriodicJob("game_calendar", every=HOUR, run=calendar.keep_calendar, catch_up=0),
    DueJob(
        "journeys_end",
        collection=Journey.collection_name(),
        due="arrivesAt",
        where={"arrivedAt": None},
        settle=arrive,
    ),
)
