"""Bosses, the fights against them, and what each character has made of which."""

from enum import StrEnum
from typing import ClassVar

from pydantic import Field

from desperados.engine.clock import now
from desperados.engine.storage.documents import CodedDocument, Document, Embedded, index, unique
from desperados.engine.storage.fields import Date, Integer, Mixed
from desperados.play.shapes.envelopes import FAR_OFF, PLAYED_INDEXES, Seat, Table
from desperados.references import CharacterId


class Boss(CodedDocument):
    """An enemy that is fought in phases; content, identified by its code. How it fights, and what
    it leaves, is described by ``content``."""

    name: str
    level: Integer
    location_id: str

    class Settings:
        name = "bosses"


class BossEncounterStatus(StrEnum):
    ACTIVE = "active"
    VICTORY = "victory"
    DEFEAT = "defeat"


class BossEffect(Embedded):
    """An effect on the boss; ``duration`` is in rounds."""

    type: str
    stacks: Integer = 1
    duration: Integer


class BossMinion(Embedded):
    """A helper of the boss."""

    id: str
    health: Integer


class BossEncounter(Table):
    """A fight in phases against a boss, led by one character; those who fight sit in its seats.

    ``battle`` is the whole state of the fight; the fields beside it say the same of the boss to
    those who read only them. ``left`` are the seats of those who fled and were let go. What another
    program has played has no seats, and no clock here.
    """

    state_fields: ClassVar[tuple[str, ...]] = (
        "currentPhase",
        "totalPhases",
        "bossHealth",
        "bossMaxHealth",
        "activeEffects",
        "minions",
        "environmentalHazards",
        "battle",
    )

    character_id: CharacterId
    boss_id: str
    status: BossEncounterStatus = BossEncounterStatus.ACTIVE
    current_phase: Integer = 1
    total_phases: Integer
    boss_health: Integer
    boss_max_health: Integer
    active_effects: list[BossEffect] = Field(default_factory=list)
    minions: list[BossMinion] = Field(default_factory=list)
    environmental_hazards: list[str] = Field(default_factory=list)
    battle: Mixed = Field(default_factory=dict)
    left: list[Integer] = Field(default_factory=list)
    created_at: Date = Field(default_factory=now)
    seats: list[Seat] = Field(default_factory=list)
    closes_at: Date = FAR_OFF
    seed: str = ""
    seed_hash: str = ""
    purpose: str = ""

    class Settings:
        name = "bossencounters"
        indexes = (
            index("characterId"),
            index("seats.characterId", "startedAt", "_id"),
            *PLAYED_INDEXES,
        )


class BossRecord(Document):
    """What a character has made of a boss. ``best_damage`` is of one fight, ``fewest_rounds`` of a
    victory; from ``ready_at`` on it may try again."""

    character_id: CharacterId
    boss_id: str
    fights: Integer = 0
    victories: Integer = 0
    defeats: Integer = 0
    fled: Integer = 0
    best_damage: Integer = 0
    fewest_rounds: Integer | None = None
    first_victory_at: Date | None = None
    last_fight_at: Date
    ready_at: Date

    class Settings:
        name = "bossrecords"
        indexes = (
            unique("characterId", "bossId"),
            index("bossId", "bestDamage", "_id"),
            index("bossId", "fewestRounds", "_id"),
        )
