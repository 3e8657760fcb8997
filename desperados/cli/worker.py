"""``desperados worker``: the due work of a world, in a process of its own. Any number may run."""

from __future__ import annotations

import asyncio
import signal
from typing import Any

import desperados
from desperados.api.logging import configure_logging
from desperados.cli.main import errors, output
from desperados.engine.jobs import Jobs
from desperados.engine.settings import load_settings
from desperados.jobs import JOBS


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
