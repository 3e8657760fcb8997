"""Sentences, and prices on heads."""

from enum import StrEnum

from pydantic import Field

from desperados.engine.clock import now
from desperados.engine.storage.documents import Document, Embedded, index, unique
from desperados.engine.storage.fields import Date, Id, Integer, Money
from desperados.engine.storage.indexes import HAS_ID, HAS_TEXT
from desperados.references import CharacterId


class SentenceStatus(StrEnum):
    """What became of a sentence."""

    SERVING = "serving"
    SERVED = "served"
    BAILED = "bailed"
    ESCAPED = "escaped"
    BRIBED = "bribed"
    PARDONED = "pardoned"


class JailSentence(Document):
    """A character's time in jail. Who is in jail serves exactly one.

    Rows that Mongoose wrote have no status: they are served until they end.
    """

    character_id: Id
    reason: str = ""
    sentence_minutes: Integer
    # What was left when it ended; what is left meanwhile follows from ``ends_at``.
    remaining_minutes: Integer
    escape_attempts: Integer = 0
    started_at: Date = Field(default_factory=now)
    ends_at: Date
    status: SentenceStatus | None = None
    jail_id: Id | None = None
    # What freedom costs: a fixed part and one for each minute that is left; or it is not for sale.
    bail: Money = 0
    bail_per_minute: Money | None = None
    no_bail: bool = False
    # How often the prisoner has worked for a shorter sentence.
    labours: Integer = 0
    # Who paid the bail, or pardoned the prisoner.
    released_by: Id | None = None

    class Settings:
        name = "jailsentences"
        indexes = (
            index("characterId"),
            unique("characterId", "status", where={"status": SentenceStatus.SERVING.value}),
            index("characterId", "endsAt"),
            index("status", "endsAt", "_id"),
        )


class WantedRank(StrEnum):
    """How badly the law wants someone, least first."""

    UNKNOWN = "unknown"
    PETTY = "petty"
    WANTED = "wanted"
    NOTORIOUS = "notorious"
    MOST_WANTED = "most_wanted"


class BountyStatus(StrEnum):
    """What became of a price on a head."""

    ACTIVE = "active"
    COLLECTED = "collected"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


class BountyType(StrEnum):
    """Who pays: the law, by itself; a player, who has paid it in; a story."""

    CRIME = "crime"
    PLAYER = "player"
    STORY = "story"


class BountyCrime(Embedded):
    """A deed that a law bounty is for."""

    name: str
    at: Date
    amount: Money


class Bounty(Document):
    """A price on a character's head, from one source; of the law, one of each faction.

    ``amount`` of a law row counts as of ``decayed_at`` and falls by itself (``law.rules``);
    ``expires_at`` is when nothing is left of it. Rows that Mongoose wrote have no status and no
    type: they are law rows of no faction, as of their last crime.
    """

    character_id: CharacterId
    amount: Money
    reason: str = ""
    wanted_rank: WantedRank = WantedRank.UNKNOWN
    last_crime_at: Date = Field(default_factory=now)
    expires_at: Date | None = None
    status: BountyStatus | None = None
    bounty_type: BountyType | None = None
    issuer_faction: str | None = None
    crimes: list[BountyCrime] = Field(default_factory=list)
    decayed_at: Date | None = None
    closed_at: Date | None = None
    # Of players: who pays, where the money lies, since when, and whether the name is told.
    issuer_id: Id | None = None
    hold_id: Id | None = None
    posted_at: Date | None = None
    anonymous: bool = False
    # Who brought in whom it was for.
    collected_by: Id | None = None

    class Settings:
        name = "bounties"
        indexes = (
            index("characterId"),
            index("characterId", "status", "amount"),
            unique(
                "characterId",
                "issuerFaction",
                where={"status": BountyStatus.ACTIVE.value, "issuerFaction": HAS_TEXT},
            ),
            unique(
                "characterId",
                "issuerId",
                where={"status": BountyStatus.ACTIVE.value, "issuerId": HAS_ID},
            ),
            index("issuerId", "postedAt", "_id"),
            index("status", "bountyType", "expiresAt"),
            index("status", "bountyType", "amount", "_id"),
        )
