"""Friends, mail, chat, rumours, reputation and newspapers."""

from enum import StrEnum

from pydantic import Field

from desperados.engine.clock import now
from desperados.engine.storage.documents import Document, Embedded, index, unique
from desperados.engine.storage.fields import Date, Id, Integer, Mixed, Number, Percent
from desperados.references import CharacterId, GossipId


class FriendStatus(StrEnum):
    PENDING = "pending"
    ACCEPTED = "accepted"
    BLOCKED = "blocked"


class Friend(Document):
    """A relation between two characters; ``requester_id`` asked, or did the blocking."""

    requester_id: CharacterId
    requestee_id: CharacterId
    status: FriendStatus = FriendStatus.PENDING
    created_at: Date = Field(default_factory=now)

    class Settings:
        name = "friends"
        indexes = (unique("requesterId", "requesteeId"),)


class AttachmentType(StrEnum):
    GOLD = "gold"
    ITEM = "item"


class MailAttachment(Embedded):
    """Money or an item in a letter."""

    type: AttachmentType
    value: Mixed


class Mail(Document):
    """A letter from one character to another, with money or goods attached."""

    sender_id: CharacterId
    recipient_id: CharacterId
    subject: str = ""
    body: str = ""
    is_read: bool = False
    is_deleted: bool = False
    attachments: list[MailAttachment] = Field(default_factory=list)
    sent_at: Date

    class Settings:
        name = "mails"
        indexes = (index("senderId"), index("recipientId"))


class Message(Document):
    """One line of chat. Never changed."""

    channel_id: str
    author_id: Id
    content: str
    created_at: Date = Field(default_factory=now)

    class Settings:
        name = "messages"


class Gossip(Document):
    """A rumour, in one of its versions."""

    content: str
    category: str
    origin_character_id: Id | None = None
    about_character_id: Id | None = None
    truthfulness: Percent = 100
    version: Integer = 1
    spread_count: Integer = 0
    created_at: Date = Field(default_factory=now)

    class Settings:
        name = "gossips"


class GossipItem(Document):
    """A rumour as it is told at one place, and who has heard it."""

    gossip_id: GossipId
    location_id: Id
    heard_by: list[Id] = Field(default_factory=list)
    degraded_content: str
    current_truthfulness: Number = 100

    class Settings:
        name = "gossipitems"


class NewsArticle(Document):
    """A story in one of the newspapers."""

    newspaper_id: str
    headline: str
    content: str
    event_type: str
    references: list[Id] = Field(default_factory=list)
    published_at: Date = Field(default_factory=now)

    class Settings:
        name = "newsarticles"


class NewsSubscription(Document):
    """A character's subscription to a newspaper."""

    character_id: Id
    newspaper_id: str
    subscribed_at: Date = Field(default_factory=now)
    expires_at: Date

    class Settings:
        name = "newssubscriptions"
