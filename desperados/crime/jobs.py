"""Due work of crime."""

from __future__ import annotations

from datetime import timedelta

from desperados.crime.bounties.service import expire_bounty
from desperados.engine.work import DueJob, Job
from desperados.law.documents import Bounty, BountyStatus, BountyType

_POLL = timedelta(minutes=1)

JOBS: tuple[Job, ...] = (
    DueJob(
        "bounties_expire",
        collection=Bounty.collection_name(),
        due="expiresAt",
        where={"status": BountyStatus.ACTIVE.value, "bountyType": BountyType.PLAYER.value},
        settle=expire_bounty,
        poll=_POLL,
    ),
)
