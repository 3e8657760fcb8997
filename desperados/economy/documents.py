"""The money history, the market, investments, prices and rewards that wait."""

from enum import StrEnum

from pydantic import Field

from desperados.engine.clock import now
from desperados.engine.documents import CodedDocument, Document, Embedded, index, ttl, unique
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
            index("status", "maturesAt"),
            index("characterId", "status"),
            index("characterId", "purchasedAt", "_id"),
        )


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
    number: Integer | None = None
    slot: str | None = None

    class Settings:
        name = "resourceexchangerates"
        indexes = (
            index("currency", "effectiveAt", "_id"),
            unique("currency", "number", where={"number": {"$type": "number"}}),
            unique("currency", "slot", where={"slot": {"$type": "string"}}),
        )


class MetalTrade(Document):
    """One purchase or sale of metal at the exchange. ``units`` is negative for a sale."""

    character_id: CharacterId
    metal: ExchangedResource
    units: Integer
    # Dollars paid or received, the part of them that the spread took, and the rate of the moment.
    dollars: Money
    fee: Money
    cents_per_unit: Integer
    operation: Id
    created_at: Date = Field(default_factory=now)

    class Settings:
        name = "metaltrades"
        indexes = (
            index("metal", "createdAt"),
            index("characterId", "createdAt", "_id"),
        )


class Allowance(CodedDocument):
    """How much of a limit is used in its current window. ``id`` is "<limit>:<whose>".

    Written in the transaction of what it counts, so that a limit on money holds whatever happens.
    """

    since: Date
    used: Integer
    expires_at: Date

    class Settings:
        name = "allowances"
        indexes = (ttl("expiresAt"),)


class PendingReward(Document):
    """Money or goods that wait for a character to make room for them."""

    character_id: Id
    reward_type: str
    rewards: Mixed = Field(default_factory=dict)
    source: str
    created_at: Date = Field(default_factory=now)
    expires_at: Date | None = None
    # Set when all of it was taken. The row stays, for the ledger's history points to it.
    claimed_at: Date | None = None

    class Settings:
        name = "pendingrewards"
        indexes = (index("characterId"), index("characterId", "claimedAt", "createdAt", "_id"))
