"""Shooting contests, and what each reached in them."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field

from desperados.combat.placements import Placement
from desperados.engine.storage.documents import CodedDocument, Document, Embedded, index, unique
from desperados.engine.storage.fields import Date, Id, Integer, Mixed, Money, Number
from desperados.engine.storage.indexes import HAS_TEXT
from desperados.references import CharacterId


class ShootingTemplate(CodedDocument):
    """A contest that is held again and again; content. ``id`` is its code."""

    name: str
    description: str = ""
    location_id: str

    class Settings:
        name = "shootingtemplates"
        indexes = ()


class ShootingContestStatus(StrEnum):
    """Where a contest stands."""

    REGISTRATION = "registration"
    ACTIVE = "active"
    COMPLETE = "complete"


class ShootingOutcome(StrEnum):
    """How a contest that is complete has ended."""

    FINISHED = "finished"
    CANCELLED = "cancelled"


class ShootingRound(Embedded):
    """A round: which targets may be shot at, how often, until when, and how many go on.

    The last one lets one go on, the winner; so does a ``shootoff`` between those who were equal.
    """

    targets: list[str]
    shots: Integer
    seconds: Integer
    advance: Integer
    opens_at: Date
    ends_at: Date
    shootoff: bool = False


class ShootingContest(Document):
    """A shooting contest held at a location.

    ``terms`` are those of its template when it was announced. ``weapons`` says with what each has
    registered, by the id of the character. Of a round that is open, ``pending`` have shots left,
    and ``due_at`` is when it closes. Every shot follows from ``seed``, which is told at the end,
    and its SHA-256 from the start.
    """

    location_id: Id
    participants: list[Id] = Field(default_factory=list)
    status: ShootingContestStatus = ShootingContestStatus.REGISTRATION
    starts_at: Date
    template: str | None = None
    terms: Mixed = Field(default_factory=dict)
    contest_id: Id | None = None
    prize_pool: Money = 0
    weapons: dict[str, str] = Field(default_factory=dict)
    weather: str | None = None
    weather_penalty: Integer = 0
    round: Integer = 0
    rounds: list[ShootingRound] = Field(default_factory=list)
    pending: Integer = 0
    due_at: Date | None = None
    seed: str | None = None
    seed_hash: str | None = None
    outcome: ShootingOutcome | None = None
    placements: list[Placement] = Field(default_factory=list)

    class Settings:
        name = "shootingcontests"
        indexes = (
            index("dueAt", "_id"),
            index("status", "startsAt", "_id"),
            index("participants", "startsAt", "_id"),
            unique("template", "startsAt", where={"template": HAS_TEXT}),
        )


class Shot(Embedded):
    """A shot: number ``number`` of a round, with ``chance`` percent to hit; the ``roll`` of 1 to
    100 was at most that if it did."""

    round: Integer
    number: Integer
    target: str
    chance: Integer
    roll: Integer
    hit: bool
    zone: str | None = None
    points: Integer
    milliseconds: Integer
    at: Date


class Shooter(Document):
    """Who shoots in a contest that has begun; in a row of its own, so that nobody stands in line.

    ``round`` is the one that it shoots in, ``fired`` its shots in that; ``out`` the round after
    which it shoots no more. ``skill`` is that of the start.
    """

    contest_id: Id
    character_id: CharacterId
    weapon: str
    skill: Integer
    round: Integer = 1
    fired: Integer = 0
    out: Integer | None = None
    shots: list[Shot] = Field(default_factory=list)

    class Settings:
        name = "shooters"
        indexes = (unique("contestId", "characterId"), index("contestId", "_id"))


class ShootingRecord(Document):
    """What one shooter reached in one contest. ``score`` is that of its last round."""

    character_id: Id
    contest_id: Id
    score: Number
    placement: Integer
    contest_type: str | None = None
    shots: Integer = 0
    hits: Integer = 0
    fastest_ms: Integer | None = None
    prize: Money = 0
    title: str | None = None
    at: Date | None = None

    class Settings:
        name = "shootingrecords"
        indexes = (
            unique("contestId", "characterId", where={"contestType": HAS_TEXT}),
            index("characterId", "at", "_id"),
            index("characterId", "contestType", "-score", "_id"),
            index("contestType", "score", "_id"),
        )
