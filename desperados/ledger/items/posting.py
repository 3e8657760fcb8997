"""One movement of items while it is worked out, from what was read to what will be written."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from bson import ObjectId

from desperados.engine import clock, dice
from desperados.engine.staging import StagedInsert, StagedWrite
from desperados.ledger.items.books import write_of
from desperados.ledger.items.contents import Contents, Stack
from desperados.ledger.items.documents import ItemMovement
from desperados.ledger.items.errors import InsufficientItems, InventoryFull, UnknownItem
from desperados.ledger.items.grounds import ground_document
from desperados.ledger.items.holders import Holder, HolderKind, ground, pending
from desperados.ledger.items.loading import Loaded, new_stack
from desperados.ledger.items.movement import (
    All,
    Fresh,
    Line,
    Moved,
    Overflow,
    Placed,
    Transfer,
    Unique,
)
from desperados.ledger.items.sources import ItemSource
from desperados.ledger.items.uniques import UniqueItem
from desperados.ledger.rewards import new_reward

WORLD = "world"


class Posting:
    """One movement while it is worked out: what everybody holds, and the rows so far."""

    def __init__(
        self,
        loaded: Loaded,
        reference: ObjectId | None,
        actor: ObjectId | None,
        operation: ObjectId | None = None,
    ) -> None:
        self.loaded = loaded
        self.now: datetime = clock.now()
        self.operation = operation or dice.new_id()
        self.placed: list[Placed] = []
        self.parked: dict[Holder, Contents] = {}
        self.parked_placed: list[Placed] = []
        self.left = 0
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
        before, left = len(self.placed), self.left
        for good in transfer.goods:
            if isinstance(good, Line):
                self._carry_line(transfer, good)
            elif isinstance(good, All):
                self._carry_all(transfer)
            else:
                self._carry_unique(transfer, self._unique(good))
        if self.left > left and len(self.placed) == before:
            raise InventoryFull(holder=str(transfer.receiver))

    def result(self) -> Moved:
        """What the movement did."""
        return Moved(
            self.operation, self.now, tuple(self.placed), tuple(self.parked_placed), self.left
        )

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
        self._take_and_give(transfer, line.item_id, line.quantity)

    def _carry_all(self, transfer: Transfer) -> None:
        assert transfer.giver is not None
        giver = self.loaded.contents[transfer.giver]
        for item_id in dict.fromkeys(stack.item_id for stack in giver.stacks):
            self._take_and_give(transfer, item_id, giver.count(item_id))
        for unique in self.loaded.uniques.values():
            if unique.holder == transfer.giver:
                self._carry_unique(transfer, unique)

    def _take_and_give(self, transfer: Transfer, item_id: str, quantity: int) -> None:
        assert transfer.giver is not None
        giver = self.loaded.contents[transfer.giver]
        before = giver.count(item_id)
        parts = list(giver.take(item_id, quantity, bound_too=transfer.source.moves_bound))
        for part in self._give(transfer, parts):
            giver.put(part, part.acquired_at)
        gone = before - giver.count(item_id)
        if gone:
            other = WORLD if transfer.receiver is None else str(transfer.receiver)
            self._row(giver, item_id, -gone, before, transfer.source, other)

    def _give(self, transfer: Transfer, parts: list[Stack]) -> list[Stack]:
        """Put parts of one item where they belong; what has no room and may stay is returned."""
        if transfer.receiver is None:
            self.placed += [Placed(p.item_id, p.quantity, None, p.bound) for p in parts]
            return []
        receiver = self.loaded.contents[transfer.receiver]
        rest = self._put(receiver, parts, transfer)
        if not rest:
            return []
        if transfer.overflow in (Overflow.PARK, Overflow.GROUND):
            waiting = self._waiting(transfer, rest[0].item_id)
            placed = len(self.placed)
            if self._put(waiting, rest, transfer):
                raise InventoryFull(holder=str(waiting.holder), item=rest[0].item_id)
            self.parked_placed += self.placed[placed:]
            return []
        if transfer.overflow is Overflow.FAIL:
            short = sum(part.quantity for part in rest)
            raise InventoryFull(holder=str(receiver.holder), item=rest[0].item_id, short=short)
        self.left += sum(part.quantity for part in rest)
        return rest

    def _put(self, receiver: Contents, parts: list[Stack], transfer: Transfer) -> list[Stack]:
        """Put parts of one item into ``receiver``, with a row; what has no room is returned."""
        item_id = parts[0].item_id
        before = receiver.count(item_id)
        rest = []
        for part in parts:
            room = receiver.room(part)
            if room:
                receiver.put(part.part(room), self.now)
                self.placed.append(Placed(item_id, room, receiver.holder, part.bound))
            if room < part.quantity:
                rest.append(part.part(part.quantity - room))
        arrived = receiver.count(item_id) - before
        if arrived:
            other = WORLD if transfer.giver is None else str(transfer.giver)
            self._row(receiver, item_id, arrived, before, transfer.source, other)
        return rest

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
                self.left += 1
                return
            if transfer.overflow is Overflow.FAIL:
                raise InventoryFull(holder=str(receiver.holder), unique=str(unique.id))
            receiver = self._reward(transfer)
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
        self.placed.append(placed)
        if parked:
            self.parked_placed.append(placed)

    # Both

    def _waiting(self, transfer: Transfer, item_id: str) -> Contents:
        """Where pieces wait for the character whose pack is full: on the ground, or as a reward."""
        found = self.loaded.definitions.get(item_id)
        if transfer.overflow is Overflow.PARK or found is None or found.bound:
            return self._reward(transfer)
        assert transfer.spot is not None
        document = ground_document(transfer.spot, found.id, self.now)
        lying = Contents(ground(document["_id"]), document, new=True)
        self.parked[lying.holder] = lying
        return lying

    def _reward(self, transfer: Transfer) -> Contents:
        """The pending reward of this movement for the character whose pack is full."""
        receiver = transfer.receiver
        assert receiver is not None
        if receiver.kind is not HolderKind.PACK:
            raise InventoryFull(holder=str(receiver))
        if receiver not in self.parked:
            reward = new_reward(receiver.id, transfer.source.value, goods=True)
            self.parked[receiver] = Contents(pending(reward["_id"]), reward, new=True)
        return self.parked[receiver]

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
        if holder.new and holder.holder.kind is HolderKind.PENDING:
            row["owner"] = holder.document["characterId"]
        self._rows.append(row)
