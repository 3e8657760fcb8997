"""Due work: what is due is found by a query, claimed, settled, and done again until nothing is due.

Time-driven work is data, not timers. A ``DueJob`` names the collection and the indexed date that
says what is due; a ``PeriodicJob`` has one piece of work for each period of time. Any number of
workers may run. Correctness never rests on the claim: ``settle`` is a command whose guarded write
lets only one settlement through. A claim only keeps workers from doing the same work twice in vain,
counts failures, and sets aside what keeps failing (a dead letter) so that the rest goes on.

Limits: work starts within one poll of the time it is due (``POLL``, 1 s); one poll looks past at
most ``SKIPPED`` set-aside documents of a job.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from pydantic import Field
from pymongo.errors import DuplicateKeyError, PyMongoError

from desperados.engine import clock, dice
from desperados.engine.collection import find_all
from desperados.engine.errors import GameError
from desperados.engine.game import current_game
from desperados.engine.storage.documents import CodedDocument, index
from desperados.engine.storage.fields import Date, Integer

POLL = 1.0
BATCH = 50
SKIPPED = 1000
CLAIM_SECONDS = 60
MOST_ATTEMPTS = 8
BACKOFF_START = 2.0
BACKOFF_LIMIT = 3600.0
EPOCH = datetime(2024, 1, 1, tzinfo=UTC)  # a Monday: weekly periods begin on Mondays

log = structlog.get_logger(__name__)


class JobClaim(CodedDocument):
    """A piece of due work that a worker has in hand, or that failed. ``id`` is "<job>:<work>".

    It is deleted when the work is done. ``dead`` ones wait for an operator.
    """

    job: str
    worker: str
    until: Date
    attempts: Integer = 0
    error: str | None = None
    dead: bool = False
    created_at: Date = Field(default_factory=clock.now)

    class Settings:
        name = "jobclaims"
        indexes = (index("dead", "createdAt"), index("job", "until"))


class JobRun(CodedDocument):
    """One period of a periodic job that is done. ``id`` is "<job>:<start of the period>"."""

    job: str
    period: Date
    finished_at: Date

    class Settings:
        name = "jobruns"
        indexes = (index("job", "period"),)


@dataclass(frozen=True, slots=True)
class DueJob:
    """Documents of ``collection`` that match ``where`` are due once the date in ``due`` has passed.

    An index must begin with the equality fields of ``where`` and go on with ``due``. ``settle``
    gets the id, and must do nothing where another worker was first.
    """

    name: str
    collection: str
    due: str
    settle: Callable[[Any], Awaitable[Any]]
    where: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PeriodicJob:
    """Work for each period of ``every``, due when the period has begun.

    ``run`` gets the start of the period and must have its effect once for each, whatever happens:
    what it writes is keyed by the period. Of the periods that were missed, the last ``catch_up``
    are made up one by one. Days begin at midnight UTC and weeks on Monday, ``offset`` later.
    """

    name: str
    every: timedelta
    run: Callable[[datetime], Awaitable[Any]]
    catch_up: int = 6
    offset: timedelta = timedelta()

    def period_of(self, moment: datetime) -> datetime:
        """The start of the period that ``moment`` is in."""
        return moment - (moment - EPOCH - self.offset) % self.every


Job = DueJob | PeriodicJob


class Jobs:
    """A set of jobs and the worker that does them.

    ``done`` and ``failed`` count the work of this worker by job.
    """

    def __init__(self, jobs: Iterable[Job]) -> None:
        self.jobs = {job.name: job for job in jobs}
        self.worker = dice.token(6)
        self.done: dict[str, int] = dict.fromkeys(self.jobs, 0)
        self.failed: dict[str, int] = dict.fromkeys(self.jobs, 0)

    async def work(self, stop: asyncio.Event) -> None:
        """Work until ``stop`` is set; what is in hand is finished first."""
        while not stop.is_set():
            try:
                worked = await self.poll()
            except (PyMongoError, GameError):
                log.exception("poll_failed")
                worked = 0
            if not worked:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), POLL)

    async def run_until_idle(self) -> int:
        """Do everything that is due now. Returns how many pieces of work were done."""
        total = 0
        while worked := await self.poll():
            total += worked
        return total

    async def poll(self) -> int:
        """Look at each job once. Returns how many pieces of work were done."""
        worked = 0
        for job in self.jobs.values():
            if isinstance(job, DueJob):
                worked += await self._poll_due(job)
            else:
                worked += await self._poll_periods(job)
        return worked

    async def _poll_due(self, job: DueJob) -> int:
        worked = 0
        for work in await self._unclaimed(job):
            worked += await self._do(job.name, work, job.settle)
        return worked

    async def _unclaimed(self, job: DueJob) -> list[Any]:
        """Ids of what is due, without what another worker holds or what waits after a failure."""
        now = clock.now()
        past: dict[str, Any] = {}
        passed = 0
        while passed < SKIPPED:
            due = await find_all(
                current_game().collection(job.collection),
                {**job.where, job.due: {"$lte": now, **past}},
                projection={job.due: 1},
                sort=[(job.due, 1)],
                limit=BATCH,
            )
            claims = await self._claims([f"{job.name}:{document['_id']}" for document in due])
            held = {name for name, c in claims.items() if c.get("dead") or c["until"] > now}
            free = [d["_id"] for d in due if f"{job.name}:{d['_id']}" not in held]
            if free or len(due) < BATCH:
                return free
            passed += len(due)
            past = {"$gt": due[-1][job.due]}
        return []

    async def _poll_periods(self, job: PeriodicJob) -> int:
        """Do the periods that are due, in their order; one that fails holds up those after it
        until it succeeds or is set aside."""
        worked = 0
        waiting = {f"{job.name}:{_text(period)}": period for period in await self._due(job)}
        claims = await self._claims(list(waiting))
        for name, period in waiting.items():
            claim = claims.get(name)
            if claim is not None and claim.get("dead"):
                continue
            if claim is not None and claim["until"] > clock.now():
                break

            async def run(_work: str, period: datetime = period, name: str = name) -> None:
                await job.run(period)
                await self._finish_period(job.name, name, period)

            if not await self._do(job.name, _text(period), run):
                break
            worked += 1
        return worked

    async def _due(self, job: PeriodicJob) -> list[datetime]:
        """The periods that are not done, of those that may still be made up.

        The first run ever begins with the current period: there was no game before it.
        """
        current = job.period_of(clock.now())
        runs = current_game().collection(JobRun.collection_name())
        first = await runs.find_one({"job": job.name}, sort=[("period", 1)])
        if first is None:
            return [current]
        earliest = max(first["period"], current - job.every * job.catch_up)
        finished = {
            run["period"]
            for run in await find_all(
                runs,
                {"job": job.name, "period": {"$gte": earliest}},
                sort=[("period", 1)],
                limit=job.catch_up + 1,
            )
        }
        periods = (current - job.every * back for back in range(job.catch_up, -1, -1))
        return [period for period in periods if period >= earliest and period not in finished]

    async def _finish_period(self, job: str, name: str, period: datetime) -> None:
        runs = current_game().collection(JobRun.collection_name())
        with contextlib.suppress(DuplicateKeyError):
            await runs.insert_one(
                {"_id": name, "job": job, "period": period, "finishedAt": clock.now()}
            )

    async def _claims(self, ids: list[str]) -> dict[str, dict[str, Any]]:
        if not ids:
            return {}
        claims = await find_all(
            current_game().collection(JobClaim.collection_name()),
            {"_id": {"$in": ids}},
            projection={"until": 1, "dead": 1},
            limit=len(ids),
        )
        return {claim["_id"]: claim for claim in claims}

    async def _do(self, job: str, work: Any, settle: Callable[[Any], Awaitable[Any]]) -> int:
        """Claim one piece of work, do it, and forget the claim; or note the failure."""
        claim = f"{job}:{work}"
        if not await self._claim(job, claim):
            return 0
        claims = current_game().collection(JobClaim.collection_name())
        try:
            await settle(work)
        except Exception as error:  # one bad document must not stop the others
            self.failed[job] += 1
            await self._note_failure(claim, error)
            return 0
        await claims.delete_one({"_id": claim})
        self.done[job] += 1
        return 1

    async def _claim(self, job: str, claim: str) -> bool:
        """Take the work in hand.

        Outcomes: a new claim; an old one whose time is over, taken on; a duplicate key, when
        another worker holds it.
        """
        now = clock.now()
        claims = current_game().collection(JobClaim.collection_name())
        try:
            await claims.update_one(
                {"_id": claim, "until": {"$lte": now}, "dead": {"$ne": True}},
                {
                    "$set": {
                        "job": job,
                        "worker": self.worker,
                        "until": now + timedelta(seconds=CLAIM_SECONDS),
                    },
                    "$inc": {"attempts": 1},
                    "$setOnInsert": {"createdAt": now},
                },
                upsert=True,
            )
        except DuplicateKeyError:
            return False
        return True

    async def _note_failure(self, claim: str, error: Exception) -> None:
        """Wait longer after each failure; after the last, set the work aside and say so."""
        claims = current_game().collection(JobClaim.collection_name())
        known = await claims.find_one({"_id": claim}, {"attempts": 1})
        attempts = int(known["attempts"]) if known else 1
        wait = min(BACKOFF_LIMIT, BACKOFF_START * 2 ** (attempts - 1))
        dead = attempts >= MOST_ATTEMPTS
        said = f"{type(error).__name__}: {error}"[:500]
        await claims.update_one(
            {"_id": claim},
            {
                "$set": {
                    "error": said,
                    "dead": dead,
                    "until": clock.now() + timedelta(seconds=wait),
                }
            },
        )
        log.error("work_failed", claim=claim, attempts=attempts, dead=dead, error=said)


@asynccontextmanager
async def working(jobs: Jobs) -> AsyncIterator[None]:
    """Do the jobs in the background of the block; what is in hand at its end is finished."""
    stop = asyncio.Event()
    task = asyncio.create_task(jobs.work(stop))
    try:
        yield
    finally:
        stop.set()
        await task


async def dead_letters(limit: int = 100) -> list[JobClaim]:
    """The work that was set aside, the oldest first."""
    return await JobClaim.load_many({"dead": True}, sort=[("createdAt", 1)], limit=limit)


async def revive(claim: str) -> bool:
    """Give a dead letter another round of attempts. Returns whether it was one."""
    claims = current_game().collection(JobClaim.collection_name())
    result = await claims.update_one(
        {"_id": claim, "dead": True},
        {"$set": {"dead": False, "attempts": 0, "until": clock.now()}},
    )
    return bool(result.modified_count)


def _text(period: datetime) -> str:
    return period.strftime("%Y-%m-%dT%H:%MZ")
