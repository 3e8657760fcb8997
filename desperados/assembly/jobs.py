"""All due work of the game, as the worker does it: the jobs of every domain."""

from __future__ import annotations

from desperados.economy.jobs import JOBS as MONEY_JOBS
from desperados.economy.market.jobs import JOBS as MARKET_JOBS
from desperados.engine.jobs import Job
from desperados.inventory.jobs import JOBS as INVENTORY_JOBS

JOBS: tuple[Job, ...] = (*INVENTORY_JOBS, *MONEY_JOBS, *MARKET_JOBS)
