"""The due work of world bosses."""

from __future__ import annotations

from datetime import timedelta

from desperados.combat.world_bosses.documents import WorldBoss
from desperados.combat.world_bosses.settling import advance_world_boss, announce_world_bosses
from desperados.engine.work import DueJob, Job, PeriodicJob

JOBS: tuple[Job, ...] = (
    PeriodicJob(
        "world_boss_calendar", every=timedelta(hours=1), run=announce_world_bosses, catch_up=0
    ),
    DueJob(
        "world_bosses",
        collection=WorldBoss.collection_name(),
        due="dueAt",
        settle=advance_world_boss,
    ),
)
