"""When a worker looks at which of its jobs."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable

from desperados.engine.work.kinds import Job

LONGEST_WAIT = 60.0  # seconds until a job is looked at again that could not be looked at


class Schedule:
    """The next look at each job of a lane. Times are seconds of any clock that never goes back."""

    def __init__(self, jobs: Iterable[Job], now: float) -> None:
        self._jobs = {job.name: job for job in jobs}
        self._next = dict.fromkeys(self._jobs, now)
        self._failures = dict.fromkeys(self._jobs, 0)

    def due(self, now: float) -> list[Job]:
        """The jobs that are to be looked at, in their order."""
        return [job for name, job in self._jobs.items() if self._next[name] <= now]

    def wait(self, now: float) -> float:
        """Seconds until the next look."""
        return max(0.0, min(self._next.values()) - now)

    def nudge(self, names: Collection[str]) -> bool:
        """Those of these jobs that are of this lane are to be looked at now; whether any is."""
        mine = [name for name in names if name in self._jobs]
        for name in mine:
            self._next[name] = -math.inf
        return bool(mine)

    def looking(self, job: Job) -> None:
        """A look begins: what nudges from now on may have come too late for it."""
        self._next[job.name] = math.inf

    def looked(self, job: Job, now: float, *, again: bool) -> None:
        """A look has come to its end; ``again``: there is more to do."""
        self._failures[job.name] = 0
        nudged = self._next[job.name] < now
        self._next[job.name] = now if again or nudged else now + job.poll.total_seconds()

    def failed(self, job: Job, now: float) -> None:
        """A look has failed; the next one waits longer each time."""
        poll = job.poll.total_seconds()
        self._next[job.name] = now + max(
            poll, min(LONGEST_WAIT, poll * 2 ** self._failures[job.name])
        )
        self._failures[job.name] += 1
