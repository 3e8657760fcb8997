"""``desperados worker`` does the due work of a world, in a process of its own; any number may run.

``desperados jobs`` looks after the work that keeps failing.
"""

from __future__ import annotations

import asyncio
import signal
from typing import Any

from rich.table import Table

import desperados
from desperados.api.serving.logging import configure_logging
from desperados.assembly.jobs import JOBS
from desperados.cli.console import NOT_IN_ORDER, errors, output
from desperados.engine.errors import NotFound
from desperados.engine.jobs import Jobs, dead_letters, revive
from desperados.engine.settings import load_settings


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
        output.print(f"Working on: {', '.join(jobs.jobs)}", highlight=False)
        await jobs.work(stop)
    errors.print("Stopped.")


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
    output.print(f"{work} will be tried again.", highlight=False)
