"""Due work of duels: challenges whose time is over, and the clock of those that are played."""

from __future__ import annotations

from desperados.combat.duels.challenges import expire_duel
from desperados.combat.duels.documents import Duel, DuelStatus
from desperados.combat.duels.playing import DUELS
from desperados.engine.work import DueJob
from desperados.play.shapes.games import due_job

JOBS = (
    DueJob(
        "duel_expiry",
        collection=Duel.collection_name(),
        due="expiresAt",
        where={"status": DuelStatus.PENDING.value},
        settle=expire_duel,
    ),
    due_job(DUELS),
)
