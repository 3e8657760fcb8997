"""World bosses: what they are, when one comes, and what each contributed against it."""

from enum import StrEnum

from pydantic import Field

from desperados.engine.clock import now
from desperados.engine.storage.documents import Document, index, unique
from desperados.engine.storage.fields import Date, Id, Integer, Number
from desperados.engine.storage.indexes import HAS_ID
from desperados.play.shapes.phases import Payable
from desperados.references import CharacterId


class WorldBossDefinition(Document):
    """What a world boss is; content. The rest of its numbers are beyond the declared fields
    (``content.Boss``)."""

    boss_id: str
    name: str
    description: str = ""
    location_id: str

    class Settings:
        name = "worldbossdefinitions"
        indexes = (unique("bossId"),)


class BossStatus(StrEnum):
    """Where a coming of a world boss stands."""

    ANNOUNCED = "announced"
    ACTIVE = "active"
    DEFEATED = "defeated"
    ESCAPED = "escaped"


class WorldBoss(Document):
    """One coming of a world boss, with the health that everybody hits.

    ``max_health`` less ``health`` is ``total_damage``, and that is the sum of what its fighters
    dealt. ``phase`` counts from 0 and only grows. ``told_at`` is when the health was last told to
    everybody, ``due_at`` when something is due to it; nothing any more once it is settled.
    """

    boss_id: str
    status: BossStatus = BossStatus.ANNOUNCED
    starts_at: Date
    ends_at: Date
    health: Integer
    max_health: Integer
    total_damage: Integer = 0
    participants: Integer = 0
    phase: Integer = 0
    told_at: Date | None = None
    due_at: Date | None = None
    closed_at: Date | None = None
    first_kill: bool = False
    settled_at: Date | None = None

    class Settings:
        name = "worldbosses"
        indexes = (
            unique("bossId", "startsAt"),
            index("status", "startsAt", "_id"),
            index("bossId", "status", "startsAt"),
            index("dueAt", "_id"),
        )


class WorldBossSession(Payable):
    """What one character contributed to the fight against a world boss, and how it stands in it.

    ``appearance_id`` is the coming; rows of other programs have none. ``seed`` is secret until the
    hand that it deals was played. After the third fall a character is ``out``.
    """

    boss_id: str
    character_id: CharacterId
    damage_dealt: Number = 0
    contribution_percent: Number = 0
    joined_at: Date = Field(default_factory=now)
    last_action: Date = Field(default_factory=now)
    appearance_id: Id | None = None
    user_id: Id | None = None
    attacks: Integer = 0
    next_attack_at: Date | None = None
    health: Integer = 0
    max_health: Integer = 0
    falls: Integer = 0
    down_until: Date | None = None
    out: bool = False
    seed: str | None = None
    dollars: Integer = 0
    xp: Integer = 0

    class Settings:
        name = "worldbosssessions"
        indexes = (
            index("bossId"),
            index("characterId"),
            unique("appearanceId", "characterId", where={"appearanceId": HAS_ID}),
            unique("appearanceId", "userId", where={"appearanceId": HAS_ID}),
            index("appearanceId", "paidAt", "_id", where={"appearanceId": HAS_ID}),
            index("appearanceId", "-damageDealt", "_id", where={"appearanceId": HAS_ID}),
            index("characterId", "joinedAt", "_id"),
        )
