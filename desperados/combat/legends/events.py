"""What a hunter is told."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from desperados.combat.legends.documents import DiscoveryStage, HuntStatus
from desperados.engine.live.events import Event
from desperados.engine.views import Id


class LegendProgress(Event):
    """You know more of a legend than before."""

    event = "hunt:progress"

    legend: str
    progress: int
    stage: DiscoveryStage


class LegendRound(Event):
    """A fight against a legend has gone on, by you or the clock."""

    event = "hunt:round"

    fight_id: Id
    legend: str
    version: int
    round: int
    health: int
    foe_health: int
    deadline: datetime | None
    events: list[dict[str, Any]]


class LegendEnded(Event):
    """A fight against a legend is over. ``first``: it was your first victory over it."""

    event = "hunt:ended"

    fight_id: Id
    legend: str
    status: HuntStatus
    first: bool
    dollars: int
    xp: int
