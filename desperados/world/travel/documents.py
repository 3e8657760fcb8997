"""What travel keeps in a collection of its own."""

from __future__ import annotations

from desperados.engine.storage.documents import Document, index, ttl
from desperados.engine.storage.fields import Date
from desperados.references import CharacterId, LocationId

A_MONTH = 30 * 24 * 60 * 60


class Journey(Document):
    """A way that takes time. Whoever is on it is busy until ``arrives_at``; ``arrived_at`` is set
    when that was noted, and a month later the row vanishes.

    The character's place is that of the arrival from the beginning: nobody acts on the way, and
    whoever looks at the end finds it there, whether or not somebody has noticed.
    """

    character_id: CharacterId
    from_id: LocationId
    to_id: LocationId
    departed_at: Date
    arrives_at: Date
    arrived_at: Date | None = None

    class Settings:
        name = "journeys"
        indexes = (
            index("arrivedAt", "arrivesAt", "_id"),
            index("characterId", "departedAt", "_id"),
            ttl("arrivedAt", A_MONTH),
        )
