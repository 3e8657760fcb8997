"""What characters are told, and what they want to hear of it."""

from enum import StrEnum

from pydantic import Field

from desperados.engine.clock import now
from desperados.engine.storage.documents import Document, index, ttl, unique
from desperados.engine.storage.fields import Date, Mixed
from desperados.references import CharacterId


class NoticeType(StrEnum):
    """What a notice is about. Another program may write others."""

    MAIL_RECEIVED = "MAIL_RECEIVED"
    FRIEND_REQUEST = "FRIEND_REQUEST"
    FRIEND_ACCEPTED = "FRIEND_ACCEPTED"
    GANG_INVITATION = "GANG_INVITATION"
    GANG_WAR_UPDATE = "GANG_WAR_UPDATE"
    COMBAT_DEFEAT = "COMBAT_DEFEAT"
    JAIL = "JAIL"
    JAIL_RELEASED = "JAIL_RELEASED"
    BAIL_PAID = "BAIL_PAID"
    BOUNTY_COLLECTED = "BOUNTY_COLLECTED"
    BOUNTY_POSTED = "BOUNTY_POSTED"
    SKILL_TRAINED = "SKILL_TRAINED"
    QUEST = "QUEST"
    MARKET = "MARKET"
    REWARD = "REWARD"
    DIVINE = "DIVINE"
    NEWS = "NEWS"
    SYSTEM = "SYSTEM"
    RAID_PLANNED = "RAID_PLANNED"
    RAID_INCOMING = "RAID_INCOMING"
    RAID_STARTED = "RAID_STARTED"
    RAID_COMPLETED = "RAID_COMPLETED"
    RAID_DEFENDED = "RAID_DEFENDED"
    RAID_SUFFERED = "RAID_SUFFERED"
    GUARD_HIRED = "GUARD_HIRED"
    INSURANCE_CLAIMED = "INSURANCE_CLAIMED"


class Notification(Document):
    """Something a character should know; forgotten after a while."""

    character_id: CharacterId
    type: str
    title: str
    message: str = ""
    is_read: bool = False
    data: Mixed = Field(default_factory=dict)
    created_at: Date = Field(default_factory=now)
    expires_at: Date

    class Settings:
        name = "notifications"
        indexes = (
            index("characterId"),
            index("isRead"),
            ttl("expiresAt"),
            index("characterId", "isRead"),
            index("characterId", "createdAt", "_id"),
            index("characterId", "isRead", "createdAt", "_id"),
            index("characterId", "isRead", "type"),
        )


class Preferences(Document):
    """What a character does not want to be bothered with. Who has no row wants to hear all."""

    character_id: CharacterId
    muted: list[NoticeType] = Field(default_factory=list)
    updated_at: Date = Field(default_factory=now)

    class Settings:
        name = "preferences"
        indexes = (unique("characterId"),)
