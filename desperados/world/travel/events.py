"""What travellers are told."""

from __future__ import annotations

from typing import ClassVar

from desperados.engine.live.events import Event


class TravelArrived(Event):
    """You have arrived."""

    event: ClassVar[str] = "travel:arrived"
    place: str
    name: str
