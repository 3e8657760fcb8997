"""Due work of the inventory."""

from __future__ import annotations

from desperados.engine.jobs import DueJob, Job
from desperados.inventory.ground import rot

JOBS: tuple[Job, ...] = (
    DueJob("ground_items_rot", collection="grounditems", due="rotsAt", settle=rot),
)
