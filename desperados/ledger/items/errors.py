"""What the inventory refuses."""

from __future__ import annotations

from desperados.engine.errors import (
    Conflict,
    Contention,
    GameError,
    InvalidInput,
    NotFound,
)


class InvalidQuantity(InvalidInput):
    """A quantity is a whole number, at least 1."""


class ZeroQuantity(InvalidQuantity):
    """A quantity is at least 1."""


class NegativeQuantity(InvalidQuantity):
    """A quantity is positive; to move items the other way, swap the two sides."""


class FractionalQuantity(InvalidQuantity):
    """A quantity is a whole number of pieces."""


class OversizedQuantity(InvalidQuantity):
    """At most 9,999 pieces of an item move at once."""


class UnknownItem(InvalidInput):
    """There is no such item."""


class UnknownItemSource(InvalidInput):
    """Items enter and leave the world only through the named faucets and sinks."""


class SameHolder(InvalidInput):
    """The items are there already."""


class NothingThere(NotFound):
    """There is nothing there: it was taken, or has rotted."""


class HolderNotFound(NotFound):
    """There is nobody and nothing that could hold the items."""


class InsufficientItems(Conflict):
    """There are not that many of this item."""


class ItemLocked(Conflict):
    """This item is worn, bound, reserved or part of a quest, and stays where it is."""


class InventoryFull(Conflict):
    """There is no room for that: free some slots, or carry less weight."""


class NotHere(Conflict):
    """That lies somewhere else."""


class Reserved(Conflict):
    """That is kept for somebody else for a while."""


class UnreadableReward(Conflict):
    """Another program wrote this reward, in a form that cannot be claimed here."""


class ContentsMoved(Contention):
    """The contents changed under this movement; try again."""


class MisdirectedTransfer(GameError):
    """A transfer contradicts its source; a fault of the caller."""
