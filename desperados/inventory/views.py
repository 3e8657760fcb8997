"""What the services of the inventory return."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from desperados.engine.views import Id, View
from desperados.ledger.items.contents import Contents, Stack
from desperados.ledger.items.movement import Moved, Placed


class StackView(View):
    """The pieces of one item. They take ``slots`` slots; ``locked`` ones are worn or reserved."""

    item: str
    quantity: int
    slots: int
    max_stack: int
    weight: float
    bound: bool
    locked: int
    acquired_at: datetime

    @classmethod
    def of(cls, stack: Stack) -> StackView:
        """The view of a stack. ``weight`` is that of all its pieces, in pounds."""
        return cls(
            item=stack.item_id,
            quantity=stack.quantity,
            slots=stack.slots,
            max_stack=stack.max_stack,
            weight=round(stack.weight * stack.quantity, 3),
            bound=stack.bound,
            locked=stack.locked,
            acquired_at=stack.acquired_at,
        )


class CapacityView(View):
    """How full a container is. Weights are in pounds; no limit is null."""

    used_slots: int
    max_slots: int | None
    used_weight: float
    max_weight: float | None

    @classmethod
    def of(cls, contents: Contents) -> CapacityView:
        """The view of a container."""
        return cls(
            used_slots=contents.used_slots,
            max_slots=contents.document.get("maxSlots"),
            used_weight=contents.used_weight / 1000,
            max_weight=contents.document.get("maxWeight"),
        )


class InventoryView(View):
    """What a container holds. Unique items are counted here and listed on their own."""

    capacity: CapacityView
    stacks: list[StackView]
    unique_items: int


class UniqueItemView(View):
    """A piece of gear that exists once."""

    id: Id
    item: str
    quality: str
    is_masterwork: bool
    custom_name: str | None
    crafter_id: Id
    durability: float
    max_durability: int
    bonuses: Any
    bound: bool
    locked: bool
    equipped_slot: str | None


class MovementView(View):
    """A row of the item history. ``quantity`` is signed: what came, or (negative) what went."""

    seq: int
    item: str
    unique: Id | None = None
    quantity: int
    before: int
    after: int
    source: str
    counterparty: str
    reference: Id | None = None
    created_at: datetime


class PlacedView(View):
    """What arrived. ``unique`` is the id of a unique item."""

    item: str
    quantity: int
    unique: Id | None = None

    @classmethod
    def of(cls, placed: Placed) -> PlacedView:
        """The view of what a movement placed."""
        return cls(item=placed.item_id, quantity=placed.quantity, unique=placed.unique)


class MovedView(View):
    """What a movement did. ``parked`` found no room and waits as a pending reward."""

    operation: Id
    at: datetime
    placed: list[PlacedView]
    parked: list[PlacedView]

    @classmethod
    def of(cls, moved: Moved) -> MovedView:
        """The view of a movement."""
        waiting = set(moved.parked)
        return cls(
            operation=moved.operation,
            at=moved.at,
            placed=[PlacedView.of(placed) for placed in moved.placed if placed not in waiting],
            parked=[PlacedView.of(placed) for placed in moved.parked],
        )


class DroppedView(View):
    """What lies on the ground now. It can be taken until ``rots_at``."""

    ground_item: Id
    operation: Id
    item: str
    quantity: int
    rots_at: datetime


class GroundItemView(View):
    """What lies on the ground. ``reserved_until`` is set while it is kept for somebody else."""

    id: Id
    item: str | None
    quantity: int
    unique: Id | None = None
    dropped_at: datetime
    rots_at: datetime
    reserved_until: datetime | None = None


class TakenView(View):
    """What was taken, and how much was left for want of room."""

    operation: Id
    taken: list[PlacedView]
    left: int

    @classmethod
    def of(cls, moved: Moved) -> TakenView:
        """The view of a movement into the pack."""
        return cls(
            operation=moved.operation,
            taken=[PlacedView.of(placed) for placed in moved.placed],
            left=moved.left,
        )


class PendingItemsView(View):
    """Goods that found no room and wait."""

    id: Id
    source: str
    stacks: list[StackView]
    unique_items: int
    created_at: datetime
