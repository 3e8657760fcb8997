"""Quests and daily contracts."""

from enum import StrEnum

from pydantic import Field

from desperados.engine.clock import now
from desperados.engine.storage.documents import CodedDocument, Document, Embedded, index, unique
from desperados.engine.storage.fields import Date, Id, Integer, Mixed, Money, Number
from desperados.references import CharacterId, QuestId


class QuestObjective(Embedded):
    """Something to do for a quest, ``count`` times."""

    type: str
    target: str
    count: Integer = 1


class QuestRewards(Embedded):
    """What completing a quest gives."""

    xp: Integer = 0
    gold: Money = 0
    items: list[str] = Field(default_factory=list)
    reputation: dict[str, Number] = Field(default_factory=dict)


class Quest(CodedDocument):
    """A quest as the author wrote it; content, identified by its code."""

    name: str
    description: str = ""
    chain_id: str | None = None
    chain_order: Integer | None = None
    level: Integer = 1
    objectives: list[QuestObjective] = Field(default_factory=list)
    rewards: QuestRewards = Field(default_factory=QuestRewards)
    prerequisites: list[str] = Field(default_factory=list)

    class Settings:
        name = "quests"


class CharacterQuestStatus(StrEnum):
    ACTIVE = "active"
    COMPLETED = "completed"
    ABANDONED = "abandoned"


class ObjectiveProgress(Embedded):
    """How far one objective of a quest has come."""

    index: Integer
    current: Integer = 0
    completed: bool = False


class CharacterQuest(Document):
    """A quest that a character took, and how far each objective has come."""

    character_id: CharacterId
    quest_id: QuestId
    status: CharacterQuestStatus = CharacterQuestStatus.ACTIVE
    objective_progress: list[ObjectiveProgress] = Field(default_factory=list)
    started_at: Date = Field(default_factory=now)
    completed_at: Date | None = None

    class Settings:
        name = "characterquests"
        indexes = (index("characterId"), unique("characterId", "questId"))


class ContractObjective(Embedded):
    """Something to do for a contract."""

    type: str
    target: Mixed
    progress: Number = 0
    required: Integer


class DailyContractStatus(StrEnum):
    ACTIVE = "active"
    COMPLETED = "completed"
    EXPIRED = "expired"


class DailyContract(Document):
    """A job offered to one character for one day."""

    character_id: Id
    template_id: str
    contract_type: str
    objectives: list[ContractObjective] = Field(default_factory=list)
    rewards: Mixed = Field(default_factory=dict)
    status: DailyContractStatus = DailyContractStatus.ACTIVE
    generated_at: Date = Field(default_factory=now)
    expires_at: Date
    completed_at: Date | None = None

    class Settings:
        name = "dailycontracts"
        indexes = (index("characterId"),)
