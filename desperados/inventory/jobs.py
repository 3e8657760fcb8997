"""Due work of the inventory."""

from __future__ import annotations

from datetime import timedelta

from desperados.engine.work import DueJob, Job
from desperados.inventory.ground import rot

JOBS: tuple[Job, ...] = (
    # Nobody can pick up what has rotted, so its row may come a little later.
    DueJob(
        "ground_items_rot",
        collection="grounditems",
        due="rotsAt",
        settle=rot,
        poll=timedelta(minutes=1),
    ),
)
