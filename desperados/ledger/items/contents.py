"""The contents of one holder while a movement is worked out. All of it happens in memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from desperados.engine import dice
from desperados.ledger.items.errors import HolderNotFound, InsufficientItems, ItemLocked
from desperados.ledger.items.holders import Holder
from desperados.ledger.items.rules import MOST_ENTRIES, room_for, slots_of, thousandths

SEQUENCE = "itemSeq"
CLOSED = "closedAt"


@dataclass(slots=True)
class Stack:
    """The pieces of one item in one holder; see ``StackEntry``."""

    item_id: str
    quantity: int
    max_stack: int
    weight: float
    bound: bool
    acquired_at: datetime
    locked: int = 0
    entry_id: str = ""

    @property
    def slots(self) -> int:
        """The slots that it takes."""
        return slots_of(self.quantity, self.max_stack)

    @property
    def free(self) -> int:
        """The pieces that are not locked."""
        return self.quantity - self.locked

    def part(self, quantity: int) -> Stack:
        """``quantity`` pieces of it."""
        return replace(self, quantity=quantity, locked=0, entry_id="")

    @classmethod
    def of(cls, stored: dict[str, Any]) -> Stack:
        """The stack that is stored as a ``StackEntry``."""
        return cls(
            stored["itemId"],
            int(stored["quantity"]),
            int(stored.get("maxStack", 1)),
            stored.get("weight", 0),
            bool(stored.get("bound", False)),
            stored["acquiredAt"],
            int(stored.get("locked", 0)),
            stored["entryId"],
        )

    def to_mongo(self) -> dict[str, Any]:
        """The stored ``StackEntry``."""
        return {
            "entryId": self.entry_id,
            "itemId": self.item_id,
            "quantity": self.quantity,
            "maxStack": self.max_stack,
            "weight": self.weight,
            "bound": self.bound,
            "locked": self.locked,
            "acquiredAt": self.acquired_at,
        }


@dataclass(slots=True)
class Contents:
    """What a holder holds. ``document`` is what was read, or what will be inserted."""

    holder: Holder
    document: dict[str, Any]
    new: bool = False
    stacks: list[Stack] = field(default_factory=list)
    uniques: int = 0
    unique_weight: int = 0  # thousandths of a pound
    sequence: int = field(init=False)
    sequence_before: int | None = field(init=False)
    _changed: set[int] = field(default_factory=set)
    _shrunk: bool = False

    def __post_init__(self) -> None:
        stored = self.document.get(SEQUENCE)
        self.sequence_before = None if stored is None else int(stored)
        self.sequence = self.sequence_before or 0

    def require_open(self) -> None:
        """Refuse a holder whose owner has left the world.

        Raises:
            HolderNotFound: it was closed.
        """
        if self.document.get(CLOSED) is not None:
            raise HolderNotFound(holder=str(self.holder))

    # Counting

    def count(self, item_id: str) -> int:
        """How many pieces of a stacked item there are."""
        return sum(stack.quantity for stack in self.stacks if stack.item_id == item_id)

    @property
    def used_slots(self) -> int:
        """The slots in use."""
        return sum(stack.slots for stack in self.stacks) + self.uniques

    @property
    def used_weight(self) -> int:
        """The weight, in thousandths of a pound."""
        stacked = sum(stack.quantity * thousandths(stack.weight) for stack in self.stacks)
        return stacked + self.unique_weight

    def room(self, incoming: Stack) -> int:
        """How many pieces of ``incoming`` fit, at most all of them."""
        held = self._find(incoming.item_id, incoming.bound)
        if held is None and len(self.stacks) >= MOST_ENTRIES:
            return 0
        slots, weight = self._free()
        room = room_for(
            held.quantity if held else 0,
            held.max_stack if held else incoming.max_stack,
            thousandths(held.weight if held else incoming.weight),
            slots,
            weight,
        )
        return incoming.quantity if room is None else max(0, min(room, incoming.quantity))

    def room_for_unique(self, weight: int) -> bool:
        """Whether one more unique item of this weight (in thousandths) fits."""
        slots, pounds = self._free()
        return (slots is None or slots >= 1) and (pounds is None or pounds >= weight)

    def _free(self) -> tuple[int | None, int | None]:
        slots, weight = self.document.get("maxSlots"), self.document.get("maxWeight")
        return (
            None if slots is None else int(slots) - self.used_slots,
            None if weight is None else thousandths(weight) - self.used_weight,
        )

    def _find(self, item_id: str, bound: bool) -> Stack | None:
        return next((s for s in self.stacks if s.item_id == item_id and s.bound == bound), None)

    # Changing

    def take(self, item_id: str, quantity: int, *, bound_too: bool) -> Iterator[Stack]:
        """Take pieces out, bound ones first where they may go; they come as up to two stacks.

        Raises:
            InsufficientItems: there are fewer.
            ItemLocked: there would be enough, but some are locked or bound.
        """
        stacks = [stack for stack in self.stacks if stack.item_id == item_id]
        had = sum(stack.quantity for stack in stacks)
        loose = [stack for stack in stacks if bound_too or not stack.bound]
        if had < quantity:
            raise InsufficientItems(holder=str(self.holder), item=item_id, had=had, needed=quantity)
        free = sum(stack.free for stack in loose)
        if free < quantity:
            raise ItemLocked(holder=str(self.holder), item=item_id, free=free, needed=quantity)
        for stack in sorted(loose, key=lambda stack: not stack.bound):
            part = min(stack.free, quantity)
            if part:
                quantity -= part
                yield self._take_from(stack, part)

    def _take_from(self, stack: Stack, quantity: int) -> Stack:
        taken = stack.part(quantity)
        stack.quantity -= quantity
        position = self.stacks.index(stack)
        if stack.quantity == 0:
            del self.stacks[position]
            self._shrunk = True
        else:
            self._changed.add(position)
        return taken

    def put(self, incoming: Stack, now: datetime) -> None:
        """Add pieces to the entry of their item, or in a new one."""
        held = self._find(incoming.item_id, incoming.bound)
        if held is None:
            entry = replace(incoming, entry_id=str(dice.new_id()), locked=0, acquired_at=now)
            self.stacks.append(entry)
            self._changed.add(len(self.stacks) - 1)
        else:
            held.quantity += incoming.quantity
            self._changed.add(self.stacks.index(held))

    def lock(self, item_id: str, quantity: int) -> None:
        """Lock pieces (negative: unlock), free ones of any entry of the item.

        Raises:
            InsufficientItems: there are fewer to lock, or to unlock.
        """
        left = abs(quantity)
        for position, stack in enumerate(self.stacks):
            if stack.item_id == item_id:
                part = min(left, stack.free if quantity > 0 else stack.locked)
                stack.locked += part if quantity > 0 else -part
                left -= part
                self._changed.add(position)
        if left:
            raise InsufficientItems(holder=str(self.holder), item=item_id, short=left)

    def add_unique(self, weight: int, number: int = 1) -> None:
        """Count unique items in (or with ``number`` -1 out)."""
        self.uniques += number
        self.unique_weight += number * weight

    # Storing

    @property
    def changed(self) -> bool:
        """Whether anything is other than it was read."""
        moved = self.sequence != (self.sequence_before or 0)
        return moved or bool(self._changed) or self._shrunk

    def changed_entries(self, path: str) -> dict[str, Any]:
        """The update of the stored array: only the entries that changed, where none is gone."""
        if self._shrunk:
            return {path: [stack.to_mongo() for stack in self.stacks]}
        return {f"{path}.{n}": self.stacks[n].to_mongo() for n in sorted(self._changed)}
