"""A unique item while a movement is worked out, and how it is stored."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bson import ObjectId

from desperados.engine.staging import StagedInsert, StagedUpdate, StagedWrite
from desperados.ledger.items.documents import CraftedItem
from desperados.ledger.items.errors import ContentsMoved, InsufficientItems, ItemLocked
from desperados.ledger.items.holders import OWNED_BY_CHARACTER, Holder
from desperados.ledger.items.rules import thousandths
from desperados.ledger.items.sources import ItemSource

FIELDS = (
    "baseItemId",
    "holder",
    "version",
    "weight",
    "bound",
    "locked",
    "equippedSlot",
    "destroyedAt",
)


@dataclass(slots=True)
class UniqueItem:
    """One unique item. ``document`` is what was read, or (``new``) what will be inserted."""

    document: dict[str, Any]
    new: bool = False
    holder: Holder | None = None
    moved: bool = False

    @classmethod
    def of(cls, stored: dict[str, Any], *, new: bool = False) -> UniqueItem:
        """The item in a stored ``CraftedItem``."""
        place = stored.get("holder")
        return cls(stored, new, Holder.parse(place) if place else None)

    @property
    def id(self) -> ObjectId:
        """The id of its document."""
        identity: ObjectId = self.document["_id"]
        return identity

    @property
    def item_id(self) -> str:
        """The code of the item that it is one of."""
        code: str = self.document["baseItemId"]
        return code

    @property
    def weight(self) -> int:
        """Its weight in thousandths of a pound."""
        return thousandths(self.document.get("weight") or 0)

    @property
    def bound(self) -> bool:
        """Whether it stays with its owner."""
        return bool(self.document.get("bound"))

    def require_at(self, giver: Holder | None, source: ItemSource) -> None:
        """It is at ``giver`` and may go.

        Raises:
            InsufficientItems: it is somewhere else, or destroyed.
            ItemLocked: it is worn or reserved, or bound and ``source`` moves no bound items.
        """
        if self.holder != giver or self.document.get("destroyedAt") is not None:
            raise InsufficientItems(holder=str(giver or "world"), unique=str(self.id))
        if (
            self.document.get("locked")
            or self.document.get("equippedSlot") is not None
            or (self.bound and not source.moves_bound)
        ):
            raise ItemLocked(holder=str(giver), unique=str(self.id), item=self.item_id)

    def move_to(self, receiver: Holder | None) -> None:
        """It is at ``receiver`` now, or (None) out of the world."""
        self.holder = receiver
        self.moved = True

    def write(self, now: datetime) -> StagedWrite | None:
        """The write that stores where it is.

        Outcomes of an update: moved; not found, when somebody outside the inventory changed it
        meanwhile (``ContentsMoved``); a write conflict, when another movement did.
        """
        if not self.moved:
            return None
        owned = self.holder is not None and self.holder.kind in OWNED_BY_CHARACTER
        place: dict[str, Any] = {
            "holder": None if self.holder is None else str(self.holder),
            "ownerId": self.holder.id if self.holder is not None and owned else None,
        }
        if self.holder is None:
            place["destroyedAt"] = now
        collection = CraftedItem.collection_name()
        if self.new:
            return StagedInsert(collection, {**self.document, **place})
        version = self.document.get("version")
        return StagedUpdate(
            collection,
            {"_id": self.id, "holder": self.document.get("holder"), "version": version},
            {"$set": {**place, "version": (version or 0) + 1}},
            otherwise=ContentsMoved(unique=str(self.id), retry_after=1),
        )
