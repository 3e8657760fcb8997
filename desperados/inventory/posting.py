"""One movement of items while it is worked out, from what was read to what will be written."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from bson import ObjectId

from desperados.engine import clock, dice
from desperados.engine.staging import StagedInsert, StagedWrite
from desperados.inventory.books import write_of
from desperados.inventory.contents import Contents, Stack
from desperados.inventory.documents import ItemMovement
from desperados.inventory.errors import InsufficientItems, InventoryFull, UnknownItem
from desperados.inventory.holders import Holder, HolderKind, pending
from desperados.inventory.loading import Loaded, new_stack
from desperados.inventory.movement import All, Fresh, Line, Overflow, Placed, Transfer, Unique
from desperados.inventory.sources import ItemSource
from desperados.inventory.uniques import UniqueItem

WORLD = "world"


class Posting:
    """One movement while it is worked out: what everybody holds, and the rows so far."""

    def __init__(self, loaded: Loaded, reference: ObjectId | None, actor: ObjectId | None) -> None:
        self.loaded = loaded
        self.now: datetime = clock.now()
        self.operation = dice.new_id()
        self.placed: list[Placed] = []
        self.parked: dict[Holder, Contents] = {}
        self.parked_placed: list[Placed] = []
        self._about: dict[str, Any] = {}
        if reference is not None:
            self._about["reference"] = reference
        if actor is not None:
            self._about["actor"] = actor
        self._rows: list[dict[str, Any]] = []
        for adopted in loaded.adopted:
            for stack in adopted.stacks:
                self._row(
                    adopted, stack.item_id, stack.quantity, 0, ItemSource.OPENING_STOCK, WORLD
                )

    def carry(self, transfer: Transfer) -> None:
        """Apply one transfer to what everybody holds."""
        before = len(self.placed)
        for good in transfer.goods:
            if isinstance(good, Line):
                self._carry_line(transfer, good)
            elif isinstance(good, All):
                self._carry_all(transfer)
            else:
                self._carry_unique(transfer, self._unique(good))
        if transfer.overflow is Overflow.LEAVE and len(self.placed) == before:
            raise InventoryFull(holder=str(transfer.receiver))

    def writes(self) -> list[StagedWrite]:
        """Everything to be written, holders first."""
        touched = [*self.loaded.contents.values(), *self.parked.values()]
        found = [write_of(contents, self.now) for contents in touched]
        found += [unique.write(self.now) for unique in self.loaded.uniques.values()]
        rows = [StagedInsert(ItemMovement.collection_name(), row) for row in self._rows]
        return [write for write in found if write is not None] + rows

    # Stacks

    def _carry_line(self, transfer: Transfer, line: Line) -> None:
        if transfer.giver is None:
            found = self.loaded.definitions.get(line.item_id)
            if found is None:
                raise UnknownItem(item=line.item_id)
            self._give(transfer, [new_stack(found, line.quantity, self.now)])
            return
        giver = self.loaded.contents[transfer.giver]
        quantity = line.quantity
        if transfer.overflow is Overflow.LEAVE:
            quantity = self._fitting(transfer, giver, line)
        if quantity:
            self._take_and_give(transfer, giver, line.item_id, quantity)

    def _carry_all(self, transfer: Transfer) -> None:
        assert transfer.giver is not None
        giver = self.loaded.contents[transfer.giver]
        for item_id in dict.fromkeys(stack.item_id for stack in giver.stacks):
            quantity = giver.count(item_id)
            if transfer.overflow is Overflow.LEAVE:
                quantity = self._fitting(transfer, giver, Line(item_id, quantity))
            if quantity:
                self._take_and_give(transfer, giver, item_id, quantity)
        for unique in self.loaded.uniques.values():
            if unique.holder == transfer.giver:
                self._carry_unique(transfer, unique)

    def _fitting(self, transfer: Transfer, giver: Contents, line: Line) -> int:
        """How many of the line the receiver has room for; all must be there in any case."""
        assert transfer.receiver is not None
        had = giver.count(line.item_id)
        if had < line.quantity:
            raise InsufficientItems(
                holder=str(giver.holder), item=line.item_id, had=had, needed=line.quantity
            )
        sample = next(stack for stack in giver.stacks if stack.item_id == line.item_id)
        return self.loaded.contents[transfer.receiver].room(sample.part(line.quantity))

    def _take_and_give(
        self, transfer: Transfer, giver: Contents, item_id: str, quantity: int
    ) -> None:
        before = giver.count(item_id)
        parts = list(giver.take(item_id, quantity, bound_too=transfer.source.moves_bound))
        other = WORLD if transfer.receiver is None else str(transfer.receiver)
        self._row(giver, item_id, -quantity, before, transfer.source, other)
        self._give(transfer, parts)

    def _give(self, transfer: Transfer, parts: list[Stack]) -> None:
        """Put parts of one item where they belong, as far as there is room."""
        if transfer.receiver is None:
            self.placed += [Placed(p.item_id, p.quantity, None, p.bound) for p in parts]
            return
        receiver = self.loaded.contents[transfer.receiver]
        rest = []
        arrived = 0
        before = receiver.count(parts[0].item_id)
        for part in parts:
            room = receiver.room(part)
            if room < part.quantity:
                if transfer.overflow is not Overflow.PARK:
                    raise InventoryFull(holder=str(receiver.holder), item=part.item_id, room=room)
                rest.append(part.part(part.quantity - room))
            if room:
                receiver.put(part.part(room), self.now)
                arrived += room
                self.placed.append(Placed(part.item_id, room, receiver.holder, part.bound))
        other = WORLD if transfer.giver is None else str(transfer.giver)
        item_id = parts[0].item_id
        if arrived:
            self._row(receiver, item_id, arrived, before, transfer.source, other)
        if rest:
            waiting = self._waiting(transfer)
            before = waiting.count(item_id)
            for part in rest:
                waiting.put(part, self.now)
                self._note_parked(Placed(item_id, part.quantity, waiting.holder, part.bound))
            total = sum(part.quantity for part in rest)
            self._row(waiting, item_id, total, before, transfer.source, other)

    # Unique items

    def _unique(self, good: Unique | Fresh) -> UniqueItem:
        if isinstance(good, Fresh):
            item = good.item
            found = self.loaded.definitions.get(item.base_item_id)
            if found is None:
                raise UnknownItem(item=item.base_item_id)
            document = item.to_mongo()
            document |= {"weight": found.weight, "bound": bool(item.bound or found.bound)}
            unique = UniqueItem.of(document, new=True)
            self.loaded.uniques[unique.id] = unique
            return unique
        known = self.loaded.uniques.get(good.id)
        if known is None:
            raise InsufficientItems(unique=str(good.id))
        return known

    def _carry_unique(self, transfer: Transfer, unique: UniqueItem) -> None:
        unique.require_at(transfer.giver, transfer.source)
        receiver = None if transfer.receiver is None else self.loaded.contents[transfer.receiver]
        parked = receiver is not None and not receiver.room_for_unique(unique.weight)
        if receiver is not None and parked:
            if transfer.overflow is Overflow.LEAVE:
                return
            if transfer.overflow is Overflow.FAIL:
                raise InventoryFull(holder=str(receiver.holder), unique=str(unique.id))
            receiver = self._waiting(transfer)
        if transfer.giver is not None:
            other = WORLD if transfer.receiver is None else str(transfer.receiver)
            giver = self.loaded.contents[transfer.giver]
            giver.add_unique(unique.weight, -1)
            self._row(giver, unique.item_id, -1, 1, transfer.source, other, unique.id)
        place = None if receiver is None else receiver.holder
        if receiver is not None:
            other = WORLD if transfer.giver is None else str(transfer.giver)
            receiver.add_unique(unique.weight)
            self._row(receiver, unique.item_id, 1, 0, transfer.source, other, unique.id)
        unique.move_to(place)
        placed = Placed(unique.item_id, 1, place, unique.bound, unique.id)
        if parked:
            self._note_parked(placed)
        else:
            self.placed.append(placed)

    # Both

    def _waiting(self, transfer: Transfer) -> Contents:
        """The pending reward of this movement for the character whose pack is full."""
        receiver = transfer.receiver
        assert receiver is not None
        if receiver.kind is not HolderKind.PACK:
            raise InventoryFull(holder=str(receiver))
        if receiver not in self.parked:
            reward_id = dice.new_id()
            reward = {
                "_id": reward_id,
                "characterId": receiver.id,
                "rewardType": "items",
                "rewards": {},
                "source": transfer.source.value,
                "createdAt": self.now,
            }
            self.parked[receiver] = Contents(pending(reward_id), reward, new=True)
        return self.parked[receiver]

    def _note_parked(self, placed: Placed) -> None:
        self.placed.append(placed)
        self.parked_placed.append(placed)

    def _row(
        self,
        holder: Contents,
        item_id: str,
        quantity: int,
        before: int,
        source: ItemSource,
        counterparty: str,
        unique: ObjectId | None = None,
    ) -> None:
        """Add a row to the history of a holder."""
        holder.sequence += 1
        row: dict[str, Any] = {
            "_id": dice.new_id(),
            "holder": str(holder.holder),
            "seq": holder.sequence,
            "itemId": item_id,
            "quantity": quantity,
            "before": before,
            "after": before + quantity,
            "source": source.value,
            "counterparty": counterparty,
            **self._about,
            "operation": self.operation,
            "createdAt": self.now,
        }
        if unique is not None:
            row["craftedItemId"] = unique
        self._rows.append(row)
