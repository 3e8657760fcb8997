"""What the world tells everybody."""

from __future__ import annotations

from datetime import datetime

from desperados.engine.live.events import PublicEvent
from desperados.world.weather import WeatherKind


class WeatherSet(PublicEvent):
    """The weather of a region is another than was forecast, until ``until``."""

    event = "weather:changed"

    region: str
    kind: WeatherKind
    intensity: int
    until: datetime
