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
    # What the sender of a transfer wrote.
    note: str | None = None

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
            index("createdAt"),
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
    """Goods offered for sale or auction. Holds value, so it never expires by itself.

    ``price`` is for the whole lot: the fixed price, or where the bids start. The goods are held
    under "listing:<id>", the money of the current bid in the hold ``hold_id``. ``bids`` are the
    last ones, ``bid_count`` counts all. Every change raises ``revision`` and is guarded by it; rows
    that Mongoose wrote have none.
    """

    seller_id: CharacterId
    item_id: ItemId
    quantity: Integer
    price: Money
    is_auction: bool = False
    bids: list[MarketBid] = Field(default_factory=list)
    status: MarketListingStatus = MarketListingStatus.ACTIVE
    expires_at: Date
    created_at: Date = Field(default_factory=now)
    revision: Integer | None = None
    # What it is: the item's code, or the one piece that is sold; what the search looks at.
    item_code: str | None = None
    crafted_item_id: Id | None = None
    item_snapshot: Mixed = None
    rarity: str | None = None
    category: str | None = None
    subcategory: str | None = None
    terms: list[str] | None = None
    featured: bool = False
    # What it costs at this moment: the rest of a lot, or the highest bid.
    current_price: Money | None = None
    buyout_price: Money | None = None
    current_bid: Money = 0
    current_bidder_id: Id | None = None
    hold_id: Id | None = None
    bid_count: Integer = 0
    original_expires_at: Date | None = None
    extensions: Integer = 0
    # What came of it. A lot may be sold in parts: ``final_price`` is what all of them brought.
    sold_quantity: Integer = 0
    final_price: Money = 0
    tax_paid: Money = 0
    fee_paid: Money = 0
    buyer_id: Id | None = None
    settled_at: Date | None = None

    class Settings:
        name = "marketlistings"
        indexes = (
            index("sellerId"),
            index("status"),
            index("expiresAt"),
            index("sellerId", "status"),
            index("sellerId", "createdAt", "_id"),
            index("status", "createdAt", "_id"),
            index("status", "expiresAt", "_id"),
            index("status", "currentPrice", "_id"),
            index("status", "bidCount", "_id"),
            index("status", "category", "createdAt", "_id"),
            index("status", "category", "currentPrice", "_id"),
            index("status", "itemCode", "currentPrice", "_id"),
            index("status", "terms", "createdAt", "_id"),
        )


class TradeKind(StrEnum):
    """How goods changed hands between players."""

    MARKET_PURCHASE = "market_purchase"
    AUCTION = "auction"
    DIRECT_TRADE = "direct_trade"


class TradeGoods(Embedded):
    """Pieces of an item, or one unique piece."""

    item_id: str
    quantity: Integer = 1
    crafted_item_id: Id | None = None


class TradeRecord(Document):
    """Goods that changed hands between two characters. Rows are only ever added.

    ``total_price`` is what the buyer paid, ``tax_paid`` the part of it that was burned. A direct
    trade has no price: its money is in the rows of its ``operation``.
    """

    transaction_type: TradeKind
    seller_id: CharacterId
    buyer_id: CharacterId
    items: list[TradeGoods]
    item_code: str | None = None
    quantity: Integer = 0
    total_price: Money = 0
    tax_paid: Money = 0
    listing_id: Id | None = None
    trade_id: Id | None = None
    operation: Id | None = None
    created_at: Date = Field(default_factory=now)

    class Settings:
        name = "traderecords"
        indexes = (
            index("createdAt", "_id"),
            index("buyerId", "createdAt", "_id"),
            index("sellerId", "createdAt", "_id"),
            index("itemCode", "createdAt", "_id"),
            index("listingId"),
        )


class MarketDay(CodedDocument):
    """The market on one day (UTC); ``id`` is the date, "2026-01-31"."""

    sales: Integer
    quantity: Integer
    turnover: Money
    tax: Money
    trades: Integer
    traders: Integer
    recorded_at: Date = Field(default_factory=now)

    class Settings:
        name = "marketdays"


class TradeSessionStatus(StrEnum):
    """Where a trade between two players stands."""

    OPEN = "open"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class TradeOffer(Embedded):
    """What one side of a trade gives."""

    items: list[TradeGoods] = Field(default_factory=list)
    dollars: Money = 0
    gold: Money = 0
    silver: Money = 0


class TradeSession(Document):
    """A trade between two characters until both have confirmed the same version of it.

    ``version`` is raised by each change of an offer, which voids the confirmations. ``pair`` is the
    two ids in order: a pair has one open trade at a time. Nothing is held: goods and money change
    hands at once or not at all.
    """

    initiator_id: CharacterId
    recipient_id: CharacterId
    initiator_offer: TradeOffer = Field(default_factory=TradeOffer)
    recipient_offer: TradeOffer = Field(default_factory=TradeOffer)
    initiator_confirmed: bool = False
    recipient_confirmed: bool = False
    version: Integer = 1
    pair: str
    status: TradeSessionStatus = TradeSessionStatus.OPEN
    location_id: Id
    created_at: Date = Field(default_factory=now)
    expires_at: Date
    closed_at: Date | None = None
    closed_by: Id | None = None

    class Settings:
        name = "tradesessions"
        indexes = (
            unique("pair", where={"status": "open"}),
            index("status", "expiresAt"),
            index("initiatorId", "createdAt", "_id"),
            index("recipientId", "createdAt", "_id"),
            index("initiatorId", "status"),
        )


class Shop(Document):
    """A shop with a fixed address; content.

    ``location_id`` is the code of the place. ``markup`` is the price in percent of an item's value
    before supply and demand, ``buy_back`` what it pays for goods with one of the tags in ``buys``.
    """

    shop_id: str
    name: str
    location_id: str
    keeper_npc_id: str | None = None
    item_ids: list[str]
    markup: Integer = Field(ge=90, le=200)
    buy_back: Integer = Field(ge=25, le=60)
    buys: list[str] = Field(default_factory=list)

    class Settings:
        name = "shops"
        indexes = (unique("shopId"), index("locationId"))


class ShopStock(CodedDocument):
    """How many pieces of an item a shop has until its next delivery. ``id`` is "<shop>:<item>"."""

    shop_id: str
    item_id: str
    quantity: Integer = Field(ge=0)
    # What a delivery fills it up to; 0 for what only players bring.
    initial_quantity: Integer
    restocks_at: Date

    class Settings:
        name = "shopstocks"
        indexes = (index("shopId"), index("restocksAt"))


class ShopHour(Embedded):
    """Pieces that a character bought and sold in one hour."""

    hour: Date
    bought: Integer = 0
    sold: Integer = 0


class ShopCustomer(CodedDocument):
    """What one character traded of one item in one place in the last 24 hours.

    ``id`` is "<character>:<place>:<item>". It bounds what one character can do to a price.
    """

    hours: list[ShopHour] = Field(default_factory=list)
    revision: Integer
    expires_at: Date

    class Settings:
        name = "shopcustomers"
        indexes = (ttl("expiresAt"),)


class TradeHours(Embedded):
    """Hours of the day, [open, close), UTC."""

    open: Integer
    close: Integer


class MerchantDiscount(Embedded):
    """What a friend pays less, in percent."""

    trust: Integer
    percent: Integer


class MerchantStop(Embedded):
    """A stay, in days of the week (1 is Monday) and hours, UTC; it may pass the week's end."""

    location_id: str
    from_day: Integer
    from_hour: Integer
    until_day: Integer
    until_hour: Integer


class Merchant(Document):
    """A wandering merchant; content. ``merchant_id`` is also the code of the NPC."""

    merchant_id: str
    name: str
    goods: str
    hidden: bool = False
    barter: bool = False
    markup: Integer
    trade_hours: TradeHours
    discounts: list[MerchantDiscount] = Field(default_factory=list)
    route: list[MerchantStop]

    class Settings:
        name = "merchants"
        indexes = (unique("merchantId"), index("route.locationId"))


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
    """The price, supply and demand of an item in one hour, in one place or on the market.

    ``bucket`` is the start of the hour. ``supply`` and ``demand`` are the units sold to and bought
    from the shops of the place, as far as they count for the price; ``volume`` counts all of them.
    Rows without a place are the market's. Rows that Mongoose wrote have no bucket.
    """

    item_id: str
    location_id: Id | None = None
    price: Money
    supply: Number = 0
    demand: Number = 0
    recorded_at: Date = Field(default_factory=now)
    bucket: Date | None = None
    open: Money | None = None
    high: Money | None = None
    low: Money | None = None
    close: Money | None = None
    volume: Integer | None = None
    sales_count: Integer | None = None

    class Settings:
        name = "pricehistories"
        indexes = (
            index("itemId"),
            index("recordedAt"),
            unique("itemId", "locationId", "bucket", where={"bucket": {"$type": "date"}}),
        )


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
    # Kept by the ledger and the inventory, which count what lies in it.
    ledger_seq: dict[str, Integer] | None = None
    item_seq: Integer | None = None
    unique_count: Integer | None = None
    unique_weight: Number | None = None

    class Settings:
        name = "pendingrewards"
        indexes = (index("characterId"), index("characterId", "claimedAt", "createdAt", "_id"))
