"""All due work of the game, as the worker does it."""

from __future__ import annotations

from desperados.assembly.domains import domains
from desperados.engine.work import Job

JOBS: tuple[Job, ...] = tuple(job for domain in domains() for job in domain.jobs)
