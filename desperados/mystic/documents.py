"""Deities, sanity, rituals, the tutorial and rewards for playing."""

from enum import StrEnum

from pydantic import Field

from desperados.engine.clock import now
from desperados.engine.storage.documents import Document, Embedded, unique
from desperados.engine.storage.fields import Date, Id, Integer, Mixed, Number, Percent


class DeityDisposition(Embedded):
    """How a deity regards a character, and how closely it looks."""

    relationship: Number = 0
    attention: Number = 0
    mood: str = "neutral"


class DeityAttention(Document):
    """How each of the two deities regards a character."""

    character_id: Id
    gambler: DeityDisposition = Field(default_factory=DeityDisposition)
    outlaw_king: DeityDisposition = Field(default_factory=DeityDisposition)
    last_interaction: Date = Field(default_factory=now)

    class Settings:
        name = "deityattentions"
        indexes = (unique("characterId"),)


class DeityStranger(Document):
    """A deity's visit in disguise."""

    character_id: Id
    deity_id: str
    manifestation_type: str
    npc_id: str | None = None
    message: str = ""
    blessing: str | None = None
    curse: str | None = None
    expires_at: Date

    class Settings:
        name = "deitystrangers"


class DeityAgent(Document):
    """A character's meeting with a deity's agent."""

    character_id: Id
    deity_id: str
    agent_type: str
    encountered_at: Date = Field(default_factory=now)

    class Settings:
        name = "deityagents"


class SanityTracker(Document):
    """A character's state of mind."""

    character_id: Id
    sanity: Percent = 100
    corruption: Percent = 0
    madness_effects: list[str] = Field(default_factory=list)
    last_event: Date = Field(default_factory=now)

    class Settings:
        name = "sanitytrackers"
        indexes = (unique("characterId"),)


class CharacterCorruption(Document):
    """How far something from below has a hold on a character."""

    character_id: Id
    corruption_level: Number = 0
    corruption_type: str | None = None
    symptoms: list[str] = Field(default_factory=list)

    class Settings:
        name = "charactercorruptions"
        indexes = (unique("characterId"),)


class CosmicProgress(Document):
    """How far a character has come in the cosmic story."""

    character_id: Id
    quest_stage: Integer = 0
    clues_discovered: list[str] = Field(default_factory=list)
    ending_unlocked: str | None = None
    updated_at: Date = Field(default_factory=now)

    class Settings:
        name = "cosmicprogresses"
        indexes = (unique("characterId"),)


class RitualSessionStatus(StrEnum):
    PREPARING = "preparing"
    ACTIVE = "active"
    COMPLETE = "complete"
    FAILED = "failed"


class RitualSession(Document):
    """A ritual from preparation to its end."""

    character_id: Id
    ritual_type: str
    progress: Number = 0
    components: list[str] = Field(default_factory=list)
    status: RitualSessionStatus = RitualSessionStatus.PREPARING
    created_at: Date = Field(default_factory=now)

    class Settings:
        name = "ritualsessions"


class TutorialProgress(Document):
    """How far a character has come in the tutorial."""

    character_id: Id
    current_phase: Integer = 0
    completed_milestones: list[str] = Field(default_factory=list)
    hawk_relationship: Number = 0
    is_complete: bool = False
    skipped_at: Date | None = None

    class Settings:
        name = "tutorialprogresses"
        indexes = (unique("characterId"),)


class HawkCompanion(Document):
    """Hawk, the guide of new characters, as one character knows him."""

    character_id: Id
    relationship: Number = 0
    mood: str = "neutral"
    expression: str = "neutral"
    dialogue_history: list[str] = Field(default_factory=list)
    last_interaction: Date = Field(default_factory=now)

    class Settings:
        name = "hawkcompanions"
        indexes = (unique("characterId"),)


class LoginReward(Document):
    """The rewards for playing on successive days."""

    character_id: Id
    current_streak: Integer = 0
    longest_streak: Integer = 0
    last_claimed_at: Date
    next_reward: Mixed = Field(default_factory=dict)

    class Settings:
        name = "loginrewards"
        indexes = (unique("characterId"),)


class HolidayProgress(Document):
    """What a character did in one year's holiday."""

    character_id: Id
    holiday_id: str
    progress: Mixed = Field(default_factory=dict)
    rewards_claimed: list[str] = Field(default_factory=list)
    year: Integer

    class Settings:
        name = "holidayprogresses"
