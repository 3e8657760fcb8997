"""Territories, influence, conquest and faction wars."""

from enum import StrEnum

from pydantic import Field

from desperados.engine.clock import now
from desperados.engine.storage.documents import Document, Embedded, index, unique
from desperados.engine.storage.fields import Date, Id, Integer, Mixed, Number
from desperados.references import CharacterId, FactionWarEventId, GangId, TerritoryId


class Territory(Document):
    """A piece of land and who controls it. ``influence`` maps a gang's id to its share."""

    name: str
    zone_id: str
    controlling_gang_id: GangId | None = None
    controlling_faction: str | None = None
    influence: dict[str, Number] = Field(default_factory=dict)
    bonuses: list[str] = Field(default_factory=list)
    resources: list[str] = Field(default_factory=list)
    danger_level: Number = 1

    class Settings:
        name = "territories"
        indexes = (index("name"), index("zoneId"))


class ZoneSize(StrEnum):
    SMALL = "small"
    MEDIUM = "medium"
    LARGE = "large"


class TerritoryZone(Document):
    """What a zone of control is; content."""

    zone_id: str
    name: str
    region_id: str
    type: str
    size: ZoneSize
    default_bonuses: list[str] = Field(default_factory=list)
    max_influence: Number = 100

    class Settings:
        name = "territoryzones"
        indexes = (unique("zoneId"),)


class TerritoryInfluence(Document):
    """The influence of one faction in one territory."""

    territory_id: TerritoryId
    faction_id: str
    influence: Number = 0
    last_decay: Date = Field(default_factory=now)
    last_contribution: Date = Field(default_factory=now)

    class Settings:
        name = "territoryinfluences"
        indexes = (index("territoryId"),)


class ConquestPhase(StrEnum):
    CHALLENGE = "challenge"
    MISSIONS = "missions"
    FINAL_BATTLE = "final_battle"


class TerritoryConquestState(Document):
    """A conquest in progress; exists only while it is open."""

    territory_id: Id
    attacker_gang_id: Id
    defender_gang_id: Id | None = None
    phase: ConquestPhase = ConquestPhase.CHALLENGE
    progress: Number = 0
    starts_at: Date
    expires_at: Date

    class Settings:
        name = "territoryconqueststates"


class ConquestResult(StrEnum):
    SUCCESS = "success"
    FAILURE = "failure"


class ConquestAttempt(Document):
    """How a conquest ended. Rows are only ever added."""

    territory_id: Id
    gang_id: Id
    result: ConquestResult
    attempted_at: Date = Field(default_factory=now)

    class Settings:
        name = "conquestattempts"


class InfluenceHistory(Document):
    """One change of influence. Rows are only ever added."""

    territory_id: Id
    faction_id: str
    influence_change: Number
    reason: str = ""
    recorded_at: Date = Field(default_factory=now)

    class Settings:
        name = "influencehistories"


class PlayerInfluenceContribution(Document):
    """One deed of a character for or against an influence."""

    character_id: Id
    territory_id: Id
    contribution: Number
    activity: str
    contributed_at: Date = Field(default_factory=now)

    class Settings:
        name = "playerinfluencecontributions"


class WarScale(StrEnum):
    SKIRMISH = "skirmish"
    BATTLE = "battle"
    CAMPAIGN = "campaign"
    WAR = "war"


class FactionWarEventStatus(StrEnum):
    SCHEDULED = "scheduled"
    ACTIVE = "active"
    RESOLUTION = "resolution"
    COMPLETE = "complete"


class WarObjective(Embedded):
    """Something to reach in a faction war."""

    id: str
    type: str
    target: Number
    current: Integer = 0
    completed: bool = False


class FactionWarEvent(Document):
    """A war between two factions, from announcement to resolution."""

    name: str
    event_type: WarScale
    attacking_faction: str
    defending_faction: str
    attacker_score: Integer = 0
    defender_score: Integer = 0
    status: FactionWarEventStatus = FactionWarEventStatus.SCHEDULED
    current_phase: str = "announcement"
    objectives: list[WarObjective] = Field(default_factory=list)
    total_participants: Integer = 0
    starts_at: Date
    ends_at: Date

    class Settings:
        name = "factionwarevents"
        indexes = (index("status"), index("startsAt"))


class WarParticipant(Document):
    """What one character did in a faction war."""

    war_event_id: FactionWarEventId
    character_id: CharacterId
    faction: str
    combat_score: Number = 0
    objective_score: Number = 0
    support_score: Number = 0
    total_score: Number = 0
    mvp_candidate: bool = False
    rewards_earned: list[Mixed] = Field(default_factory=list)
    joined_at: Date = Field(default_factory=now)

    class Settings:
        name = "warparticipants"
        indexes = (index("warEventId"), index("characterId"))
