"""What bounties show."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from desperados.engine.views import Id, View
from desperados.law.documents import BountyStatus, BountyType, WantedRank


class BountyView(View):
    """A price on a head, to who pays it."""

    id: Id
    character_id: Id
    amount: int
    reason: str
    rank: WantedRank
    status: BountyStatus
    anonymous: bool
    posted_at: datetime
    expires_at: datetime
    closed_at: datetime | None
    collected_by: Id | None


class HeadView(View):
    """A price on a head as everybody sees it. ``issuer`` is the name of who pays, unless it is not
    told; whoever is not ``at_large`` sits in jail or is dead."""

    id: Id
    character_id: Id
    name: str
    amount: int
    reason: str
    rank: WantedRank
    issuer: str | None
    at_large: bool
    posted_at: datetime
    expires_at: datetime


class PriceOnHead(View):
    """One price on a head, of the law or of a player. ``faction`` is whose law it is; null of
    players, and of laws that nobody remembers."""

    source: BountyType
    faction: str | None
    amount: int
    expires_at: datetime | None


class PricesView(View):
    """What is on a head: its sum, the rank that this makes, and what it is made of."""

    character_id: Id
    total: int
    rank: WantedRank
    prices: list[PriceOnHead]


def bounty_view(row: Mapping[str, Any]) -> BountyView:
    """A stored price, to who pays it."""
    return BountyView(
        id=row["_id"],
        character_id=row["characterId"],
        amount=int(row["amount"]),
        reason=row.get("reason") or "",
        rank=WantedRank(row["wantedRank"]),
        status=BountyStatus(row["status"]),
        anonymous=bool(row.get("anonymous")),
        posted_at=row["postedAt"],
        expires_at=row["expiresAt"],
        closed_at=row.get("closedAt"),
        collected_by=row.get("collectedBy"),
    )
