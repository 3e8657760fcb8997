"""What the inventory must know of an item before it comes into the world."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from bson import ObjectId

from desperados.engine.storage.content import Content
from desperados.ledger.items.documents import BindOn, Item
from desperados.ledger.items.errors import UnknownItem


@dataclass(frozen=True, slots=True)
class Definition:
    """The facts of an item. ``weight`` is of one piece, in pounds; ``value`` in dollars."""

    id: ObjectId
    item_id: str
    name: str
    max_stack: int
    weight: float
    value: int
    bound: bool  # pieces are bound to whoever gets them first

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> Definition:
        """The definition in a stored ``Item``."""
        stackable = bool(stored.get("stackable", False))
        return cls(
            stored["_id"],
            stored["itemId"],
            stored.get("name", stored["itemId"]),
            max(1, int(stored.get("maxStack") or 1)) if stackable else 1,
            stored.get("weight", 1),
            int(stored.get("value") or 0),
            bool(stored.get("questItem")) or stored.get("bindOn") == BindOn.PICKUP,
        )


_BY_CODE = Content(Item, "itemId", Definition.of)
_BY_ID = Content(Item, "_id", Definition.of)


async def definitions(item_ids: Iterable[str]) -> dict[str, Definition]:
    """The definitions of items by their code; unknown codes are left out."""
    return await _BY_CODE.read(item_ids)


async def definitions_by_id(ids: Iterable[ObjectId]) -> dict[ObjectId, Definition]:
    """The definitions of items by the id of their document; unknown ids are left out."""
    return await _BY_ID.read(ids)


async def definition(item_id: str, *, path: str = "item") -> Definition:
    """The definition of one item.

    Raises:
        UnknownItem: there is no such item.
    """
    found = await definitions([item_id])
    if item_id not in found:
        raise UnknownItem(path=path, item=item_id)
    return found[item_id]
