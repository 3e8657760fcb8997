"""The search for legendary creatures, and the fights that end it."""

from enum import StrEnum

from pydantic import Field

from desperados.engine.clock import now
from desperados.engine.storage.documents import Document, Embedded, index
from desperados.engine.storage.fields import Date, Id, Mixed
from desperados.references import CharacterId, LegendaryHuntId


class DiscoveryStage(StrEnum):
    """How much a hunter knows, least first."""

    UNKNOWN = "unknown"
    RUMORED = "rumored"
    TRACKED = "tracked"
    LOCATED = "located"


class LegendaryHuntRewards(Embedded):
    """What the kill gave."""

    trophy: bool = False
    permanent_bonus: Mixed = Field(default_factory=dict)


class LegendaryHunt(Document):
    """A character's search for a legendary creature."""

    character_id: CharacterId
    creature_id: str
    discovery_stage: DiscoveryStage = DiscoveryStage.UNKNOWN
    clues_found: list[str] = Field(default_factory=list)
    hunted: bool = False
    defeated_at: Date | None = None
    rewards: LegendaryHuntRewards = Field(default_factory=LegendaryHuntRewards)

    class Settings:
        name = "legendaryhunts"
        indexes = (index("characterId"),)


class LegendaryCombatSession(Document):
    """The open fight of a legendary hunt."""

    hunt_id: LegendaryHuntId
    character_id: Id
    combat_state: Mixed = Field(default_factory=dict)
    created_at: Date = Field(default_factory=now)

    class Settings:
        name = "legendarycombatsessions"
