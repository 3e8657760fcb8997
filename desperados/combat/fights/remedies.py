"""Remedies: which items heal in a fight, and how much."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from desperados.engine.storage.content import Content
from desperados.ledger.items.documents import Item


async def healing_of(item: str | None) -> int:
    """The health that an item gives whoever uses it; 0 where it is no remedy."""
    # A condition instead of a code would find any item.
    return (await _HEALING.get(item) or 0) if isinstance(item, str) else 0


def _healing(row: Mapping[str, Any]) -> int:
    effects = row.get("effects") or {}
    return max(0, int(effects.get("health") or 0)) if row.get("consumable") else 0


_HEALING = Content(Item, "itemId", _healing)
