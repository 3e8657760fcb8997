"""The words in which a movement of items is written down, and what it did."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from bson import ObjectId

from desperados.ledger.items.documents import CraftedItem
from desperados.ledger.items.errors import UnknownItem
from desperados.ledger.items.grounds import Spot
from desperados.ledger.items.holders import Holder
from desperados.ledger.items.sources import ItemSource


@dataclass(frozen=True, slots=True)
class Line:
    """``quantity`` pieces of the item with this code, 1 to 9,999."""

    item_id: str
    quantity: int

    def __post_init__(self) -> None:
        if not isinstance(self.item_id, str):
            raise UnknownItem(path="item")


@dataclass(frozen=True, slots=True)
class Unique:
    """The unique item (``CraftedItem``) with this id."""

    id: ObjectId


@dataclass(frozen=True, slots=True)
class Fresh:
    """A unique item that comes into the world with this movement and is inserted by it."""

    item: CraftedItem


@dataclass(frozen=True, slots=True)
class All:
    """Everything that the giver holds."""


ALL: Final = All()

Good = Line | Unique | Fresh | All


class Overflow(StrEnum):
    """What becomes of what the receiver has no room for."""

    FAIL = "fail"  # nothing moves: InventoryFull
    PARK = "park"  # it waits as a pending reward of the character whose pack is full
    GROUND = "ground"  # it lies where the receiver is, and is kept for it; bound goods are parked
    LEAVE = "leave"  # it stays where it is; InventoryFull if nothing at all fits


@dataclass(frozen=True, slots=True)
class Transfer:
    """Goods from a giver to a receiver. Without a giver they are new, without a receiver gone.
    ``spot`` is where new goods come to lie that the receiver has no room for."""

    goods: Sequence[Good]
    source: ItemSource
    giver: Holder | None = None
    receiver: Holder | None = None
    overflow: Overflow = Overflow.FAIL
    spot: Spot | None = None


@dataclass(frozen=True, slots=True)
class Placed:
    """What arrived where; ``holder`` None is out of the world. ``unique`` is a unique item's id."""

    item_id: str
    quantity: int
    holder: Holder | None
    bound: bool = False
    unique: ObjectId | None = None


@dataclass(frozen=True, slots=True)
class Moved:
    """What a movement did.

    ``parked`` is the part of ``placed`` that waits as pending rewards, or on the ground; ``left``
    is how many pieces stayed where they were for want of room.
    """

    operation: ObjectId
    at: datetime
    placed: tuple[Placed, ...]
    parked: tuple[Placed, ...]
    left: int = 0

    def quantity(self, item_id: str, holder: Holder | None) -> int:
        """How many pieces of an item arrived at ``holder``."""
        return sum(p.quantity for p in self.placed if (p.item_id, p.holder) == (item_id, holder))
