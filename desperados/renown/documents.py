"""How characters stand with the factions, and how it came to that."""

from pydantic import Field

from desperados.engine.clock import now
from desperados.engine.storage.documents import Document, index
from desperados.engine.storage.fields import Date, Id, Number


class ReputationEvent(Document):
    """One change of a character's standing with a faction. Rows are only ever added."""

    character_id: Id
    faction_id: str
    change: Number
    reason: str = ""
    occurred_at: Date = Field(default_factory=now)

    class Settings:
        name = "reputationevents"
        indexes = (index("characterId"),)


class ReputationHistory(Document):
    """A character's standing with a faction at one time."""

    character_id: Id
    faction_id: str
    reputation: Number
    recorded_at: Date = Field(default_factory=now)

    class Settings:
        name = "reputationhistories"
        indexes = (index("characterId", "factionId", "recordedAt", "_id"),)
