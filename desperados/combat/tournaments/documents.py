"""Tournaments and their pairings."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field

from desperados.combat.placements import Placement
from desperados.engine.storage.documents import Document, index, unique
from desperados.engine.storage.fields import Date, Id, Integer, Mixed, Money
from desperados.engine.storage.indexes import HAS_TEXT
from desperados.play.shapes.envelopes import PLAYED_INDEXES, Table
from desperados.references import TournamentId


class TournamentType(StrEnum):
    INDIVIDUAL = "individual"
    GANG = "gang"  # of another program: nobody can open one here


class TournamentStatus(StrEnum):
    """Where a tournament stands."""

    REGISTRATION = "registration"
    ACTIVE = "active"
    COMPLETE = "complete"


class TournamentOutcome(StrEnum):
    """How a tournament that is complete has ended."""

    FINISHED = "finished"
    CANCELLED = "cancelled"


class Tournament(Document):
    """A tournament: who plays, for what, and the bracket.

    ``participants`` are those who have a place, ``prize_pool`` what they have paid and the
    ``guarantee``. ``bracket`` is ``{size, rounds, slots}``: the slots of each round from the first,
    and of the champion at the end; an id, null for who is not known yet, or "nobody". Their order
    was drawn from ``seed``, which is told at the start, and its SHA-256 before. ``contest_id`` is
    where the money is, and ``code`` names the line of the calendar that it comes from.
    """

    name: str
    type: TournamentType
    status: TournamentStatus = TournamentStatus.REGISTRATION
    entry_fee: Money = 0
    prize_pool: Money = 0
    participants: list[Id] = Field(default_factory=list)
    bracket: Mixed = Field(default_factory=dict)
    starts_at: Date
    ends_at: Date
    capacity: Integer | None = None
    guarantee: Money = 0
    contest_id: Id | None = None
    code: str | None = None
    seed: str | None = None
    seed_hash: str | None = None
    disqualified: list[Id] = Field(default_factory=list)
    outcome: TournamentOutcome | None = None
    placements: list[Placement] = Field(default_factory=list)

    class Settings:
        name = "tournaments"
        indexes = (
            index("status", "startsAt", "_id"),
            index("participants", "startsAt", "_id"),
            unique("code", "startsAt", where={"code": HAS_TEXT}),
        )


class TournamentMatchStatus(StrEnum):
    """Where a match stands."""

    PENDING = "pending"  # of another program: here a match begins when both are known
    ACTIVE = "active"
    COMPLETE = "complete"


class MatchReason(StrEnum):
    """What decided a match."""

    PLAYED = "played"
    LOT = "lot"  # the hands were equal three times
    WALKOVER = "walkover"
    FORFEIT = "forfeit"
    DISQUALIFIED = "disqualified"
    DOUBLE_NO_SHOW = "double_no_show"


class TournamentMatch(Table):
    """One pairing of a tournament: a game of cards for two, from when both are known.

    ``round`` and ``match_number`` count from 1; whoever wins match n of a round plays match
    (n + 1) // 2 of the next.
    """

    tournament_id: TournamentId
    round: Integer
    match_number: Integer
    player1_id: Id
    player2_id: Id
    winner_id: Id | None = None
    status: TournamentMatchStatus = TournamentMatchStatus.PENDING
    reason: MatchReason | None = None
    state: Mixed = None

    class Settings:
        name = "tournamentmatches"
        indexes = (
            *PLAYED_INDEXES,
            unique("tournamentId", "round", "matchNumber", where={"seedHash": HAS_TEXT}),
            index("tournamentId", "_id"),
            index("seats.characterId", "settledAt", "_id"),
        )
