"""What bots do in tournaments: they join, think better of it, and play their hands."""

from __future__ import annotations

from desperados.combat.tournaments import queries, service
from desperados.combat.tournaments.documents import TournamentStatus
from desperados.combat.tournaments.hands import worth_holding
from desperados.engine.manifest.bots import Arguments, Bot, Player, now_and_then, one_of


async def _join(me: Player) -> Arguments | None:
    open_ = (await queries.list_tournaments(TournamentStatus.REGISTRATION)).items
    free = [
        one
        for one in open_
        if me.character not in one.participants and len(one.participants) < one.capacity
    ]
    # The next one, as a rule: where the others are.
    return {"tournament_id": free[0].id} if free else None


async def _leave(me: Player) -> Arguments | None:
    if not now_and_then(5):
        return None
    mine = (await queries.my_tournaments(me.character)).items
    open_ = [one for one in mine if one.status is TournamentStatus.REGISTRATION]
    tournament = one_of(open_)
    return {"tournament_id": tournament.id} if tournament is not None else None


async def _play(me: Player) -> Arguments | None:
    match = one_of([one for one in (await queries.my_matches(me.character)).items if one.legal])
    if match is None or match.hand is None:
        return None
    return {
        "match_id": match.id,
        "hold": worth_holding(match.hand),
        "version": match.version,
    }


BOTS = (
    Bot(service.join_tournament, _join, weight=6),
    Bot(service.leave_tournament, _leave),
    Bot(service.play_match, _play, weight=60),  # a match does not wait long
)
