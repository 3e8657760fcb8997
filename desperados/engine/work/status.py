"""How each job stands: when some of it was last done, what comes next, and how late that is.

It is read from the due work itself, so it tells the truth when no worker runs at all. Only when
workers last looked is stored by them, every ``RENEW_SECONDS``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from pymongo import UpdateOne

from desperados.engine import clock
from desperados.engine.game import collection_of
from desperados.engine.happenings.documents import Happening
from desperados.engine.storage.collection import find_all
from desperados.engine.work.documents import JobClaim, JobRun, JobState
from desperados.engine.work.finding import due_documents, due_periods, next_document
from desperados.engine.work.following import SET_ASIDE
from desperados.engine.work.kinds import DueJob, Follower, Job, Periodic

GRACE = timedelta(minutes=5)
MOST_DEAD = 1000
MOST_WAITING = 1000


@dataclass(frozen=True, slots=True)
class JobStatus:
    """How a job stands.

    ``last`` is when some of it was last done, ``looked`` when a worker last looked whether
    anything is due (both within half a minute); None if never. ``next`` is the date of what comes
    first, None if there is nothing; dead letters are counted apart, in ``dead`` (1,000 at most).
    ``late`` is how long work has been waiting that should have been done; of periods it counts
    from the first that was missed, whether anybody will make it up or not. ``waiting`` counts the
    happenings that wait for a follower, with those that were set aside (1,000 at most each), and
    is None for other work; ``late`` is the age of the oldest of the others.
    """

    name: str
    kind: str
    lane: str
    poll: timedelta
    last: datetime | None
    looked: datetime | None
    next: datetime | None
    late: timedelta
    dead: int
    waiting: int | None = None

    @property
    def in_order(self) -> bool:
        """Whether it is as late as work may be that somebody does, and nothing was set aside."""
        return self.late <= GRACE + self.poll and not self.dead


async def job_statuses(jobs: Iterable[Job]) -> list[JobStatus]:
    """How each of ``jobs`` stands, in their order. It takes about three queries a job."""
    listed = list(jobs)
    rows = await find_all(
        collection_of(JobState.collection_name()),
        {"_id": {"$in": [job.name for job in listed]}},
        limit=max(1, len(listed)),
    )
    states = {row["_id"]: row for row in rows}
    dead = await _dead_letters()
    return [await _status(job, states.get(job.name, {}), dead[job.name]) for job in listed]


async def _status(job: Job, state: dict[str, datetime], dead: int) -> JobStatus:
    now = clock.now()
    last = state.get("workedAt")
    waiting = None
    if isinstance(job, DueJob):
        following = since = await _next_due(job, now)
    elif isinstance(job, Follower):
        following = since = await _oldest(job.name)
        waiting = await _count(job.name) + await _count(job.name + SET_ASIDE)
    else:
        run = await _last_run(job)
        following = since = await _next_period(job, now)
        if run is not None:
            last = max(filter(None, (last, run["finishedAt"])))
            since = min(following, run["period"] + job.every) if following <= now else following
    return JobStatus(
        name=job.name,
        kind=type(job).__name__,
        lane=job.lane.value,
        poll=job.poll,
        last=last,
        looked=state.get("lookedAt"),
        next=following,
        late=max(timedelta(), now - since) if since is not None else timedelta(),
        dead=dead,
        waiting=waiting,
    )


async def _oldest(follower: str) -> datetime | None:
    """The date of the first happening that waits for a follower and was not set aside."""
    row = await Happening.collection().find_one(
        {"waiting": follower}, {"at": 1}, sort=[("at", 1), ("_id", 1)]
    )
    date: datetime | None = row["at"] if row is not None else None
    return date


async def _count(follower: str) -> int:
    """How many happenings wait under a name, ``MOST_WAITING`` at most."""
    where = {"waiting": follower}
    counted: int = await Happening.collection().count_documents(where, limit=MOST_WAITING)
    return counted


async def _next_due(job: DueJob, now: datetime) -> datetime | None:
    """The date of the first document that was not set aside."""
    async for page in due_documents(job, now):
        for document, claim in page:
            if claim is None or not claim.get("dead"):
                date: datetime = document[job.due]
                return date
    return await next_document(job, now)


async def _next_period(job: Periodic, now: datetime) -> datetime:
    """The first period that is not done and is still made up."""
    for period, _ in await due_periods(job):
        return period
    return job.period_of(now) + job.every


async def _last_run(job: Periodic) -> dict[str, datetime] | None:
    run: dict[str, datetime] | None = await collection_of(JobRun.collection_name()).find_one(
        {"job": job.name}, {"period": 1, "finishedAt": 1}, sort=[("period", -1)]
    )
    return run


async def _dead_letters() -> Counter[str]:
    """How much work of each job was set aside."""
    found = await find_all(
        collection_of(JobClaim.collection_name()), {"dead": True}, {"job": 1}, limit=MOST_DEAD
    )
    return Counter(claim["job"] for claim in found)


class Looks:
    """When a worker looked at its jobs and did some of them, as far as that is not stored yet."""

    def __init__(self) -> None:
        self._looked: dict[str, datetime] = {}
        self._worked: dict[str, datetime] = {}

    def note(self, job: str, *, worked: bool) -> None:
        """Note a look that has just come to its end."""
        self._looked[job] = clock.now()
        if worked:
            self._worked[job] = clock.now()

    async def store(self) -> None:
        """Store what was noted since the last time, in one round trip; the latest date stays."""
        looked, self._looked = self._looked, {}
        worked, self._worked = self._worked, {}
        dates = {
            job: {"lookedAt": at, **({"workedAt": worked[job]} if job in worked else {})}
            for job, at in looked.items()
        }
        if dates:
            await collection_of(JobState.collection_name()).bulk_write(
                [UpdateOne({"_id": job}, {"$max": at}, upsert=True) for job, at in dates.items()],
                ordered=False,
            )
