"""What lies on the ground."""

from pydantic import Field

from desperados.engine.clock import now
from desperados.engine.storage.documents import (
    Document,
    index,
    ttl,
)
from desperados.engine.storage.fields import Date, Id, Integer, Number
from desperados.ledger.items.documents import StackEntry
from desperados.references import CharacterId


class GroundItem(Document):
    """Items lying at a location until someone takes them or they rot.

    They can be taken until ``rots_at``; then a job records the loss. ``expires_at`` is only when
    the emptied row vanishes: as long as anything lies there it is far off.
    """

    location_id: Id
    item_id: Id
    quantity: Integer = 1
    dropped_at: Date = Field(default_factory=now)
    expires_at: Date
    rots_at: Date | None = None
    stack: StackEntry | None = None
    crafted_item_id: Id | None = None
    unique_weight: Number | None = None
    dropped_by: CharacterId | None = None
    reserved_for: CharacterId | None = None
    reserved_until: Date | None = None
    item_seq: Integer | None = None

    class Settings:
        name = "grounditems"
        indexes = (
            index("locationId"),
            ttl("expiresAt"),
            index("rotsAt"),
            index("locationId", "droppedAt", "_id"),
        )
