"""Accounts, their tokens and unlocks, and the audit trail."""

from enum import StrEnum

from pydantic import Field

from desperados.engine.clock import now
from desperados.engine.storage.documents import Document, Embedded, index, ttl, unique
from desperados.engine.storage.fields import Date, Id, Integer, Mixed, Money
from desperados.engine.storage.indexes import HAS_TEXT
from desperados.references import UserId


class UserRole(StrEnum):
    USER = "user"
    ADMIN = "admin"
    MODERATOR = "moderator"


class UserStatus(StrEnum):
    ACTIVE = "active"
    BANNED = "banned"
    SUSPENDED = "suspended"


class UserSettings(Embedded):
    """What the account's owner chose for the client."""

    notifications: bool = True
    sound: bool = True
    theme: str = "default"


class User(Document):
    """A person's account. ``password`` holds the hash only."""

    email: str
    username: str
    password: str
    role: UserRole = UserRole.USER
    status: UserStatus = UserStatus.ACTIVE
    created_at: Date = Field(default_factory=now)
    last_login: Date = Field(default_factory=now)
    settings: UserSettings = Field(default_factory=UserSettings)
    # The username without regard to case. Rows that Mongoose wrote lack it.
    username_folded: str | None = None
    # Part of every access token: raising it ends them all at once.
    token_version: Integer | None = None
    # What the staff decided about a suspended or banned account.
    suspended_until: Date | None = None
    moderation_reason: str | None = None
    # The rank of who decided it; unknown for decisions of before ranks were noted.
    moderated_as: UserRole | None = None
    # Written when another admin leaves office, so that two who leave at once meet.
    staff_guard: Id | None = None
    # How many characters were ever made; raised by each creation, so that two of them meet.
    characters_created: Integer | None = None
    # What its characters were given to start with, less what left the world with deleted ones.
    starting_dollars: Money | None = None

    class Settings:
        name = "users"
        indexes = (
            unique("email"),
            unique("username"),
            index("role", "status"),
            unique("usernameFolded", where={"usernameFolded": HAS_TEXT}),
        )


class RefreshTokenStatus(StrEnum):
    ACTIVE = "active"
    ROTATED = "rotated"
    REVOKED = "revoked"


class RefreshToken(Document):
    """One issued refresh token. ``token`` is the SHA-256 of the secret, never the secret.

    Each login starts a family; each rotation adds a generation. A rotated token that comes back
    was stolen, and its whole family is revoked.
    """

    user_id: UserId
    token: str
    expires_at: Date
    created_at: Date = Field(default_factory=now)
    family_id: Id | None = None
    generation: Integer | None = None
    status: RefreshTokenStatus | None = None
    rotated_at: Date | None = None
    replaced_by: Id | None = None
    revoke_reason: str | None = None
    last_used_at: Date | None = None
    # When the family began: however often it is refreshed, it does not outlive its longest life.
    family_started_at: Date | None = None
    ip: str | None = None
    user_agent: str | None = None

    class Settings:
        name = "refreshtokens"
        indexes = (
            unique("token"),
            index("userId"),
            ttl("expiresAt"),
            index("userId", "status"),
            index("familyId", "status"),
        )


class AccountUnlocks(Document):
    """What an account has unlocked for all its characters, and when."""

    user_id: UserId
    unlocks: list[str] = Field(default_factory=list)
    purchased_at: dict[str, Date] = Field(default_factory=dict)

    class Settings:
        name = "accountunlocks"
        indexes = (unique("userId"),)


class AuditLog(Document):
    """One privileged or security-relevant act. Rows are only ever added."""

    user_id: Id | None = None
    character_id: Id | None = None
    action: str
    details: Mixed = Field(default_factory=dict)
    ip_address: str | None = None
    created_at: Date = Field(default_factory=now)

    class Settings:
        name = "auditlogs"
        indexes = (
            index("userId"),
            index("characterId"),
            index("action"),
            index("createdAt"),
            index("action", "createdAt", "_id"),
        )
