"""Criminal records and witnesses."""

from enum import StrEnum

from pydantic import Field

from desperados.engine.clock import now
from desperados.engine.storage.documents import Document, Embedded, index, unique
from desperados.engine.storage.fields import Date, Id, Integer, Mixed, Money
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


class AccountStatus(StrEnum):
    """What became of an account."""

    OPEN = "open"
    REPORTED = "reported"
    SILENCED = "silenced"
    EXPIRED = "expired"


class Pending(Embedded):
    """What a report adds to what the law knows: wanted levels, and a price on the head in dollars
    of a faction."""

    wanted: Integer = 0
    bounty: Money = 0
    faction: str = ""


class WitnessAccount(Document):
    """What someone saw of a crime; ``character_id`` did it, and ``crime_id`` is its game.

    Rows that Mongoose wrote have no status: nobody can do anything about them any more.
    """

    crime_id: str
    character_id: Id
    witness_npc_id: str | None = None
    witness_character_id: Id | None = None
    description: str = ""
    reported_to_law: bool = False
    occurred_at: Date = Field(default_factory=now)
    crime_name: str = ""
    location_id: Id | None = None
    status: AccountStatus | None = None
    pending: Pending | None = None
    expires_at: Date | None = None

    class Settings:
        name = "witnessaccounts"
        indexes = (
            index("witnessCharacterId", "status", "occurredAt", "_id"),
            index("characterId", "status", "occurredAt", "_id"),
            index("status", "expiresAt", "_id"),
        )
