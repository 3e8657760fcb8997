"""Gangs: members, wars, bases, money, heists and raids."""

from enum import StrEnum

from pydantic import Field

from desperados.engine.clock import now
from desperados.engine.storage.documents import Document, Embedded, index, ttl, unique
from desperados.engine.storage.fields import Date, Id, Integer, Mixed, Money, Number, Standing
from desperados.references import CharacterId, GangBaseId, GangId, GangWarId, LocationId


class GangSettings(Embedded):
    """Who may join."""

    recruiting: bool = True
    min_level: Integer = 1


class Gang(Document):
    """A gang. ``officers`` and ``members`` are copies; GangMember is authoritative."""

    name: str
    tag: str = Field(min_length=3, max_length=5)
    leader_id: CharacterId
    officers: list[Id] = Field(default_factory=list)
    members: list[Id] = Field(default_factory=list)
    level: Integer = 1
    treasury: Money = 0
    reputation: Number = 0
    faction: str
    base_id: GangBaseId | None = None
    settings: GangSettings = Field(default_factory=GangSettings)
    created_at: Date = Field(default_factory=now)

    class Settings:
        name = "gangs"
        indexes = (unique("name"), unique("tag"), index("leaderId"))


class GangRole(StrEnum):
    """Ranks of a gang, highest first."""

    LEADER = "leader"
    OFFICER = "officer"
    ENFORCER = "enforcer"
    MEMBER = "member"
    PROSPECT = "prospect"


class GangContributions(Embedded):
    """What a member did for the gang."""

    treasury: Money = 0
    wars: Integer = 0
    territory: Number = 0


class GangMember(Document):
    """One character's membership in a gang."""

    gang_id: GangId
    character_id: CharacterId
    role: GangRole
    joined_at: Date = Field(default_factory=now)
    contributions: GangContributions = Field(default_factory=GangContributions)

    class Settings:
        name = "gangmembers"
        indexes = (index("gangId"), index("characterId"), unique("gangId", "characterId"))


class GangInvitationStatus(StrEnum):
    PENDING = "pending"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    EXPIRED = "expired"


class GangInvitation(Document):
    """An invitation into a gang, open until it is answered or expires."""

    gang_id: GangId
    character_id: CharacterId
    invited_by: Id
    status: GangInvitationStatus = GangInvitationStatus.PENDING
    created_at: Date = Field(default_factory=now)
    expires_at: Date

    class Settings:
        name = "ganginvitations"
        indexes = (ttl("expiresAt"),)


class GangWarStatus(StrEnum):
    DECLARED = "declared"
    ACTIVE = "active"
    RESOLVED = "resolved"


class GangWar(Document):
    """A war between two gangs over a territory."""

    attacker_gang_id: GangId
    defender_gang_id: GangId
    status: GangWarStatus = GangWarStatus.DECLARED
    attacker_score: Integer = 0
    defender_score: Integer = 0
    winner_id: Id | None = None
    territory_stake: Id | None = None
    starts_at: Date
    ends_at: Date

    class Settings:
        name = "gangwars"
        indexes = (index("attackerGangId"), index("defenderGangId"), index("status"))


class GangWarSession(Document):
    """One battle of a gang war."""

    war_id: GangWarId
    round_number: Integer
    battle_state: Mixed = Field(default_factory=dict)
    created_at: Date = Field(default_factory=now)

    class Settings:
        name = "gangwarsessions"


class GangBase(Document):
    """A gang's headquarters. ``storage`` is the space in use."""

    gang_id: GangId
    location_id: LocationId
    level: Integer = 1
    upgrades: list[str] = Field(default_factory=list)
    defenses: Number = 0
    storage: Number = 0
    last_raided_at: Date | None = None

    class Settings:
        name = "gangbases"
        indexes = (unique("gangId"),)


class GangEconomy(Document):
    """A gang's weekly books."""

    gang_id: GangId
    weekly_income: Money = 0
    weekly_expenses: Money = 0
    businesses: list[Id] = Field(default_factory=list)
    territories: list[Id] = Field(default_factory=list)
    last_calculated_at: Date = Field(default_factory=now)

    class Settings:
        name = "gangeconomies"
        indexes = (unique("gangId"),)


class GangTransactionType(StrEnum):
    DEPOSIT = "deposit"
    WITHDRAW = "withdraw"
    INCOME = "income"
    EXPENSE = "expense"


class GangBankTransaction(Document):
    """One change of a gang's treasury. Rows are only ever added."""

    gang_id: GangId
    character_id: Id | None = None
    type: GangTransactionType
    amount: Money
    description: str = ""
    created_at: Date = Field(default_factory=now)

    class Settings:
        name = "gangbanktransactions"
        indexes = (index("gangId"),)


class GangBusiness(Document):
    """A business that belongs to a gang. ``revenue`` waits to be collected."""

    gang_id: GangId
    business_type: str
    location_id: Id
    level: Integer = 1
    revenue: Money = 0
    last_collected_at: Date = Field(default_factory=now)

    class Settings:
        name = "gangbusinesses"
        indexes = (index("gangId"),)


class GangInvestment(Document):
    """Money that a gang put into a product until it matures."""

    gang_id: GangId
    investment_type: str
    amount: Money
    purchased_at: Date = Field(default_factory=now)
    matures_at: Date

    class Settings:
        name = "ganginvestments"


class GangHeistStatus(StrEnum):
    PLANNING = "planning"
    ACTIVE = "active"
    SUCCESS = "success"
    FAILED = "failed"


class GangHeist(Document):
    """A heist from planning to loot. ``roles`` maps a member's id to the part played."""

    gang_id: GangId
    heist_type: str
    participants: list[Id] = Field(default_factory=list)
    roles: dict[str, str] = Field(default_factory=dict)
    status: GangHeistStatus = GangHeistStatus.PLANNING
    loot: Mixed = Field(default_factory=dict)
    created_at: Date = Field(default_factory=now)

    class Settings:
        name = "gangheists"


class NPCGangRelationship(Document):
    """How one of the game's own gangs regards a character."""

    character_id: Id
    npc_gang_id: str
    relationship: Standing = 0
    tribute_streak: Integer = 0
    last_tribute_at: Date = Field(default_factory=now)

    class Settings:
        name = "npcgangrelationships"
        indexes = (index("characterId"),)


class RaidTarget(StrEnum):
    PROPERTY = "property"
    TREASURY = "treasury"
    INFLUENCE = "influence"
    PRODUCTION = "production"


class RaidStatus(StrEnum):
    PLANNING = "planning"
    ACTIVE = "active"
    SUCCESS = "success"
    FAILED = "failed"


class Raid(Document):
    """An attack by a gang on somebody's property, treasury, influence or production."""

    attacker_gang_id: Id
    target_type: RaidTarget
    target_id: Id
    participants: list[Id] = Field(default_factory=list)
    status: RaidStatus = RaidStatus.PLANNING
    loot: Money = 0
    created_at: Date = Field(default_factory=now)

    class Settings:
        name = "raids"
