"""Things on the ground, as a movement makes them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bson import ObjectId

from desperados.engine import dice
from desperados.ledger.items.rules import GROUND_SECONDS, RESERVED_SECONDS

# How long a row that holds something outlives the hour, should no worker run.
KEPT = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Spot:
    """Where something comes to lie. ``reserved_for`` may take it first, for five minutes;
    ``dropped_by`` let it fall."""

    location: ObjectId
    reserved_for: ObjectId | None = None
    dropped_by: ObjectId | None = None


def ground_document(
    spot: Spot, item: ObjectId, now: datetime, unique: ObjectId | None = None
) -> dict[str, Any]:
    """The document of a ground item, still empty: a movement puts pieces of ``item`` in."""
    document: dict[str, Any] = {
        "_id": dice.new_id(),
        "locationId": spot.location,
        "itemId": item,
        "droppedAt": now,
        "rotsAt": now + timedelta(seconds=GROUND_SECONDS),
        "expiresAt": now + KEPT,
    }
    if unique is not None:
        document["craftedItemId"] = unique
    if spot.dropped_by is not None:
        document["droppedBy"] = spot.dropped_by
    if spot.reserved_for is not None:
        document["reservedFor"] = spot.reserved_for
        document["reservedUntil"] = now + timedelta(seconds=RESERVED_SECONDS)
    return document
