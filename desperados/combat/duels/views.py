"""What duels show."""

from __future__ import annotations

from datetime import datetime

from desperados.combat.duels.documents import Duel, DuelStatus, DuelType, EndReason
from desperados.engine.views import Id, View
from desperados.play.shapes.tables import GameView


class DuelView(View):
    """A challenge, and what came of it. Each side holds ``wager`` dollars for it while it is open.

    ``rating_change`` is what the winner's rating rose by, and the loser's fell.
    """

    id: Id
    challenger_id: Id
    defender_id: Id
    kind: DuelType
    lethal: bool
    wager: int
    status: DuelStatus
    phase: str
    winner_id: Id | None
    end_reason: EndReason | None
    rating_change: int | None
    created_at: datetime
    expires_at: datetime
    started_at: datetime | None
    closed_at: datetime | None


class DuelStateView(View):
    """A duel as one of its sides sees it; ``game`` is there once the challenge is accepted, and for
    a month after its end."""

    duel: DuelView
    game: GameView | None


class DuelistView(View):
    """A place on the board of duelists, from 1."""

    rank: int
    character_id: Id
    name: str
    rating: int
    played: int
    won: int


class DuelRecordView(View):
    """How a character is rated, and of how many rated duels that comes. It is ``listed`` among the
    others from five on."""

    rating: int
    played: int
    won: int
    listed: bool


class WagerLimitsView(View):
    """What a character may wager now: nothing if ``most`` is less than ``least``, if it is not
    ``skilled``, or if no more are left today."""

    least: int
    most: int
    skilled: bool
    left_today: int
    left_with_opponent: int | None


def duel_view(duel: Duel) -> DuelView:
    """The duel as its two sides see it."""
    same = {name: getattr(duel, name) for name in DuelView.model_fields if name != "kind"}
    return DuelView(kind=duel.type, **same)
