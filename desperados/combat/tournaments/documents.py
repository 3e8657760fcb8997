"""Tournaments and their pairings."""

from enum import StrEnum

from pydantic import Field

from desperados.engine.storage.documents import Document
from desperados.engine.storage.fields import Date, Id, Integer, Mixed, Money
from desperados.references import TournamentId


class TournamentType(StrEnum):
    INDIVIDUAL = "individual"
    GANG = "gang"


class TournamentStatus(StrEnum):
    REGISTRATION = "registration"
    ACTIVE = "active"
    COMPLETE = "complete"


class Tournament(Document):
    """A tournament: who plays, for what, and the bracket."""

    name: str
    type: TournamentType
    status: TournamentStatus = TournamentStatus.REGISTRATION
    entry_fee: Money = 0
    prize_pool: Money = 0
    participants: list[Id] = Field(default_factory=list)
    bracket: Mixed = Field(default_factory=dict)
    starts_at: Date
    ends_at: Date

    class Settings:
        name = "tournaments"


class TournamentMatchStatus(StrEnum):
    PENDING = "pending"
    ACTIVE = "active"
    COMPLETE = "complete"


class TournamentMatch(Document):
    """One pairing of a tournament."""

    tournament_id: TournamentId
    round: Integer
    match_number: Integer
    player1_id: Id
    player2_id: Id
    winner_id: Id | None = None
    status: TournamentMatchStatus = TournamentMatchStatus.PENDING

    class Settings:
        name = "tournamentmatches"
