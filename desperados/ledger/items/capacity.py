"""The limits of a container: a base by its kind, and bonuses that other domains set by name."""

from __future__ import annotations

from typing import Any

from desperados.engine import clock
from desperados.engine.staging import StagedInsert, StagedUpdate
from desperados.engine.transactions import stage
from desperados.ledger.items.books import collection_of_holder, whole_document
from desperados.ledger.items.contents import SEQUENCE
from desperados.ledger.items.errors import ContentsMoved
from desperados.ledger.items.holders import Holder
from desperados.ledger.items.loading import limits, load_contents
from desperados.ledger.items.rules import Allowance, thousandths


async def set_bonus(holder: Holder, name: str, bonus: Allowance) -> None:
    """Let ``name`` (vault, levels, mount ...) add ``bonus`` to the limits of a pack or bank box.

    It replaces what the same name added before, so saying it twice is saying it once. It runs
    inside the caller's transaction. Limits that sink below what is in use delete nothing: the
    container takes nothing more until there is room again.

    Raises:
        HolderNotFound: there is no such character, or no more.
    """
    contents = (await load_contents([holder]))[holder]
    contents.require_open()
    document = contents.document
    bonuses = {
        **document.get("bonuses", {}),
        name: {"slots": bonus.slots or 0, "weight": bonus.weight or 0},
    }
    changed: dict[str, Any] = {"bonuses": bonuses, **limits(holder, bonuses)}
    changed["updatedAt"] = clock.now()
    if contents.new:
        document |= changed
        stage(StagedInsert(collection_of_holder(holder), whole_document(contents)))
        return
    if _is_over(changed["maxSlots"], contents.used_slots) or _is_over(
        None if changed["maxWeight"] is None else thousandths(changed["maxWeight"]),
        contents.used_weight,
    ):
        changed["overfullSince"] = changed["updatedAt"]
    stage(
        StagedUpdate(
            collection_of_holder(holder),
            {"_id": str(holder), SEQUENCE: contents.sequence_before},
            {"$set": changed},
            otherwise=ContentsMoved(holder=str(holder), retry_after=1),
        )
    )


def _is_over(limit: int | None, used: int) -> bool:
    return limit is not None and used > limit
