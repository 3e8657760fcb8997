"""Sweeps, without a worker."""

from datetime import datetime

from desperados.assembly.jobs import JOBS
from desperados.engine.work import Sweep


def sweep_named(name: str) -> Sweep:
    """The sweep of the game that has this name."""
    (found,) = (job for job in JOBS if job.name == name)
    assert isinstance(found, Sweep)
    return found


async def sweep_all(sweep: Sweep, period: datetime) -> None:
    """Let every row have its turn, whatever was done for this period before; errors are raised."""
    async for row in sweep.rows(period, None):
        await sweep.settle(period, row)
