"""Hunting, fishing, mining, cattle, travel, ambushes and companions."""

from enum import StrEnum

from pydantic import Field

from desperados.engine.clock import now
from desperados.engine.storage.documents import Document, Embedded, index
from desperados.engine.storage.fields import Date, Id, Integer, Number, Percent
from desperados.references import CharacterId, MiningClaimId


class HuntingTripPhase(StrEnum):
    TRACKING = "tracking"
    AIMING = "aiming"
    SHOOTING = "shooting"
    COMPLETE = "complete"


class HuntingTrip(Document):
    """A hunt in progress."""

    character_id: Id
    location_id: Id
    prey: str
    phase: HuntingTripPhase = HuntingTripPhase.TRACKING
    quality: str | None = None
    created_at: Date = Field(default_factory=now)

    class Settings:
        name = "huntingtrips"
        indexes = (index("characterId"),)


class FishingTripPhase(StrEnum):
    CASTING = "casting"
    WAITING = "waiting"
    BITE = "bite"
    HOOKING = "hooking"
    FIGHTING = "fighting"
    LANDING = "landing"


class FishingTrip(Document):
    """A fishing trip in progress."""

    character_id: Id
    spot_id: Id
    phase: FishingTripPhase = FishingTripPhase.CASTING
    fish_type: str | None = None
    fish_size: Number | None = None
    created_at: Date = Field(default_factory=now)

    class Settings:
        name = "fishingtrips"
        indexes = (index("characterId"),)


class MiningClaim(Document):
    """A character's right to mine at a location."""

    character_id: Id
    location_id: Id
    tier: Integer = Field(default=1, ge=1, le=5)
    richness: Number
    remaining_yield: Number
    last_mined: Date = Field(default_factory=now)
    claimed_at: Date = Field(default_factory=now)

    class Settings:
        name = "miningclaims"
        indexes = (index("characterId"),)


class ShaftVein(Embedded):
    """A vein that a shaft opened."""

    resource_type: str
    richness: Number
    remaining: Number = 0


class MiningShaft(Document):
    """A shaft of a mining claim, and the veins it opened."""

    claim_id: MiningClaimId
    depth: Integer = 1
    veins: list[ShaftVein] = Field(default_factory=list)
    excavated_at: Date = Field(default_factory=now)

    class Settings:
        name = "miningshafts"


class IllegalClaim(Document):
    """A claim worked without a right to it, and how much the law suspects."""

    character_id: Id
    claim_id: Id
    suspicion: Percent = 0
    last_inspection: Date = Field(default_factory=now)

    class Settings:
        name = "illegalclaims"


class ResourceVein(Document):
    """What the ground of a location still holds."""

    location_id: Id
    resource_type: str
    richness: Number
    total_yield: Number
    remaining_yield: Number

    class Settings:
        name = "resourceveins"


class CattleDriveStatus(StrEnum):
    ACTIVE = "active"
    COMPLETED = "completed"
    FAILED = "failed"


class CattleDrive(Document):
    """A herd on its way to market."""

    character_id: Id
    route_id: str
    herd_size: Integer
    herd_health: Number = 100
    herd_morale: Number = 100
    herd_fatigue: Number = 0
    companions: list[Id] = Field(default_factory=list)
    current_phase: Integer = 1
    status: CattleDriveStatus = CattleDriveStatus.ACTIVE
    created_at: Date = Field(default_factory=now)

    class Settings:
        name = "cattledrives"
        indexes = (index("characterId"),)


class StagecoachTicketStatus(StrEnum):
    PURCHASED = "purchased"
    BOARDED = "boarded"
    ARRIVED = "arrived"
    ROBBED = "robbed"


class StagecoachTicket(Document):
    """A seat on a stagecoach."""

    character_id: Id
    route_id: str
    departure: Id
    destination: Id
    status: StagecoachTicketStatus = StagecoachTicketStatus.PURCHASED
    purchased_at: Date = Field(default_factory=now)

    class Settings:
        name = "stagecoachtickets"


class TrainTicketStatus(StrEnum):
    PURCHASED = "purchased"
    BOARDED = "boarded"
    ARRIVED = "arrived"


class TrainTicket(Document):
    """A seat on a train."""

    character_id: Id
    schedule_id: str
    departure: Id
    destination: Id
    status: TrainTicketStatus = TrainTicketStatus.PURCHASED
    purchased_at: Date = Field(default_factory=now)

    class Settings:
        name = "traintickets"


class AmbushTarget(StrEnum):
    STAGECOACH = "stagecoach"
    TRAIN = "train"


class AmbushPlanStatus(StrEnum):
    PLANNING = "planning"
    ACTIVE = "active"
    SUCCESS = "success"
    FAILED = "failed"


class AmbushPlan(Document):
    """A plan to rob a stagecoach or a train."""

    character_id: Id
    gang_id: Id | None = None
    target_type: AmbushTarget
    target_id: Id
    participants: list[Id] = Field(default_factory=list)
    status: AmbushPlanStatus = AmbushPlanStatus.PLANNING
    created_at: Date = Field(default_factory=now)

    class Settings:
        name = "ambushplans"


class CompanionStats(Embedded):
    """What a companion can do."""

    combat: Number = 0
    tracking: Number = 0
    loyalty: Number = 0


class AnimalCompanion(Document):
    """A tamed animal."""

    owner_id: CharacterId
    species: str
    name: str
    level: Integer = 1
    xp: Integer = 0
    stats: CompanionStats = Field(default_factory=CompanionStats)
    abilities: list[str] = Field(default_factory=list)
    is_active: bool = False
    created_at: Date = Field(default_factory=now)

    class Settings:
        name = "animalcompanions"
        indexes = (index("ownerId"),)


class TamingAttemptStatus(StrEnum):
    ACTIVE = "active"
    SUCCESS = "success"
    FAILED = "failed"


class TamingAttempt(Document):
    """A character's attempt to tame a wild animal."""

    character_id: Id
    creature_type: str
    progress: Number = 0
    difficulty: Number
    status: TamingAttemptStatus = TamingAttemptStatus.ACTIVE
    created_at: Date = Field(default_factory=now)

    class Settings:
        name = "tamingattempts"
