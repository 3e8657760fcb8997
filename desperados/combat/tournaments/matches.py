"""Matches: which game they are, and how they are shown."""

from __future__ import annotations

from datetime import datetime

from desperados.combat.tournaments import hands
from desperados.combat.tournaments.documents import (
    MatchReason,
    TournamentMatch,
    TournamentMatchStatus,
)
from desperados.engine.views import Id, View
from desperados.play.shapes.games import GameKind
from desperados.play.shapes.tables import game_view

# In a match nobody is busy: what one does meanwhile is no matter. Only the dead do not come.
MATCHES = GameKind(
    name="tournament_match",
    document=TournamentMatch,
    rules=hands.RULES,
    lasts=hands.LASTS,
    activity=None,
    is_there=lambda person: not person.dead,
)


class TournamentMatchView(View):
    """A match as one of its players sees it, or whoever looks on.

    ``hand`` is one's own, before the draw, and ``held`` the places of the cards that one has held;
    of the other nothing is shown before both have played. ``shown`` are the hands that were
    compared, by seat, of one deal after the other. ``version`` is what the next move must name.
    """

    id: Id
    tournament_id: Id
    round: int
    match_number: int
    players: list[Id]
    seat: int | None
    status: TournamentMatchStatus
    deal: int
    hand: list[str] | None
    held: list[int] | None
    shown: list[list[list[str]]]
    legal: list[str]
    winner_id: Id | None
    reason: MatchReason | None
    version: int
    deadline: datetime | None
    seed_hash: str
    seed: str | None


def match_view(match: TournamentMatch, seat: int | None) -> TournamentMatchView:
    """A match as a seat sees it; None is whoever looks on."""
    seen = game_view(MATCHES, match, seat)
    held = seen.table["held"]
    return TournamentMatchView(
        id=match.id,
        tournament_id=match.tournament_id,
        round=match.round,
        match_number=match.match_number,
        players=seen.players,
        seat=seat,
        status=match.status,
        deal=seen.table["deal"],
        hand=seen.table["hand"],
        held=held if isinstance(held, list) else None,
        shown=seen.table["shown"],
        legal=[move for move in seen.legal if move == hands.HOLD],
        winner_id=match.winner_id,
        reason=match.reason,
        version=seen.version,
        deadline=seen.deadline,
        seed_hash=seen.seed_hash,
        seed=seen.seed,
    )
