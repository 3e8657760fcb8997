"""Investments, and the exchange of metal."""

from enum import StrEnum

from pydantic import Field

from desperados.engine.clock import now
from desperados.engine.storage.documents import (
    CodedDocument,
    Document,
    Embedded,
    index,
    unique,
)
from desperados.engine.storage.fields import Date, Id, Integer, Money, Number
from desperados.engine.storage.indexes import HAS_NUMBER, HAS_TEXT
from desperados.references import CharacterId


class InvestmentStatus(StrEnum):
    """Where an investment stands."""

    ACTIVE = "active"
    MATURED = "matured"
    REDEEMED = "redeemed"


class InvestmentOutcome(StrEnum):
    """How an investment ended."""

    PAID = "paid"
    EARLY = "early"
    DEFAULTED = "defaulted"


class InvestmentProduct(Document):
    """Something that money can be put into; content. Percentages are of the principal."""

    product_type: str
    name: str
    description: str = ""
    min_return: Number
    max_return: Number
    term_days: Integer
    min_amount: Money
    max_amount: Money
    early_penalty: Number
    default_chance: Number = 0

    class Settings:
        name = "investmentproducts"
        indexes = (unique("productType"),)


class InvestmentTerms(Embedded):
    """What was agreed at the purchase, in percent; later changes of the product do not touch it."""

    min_return: Number
    max_return: Number
    early_penalty: Number
    default_chance: Number


class Investment(Document):
    """Money that a character put into a product until it matures.

    The principal lies in the hold ``hold_id``. ``interest_rate`` is the lowest return until the
    investment matures, then the one that was drawn. Rows that Mongoose wrote have neither hold nor
    terms.
    """

    character_id: CharacterId
    product_type: str
    principal: Money
    interest_rate: Number
    purchased_at: Date = Field(default_factory=now)
    matures_at: Date
    status: InvestmentStatus = InvestmentStatus.ACTIVE
    hold_id: Id | None = None
    terms: InvestmentTerms | None = None
    # What it pays, in dollars: known once it has matured.
    payout: Money | None = None
    outcome: InvestmentOutcome | None = None
    closed_at: Date | None = None

    class Settings:
        name = "investments"
        indexes = (
            index("characterId"),
            index("status", "maturesAt", "_id"),
            index("characterId", "status"),
            index("characterId", "purchasedAt", "_id"),
        )


class ExchangedResource(StrEnum):
    """The metals of the exchange."""

    GOLD = "gold"
    SILVER = "silver"


class ResourceExchangeRate(Document):
    """How much gold or silver a dollar buys from a moment on. Rows are only ever added.

    ``cents_per_unit`` rules; ``rate_per_dollar`` shows the same price the other way round. The
    newest row that has come into effect is the current rate. ``number`` counts the rows of a metal
    and ``slot`` names what moved the rate: each moves it once, and no two at the same time.
    """

    currency: ExchangedResource
    rate_per_dollar: Number
    effective_at: Date
    cents_per_unit: Integer | None = None
    event_type: str | None = None
    # Units bought less units sold since the step before.
    volume: Integer | None = None
    # The pressure on the price from then on, in cents of value; it fades.
    pressure: Integer | None = None
    number: Integer | None = None
    slot: str | None = None

    class Settings:
        name = "resourceexchangerates"
        indexes = (
            index("currency", "effectiveAt", "_id"),
            unique("currency", "number", where={"number": HAS_NUMBER}),
            unique("currency", "slot", where={"slot": HAS_TEXT}),
        )


class MetalPressure(CodedDocument):
    """What trade and events have pushed the price of a metal away from its posted rate, in cents of
    value, at a moment. ``id`` is the metal. Everybody who trades it writes this document, so each
    order begins where the one before it ended."""

    value: Integer
    at: Date

    class Settings:
        name = "metalpressures"


class MetalTrade(Document):
    """One purchase or sale of metal at the exchange. ``units`` is negative for a sale."""

    character_id: CharacterId
    metal: ExchangedResource
    units: Integer
    # Dollars paid or received, the part of them that the spread took, the posted rate and the
    # pressure that the order met (none on those of before there was any).
    dollars: Money
    fee: Money
    cents_per_unit: Integer
    pressure: Integer | None = None
    operation: Id
    created_at: Date = Field(default_factory=now)

    class Settings:
        name = "metaltrades"
        indexes = (
            index("metal", "createdAt"),
            index("characterId", "createdAt", "_id"),
        )


class VaultTier(StrEnum):
    """How large a vault is."""

    BRONZE = "bronze"
    SILVER = "silver"
    GOLD = "gold"


class BankAccount(Document):
    """A character's vault at the bank, safe from robbers and death."""

    character_id: CharacterId
    tier: VaultTier = VaultTier.BRONZE
    balance: Money = 0
    ledger_seq: dict[str, Integer] | None = None
    created_at: Date = Field(default_factory=now)
    updated_at: Date | None = None

    class Settings:
        name = "bankaccounts"
        indexes = (unique("characterId"),)
