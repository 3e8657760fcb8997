"""What the deck refuses."""

from __future__ import annotations

from desperados.engine.errors import Conflict, InvalidInput, NotFound


class ActionNotFound(NotFound):
    """There is no such deed, or it is not played this way."""


class NotDoneHere(Conflict):
    """This is done at other places."""


class InvalidStake(InvalidInput):
    """Nobody stakes this much, or on this."""


class CardNotFound(NotFound):
    """There is no such special card."""


class InvalidDeck(InvalidInput):
    """A deck is 52 cards that one has, one of each suit and rank."""
