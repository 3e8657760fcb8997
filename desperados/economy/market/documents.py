"""The market of the players, and trade between two of them."""

from enum import StrEnum

from pydantic import Field

from desperados.engine.clock import now
from desperados.engine.storage.documents import CodedDocument, Document, Embedded, index, ttl
from desperados.engine.storage.fields import Date, Id, Integer, Mixed, Money
from desperados.references import CharacterId, ItemId

KEPT_SECONDS = 90 * 24 * 60 * 60


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
    """Goods offered for sale or auction. It never expires by itself while it holds value.

    Once it is settled it is kept for 90 days. What was sold stays in the records, and who listed it
    in the history of the goods.

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
            index("sellerId", "status", "createdAt", "_id"),
            index("status", "createdAt", "_id"),
            index("status", "expiresAt", "_id"),
            index("status", "currentPrice", "_id"),
            index("status", "bidCount", "_id"),
            index("status", "category", "createdAt", "_id"),
            index("status", "category", "currentPrice", "_id"),
            index("status", "itemCode", "createdAt", "_id"),
            index("status", "itemCode", "currentPrice", "_id"),
            index("status", "rarity", "createdAt", "_id"),
            index("status", "rarity", "currentPrice", "_id"),
            index("status", "terms", "createdAt", "_id"),
            ttl("settledAt", KEPT_SECONDS),
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
    trade has no price: its money is in the rows of its ``operation``. Whose accounts the two were
    of is kept for sales, where prices are made of them; who was gone by then had none.
    """

    transaction_type: TradeKind
    seller_id: CharacterId
    buyer_id: CharacterId
    seller_user_id: Id | None = None
    buyer_user_id: Id | None = None
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
            index("tradeId"),
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
