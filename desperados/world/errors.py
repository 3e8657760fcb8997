"""What the world refuses."""

from __future__ import annotations

from desperados.engine.errors import Conflict, NotFound


class PlaceNotFound(NotFound):
    """There is no such place, or players are not told of it."""


class RegionNotFound(NotFound):
    """There is no such region."""


class WeatherChanged(Conflict):
    """Somebody else set the weather meanwhile; look at it again."""
