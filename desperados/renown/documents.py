"""How characters stand with the factions, what their deeds weigh, and how it came to that."""

from pydantic import Field

from desperados.engine.clock import now
from desperados.engine.storage.documents import Document, Embedded, index, unique
from desperados.engine.storage.fields import Date, Id, Integer, Number, Standing


class ReputationEvent(Document):
    """One change of a character's standing with a faction. Rows are only ever added."""

    character_id: Id
    faction_id: str
    change: Number
    reason: str = ""
    occurred_at: Date = Field(default_factory=now)

    class Settings:
        name = "reputationevents"
        indexes = (index("characterId"), index("characterId", "occurredAt", "_id"))


class ReputationHistory(Document):
    """A character's standing with a faction at one time."""

    character_id: Id
    faction_id: str
    reputation: Number
    recorded_at: Date = Field(default_factory=now)

    class Settings:
        name = "reputationhistories"
        indexes = (index("characterId", "factionId", "recordedAt", "_id"),)


class KarmaDimensions(Embedded):
    """The weight of deeds, -100 to 100 each."""

    justice: Number = 0
    mercy: Number = 0
    honesty: Number = 0
    generosity: Number = 0
    loyalty: Number = 0
    honor: Number = 0
    courage: Number = 0
    wisdom: Number = 0
    temperance: Number = 0
    piety: Number = 0


class Repeats(Embedded):
    """How often the same was done within an hour of ``since``."""

    since: Date
    times: Integer


class CharacterKarma(Document):
    """What a character's deeds weigh, in ten dimensions and in one moral score.

    The score counts as of ``moral_at``; rows that Mongoose wrote lack it, and count as of their
    last change.
    """

    character_id: Id
    dimensions: KarmaDimensions = Field(default_factory=KarmaDimensions)
    moral_reputation: Standing = 0
    updated_at: Date = Field(default_factory=now)
    moral_at: Date | None = None
    # The UTC day of which the changes are counted, and the sum of their sizes.
    moral_day: Date | None = None
    moral_used: Integer = 0
    # Deeds of the last hour, by action.
    recent: dict[str, Repeats] = Field(default_factory=dict)

    class Settings:
        name = "characterkarmas"
        indexes = (unique("characterId"),)
