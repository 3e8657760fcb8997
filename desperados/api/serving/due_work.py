"""How the due work of the world stands, for health and metrics.

Readiness does not depend on it: an API that serves its requests is not taken out because a worker
elsewhere is late. It is read when somebody asks, and at most every ``READ_SECONDS``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from pymongo.errors import PyMongoError

from desperados.engine.work import Job, JobStatus, job_statuses

READ_SECONDS = 15.0
MOST_SECONDS = 1.0  # a probe is answered without it if it takes longer


class DueWork(Collector):
    """The last known state of all jobs, which is none while the database does not answer."""

    def __init__(self, jobs: Iterable[Job]) -> None:
        self._jobs = tuple(jobs)
        self._statuses: list[JobStatus] | None = None
        self._read_at = 0.0
        self._turn = asyncio.Lock()

    async def read(self) -> list[JobStatus] | None:
        """How each job stands; None if that cannot be read now."""
        async with self._turn:
            now = asyncio.get_running_loop().time()
            if self._statuses is None or now >= self._read_at + READ_SECONDS:
                try:
                    async with asyncio.timeout(MOST_SECONDS):
                        self._statuses = await job_statuses(self._jobs)
                except (PyMongoError, OSError):  # TimeoutError is one
                    self._statuses = None
                self._read_at = now
            return self._statuses

    async def summary(self) -> dict[str, Any]:
        """For health: whether the work is in order, and the jobs that are not."""
        statuses = await self.read()
        if statuses is None:
            return {"status": "unknown"}
        behind = {
            status.name: {
                "lateSeconds": int(status.late.total_seconds()),
                "setAside": status.dead,
            }
            for status in statuses
            if not status.in_order
        }
        return {"status": "behind", "behind": behind} if behind else {"status": "ok"}

    async def happenings(self) -> dict[str, Any]:
        """For health: how long the oldest happening waits for who follows it, and how many wait."""
        statuses = await self.read()
        if statuses is None:
            return {"status": "unknown"}
        followers = [status for status in statuses if status.waiting is not None]
        return {
            "lagSeconds": max((int(s.late.total_seconds()) for s in followers), default=0),
            "waiting": sum(status.waiting or 0 for status in followers),
        }

    def collect(self) -> Iterator[Metric]:
        """What was last read, for Prometheus."""
        late = _gauge("late_seconds", "How long ago the first work that is due was due.")
        last = _gauge("last_timestamp_seconds", "When some of the work was last done.")
        following = _gauge("next_timestamp_seconds", "When the first work that is left is due.")
        dead = _gauge("set_aside", "Pieces of work that were set aside after they kept failing.")
        waiting = _gauge("waiting", "Happenings that wait for a follower, 2,000 at most.")
        for status in self._statuses or ():
            if status.waiting is not None:
                waiting.add_metric([status.name], status.waiting)
            late.add_metric([status.name], status.late.total_seconds())
            dead.add_metric([status.name], status.dead)
            _add_date(last, status.name, status.last)
            _add_date(following, status.name, status.next)
        yield from (late, last, following, dead, waiting)


def _gauge(name: str, text: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"desperados_job_{name}", text, labels=["job"])


def _add_date(gauge: GaugeMetricFamily, job: str, date: datetime | None) -> None:
    if date is not None:
        gauge.add_metric([job], date.timestamp())
