"""People run by the game, and what they think of characters."""

from pydantic import Field

from desperados.engine.clock import now
from desperados.engine.storage.documents import CodedDocument, Document, index, unique
from desperados.engine.storage.fields import Date, Id, Integer, Mixed, Money, Number


class NPC(CodedDocument):
    """A person run by the game; content, identified by a code."""

    name: str
    type: str
    location_id: Id | None = None
    dialogue: Mixed = Field(default_factory=dict)
    services: list[str] = Field(default_factory=list)
    schedule: Mixed = Field(default_factory=dict)

    class Settings:
        name = "npcs"
        indexes = (index("locationId"),)


class NPCKnowledge(Document):
    """What an NPC knows and thinks of a character."""

    npc_id: str
    character_id: Id
    opinion: Number = 0
    trust: Number = 0
    fear: Number = 0
    respect: Number = 0
    known_facts: list[str] = Field(default_factory=list)
    last_interaction: Date = Field(default_factory=now)

    class Settings:
        name = "npcknowledges"


class NPCTrust(Document):
    """The trust that a character earned with an NPC."""

    npc_id: str
    character_id: Id
    trust_level: Number = 0
    updated_at: Date = Field(default_factory=now)

    class Settings:
        name = "npctrusts"
        indexes = (index("characterId", "npcId"),)


class NPCRelationship(Document):
    """The relation between an NPC and a character, as the player sees it."""

    npc_id: str
    character_id: Id
    relationship: Number = 0
    interaction_count: Integer = 0
    last_interaction: Date = Field(default_factory=now)

    class Settings:
        name = "npcrelationships"


class ServiceProviderRelationship(Document):
    """How well a character knows someone who offers services."""

    character_id: Id
    provider_id: str
    usage_count: Integer = 0
    discount: Number = 0
    last_used: Date = Field(default_factory=now)

    class Settings:
        name = "serviceproviderrelationships"


class ServiceUsageRecord(Document):
    """One paid service. Rows are only ever added."""

    character_id: Id
    provider_id: str
    service_type: str
    cost: Money
    used_at: Date = Field(default_factory=now)

    class Settings:
        name = "serviceusagerecords"


class ChineseDiasporaRep(Document):
    """A character's standing in the hidden community of Chinese settlers."""

    character_id: Id
    reputation: Number = 0
    access_level: Integer = 1

    class Settings:
        name = "chinesediasporareps"
        indexes = (unique("characterId"),)


class Mentorship(Document):
    """What a character learns from a mentor."""

    character_id: Id
    mentor_npc_id: str
    skill_focus: str
    sessions_completed: Integer = 0
    bonuses: Mixed = Field(default_factory=dict)

    class Settings:
        name = "mentorships"
