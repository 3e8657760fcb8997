"""Due work: what is due is found by a query, claimed, done, and done again until nothing is due.

Time-driven work is data, not timers. Domains declare it (``kinds``), workers do it (``worker``),
and ``status`` tells how it stands. How work is found (``finding``, ``walks``), claimed (``claims``)
and when it is looked for (``schedule``) is the worker's own business.
"""

from __future__ import annotations

from desperados.engine.work.claims import dead_letters, revive
from desperados.engine.work.kinds import DueJob, Follower, Job, Lane, PeriodicJob, Sweep
from desperados.engine.work.status import JobStatus, job_statuses
from desperados.engine.work.worker import Jobs, working

__all__ = [
    "DueJob",
    "Follower",
    "Job",
    "JobStatus",
    "Jobs",
    "Lane",
    "PeriodicJob",
    "Sweep",
    "dead_letters",
    "job_statuses",
    "revive",
    "working",
]
