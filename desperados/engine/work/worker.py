"""The worker: looks for what is due, lane by lane, and does it, piece by piece.

Any number of workers may run. Each lane is a task of its own that looks at its jobs one after the
other, each as often as it asks for, and does at most one batch before it looks at the next. So no
job holds up the others of its lane for longer than a batch, and none of another lane at all.

Limits: work starts within the job's ``poll`` of the time it is due; what follows a commit of this
process starts at once. ``stop`` is heard between two pieces of work, and what is in hand is
finished first.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterable, Iterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, NamedTuple

import structlog
from pymongo.errors import PyMongoError

from desperados.engine import dice
from desperados.engine.game import current_game
from desperados.engine.work.claims import RENEW_SECONDS, Claims, is_held, place_of
from desperados.engine.work.finding import (
    BATCH,
    due_documents,
    due_periods,
    finish_period,
    waiting_rows,
)
from desperados.engine.work.following import (
    TOGETHER,
    Found,
    follow,
    follow_again,
    follow_together,
    set_aside,
    waiting_keys,
)
from desperados.engine.work.kinds import DueJob, Follower, Job, Lane, PeriodicJob, Sweep, piece
from desperados.engine.work.schedule import Schedule
from desperados.engine.work.status import Looks
from desperados.engine.work.walks import Walk, begin_walk

log = structlog.get_logger(__name__)

Pause = Callable[[float], Awaitable[None]]


class Look(NamedTuple):
    """What came of a look: how many pieces were done, and whether to look again at once."""

    done: int
    again: bool


class Jobs:
    """A set of jobs and the worker that does them.

    ``done``, ``failed`` and ``postponed`` count the pieces of work of this worker by job.
    ``pause`` is how the worker waits between two renewals of its claims.
    """

    def __init__(self, jobs: Iterable[Job], *, pause: Pause = asyncio.sleep) -> None:
        self.jobs = {job.name: job for job in jobs}
        self.worker = dice.token(6)
        self.done: dict[str, int] = dict.fromkeys(self.jobs, 0)
        self.failed: dict[str, int] = dict.fromkeys(self.jobs, 0)
        self.postponed: dict[str, int] = dict.fromkeys(self.jobs, 0)
        self._pause = pause
        self._claims = Claims(self.worker)
        self._walks: dict[str, Walk] = {}
        self._looks = Looks()
        self._stop = asyncio.Event()
        self._sleeping: set[asyncio.Event] = set()

    async def work(self, stop: asyncio.Event) -> None:
        """Work until ``stop`` is set; what is in hand is finished first."""
        self._stop = stop
        async with self._keeping(), asyncio.TaskGroup() as lanes:
            for lane in Lane:
                jobs = [job for job in self.jobs.values() if job.lane is lane]
                if jobs:
                    lanes.create_task(self._work_lane(jobs), name=f"jobs:{lane.value}")
            lanes.create_task(self._hear_stop(), name="jobs:stop")
        with contextlib.suppress(PyMongoError):  # nothing depends on it
            await self.tell()

    async def run_until_idle(self) -> int:
        """Do everything that is due now. Returns how many pieces of work were done."""
        total, again = 0, True
        async with self._keeping():
            while again:
                looks = [await self._look(job) for job in self.jobs.values()]
                total += sum(look.done for look in looks)
                again = any(look.again for look in looks)
        return total

    async def poll(self) -> int:
        """Look at each job once. Returns how many pieces of work were done."""
        return sum([(await self._look(job)).done for job in self.jobs.values()])

    async def tell(self) -> None:
        """Store when this worker looked at its jobs, for ``job_statuses``."""
        await self._looks.store()

    # The lanes

    async def _work_lane(self, jobs: list[Job]) -> None:
        """Look at the jobs of a lane until told to stop. A look that fails is tried again later."""
        time = asyncio.get_running_loop().time
        schedule, awake = Schedule(jobs, time()), asyncio.Event()
        with self._nudged(schedule, awake):
            while not self._stop.is_set():
                for job in schedule.due(time()):
                    if self._stop.is_set():
                        break
                    schedule.looking(job)
                    try:
                        look = await self._look(job)
                    except BaseException as error:  # whatever is wrong with one, the others go on
                        if ends_the_worker(error):
                            raise
                        at = place_of(error)
                        log.error("look_failed", job=job.name, error=repr(error), at=at)
                        schedule.failed(job, time())
                    else:
                        schedule.looked(job, time(), again=look.again)
                if (wait := schedule.wait(time())) and not self._stop.is_set():
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(awake.wait(), wait)
                awake.clear()
        await self._leave_walks(jobs)

    @contextlib.contextmanager
    def _nudged(self, schedule: Schedule, awake: asyncio.Event) -> Iterator[None]:
        """Let a lane be woken: by the stop, and by commits that some of its jobs follow."""

        def nudge(names: Collection[str]) -> None:
            if schedule.nudge(names):
                awake.set()

        nudged = current_game().nudged
        nudged.append(nudge)
        self._sleeping.add(awake)
        try:
            yield
        finally:
            nudged.remove(nudge)
            self._sleeping.discard(awake)

    async def _hear_stop(self) -> None:
        """Wake all lanes at the stop."""
        await self._stop.wait()
        for awake in self._sleeping:
            awake.set()

    @asynccontextmanager
    async def _keeping(self) -> AsyncIterator[None]:
        """Renew what is in hand, and say that somebody works, for as long as the block lasts."""

        async def keep() -> None:
            while True:
                await self._pause(RENEW_SECONDS)
                try:
                    await self._claims.renew()
                    await self.tell()
                except Exception as error:  # the next time is soon enough: a claim lasts for three
                    log.error("claims_not_renewed", error=repr(error), at=place_of(error))

        keeper = asyncio.create_task(keep())
        try:
            yield
        finally:
            keeper.cancel()
            await asyncio.gather(keeper, return_exceptions=True)

    async def _leave_walks(self, jobs: list[Job]) -> None:
        """Leave what this lane has not come to the end of to others."""
        for job in jobs:
            walk = self._walks.pop(job.name, None)
            if walk is not None:
                await self._claims.release(walk.name)

    # One job

    async def _look(self, job: Job) -> Look:
        """Look at a job once and do at most a batch of it."""
        if isinstance(job, DueJob):
            look = await self._look_due(job)
        elif isinstance(job, PeriodicJob):
            look = await self._look_periodic(job)
        elif isinstance(job, Follower):
            look = await self._look_follower(job)
        else:
            look = await self._look_sweep(job)
        self._looks.note(job.name, worked=look.done > 0)
        return look

    async def _look_due(self, job: DueJob) -> Look:
        """Settle the first page with anything that nobody holds."""
        async for page in due_documents(job):
            free = [row["_id"] for row, claim in page if not is_held(claim)]
            if free:
                done = 0
                for identity in free:
                    if self._stop.is_set():
                        break
                    done += await self._do(job, piece(job, identity), job.settle, identity)
                return Look(done, again=True)
        return Look(0, again=False)

    async def _look_periodic(self, job: PeriodicJob) -> Look:
        """Do the first period that is due; one that fails holds up those after it until it
        succeeds or is set aside."""

        async def run(period: datetime) -> None:
            await job.run(period)
            await finish_period(job, period)

        for period, claim in await due_periods(job):
            if is_held(claim):
                break
            done = await self._do(job, piece(job, period), run, period)
            return Look(int(done), again=done)
        return Look(0, again=False)

    async def _look_sweep(self, job: Sweep) -> Look:
        """Try again what waits of earlier rows, then go on with the period in hand."""
        waiting = await waiting_rows(job)
        done = 0
        for claim in waiting:
            if self._stop.is_set():
                break
            given = claim["period"], claim["row"]
            done += await self._do(job, claim["_id"], job.settle, *given)
        walk = self._walks.get(job.name) or await begin_walk(job, self._claims)
        if walk is None or self._stop.is_set():
            return Look(done, again=bool(waiting))
        self._walks[job.name] = walk
        try:
            done += await self._walk_on(walk)
        except BaseException as error:
            # The rows cannot be read, or nothing can be written: later, from the last position.
            del self._walks[job.name]
            if ends_the_worker(error):
                raise
            await self._note_failure(job, walk.name, error)
        return Look(done, again=True)

    async def _look_follower(self, job: Follower) -> Look:
        """Try again the keys that wait after a failure, then take on the first page of keys with
        any that nobody has had in hand."""
        waiting = await waiting_rows(job)
        done = 0
        for claim in waiting:
            if self._stop.is_set():
                break
            given = job, claim["row"]
            done += await self._do(job, claim["_id"], follow_again, *given, row=claim["row"])
        async for keys in waiting_keys(job):
            for name, found in keys.dead.items():
                await set_aside(job, name, found.key)
            if keys.fresh:
                return Look(done + await self._follow(job, keys.fresh), again=True)
        return Look(done, again=bool(waiting))

    async def _follow(self, job: Follower, keys: dict[str, Found]) -> int:
        """Apply a batch of each of these keys that nobody else takes first. Returns of how many."""
        claimed = await self._claims.take_new(
            job.name, {name: {"row": found.key} for name, found in keys.items()}
        )
        mine = [name for name in keys if name in claimed]
        let_go, done = set(claimed), 0
        try:
            for start in range(0, len(mine), TOGETHER):
                if self._stop.is_set():
                    break
                names = mine[start : start + TOGETHER]
                if await self._follow_together(job, [keys[name] for name in names]):
                    done += len(names)
                    continue
                for name in names:
                    if await self._attempt(job, name, follow, job, keys[name].key):
                        done += 1
                    else:
                        let_go.discard(name)
        finally:
            self._claims.held -= claimed  # what the database cannot be told now runs out by itself
        await self._claims.finish(let_go)
        return done

    async def _follow_together(self, job: Follower, keys: list[Found]) -> bool:
        """Apply what was found of some keys in one go; whether that went well. If not, each has its
        turn by itself, and only what fails then has failed."""
        if len(keys) == 1:
            return False
        try:
            await follow_together(job, keys)
        except BaseException as error:
            if ends_the_worker(error):
                raise
            log.info("not_together", job=job.name, error=repr(error), at=place_of(error))
            return False
        self.done[job.name] += len(keys)
        return True

    async def _walk_on(self, walk: Walk) -> int:
        """Do the next rows of a walk. Returns how many were done."""
        job = walk.sweep
        rows = await walk.next_rows()
        claimed = await self._claims.take_new(
            job.name, {name: {"period": walk.period, "row": row} for name, row in rows.items()}
        )
        let_go, done = set(claimed), 0
        try:
            for name, row in rows.items():
                if self._stop.is_set():
                    break
                if name in claimed:
                    if await self._attempt(job, name, job.settle, walk.period, row):
                        done += 1
                    else:
                        let_go.discard(name)
                walk.position = row
        finally:
            self._claims.held -= claimed  # what the database cannot be told now runs out by itself
        await self._claims.finish(let_go)
        in_hand = await self._claims.move_on(walk.name, walk.position)
        at_the_end = len(rows) < BATCH and not self._stop.is_set()
        if in_hand and at_the_end:
            await finish_period(job, walk.period)
            await self._claims.finish([walk.name])
        if at_the_end or not in_hand:
            self._walks.pop(job.name, None)
        return done

    # One piece of work

    async def _do(
        self, job: Job, name: str, settle: Callable[..., Awaitable[Any]], *given: Any, **kept: Any
    ) -> bool:
        """Take a piece of work in hand, do it, and forget its claim; whether it was done. ``kept``
        goes with the claim."""
        if await self._claims.take(job.name, name, **kept) is None:
            return False
        if not await self._attempt(job, name, settle, *given):
            return False
        await self._claims.finish([name])
        return True

    async def _attempt(
        self, job: Job, name: str, settle: Callable[..., Awaitable[Any]], *given: Any
    ) -> bool:
        """Do what is in hand, or note why not; whether it was done."""
        try:
            await settle(*given)
        except BaseException as error:  # whatever a job raises is no reason to stop the others
            if ends_the_worker(error):
                raise
            await self._note_failure(job, name, error)
            return False
        self.done[job.name] += 1
        return True

    async def _note_failure(self, job: Job, name: str, error: BaseException) -> None:
        counts = await self._claims.give_back(name, error)
        (self.failed if counts else self.postponed)[job.name] += 1


def ends_the_worker(error: BaseException) -> bool:
    """Whether an error is meant for the worker and not for the piece of work that met it.

    A job may raise CancelledError without anybody having cancelled the worker: it waited for
    another task, and that one was cancelled.
    """
    if isinstance(error, asyncio.CancelledError):
        task = asyncio.current_task()
        return task is not None and task.cancelling() > 0
    return isinstance(error, KeyboardInterrupt | SystemExit)


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
