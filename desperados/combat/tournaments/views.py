"""How tournaments and matches are shown."""

from __future__ import annotations

from datetime import datetime

from desperados.combat.placements import PlacementView, placement_views
from desperados.combat.tournaments.documents import (
    Tournament,
    TournamentOutcome,
    TournamentStatus,
)
from desperados.combat.tournaments.rules import NOBODY
from desperados.engine.views import Id, View


class BracketSlotView(View):
    """A slot of a bracket: who is in it, if anybody is known; ``bye`` says that nobody comes."""

    character_id: Id | None
    bye: bool


class TournamentView(View):
    """A tournament, as everybody sees it. ``bracket`` has the slots of each round from the first,
    and that of the champion. ``seed`` gives the order of the first round, and is told at the start.
    """

    id: Id
    name: str
    status: TournamentStatus
    outcome: TournamentOutcome | None
    entry_fee: int
    prize_pool: int
    guarantee: int
    capacity: int
    participants: list[Id]
    starts_at: datetime
    ends_at: datetime
    bracket: list[list[BracketSlotView]]
    disqualified: list[Id]
    placements: list[PlacementView]
    seed_hash: str | None
    seed: str | None


def view_of(tournament: Tournament) -> TournamentView:
    """A tournament as everybody sees it."""
    slots = (tournament.bracket or {}).get("slots") or []
    begun = bool(slots)
    return TournamentView(
        id=tournament.id,
        name=tournament.name,
        status=tournament.status,
        outcome=tournament.outcome,
        entry_fee=tournament.entry_fee,
        prize_pool=tournament.prize_pool,
        guarantee=tournament.guarantee,
        capacity=tournament.capacity or 0,
        participants=tournament.participants,
        starts_at=tournament.starts_at,
        ends_at=tournament.ends_at,
        bracket=[[_slot(slot) for slot in row] for row in slots],
        disqualified=tournament.disqualified,
        placements=placement_views(tournament.placements),
        seed_hash=tournament.seed_hash,
        seed=tournament.seed if begun else None,
    )


def _slot(stored: object) -> BracketSlotView:
    nobody = stored == NOBODY
    return BracketSlotView.model_validate(
        {"character_id": None if nobody else stored, "bye": nobody}
    )
