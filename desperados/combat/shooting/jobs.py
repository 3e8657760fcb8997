"""The due work of shooting contests: the calendar, and the ends of rounds. Their start and their
prizes are steps of the contest (``play.shapes``)."""

from __future__ import annotations

from desperados.combat.shooting.announcing import DAY, announce_regular
from desperados.combat.shooting.documents import ShootingContest
from desperados.combat.shooting.running import close_round
from desperados.engine.work import DueJob, Job, PeriodicJob

JOBS: tuple[Job, ...] = (
    # Whatever was missed is over: only what is to come is announced.
    PeriodicJob("shooting_calendar", every=DAY, run=announce_regular, catch_up=0),
    DueJob(
        "shooting_rounds",
        collection=ShootingContest.collection_name(),
        due="dueAt",
        settle=close_round,
    ),
)
