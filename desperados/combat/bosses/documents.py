"""Fights in phases against a boss."""

from enum import StrEnum

from pydantic import Field

from desperados.engine.clock import now
from desperados.engine.storage.documents import Document, Embedded, index
from desperados.engine.storage.fields import Date, Integer
from desperados.references import CharacterId


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


class BossEncounter(Document):
    """A fight in phases against a boss, led by one character."""

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
    created_at: Date = Field(default_factory=now)

    class Settings:
        name = "bossencounters"
        indexes = (index("characterId"),)
