"""Trade between two players."""

from enum import StrEnum

from pydantic import Field

from desperados.economy.market.documents import TradeGoods
from desperados.engine.clock import now
from desperados.engine.storage.documents import Document, Embedded, index, ttl, unique
from desperados.engine.storage.fields import Date, Id, Integer, Money
from desperados.references import CharacterId


class TradeSessionStatus(StrEnum):
    """Where a trade between two players stands."""

    OPEN = "open"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


A_WEEK = 7 * 24 * 60 * 60
_CAME_TO_NOTHING = [TradeSessionStatus.CANCELLED.value, TradeSessionStatus.EXPIRED.value]


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
    hands at once or not at all. What came to nothing is kept for a week; what was completed stays,
    as what was agreed.
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
            index("status", "expiresAt", "_id"),
            index("initiatorId", "createdAt", "_id"),
            index("recipientId", "createdAt", "_id"),
            index("initiatorId", "status"),
            ttl("closedAt", A_WEEK, where={"status": {"$in": _CAME_TO_NOTHING}}),
        )
