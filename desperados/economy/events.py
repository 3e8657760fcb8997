"""What the economy tells players: money that moved, and what became of it.

An event is for who looks; a text is a notice for who comes back. Whoever acts has the answer of the
command, and a movement of money has its row in the history: a notice is for what others or time did
meanwhile, and asks to be looked at.
"""

from __future__ import annotations

from datetime import datetime

from desperados.characters.notices.documents import NoticeType
from desperados.characters.notices.rules import Text
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


SOLD = Text(
    "market.sold",
    NoticeType.MARKET,
    "Sold: {item}",
    "{quantity} x {item} went for {price} dollars; {net} of them are yours after tax.",
)
EXPIRED = Text(
    "market.expired",
    NoticeType.MARKET,
    "Not sold: {item}",
    "Nobody wanted your {item}; the goods came back to you.",
)
OUTBID = Text(
    "market.outbid",
    NoticeType.MARKET,
    "Outbid: {item}",
    "Somebody pays {price} dollars for the {item}; your {refunded} dollars came back.",
)
OFF = Text(
    "market.off",
    NoticeType.MARKET,
    "Called off: {item}",
    "The {item} for which you bid is not for sale any more; your {refunded} dollars came back.",
)
REMOVED = Text(
    "market.removed",
    NoticeType.SYSTEM,
    "Taken off the market: {item}",
    "The staff took your {item} off the market; the goods came back to you.",
)
WON = Text(
    "market.won",
    NoticeType.MARKET,
    "Won: {item}",
    "You have {quantity} x {item} for {price} dollars; {parked} of them wait for room.",
)
TRADE_OFFERED = Text(
    "trade.offered",
    NoticeType.MARKET,
    "{name} offers a trade",
    "{name} stands before you and offers a trade. It is open for an hour.",
)
TRADE_COMPLETED = Text(
    "trade.completed",
    NoticeType.MARKET,
    "Traded with {name}",
    "{name} agreed to your trade, and everything changed hands.",
)
TRADE_CANCELLED = Text(
    "trade.cancelled", NoticeType.MARKET, "A trade is off", "The other side called a trade off."
)
MATURED = Text(
    "investment.matured",
    NoticeType.MARKET,
    "An investment matured",
    "The {product} for which you paid {principal} dollars pays {payout} when you redeem it.",
)
TAXED = Text(
    "tax.collected",
    NoticeType.MARKET,
    "Wealth tax: {tax} dollars",
    "On {wealth} dollars you had to pay {tax}; {owed} of them you owe.",
)
WAITING = Text(
    "reward.waiting",
    NoticeType.REWARD,
    "Money waits for you",
    "{amount} {currency} found no room in your wallet. They wait as a pending reward.",
)
