"""Tournaments for tests: announced, filled and played to their end."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from bson import ObjectId

from desperados.combat import tournaments
from desperados.combat.tournaments.documents import Tournament, TournamentMatch
from desperados.combat.tournaments.jobs import JOBS as MATCHES
from desperados.combat.tournaments.matches import TournamentMatchView
from desperados.combat.tournaments.views import TournamentView
from desperados.engine import clock
from desperados.engine.clock import FrozenClock
from desperados.engine.work import Jobs
from desperados.play.shapes.documents import Contest
from desperados.play.shapes.jobs import JOBS as SHAPES
from desperados.testing import World
from tests.worlds import STAFF, hire

JOBS = (*SHAPES, *(job for job in MATCHES if job.name != "tournament_calendar"))
FEE = 40
REASON = "for the test"


async def announce(world: World, *, fee: int = FEE, capacity: int = 8, **more: Any) -> ObjectId:
    """A tournament in an hour."""
    await hire(world.game)
    view = await tournaments.create_tournament(
        STAFF,
        name="The Test Open",
        capacity=capacity,
        starts_at=clock.now() + timedelta(hours=1),
        entry_fee=fee,
        reason=REASON,
        **more,
    )
    return view.id


async def work() -> None:
    """Do what is due."""
    await Jobs(JOBS).run_until_idle()


async def fill(
    world: World, time: FrozenClock, players: int, **more: Any
) -> tuple[ObjectId, list[ObjectId]]:
    """A tournament that has begun, and who is in it."""
    tournament = await announce(world, capacity=max(2, 1 << (players - 1).bit_length()), **more)
    people = [await world.character() for _ in range(players)]
    for who in people:
        await tournaments.join_tournament(who, tournament)
    time.advance(hours=1)
    await work()
    return tournament, people


async def stored(tournament: ObjectId) -> Tournament:
    """A tournament as it is stored."""
    found = await Tournament.load_one({"_id": tournament})
    assert found is not None
    return found


async def open_matches(tournament: ObjectId) -> list[TournamentMatch]:
    """The matches that are being played."""
    return await TournamentMatch.load_many(
        {"tournamentId": tournament, "settledAt": None}, sort=[("_id", 1)], limit=64
    )


async def play(
    who: ObjectId, match: ObjectId, hold: list[int] | None = None
) -> TournamentMatchView:
    """Play a hand as it lies, or hold some of it."""
    seen = await tournaments.my_match(who, match)
    return await tournaments.play_match(who, match, hold or [], seen.version)


async def play_out(tournament: ObjectId) -> None:
    """Everybody comes and plays, to the end of the tournament."""
    while matches := await open_matches(tournament):
        for match in matches:
            while True:
                again = False
                for who in (match.player1_id, match.player2_id):
                    seen = await tournaments.my_match(who, match.id)
                    if seen.legal:
                        await tournaments.play_match(who, match.id, [0, 1], seen.version)
                        again = True
                if not again:
                    break
    await work()


async def money(world: World, *people: ObjectId) -> list[int]:
    """What each carries."""
    rows = {
        row["_id"]: row["dollars"]
        for row in await world.game.database["characters"].find({}).to_list(None)
    }
    return [rows[who] for who in people]


async def contest_of(tournament: ObjectId) -> Contest:
    """Where the money of a tournament is."""
    found = await Contest.load_one({"refId": tournament})
    assert found is not None
    return found


def views_of(view: TournamentView) -> list[tuple[ObjectId, int, int]]:
    """Who came where, and won what."""
    return [(one.character_id, one.place, one.prize) for one in view.placements]
