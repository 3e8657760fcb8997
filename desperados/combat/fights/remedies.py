"""What moves in a fight cost, and remedies: which items heal in one, and how much."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from bson import ObjectId

from desperados.characters.participant import load_participant
from desperados.combat.fights.errors import NoUse
from desperados.engine.storage.content import Content
from desperados.ledger.items.documents import Item
from desperados.ledger.items.movement import Line
from desperados.play.outcome import Cost, Deed, Share
from desperados.play.settle import settle


async def pay(deed: Deed, actor: ObjectId, fight_id: ObjectId, cost: Cost) -> None:
    """Take what a move costs. If the move is refused, it was not taken."""
    who = await load_participant(actor)
    await settle(deed, Share(who, cost=cost), reference=fight_id)


async def use_remedy(
    deed: Deed,
    actor: ObjectId,
    fight_id: ObjectId,
    item: str | None,
    helping: Collection[str] = (),
) -> dict[str, Any]:
    """Take a remedy out of the pack of one who fights: what heals, or is ``helping`` against
    something that the fight does to people. Returns the arguments of the move.

    Raises:
        NoUse: it does neither.
    """
    heal = await healing_of(item)
    if item is None or not (heal or item in helping):
        raise NoUse(path="item")
    await pay(deed, actor, fight_id, Cost(items=(Line(item, 1),)))
    return {"item": item, "heal": heal}


async def healing_of(item: str | None) -> int:
    """The health that an item gives whoever uses it; 0 where it is no remedy."""
    # A condition instead of a code would find any item.
    return (await _HEALING.get(item) or 0) if isinstance(item, str) else 0


def _healing(row: Mapping[str, Any]) -> int:
    effects = row.get("effects") or {}
    return max(0, int(effects.get("health") or 0)) if row.get("consumable") else 0


_HEALING = Content(Item, "itemId", _healing)
