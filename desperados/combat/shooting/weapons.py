"""With what people shoot: what they carry of it, unbroken."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bson import ObjectId

from desperados.combat.shooting.targets import Gun, gun_of
from desperados.engine.storage.collection import find_all
from desperados.engine.storage.content import Content
from desperados.ledger.items.documents import CraftedItem, Inventory, Item
from desperados.ledger.items.holders import pack

MOST_PIECES = 1_000


async def read_guns(items: set[str]) -> dict[str, Gun]:
    """The weapons that these items are; what cannot be shot with is left out."""
    found = await _GUNS.read(sorted(items))
    return {item: gun for item, gun in found.items() if gun is not None}


async def armed(weapons: Mapping[ObjectId, str]) -> set[ObjectId]:
    """Who carries the weapon that is named for it: in a stack, or as a unique piece that is not
    broken. Two reads, however many they are."""
    if not weapons:
        return set()
    packs = {str(pack(who)): who for who in weapons}
    stacks = await find_all(
        Inventory.collection(),
        {"_id": {"$in": list(packs)}},
        projection={"items.itemId": 1},
        limit=len(packs),
    )
    pieces = await find_all(
        CraftedItem.collection(),
        {
            "holder": {"$in": list(packs)},
            "baseItemId": {"$in": list(set(weapons.values()))},
            "durability": {"$gt": 0},
        },
        projection={"holder": 1, "baseItemId": 1},
        limit=MOST_PIECES,
    )
    carried = [
        (packs[row["_id"]], stack["itemId"]) for row in stacks for stack in row.get("items") or ()
    ]
    carried += [(packs[row["holder"]], row["baseItemId"]) for row in pieces]
    return {who for who, item in carried if weapons[who] == item}


def _gun(row: Mapping[str, Any]) -> Gun | None:
    if row.get("type") != "weapon":
        return None
    return gun_of(row["itemId"], row.get("subtype"))


_GUNS = Content(Item, "itemId", _gun)
