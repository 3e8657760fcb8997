"""The clock of fights against bosses."""

from __future__ import annotations

from datetime import timedelta

from desperados.combat.bosses.documents import BossEncounter
from desperados.combat.bosses.service import tick
from desperados.engine.work import DueJob

JOBS = (
    DueJob(
        "boss_clock",
        collection=BossEncounter.collection_name(),
        due="deadline",
        where={"settledAt": None},
        settle=tick,
        poll=timedelta(seconds=1),
    ),
)
