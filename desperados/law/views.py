"""How the law shows what it has on somebody."""

from __future__ import annotations

from datetime import datetime

from desperados.engine.views import Id, View
from desperados.law.documents import WantedRank


class SentenceView(View):
    """A sentence that is being served. ``bail`` is what freedom costs now; null: not for sale."""

    reason: str
    minutes: int
    remaining_minutes: int
    ends_at: datetime
    bail: int | None


class PriceView(View):
    """What a faction pays for a head; null of no faction. By the day it becomes a tenth less."""

    faction: str | None
    amount: int
    crimes: list[str]


class LawStatus(View):
    """What the law has on a character. ``wanted`` is 0 to 5, ``shown`` what guards see of it.

    ``bounty`` is the sum of all that is on the head, and ``bounties`` what the law pays of it.
    """

    wanted: int
    shown: int
    arrestable: bool
    falls_at: datetime | None
    rank: WantedRank
    bounty: int
    bounties: list[PriceView]
    sentence: SentenceView | None


class WantedPoster(View):
    """One of the most wanted. ``bounty`` is the sum of all that is on the head."""

    character_id: Id
    name: str
    rank: WantedRank
    bounty: int


class BailQuote(View):
    """Who sits, and what freedom costs."""

    character_id: Id
    name: str
    sentence: SentenceView


class BailReceipt(View):
    """Who is free, what that cost, and what the payer has left."""

    operation: Id
    prisoner_id: Id
    price: int
    balance: int
    at: datetime


class SurrenderView(View):
    """What somebody who gave himself up got. ``bounty`` is what is left on the head."""

    minutes: int
    jailed_until: datetime
    bounty: int
