"""What legendary hunts are refused for."""

from __future__ import annotations

from desperados.engine.errors import Conflict, NotFound, RateLimited


class LegendNotFound(NotFound):
    """There is no such legend, or you have not heard of it."""


class NobodyHere(NotFound):
    """There is nobody of this code where you are."""


class NothingToTell(Conflict):
    """They have told all that they know of legends."""


class NothingToFind(Conflict):
    """There is no trace of it here, or none that you have not found."""


class NotLocated(Conflict):
    """You do not know where it lives yet."""


class LegendGone(RateLimited):
    """It has gone into hiding for a while."""
