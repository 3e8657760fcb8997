"""What a character carries of some items, for whoever must know before it moves anything."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from typing import Any

from bson import ObjectId

from desperados.engine.storage.reads import Read
from desperados.ledger.items.documents import CraftedItem, Inventory
from desperados.ledger.items.holders import pack

MOST_PIECES = 200  # unique pieces that are counted; a pack has fewer slots


def stacks_in_pack(character_id: ObjectId, items: Collection[str]) -> Read[Mapping[str, int]]:
    """How many pieces of each of ``items`` lie in stacks in the pack; none is left out."""

    def count(rows: list[dict[str, Any]]) -> Mapping[str, int]:
        counted: Counter[str] = Counter()
        for stack in rows[0].get("items") or () if rows else ():
            if stack["itemId"] in items:
                counted[stack["itemId"]] += int(stack["quantity"])
        return counted

    return Read(
        Inventory,
        {"_id": str(pack(character_id))},
        count,
        {"items.itemId": 1, "items.quantity": 1},
    )


def pieces_in_pack(character_id: ObjectId, items: Collection[str]) -> Read[Mapping[str, int]]:
    """How many unique pieces of each of ``items`` are in the pack; none is left out."""
    return Read(
        CraftedItem,
        {"holder": str(pack(character_id)), "baseItemId": {"$in": list(items)}},
        lambda rows: Counter(row["baseItemId"] for row in rows),
        {"baseItemId": 1},
        limit=MOST_PIECES,
    )
