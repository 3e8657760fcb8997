"""What the economy tells players: money that moved, and what became of it."""

from __future__ import annotations

from datetime import datetime

from desperados.economy.bank.documents import ExchangedResource
from desperados.engine.live.events import Event, PublicEvent
from desperados.engine.views import Id


class BidPlaced(Event):
    """Somebody bid for your auction, which now ends at ``expires_at``."""

    event = "market:bid"

    listing_id: Id
    bid: int
    bid_count: int
    expires_at: datetime


class Outbid(Event):
    """Somebody bid more, or bought the auction: ``refunded`` dollars of yours came back."""

    event = "market:outbid"

    listing_id: Id
    new_bid: int
    refunded: int


class AuctionWon(Event):
    """Your bid was the highest when the auction ended. What your pack had no room for waits."""

    event = "market:won"

    listing_id: Id
    price: int
    quantity: int
    parked: int


class ListingSold(Event):
    """Your listing was sold, or a part of it: ``net`` is the price less the tax."""

    event = "market:sold"

    listing_id: Id
    quantity: int
    price: int
    tax: int
    net: int


class ListingExpired(Event):
    """The time of your listing is over, and nobody wanted it: the goods came back."""

    event = "market:expired"

    listing_id: Id


class RatesMoved(PublicEvent):
    """A posted rate moved, or an event presses on a price: by ``pressure`` hundredths of a percent,
    with what trade has left. ``reason`` is the step or the event."""

    event = "exchange:rates"

    metal: ExchangedResource
    cents_per_unit: int
    pressure: int
    reason: str
    effective_at: datetime


class MarketTurn(PublicEvent):
    """A market event began, or ended. ``categories`` is what it adds to prices, in percent."""

    event = "economy:event"

    id: Id
    kind: str
    name: str
    severity: int
    categories: dict[str, int]
    ends_at: datetime
    ended: bool


class TaxCollected(Event):
    """The wealth tax of a day was taken from you; ``owed`` of it became a debt."""

    event = "tax:collected"

    wealth: int
    tax: int
    from_wallet: int
    from_vault: int
    owed: int


class InvestmentMatured(Event):
    """The term of an investment is over: it pays ``payout`` dollars when you redeem it."""

    event = "investment:matured"

    investment_id: Id
    product: str
    principal: int
    payout: int
