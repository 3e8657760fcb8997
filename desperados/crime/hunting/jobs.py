"""Due work of hunting: hunters who come to a door, contracts that are over, the law's riders."""

from __future__ import annotations

from datetime import timedelta

from desperados.crime.hunting.contracts import expire_contract
from desperados.crime.hunting.documents import BountyHunt, BountyHuntStatus, LawContract
from desperados.crime.hunting.door import hunter_arrives
from desperados.crime.hunting.lawmen import ride_out
from desperados.engine.work import DueJob, Job, PeriodicJob

_POLL = timedelta(minutes=1)
_RUNS = {"status": BountyHuntStatus.ACTIVE.value}

JOBS: tuple[Job, ...] = (
    DueJob(
        "hunters_arrive",
        collection=BountyHunt.collection_name(),
        due="encounterAt",
        where=_RUNS,
        settle=hunter_arrives,
        poll=_POLL,
    ),
    DueJob(
        "law_contracts_expire",
        collection=LawContract.collection_name(),
        due="deadline",
        where=_RUNS,
        settle=expire_contract,
        poll=_POLL,
    ),
    PeriodicJob("lawmen_ride", every=timedelta(days=1), run=ride_out, catch_up=0),
)
