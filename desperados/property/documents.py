"""Properties, their workers, taxes and loans, and businesses."""

from enum import StrEnum

from pydantic import Field

from desperados.engine.clock import now
from desperados.engine.storage.documents import Document, Embedded, index
from desperados.engine.storage.fields import Date, Id, Integer, Money, Number, Percent
from desperados.references import CharacterId, PropertyId


class PropertyPosition(Embedded):
    """Who works on a property, and as what."""

    worker_id: Id
    role: str


class Property(Document):
    """A building or a piece of land with an owner."""

    owner_id: CharacterId
    location_id: Id
    property_type: str
    tier: Integer = Field(default=1, ge=1, le=5)
    level: Integer = 1
    upgrades: list[str] = Field(default_factory=list)
    condition: Percent = 100
    workers: list[PropertyPosition] = Field(default_factory=list)
    income: Money = 0
    last_collected: Date = Field(default_factory=now)
    purchased_at: Date = Field(default_factory=now)

    class Settings:
        name = "properties"
        indexes = (index("ownerId"), index("locationId"))


class PropertyWorker(Document):
    """Someone who works on a property. ``wage`` is per week."""

    property_id: PropertyId
    name: str
    skill: Number
    morale: Number = 100
    wage: Money
    assigned_at: Date = Field(default_factory=now)

    class Settings:
        name = "propertyworkers"
        indexes = (index("propertyId"),)


class ProductionSlotStatus(StrEnum):
    ACTIVE = "active"
    COMPLETE = "complete"
    CANCELLED = "cancelled"


class ProductionSlot(Document):
    """A production order on a property."""

    property_id: Id
    recipe_id: str
    quantity: Integer
    progress: Number = 0
    completes_at: Date
    status: ProductionSlotStatus = ProductionSlotStatus.ACTIVE

    class Settings:
        name = "productionslots"
        indexes = (index("propertyId"),)


class WorkerTaskStatus(StrEnum):
    ASSIGNED = "assigned"
    ACTIVE = "active"
    COMPLETE = "complete"


class WorkerTask(Document):
    """What a worker was told to do."""

    worker_id: Id
    property_id: Id
    task_type: str
    progress: Number = 0
    completes_at: Date
    status: WorkerTaskStatus = WorkerTaskStatus.ASSIGNED

    class Settings:
        name = "workertasks"


class PropertyTaxStatus(StrEnum):
    PENDING = "pending"
    PAID = "paid"
    OVERDUE = "overdue"
    DELINQUENT = "delinquent"


class PropertyTax(Document):
    """The tax on a property for one period."""

    property_id: Id
    tax_owed: Money
    due_date: Date
    status: PropertyTaxStatus = PropertyTaxStatus.PENDING

    class Settings:
        name = "propertytaxes"
        indexes = (index("propertyId"),)


class TaxDelinquency(Document):
    """Taxes that stayed unpaid, and when the property is taken for them."""

    property_id: Id
    total_owed: Money
    missed_payments: Integer = 0
    scheduled_foreclosure: Date | None = None

    class Settings:
        name = "taxdelinquencies"


class AuctionBid(Embedded):
    """A bid on a property."""

    bidder_id: Id
    amount: Money
    at: Date = Field(default_factory=now)


class PropertyAuctionStatus(StrEnum):
    SCHEDULED = "scheduled"
    ACTIVE = "active"
    SOLD = "sold"
    CANCELLED = "cancelled"


class PropertyAuction(Document):
    """The auction of a property. Holds the highest bid, so it never expires by itself."""

    property_id: Id
    starting_bid: Money
    current_bid: Money = 0
    current_bidder_id: Id | None = None
    bids: list[AuctionBid] = Field(default_factory=list)
    starts_at: Date
    ends_at: Date
    status: PropertyAuctionStatus = PropertyAuctionStatus.SCHEDULED

    class Settings:
        name = "propertyauctions"


class PropertyLoanStatus(StrEnum):
    ACTIVE = "active"
    PAID = "paid"
    DEFAULTED = "defaulted"


class PropertyLoan(Document):
    """A loan secured by a property."""

    character_id: CharacterId
    property_id: PropertyId
    principal: Money
    interest_rate: Number
    remaining_balance: Money
    monthly_payment: Money
    payments_remaining: Integer
    status: PropertyLoanStatus = PropertyLoanStatus.ACTIVE
    created_at: Date = Field(default_factory=now)
    next_payment_due: Date

    class Settings:
        name = "propertyloans"
        indexes = (index("characterId"),)


class Business(Document):
    """A business that a character runs."""

    owner_id: Id
    location_id: Id
    business_type: str
    level: Integer = 1
    reputation: Number = 0
    revenue: Money = 0
    expenses: Money = 0
    employees: Integer = 0
    last_revenue_at: Date = Field(default_factory=now)

    class Settings:
        name = "businesses"
        indexes = (index("ownerId"),)


class BusinessPersonality(StrEnum):
    PASSIVE = "passive"
    BALANCED = "balanced"
    AGGRESSIVE = "aggressive"
    QUALITY_FOCUSED = "quality_focused"


class NPCBusiness(Document):
    """A business run by the game, competing with those of players."""

    location_id: Id
    business_type: str
    npc_owner_id: str
    personality: BusinessPersonality
    quality: Number = 5
    price: Money
    weekly_revenue: Money = 0

    class Settings:
        name = "npcbusinesses"


class IncidentTarget(StrEnum):
    PROPERTY = "property"
    BUSINESS = "business"
    MINING = "mining"


class IncidentSeverity(StrEnum):
    MINOR = "minor"
    MODERATE = "moderate"
    MAJOR = "major"
    SEVERE = "severe"
    CATASTROPHIC = "catastrophic"


class Incident(Document):
    """Something bad that befell a property, a business or a mine."""

    target_type: IncidentTarget
    target_id: Id
    incident_type: str
    severity: IncidentSeverity
    damage: Number = 0
    response: str | None = None
    occurred_at: Date = Field(default_factory=now)
    resolved_at: Date | None = None

    class Settings:
        name = "incidents"


class ProtectionContractStatus(StrEnum):
    ACTIVE = "active"
    SUSPENDED = "suspended"
    TERMINATED = "terminated"


class ProtectionContract(Document):
    """A gang protects a business for a fee."""

    business_id: Id
    gang_id: Id
    fee: Money
    payment_schedule: str
    missed_payments: Integer = 0
    status: ProtectionContractStatus = ProtectionContractStatus.ACTIVE
    created_at: Date = Field(default_factory=now)

    class Settings:
        name = "protectioncontracts"
