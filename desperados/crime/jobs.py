"""Due work of crime."""

from __future__ import annotations

from datetime import timedelta

from desperados.crime.attempts.sightings import expire_sighting
from desperados.crime.bounties.service import expire_bounty
from desperados.crime.documents import AccountStatus, WitnessAccount
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
    DueJob(
        "sightings_expire",
        collection=WitnessAccount.collection_name(),
        due="expiresAt",
        where={"status": AccountStatus.OPEN.value},
        settle=expire_sighting,
        poll=_POLL,
    ),
)
