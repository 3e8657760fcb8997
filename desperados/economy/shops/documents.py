"""Shops, wandering merchants, and the prices that follow trade."""

from pydantic import Field

from desperados.engine.clock import now
from desperados.engine.storage.documents import (
    CodedDocument,
    Document,
    Embedded,
    index,
    ttl,
    unique,
)
from desperados.engine.storage.fields import Date, Id, Integer, Money, Number
from desperados.engine.storage.indexes import HAS_DATE, HAS_NUMBER


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
        indexes = (index("shopId"), index("restocksAt", "_id"))


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
            unique("itemId", "locationId", "bucket", where={"bucket": HAS_DATE}),
            index("itemId", "locationId", "bucket", "_id"),
        )


class CharacterMerchantDiscovery(Document):
    """Whether a character has found a hidden merchant."""

    character_id: Id
    merchant_id: str
    discovered: bool = False
    trust_level: Number = 0
    discovered_at: Date = Field(default_factory=now)
    # Trust grows with the number of trades and the dollars spent in them.
    trades: Integer = 0
    spent: Money = 0

    class Settings:
        name = "charactermerchantdiscoveries"
        indexes = (
            index("characterId"),
            # Rows of another program, which may have two for one merchant, have no trades.
            unique("characterId", "merchantId", where={"trades": HAS_NUMBER}),
        )


class MerchantStock(Document):
    """How much of an item a merchant has until the next delivery."""

    merchant_id: str
    item_id: str
    quantity: Integer
    restocks_at: Date
    # A delivery fills the stock up to this, every so many hours.
    initial_quantity: Integer | None = None
    period_hours: Integer | None = None
    # Shown from this level of trust on, 0 to 5.
    trust: Integer = 0

    class Settings:
        name = "merchantstocks"
        indexes = (
            index("merchantId"),
            # Rows of another program, which may have two for one item, have no initial quantity.
            unique("merchantId", "itemId", where={"initialQuantity": HAS_NUMBER}),
            index("restocksAt", "_id"),
        )
