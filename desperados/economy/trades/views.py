"""How a trade is shown."""

from __future__ import annotations

from datetime import datetime

from desperados.economy.trades.documents import TradeSession, TradeSessionStatus
from desperados.economy.trades.offers import Offer, offer_view
from desperados.engine.views import Id, View


class TradeView(View):
    """A trade. ``version`` is what a confirmation must name."""

    id: Id
    initiator_id: Id
    recipient_id: Id
    initiator_offer: Offer
    recipient_offer: Offer
    initiator_confirmed: bool
    recipient_confirmed: bool
    version: int
    status: TradeSessionStatus
    created_at: datetime
    expires_at: datetime
    closed_at: datetime | None = None


def trade_view(session: TradeSession) -> TradeView:
    """The trade as its two sides see it."""
    return TradeView(
        id=session.id,
        initiator_id=session.initiator_id,
        recipient_id=session.recipient_id,
        initiator_offer=offer_view(session.initiator_offer),
        recipient_offer=offer_view(session.recipient_offer),
        initiator_confirmed=session.initiator_confirmed,
        recipient_confirmed=session.recipient_confirmed,
        version=session.version,
        status=TradeSessionStatus(session.status),
        created_at=session.created_at,
        expires_at=session.expires_at,
        closed_at=session.closed_at,
    )
