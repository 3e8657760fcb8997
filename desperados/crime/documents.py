"""Bounties, hunts, witnesses and jail."""

from enum import StrEnum

from pydantic import Field

from desperados.engine.clock import now
from desperados.engine.storage.documents import Document, index
from desperados.engine.storage.fields import Date, Id, Integer, Money
from desperados.references import CharacterId


class WantedRank(StrEnum):
    """How badly the law wants someone, least first."""

    UNKNOWN = "unknown"
    PETTY = "petty"
    WANTED = "wanted"
    NOTORIOUS = "notorious"
    MOST_WANTED = "most_wanted"


class Bounty(Document):
    """A price on a character's head, from one source."""

    character_id: CharacterId
    amount: Money
    reason: str = ""
    wanted_rank: WantedRank = WantedRank.UNKNOWN
    last_crime_at: Date = Field(default_factory=now)
    expires_at: Date | None = None

    class Settings:
        name = "bounties"
        indexes = (index("characterId"),)


class BountyHuntStatus(StrEnum):
    ACTIVE = "active"
    CAPTURED = "captured"
    KILLED = "killed"
    ESCAPED = "escaped"
    EXPIRED = "expired"


class BountyHunt(Document):
    """One character hunting another for a reward."""

    hunter_id: CharacterId
    target_id: CharacterId
    status: BountyHuntStatus = BountyHuntStatus.ACTIVE
    reward: Money
    started_at: Date = Field(default_factory=now)
    completed_at: Date | None = None

    class Settings:
        name = "bountyhunts"
        indexes = (index("hunterId"),)


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


class JailSentence(Document):
    """A character's time in jail."""

    character_id: Id
    reason: str = ""
    sentence_minutes: Integer
    remaining_minutes: Integer
    escape_attempts: Integer = 0
    started_at: Date = Field(default_factory=now)
    ends_at: Date

    class Settings:
        name = "jailsentences"
        indexes = (index("characterId"),)
