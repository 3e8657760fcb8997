"""How a tournament is announced: by the staff, or by the calendar."""

from __future__ import annotations

from datetime import datetime, timedelta

from desperados.combat.tournaments.documents import Tournament, TournamentType
from desperados.combat.tournaments.rules import CALENDAR, LEAST, Regular, length
from desperados.combat.tournaments.running import CONTEST
from desperados.engine import clock, dice
from desperados.engine.staging import StagedInsert
from desperados.engine.transactions import stage, transactional
from desperados.play.seeds import new_seed
from desperados.play.shapes.contests import open_contest

AHEAD = 2
"""On how many days, from today on, the calendar has announced what is held."""
DAY = timedelta(days=1)


def announce(
    name: str,
    *,
    fee: int,
    capacity: int,
    starts_at: datetime,
    guarantee: int = 0,
    code: str | None = None,
) -> Tournament:
    """Stage a tournament with its contest, inside the open transaction; returns it."""
    seed = new_seed()
    identity = dice.new_id()
    contest = open_contest(
        CONTEST, identity, fee=fee, capacity=capacity, least=LEAST, starts_at=starts_at
    )
    tournament = Tournament(
        id=identity,
        name=name,
        type=TournamentType.INDIVIDUAL,
        entry_fee=fee,
        prize_pool=guarantee,
        starts_at=starts_at,
        ends_at=starts_at + length(capacity),
        capacity=capacity,
        guarantee=guarantee,
        contest_id=contest.id,
        code=code,
        seed=seed.secret,
        seed_hash=seed.hash,
    )
    stage(StagedInsert(Tournament.collection_name(), tournament.to_mongo()))
    return tournament


async def announce_regular(day: datetime) -> None:
    """Announce what is held today and tomorrow and is not announced yet; for the calendar's job."""
    for number in range(AHEAD):
        for regular in CALENDAR:
            starts_at = regular.when.on((day + number * DAY).date())
            if starts_at is not None and starts_at > clock.now():
                await _announce_once(regular, starts_at)


@transactional
async def _announce_once(regular: Regular, starts_at: datetime) -> None:
    """Outcomes: announced; found announced; a duplicate key, when another worker does it at this
    moment (the job looks again, and finds it)."""
    held = {"code": regular.code, "startsAt": starts_at}
    if await Tournament.load_one(held) is None:
        announce(
            regular.name,
            fee=regular.fee,
            capacity=regular.capacity,
            starts_at=starts_at,
            code=regular.code,
        )
