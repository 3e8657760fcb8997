"""What fights against world bosses are refused for."""

from __future__ import annotations

from desperados.engine.errors import Conflict, InvalidInput, NotFound, RateLimited


class WorldBossNotFound(NotFound):
    """There is no such world boss."""


class WorldBossNotThere(Conflict):
    """The world boss has not come yet."""


class WorldBossGone(Conflict):
    """The world boss is defeated, or has gone."""


class WorldBossFull(Conflict):
    """No more can fight this world boss at once."""


class AlreadyFighting(Conflict):
    """The character, or another one of its account, fights this world boss already."""


class NotAFighter(Conflict):
    """The character has not joined the fight against this world boss."""


class OutOfTheFight(Conflict):
    """Who fell three times is out of this fight."""


class Fallen(Conflict):
    """The character has fallen in this fight and gets up again in a moment."""


class TooSoon(RateLimited):
    """There is one hand in fifteen seconds."""


class NoSuchPlaces(InvalidInput):
    """Cards to hold are places 0 to 4 of the hand, each once."""
