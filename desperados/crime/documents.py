"""Criminal records and witnesses."""

from pydantic import Field

from desperados.engine.clock import now
from desperados.engine.storage.documents import Document, unique
from desperados.engine.storage.fields import Date, Id, Integer, Mixed
from desperados.references import CharacterId


class CriminalRecord(Document):
    """What a character has learned as a criminal, and how far it is known as one.

    ``skills`` have a level (1 to 50) and experience within it, by name; one that is missing was
    never practised. ``reputation`` is 0 to 100.
    """

    character_id: CharacterId
    skills: Mixed = Field(default_factory=dict)
    reputation: Integer = 0
    updated_at: Date = Field(default_factory=now)

    class Settings:
        name = "criminalrecords"
        indexes = (unique("characterId"),)


class WitnessAccount(Document):
    """What someone saw of a crime."""

    crime_id: str
    character_id: Id
    witness_npc_id: str | None = None
    witness_character_id: Id | None = None
    description: str = ""
    reported_to_law: bool = False
    occurred_at: Date = Field(default_factory=now)

    class Settings:
        name = "witnessaccounts"
