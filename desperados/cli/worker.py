"""``desperados worker`` does the due work of a world, in a process of its own; any number may run.

``desperados jobs`` tells how each kind of work stands, and looks after what keeps failing.
"""

from __future__ import annotations

import asyncio
import signal
from datetime import datetime, timedelta
from typing import Any

from rich.table import Table

import desperados
from desperados.api.serving.logging import configure_logging
from desperados.assembly.jobs import JOBS
from desperados.cli.console import errors, output
from desperados.cli.exits import NOT_IN_ORDER
from desperados.engine.errors import NotFound
from desperados.engine.settings import load_settings
from desperados.engine.work import Jobs, dead_letters, job_statuses, revive


async def work(url: str | None, redis_url: str | None) -> None:
    """Work until a signal; what is in hand is finished first."""
    given = {"mongodb_url": url, "redis_url": redis_url}
    overrides: dict[str, Any] = {name: v for name, v in given.items() if v is not None}
    configure_logging(load_settings(**overrides))
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with desperados.connect(**overrides):
        jobs = Jobs(JOBS)
        output.print(f"Working on: {', '.join(jobs.jobs)}")
        await jobs.work(stop)
    errors.print("Stopped.")


async def show_status(url: str | None) -> int:
    """Print how each job stands."""
    async with desperados.connect(url):
        statuses = await job_statuses(JOBS)
    table = Table("job", "last done", "next", "late", "waiting", "set aside")
    table.columns[0].no_wrap = True
    for column in table.columns[3:]:
        column.justify = "right"
    for status in statuses:
        table.add_row(
            status.name,
            _time(status.last),
            _time(status.next),
            _span(status.late),
            str(status.waiting or ""),
            str(status.dead or ""),
            style="" if status.in_order else "red",
        )
    output.print(table)
    looked = max((status.looked for status in statuses if status.looked), default=None)
    output.print(f"A worker last looked at {_time(looked)}." if looked else "No worker has looked.")
    return 0 if all(status.in_order for status in statuses) else NOT_IN_ORDER


def _time(moment: datetime | None) -> str:
    return f"{moment:%m-%d %H:%M:%S}" if moment is not None else "-"


def _span(span: timedelta) -> str:
    """The largest unit of it, rounded down."""
    seconds = int(span.total_seconds())
    for unit, length in (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1)):
        if seconds >= length:
            return f"{seconds // length} {unit}"
    return ""


async def list_dead(url: str | None) -> int:
    """Print what was set aside, the oldest first."""
    async with desperados.connect(url):
        dead = await dead_letters()
    if not dead:
        output.print("No work was set aside.")
        return 0
    table = Table("work", "attempts", "since", "error")
    for claim in dead:
        since = f"{claim.created_at:%Y-%m-%d %H:%M}"
        table.add_row(claim.id, str(claim.attempts), since, claim.error or "")
    output.print(table)
    return NOT_IN_ORDER


async def revive_work(url: str | None, work: str) -> None:
    """Give the work another round of attempts.

    Raises:
        NotFound: no such work was set aside.
    """
    async with desperados.connect(url):
        if not await revive(work):
            raise NotFound(f"No work named {work!r} was set aside.")
    output.print(f"{work} will be tried again.")
