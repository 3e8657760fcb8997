"""The envelopes of games: what the documents of every collection of games have in common."""

from datetime import UTC, datetime
from typing import ClassVar

from pydantic import Field

from desperados.engine.clock import now
from desperados.engine.storage.documents import Document, Embedded, index, ttl
from desperados.engine.storage.fields import Date, Id, Integer, Mixed
from desperados.references import CharacterId

FAR_OFF = datetime(9999, 1, 1, tzinfo=UTC)


class PlayedMove(Embedded):
    """A move that was made; ``auto`` says that the clock made it."""

    seat: Integer
    name: str
    about: dict[str, Mixed] = Field(default_factory=dict)
    at: Date
    auto: bool = False


PLAYED_INDEXES = (index("settledAt", "deadline", "_id"), ttl("expiresAt"))
"""The indexes of every collection of games: for the clock, and for what vanishes."""


class Played(Document):
    """The envelope of a game: what all collections of games have in common (``games``).

    ``seed`` is secret until the game is settled, ``seed_hash`` is told from the start; ``terms``
    are what it began with and ``moves`` what was done, so that it can be played again. Money may
    hang on it: ``expires_at`` is far off until it is settled.
    """

    status: str
    terms: dict[str, Mixed] = Field(default_factory=dict)
    moves: list[PlayedMove] = Field(default_factory=list)
    version: Integer = 0
    turn_from: Integer = 0
    deadline: Date | None = None
    closes_at: Date
    seed: str
    seed_hash: str
    drawn: Integer = 0
    purpose: str
    ref_id: Id | None = None
    started_at: Date = Field(default_factory=now)
    settled_at: Date | None = None
    expires_at: Date = FAR_OFF

    state_fields: ClassVar[tuple[str, ...]] = ("state",)
    """The stored fields that are the state of the game: the whole mapping in one, or its keys."""


class SoloGame(Played):
    """The envelope of a game of one seat."""

    character_id: CharacterId


class Seat(Embedded):
    """A seat of a table, and who sits in it."""

    character_id: CharacterId


class Table(Played):
    """The envelope of a game of several seats, in their order from 0."""

    seats: list[Seat]
