"""All due work of the game, as the worker does it: the jobs of every domain."""

from __future__ import annotations

from desperados.inventory.jobs import JOBS as INVENTORY_JOBS

JOBS = (*INVENTORY_JOBS,)
