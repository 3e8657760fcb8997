"""The search for legendary creatures, and the fights that end it."""

from enum import StrEnum

from pydantic import Field

from desperados.engine.clock import now
from desperados.engine.storage.documents import Document, Embedded, index, unique
from desperados.engine.storage.fields import Date, Id, Integer, Mixed
from desperados.engine.storage.indexes import HAS_NUMBER
from desperados.play.shapes.envelopes import FAR_OFF, PLAYED_INDEXES, SoloGame
from desperados.references import CharacterId, LegendaryHuntId


class Legend(Document):
    """A legendary creature; content. The rest of it is beyond the declared fields
    (``content.LegendEntry``)."""

    creature_id: str
    name: str
    description: str = ""
    location_id: str

    class Settings:
        name = "legends"
        indexes = (unique("creatureId"),)


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
    """A character's search for a legendary creature.

    ``progress`` is 0 to 100, of rumors heard (``rumors``, by the NPCs that told them) and clues
    found. ``fastest`` are the rounds of the quickest victory. Rows of other programs have no
    progress; it is that of their stage.
    """

    character_id: CharacterId
    creature_id: str
    discovery_stage: DiscoveryStage = DiscoveryStage.UNKNOWN
    clues_found: list[str] = Field(default_factory=list)
    hunted: bool = False
    defeated_at: Date | None = None
    rewards: LegendaryHuntRewards = Field(default_factory=LegendaryHuntRewards)
    progress: Integer | None = None
    rumors: list[str] = Field(default_factory=list)
    attempts: Integer = 0
    victories: Integer = 0
    best_damage: Integer = 0
    fastest: Integer | None = None
    cooldown_until: Date | None = None

    class Settings:
        name = "legendaryhunts"
        indexes = (
            index("characterId"),
            unique("characterId", "creatureId", where={"progress": HAS_NUMBER}),
            index("creatureId", "fastest", "_id", where={"fastest": HAS_NUMBER}),
        )


class HuntStatus(StrEnum):
    """Where a legendary fight stands."""

    ACTIVE = "active"
    VICTORY = "victory"
    DEFEAT = "defeat"
    FLED = "fled"
    EXPIRED = "expired"


class LegendaryCombatSession(SoloGame):
    """The fight of a legendary hunt; ``combat_state`` is the whole of it. One of another program
    has no clock here."""

    state_fields = ("combatState",)

    hunt_id: LegendaryHuntId
    character_id: Id
    combat_state: Mixed = Field(default_factory=dict)
    created_at: Date = Field(default_factory=now)
    status: HuntStatus = HuntStatus.ACTIVE
    closes_at: Date = FAR_OFF
    seed: str = ""
    seed_hash: str = ""
    purpose: str = ""

    class Settings:
        name = "legendarycombatsessions"
        indexes = (index("characterId", "startedAt", "_id"), *PLAYED_INDEXES)
