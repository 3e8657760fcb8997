"""What the world refuses."""

from __future__ import annotations

from desperados.engine.errors import Conflict, NotFound


class PlaceNotFound(NotFound):
    """There is no such place, or the character has not found it yet."""


class AlreadyThere(Conflict):
    """The character is there already."""


class NoWay(Conflict):
    """No way leads there from here: go to the street, to a place that a road joins, or to a hub."""


class JobNotFound(NotFound):
    """There is no such job."""


class NotOfferedHere(Conflict):
    """That is not offered where the character is."""


class SecretNotFound(NotFound):
    """There is no such secret here."""


class AlreadyKnown(Conflict):
    """The character knows this secret."""


class RegionNotFound(NotFound):
    """There is no such region."""


class WeatherChanged(Conflict):
    """Somebody else set the weather meanwhile; look at it again."""
