"""What who fights is told."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from desperados.engine.live.events import Event
from desperados.engine.views import Id


class FightMoved(Event):
    """Your fight has gone on, by you or by the clock; the next move is made upon this ``version``,
    before the deadline. ``events`` are what happened in the last round."""

    event = "combat:round"

    fight_id: Id
    version: int
    status: str
    round: int
    health: int
    foe_health: int
    deadline: datetime | None
    events: list[dict[str, Any]]


class FightEnded(Event):
    """Your fight is over, and this is what came of it."""

    event = "combat:ended"

    fight_id: Id
    status: str
    dollars: int
    xp: int
    scars: int
