"""Hunts of characters, contracts on outlaws of the land, and the content of both."""

from enum import StrEnum

from bson import ObjectId
from pydantic import Field

from desperados.engine.clock import now
from desperados.engine.storage.documents import Document, index, unique
from desperados.engine.storage.fields import Date, Id, Integer, Mixed, Money
from desperados.engine.storage.indexes import HAS_TEXT
from desperados.references import CharacterId


class BountyHuntStatus(StrEnum):
    """What became of a hunt, or of a contract."""

    ACTIVE = "active"
    CAPTURED = "captured"
    KILLED = "killed"
    ESCAPED = "escaped"
    EXPIRED = "expired"


_HUNTED = {"status": BountyHuntStatus.ACTIVE.value, "npcHunter": HAS_TEXT}


class BountyHunt(Document):
    """One character hunted for a reward, by a hunter of the land.

    ``hunter_id`` is who has it hunted. Nobody has hired the law's own hunters (``of_the_law``):
    there it is the target itself, for a row names two characters. ``reward`` is what lay on the
    head when it began and, once it is captured, what was paid for it. The hunter is with the target
    at ``encounter_at``, or looks again then; ``arrived_at`` is when he first was. Rows that
    Mongoose wrote name no hunter of the land: nothing happens to them.
    """

    hunter_id: CharacterId
    target_id: CharacterId
    status: BountyHuntStatus = BountyHuntStatus.ACTIVE
    reward: Money
    started_at: Date = Field(default_factory=now)
    completed_at: Date | None = None
    npc_hunter: str | None = None
    of_the_law: bool = False
    hire_cost: Money = 0
    encounter_at: Date | None = None
    arrived_at: Date | None = None
    question_id: Id | None = None
    outcome: str | None = None

    @property
    def employer(self) -> ObjectId | None:
        """Who has hired the hunter; nobody the law's."""
        return None if self.of_the_law else self.hunter_id

    class Settings:
        name = "bountyhunts"
        indexes = (
            index("hunterId"),
            index("hunterId", "startedAt", "_id"),
            index("targetId", "status"),
            index("npcHunter", "status"),
            index("status", "encounterAt", "_id"),
            unique("hunterId", "npcHunter", where=_HUNTED),
            unique("targetId", "npcHunter", where=_HUNTED),
        )


class LawContract(Document):
    """A hunter's contract on an outlaw of the land; a hunter has one at a time.

    ``progress`` is 0 to 100 and ``clues`` are what was found on the way. While ``question_id`` is
    set, something on the trail waits for an answer. ``version`` counts the changes.
    """

    character_id: CharacterId
    target: str
    status: BountyHuntStatus = BountyHuntStatus.ACTIVE
    progress: Integer = Field(default=0, ge=0, le=100)
    clues: Integer = 0
    question_id: Id | None = None
    version: Integer = 0
    reward: Money = 0
    outcome: str | None = None
    started_at: Date = Field(default_factory=now)
    deadline: Date
    closed_at: Date | None = None

    class Settings:
        name = "lawcontracts"
        indexes = (
            unique("characterId", where={"status": BountyHuntStatus.ACTIVE.value}),
            index("characterId", "startedAt", "_id"),
            index("characterId", "target", "closedAt"),
            index("status", "deadline", "_id"),
        )


class Hunter(Document):
    """A hunter of the land; content.

    He is with his prey after ``hours`` (a fifth more or less) and brings it in as he is good at
    it: ``capture``, 1 to 95. ``hire_base`` dollars and ``hire_percent`` of what lies on the
    head hire him; without a base nobody does, and he is the law's. ``bribable`` says whether the
    prey can pay him off.
    """

    hunter_id: str
    name: str
    description: str
    method: str
    level: Integer
    min_bounty: Money
    hours: Integer
    hire_base: Money | None = None
    hire_percent: Integer = 0
    cooldown_hours: Integer = 0
    capture: Integer
    bribable: bool = True
    requirements: Mixed = Field(default_factory=list)

    class Settings:
        name = "hunters"
        indexes = (unique("hunterId"),)


class LawTarget(Document):
    """An outlaw of the land, on whom there are contracts; content.

    ``tracking``, ``combat`` and ``escape`` are how hard it is to find, to beat and to hold, 0 to
    100. ``reward`` has the least and the most dollars; what else a contract means follows from the
    ``tier`` (``trails.TIERS``).
    """

    target_id: str
    name: str
    description: str
    tier: str
    reward: Mixed
    tracking: Integer
    combat: Integer
    escape: Integer

    class Settings:
        name = "lawtargets"
        indexes = (unique("targetId"),)
