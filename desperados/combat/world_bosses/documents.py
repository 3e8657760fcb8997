"""What each contributed against a world boss."""

from pydantic import Field

from desperados.engine.clock import now
from desperados.engine.storage.documents import Document, index
from desperados.engine.storage.fields import Date, Number
from desperados.references import CharacterId


class WorldBossSession(Document):
    """What one character contributed to the fight against a world boss."""

    boss_id: str
    character_id: CharacterId
    damage_dealt: Number = 0
    contribution_percent: Number = 0
    joined_at: Date = Field(default_factory=now)
    last_action: Date = Field(default_factory=now)

    class Settings:
        name = "worldbosssessions"
        indexes = (index("bossId"), index("characterId"))
