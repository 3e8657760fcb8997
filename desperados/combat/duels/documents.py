"""Duels: the challenge, the live game, and how duelists are rated."""

from enum import StrEnum

from pydantic import Field

from desperados.engine.clock import now
from desperados.engine.storage.documents import Document, index, unique
from desperados.engine.storage.fields import Date, Id, Integer, Mixed, Money
from desperados.play.shapes.envelopes import PLAYED_INDEXES, Table
from desperados.references import CharacterId, DuelId


class DuelStatus(StrEnum):
    """Where a challenge, or the duel that came of it, stands."""

    PENDING = "pending"
    ACCEPTED = "accepted"  # the challenger has not said that it is there
    ACTIVE = "active"
    COMPLETE = "complete"
    DECLINED = "declined"  # or cancelled, or its time was over


OPEN_DUELS = [DuelStatus.PENDING.value, DuelStatus.ACCEPTED.value, DuelStatus.ACTIVE.value]


class DuelType(StrEnum):
    """What is at stake."""

    CASUAL = "casual"
    RANKED = "ranked"  # the rating
    WAGER = "wager"  # money


class EndReason(StrEnum):
    """Why a duel, or a challenge, is over."""

    NORMAL = "normal"
    FORFEIT = "forfeit"
    TIMEOUT = "timeout"  # one was away for too long
    CHEATING = "cheating"
    VOID = "void"  # nobody has won
    DECLINED = "declined"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class DuelPhase(StrEnum):
    """How far a duel has come. What goes on within a round is in its session."""

    CHALLENGE = ""
    READY_CHECK = "ready_check"
    PLAYING = "playing"
    OVER = "duel_end"


class Duel(Document):
    """A challenge between two characters, and how it ended.

    ``pair`` is the two ids in order: a pair has one open duel at a time. Each side's wager lies in
    a hold of its own from when it has agreed until the duel is over.
    """

    challenger_id: CharacterId
    defender_id: CharacterId
    players: list[Id] = Field(default_factory=list)
    pair: str | None = None
    type: DuelType = DuelType.CASUAL
    lethal: bool = False
    status: DuelStatus = DuelStatus.PENDING
    winner_id: Id | None = None
    wager: Money = 0
    challenger_hold_id: Id | None = None
    defender_hold_id: Id | None = None
    phase: str = ""
    end_reason: EndReason | None = None
    rating_change: Integer | None = None
    created_at: Date = Field(default_factory=now)
    expires_at: Date
    started_at: Date | None = None
    closed_at: Date | None = None

    class Settings:
        name = "duels"
        indexes = (
            index("challengerId"),
            index("defenderId"),
            index("status"),
            index("status", "expiresAt", "_id"),
            unique("pair", where={"status": {"$in": OPEN_DUELS}, "pair": {"$exists": True}}),
            index("challengerId", "status"),
            index("players", "closedAt", "createdAt", "_id"),
            index("players", "createdAt", "_id"),
        )


class DuelSession(Table):
    """The live game of a duel, and the only truth about it while it runs. It has the id of its
    duel; the challenger has the first seat. ``last_heartbeat`` is when one of the two last moved.
    """

    duel_id: DuelId
    state: Mixed = Field(default_factory=dict)
    last_heartbeat: Date = Field(default_factory=now)

    class Settings:
        name = "duelsessions"
        indexes = PLAYED_INDEXES


DUEL_BOARD = "duel"
LISTED_FROM = 5  # rated duels


class Rating(Document):
    """How a character is rated on a board, of the contests that were rated."""

    board: str
    character_id: CharacterId
    points: Integer
    played: Integer = 0
    won: Integer = 0
    updated_at: Date = Field(default_factory=now)

    class Settings:
        name = "ratings"
        indexes = (
            unique("board", "characterId"),
            index("board", "-points", "_id", where={"played": {"$gte": LISTED_FROM}}),
        )
