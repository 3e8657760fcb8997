"""Duels: the challenge, and the live game."""

from enum import StrEnum

from pydantic import Field

from desperados.engine.clock import now
from desperados.engine.storage.documents import Document, index
from desperados.engine.storage.fields import Date, Id, Mixed, Money
from desperados.references import CharacterId, DuelId


class DuelStatus(StrEnum):
    PENDING = "pending"
    ACCEPTED = "accepted"
    ACTIVE = "active"
    COMPLETE = "complete"
    DECLINED = "declined"


class Duel(Document):
    """A challenge between two characters, and how it ended."""

    challenger_id: CharacterId
    defender_id: CharacterId
    status: DuelStatus = DuelStatus.PENDING
    winner_id: Id | None = None
    wager: Money = 0
    phase: str = ""
    created_at: Date = Field(default_factory=now)
    expires_at: Date

    class Settings:
        name = "duels"
        indexes = (index("challengerId"), index("defenderId"), index("status"))


class DuelSession(Document):
    """The live game of a duel, and the only truth about it while it runs."""

    duel_id: DuelId
    state: Mixed = Field(default_factory=dict)
    last_heartbeat: Date = Field(default_factory=now)

    class Settings:
        name = "duelsessions"
