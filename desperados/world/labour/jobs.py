"""Jobs as content: what work there is, and where it is offered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from bson import ObjectId

from desperados.deck.documents import Action, Suit
from desperados.engine.allowances import Limit, per_day
from desperados.engine.storage.content import Content
from desperados.play.requirements.stored import read_requirements
from desperados.world.errors import JobNotFound, NotOfferedHere
from desperados.world.labour.rules import MOST_A_DAY, Job
from desperados.world.places import Place, read_place

JOB, PLAIN = "job", "plain"


async def find_job(code: str) -> Job:
    """The job with this code.

    Raises:
        JobNotFound: there is no such job.
    """
    # A condition instead of a code would find any job.
    job = await _JOBS.get(code) if isinstance(code, str) else None
    if job is None:
        raise JobNotFound(path="job")
    return job


async def place_of(job: Job, location: ObjectId) -> Place:
    """The place where somebody is, if it offers a job.

    Raises:
        NotOfferedHere: it does not.
    """
    place = await read_place(location)
    if place is None or job.code not in place.jobs:
        raise NotOfferedHere(path="job")
    return place


async def read_jobs_of(codes: Iterable[str]) -> list[Job]:
    """The jobs with these codes; what is none is left out."""
    return [job for job in (await _JOBS.read(codes)).values() if job is not None]


def limits_of(job: Job, whose: ObjectId) -> tuple[tuple[Limit, ObjectId], ...]:
    """A job can be done again after a while, and so often in a UTC day."""
    return (
        (Limit(job.code, 1, job.cooldown), whose),
        (per_day(f"{job.code}_day", MOST_A_DAY), whose),
    )


def _job(row: Mapping[str, Any]) -> Job | None:
    if row.get("type") != JOB:
        return None
    effects = row.get("effects") or {}
    pay = effects.get("dollars") or {}
    return Job(
        code=row["_id"],
        name=row.get("name", ""),
        suit=Suit(row.get("suit", Suit.CLUBS)),
        plain=row.get("gameType") == PLAIN,
        difficulty=int(row.get("difficulty") or 1),
        energy=int(row.get("energyCost") or 0),
        pay=(int(pay.get("min") or 0), int(pay.get("max") or 0)),
        xp=int(effects.get("xp") or 0),
        cooldown=timedelta(minutes=int(effects.get("cooldownMinutes") or 0)),
        needs=tuple(read_requirements(row.get("requirements"), suit=row.get("suit"))),
    )


_JOBS = Content(Action, "_id", _job)
