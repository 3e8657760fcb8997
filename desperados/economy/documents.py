"""The money history, the market, investments, prices and rewards that wait."""

from enum import StrEnum

from pydantic import Field

from desperados.engine.clock import now
from desperados.engine.documents import Document, Embedded, index, unique
from desperados.engine.fields import Date, Id, Integer, Mixed, Money, Number
from desperados.references import CharacterId, ItemId


class TransactionType(StrEnum):
    """What kind of movement a row records."""

    EARN = "earn"
    SPEND = "spend"
    TRANSFER = "transfer"
    TAX = "tax"


class Currency(StrEnum):
    """The three kinds of money."""

    DOLLARS = "dollars"
    GOLD = "gold"
    SILVER = "silver"


class GoldTransaction(Document):
    """One change of one wallet's balance. Rows are only ever added, by the ledger.

    The rows of a wallet and currency form a chain: each ``balance_before`` is the ``balance_after``
    of the row before. ``seq`` counts them from 1; rows written before it was introduced lack it.
    """

    character_id: CharacterId
    type: TransactionType
    currency: Currency
    amount: Money
    source: str
    reference: Id | None = None
    balance_before: Money
    balance_after: Money
    created_at: Date = Field(default_factory=now)
    seq: Integer | None = None
    # The account on the other side, where there is one.
    counterparty: str | None = None
    # Groups the rows of one posting.
    operation: Id | None = None

    class Settings:
        name = "goldtransactions"
        indexes = (
            index("characterId"),
            index("createdAt"),
            index("type"),
            index("characterId", "createdAt"),
            unique("characterId", "currency", "seq", where={"seq": {"$type": "number"}}),
            index("operation"),
            index("characterId", "createdAt", "_id"),
        )


class AccountEntry(Document):
    """One change of the balance of an account that is not a wallet. Added only, by the ledger.

    ``account`` is the kind and the id of the account: "pending:65f0...". The rest is as in
    GoldTransaction.
    """

    account: str
    type: TransactionType
    currency: Currency
    amount: Money
    source: str
    reference: Id | None = None
    balance_before: Money
    balance_after: Money
    created_at: Date = Field(default_factory=now)
    seq: Integer
    counterparty: str | None = None
    operation: Id

    class Settings:
        name = "accountentries"
        indexes = (
            unique("account", "currency", "seq"),
            index("account", "createdAt", "_id"),
            index("operation"),
        )


class HoldPurpose(StrEnum):
    """What money is held for."""

    BID = "bid"
    STAKE = "stake"
    TRADE = "trade"
    INVESTMENT = "investment"


class Hold(Document):
    """Money taken from a wallet and kept for a bid, a stake, a trade or an investment.

    It is open while ``held`` is above zero. It holds value, so it never expires; a closed one stays
    as the end of its chain of rows.
    """

    owner_id: CharacterId
    purpose: HoldPurpose
    # What it is held for: the listing, the wager, the trade.
    reference: Id
    held: dict[str, Money] = Field(default_factory=dict)
    ledger_seq: dict[str, Integer] | None = None
    created_at: Date = Field(default_factory=now)
    updated_at: Date | None = None

    class Settings:
        name = "holds"
        indexes = (index("ownerId", "createdAt"), index("reference"))


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


class Reversal(Document):
    """A posting that staff undid by a counter-posting. ``id`` is the operation that was undone."""

    by: Id
    operation: Id
    reason: str
    created_at: Date = Field(default_factory=now)

    class Settings:
        name = "reversals"


class MarketBid(Embedded):
    """A bid on a listing."""

    bidder_id: Id
    amount: Money
    at: Date = Field(default_factory=now)


class MarketListingStatus(StrEnum):
    ACTIVE = "active"
    SOLD = "sold"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class MarketListing(Document):
    """Goods offered for sale or auction. Holds value, so it never expires by itself."""

    seller_id: CharacterId
    item_id: ItemId
    quantity: Integer
    price: Money
    is_auction: bool = False
    bids: list[MarketBid] = Field(default_factory=list)
    status: MarketListingStatus = MarketListingStatus.ACTIVE
    expires_at: Date
    created_at: Date = Field(default_factory=now)

    class Settings:
        name = "marketlistings"
        indexes = (
            index("sellerId"),
            index("status"),
            index("expiresAt"),
            index("sellerId", "status"),
        )


class InvestmentStatus(StrEnum):
    ACTIVE = "active"
    MATURED = "matured"
    REDEEMED = "redeemed"


class Investment(Document):
    """Money that a character put into a product until it matures."""

    character_id: CharacterId
    product_type: str
    principal: Money
    interest_rate: Number
    purchased_at: Date = Field(default_factory=now)
    matures_at: Date
    status: InvestmentStatus = InvestmentStatus.ACTIVE

    class Settings:
        name = "investments"
        indexes = (index("characterId"),)


class PriceHistory(Document):
    """The price, supply and demand of an item at one time, in one place or everywhere."""

    item_id: str
    location_id: Id | None = None
    price: Money
    supply: Number = 0
    demand: Number = 0
    recorded_at: Date = Field(default_factory=now)

    class Settings:
        name = "pricehistories"
        indexes = (index("itemId"), index("recordedAt"))


class ExchangedResource(StrEnum):
    GOLD = "gold"
    SILVER = "silver"


class ResourceExchangeRate(Document):
    """How much gold or silver a dollar buys from a moment on. Rows are only ever added."""

    currency: ExchangedResource
    rate_per_dollar: Number
    effective_at: Date

    class Settings:
        name = "resourceexchangerates"


class PendingReward(Document):
    """Money or goods that wait for a character to make room for them."""

    character_id: Id
    reward_type: str
    rewards: Mixed = Field(default_factory=dict)
    source: str
    created_at: Date = Field(default_factory=now)
    expires_at: Date | None = None

    class Settings:
        name = "pendingrewards"
        indexes = (index("characterId"),)
