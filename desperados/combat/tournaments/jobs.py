"""The due work of tournaments: the calendar, and the clock of the matches. Their start and their
prizes are steps of the contest (``play.shapes``)."""

from __future__ import annotations

from desperados.combat.tournaments.announcing import DAY, announce_regular
from desperados.combat.tournaments.matches import MATCHES
from desperados.engine.work import Job, PeriodicJob
from desperados.play.shapes.games import due_job

JOBS: tuple[Job, ...] = (
    # Whatever was missed is over: only what is to come is announced.
    PeriodicJob("tournament_calendar", every=DAY, run=announce_regular, catch_up=0),
    due_job(MATCHES),
)
