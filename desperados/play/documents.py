"""What play keeps beside the character: wounds, and graves."""

from __future__ import annotations

from pydantic import Field

from desperados.engine.clock import now
from desperados.engine.storage.documents import Document, Embedded, index, unique
from desperados.engine.storage.fields import Date, Id
from desperados.references import CharacterId, LocationId, UserId


class Scar(Embedded):
    """A wound that left a mark."""

    type: str
    location: str
    source: str
    received_at: Date = Field(default_factory=now)


class ScarProgress(Document):
    """The wounds that a character wears, the last twenty; ``hidden`` says of which moments are
    those that it does not show."""

    character_id: Id
    scars: list[Scar] = Field(default_factory=list)
    hidden: list[Date] = Field(default_factory=list)

    class Settings:
        name = "scarprogresses"
        indexes = (index("characterId"),)


class Grave(Document):
    """Where a character died for good, and of what. What it had stays in its name, where nobody
    but an heir gets at it."""

    character_id: CharacterId
    user_id: UserId
    name: str
    location_id: LocationId
    cause: str
    killer_id: Id | None = None
    died_at: Date

    class Settings:
        name = "graves"
        indexes = (unique("characterId"), index("userId", "diedAt"))
