"""How a shooting contest is announced: by the staff, or by the calendar."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from desperados.combat.shooting.documents import ShootingContest
from desperados.combat.shooting.running import CONTEST
from desperados.combat.shooting.templates import Template, all_templates
from desperados.engine import clock, dice
from desperados.engine.staging import StagedInsert
from desperados.engine.transactions import stage, transactional
from desperados.play.seeds import new_seed
from desperados.play.shapes.contests import open_contest
from desperados.world.places import Place, read_place_of

AHEAD = 7
"""On how many days, from today on, the calendar has announced what is held."""
DAY = timedelta(days=1)


def announce(
    template: Template, terms: Mapping[str, Any], place: Place, starts_at: datetime
) -> ShootingContest:
    """Stage a contest, inside the open transaction; returns it."""
    seed = new_seed()
    identity = dice.new_id()
    contest = open_contest(
        CONTEST,
        identity,
        fee=template.fee,
        capacity=template.capacity,
        least=template.least,
        starts_at=starts_at,
    )
    found = ShootingContest(
        id=identity,
        location_id=place.id,
        starts_at=starts_at,
        template=template.code,
        terms=dict(terms),
        contest_id=contest.id,
        seed=seed.secret,
        seed_hash=seed.hash,
    )
    stage(StagedInsert(ShootingContest.collection_name(), found.to_mongo()))
    return found


async def announce_regular(day: datetime) -> None:
    """Announce what is held in the week from a day on and is not announced yet; for the calendar's
    job."""
    for number in range(AHEAD):
        for template, terms in await all_templates():
            starts_at = template.when.on((day + number * DAY).date())
            place = await read_place_of(template.place)
            if starts_at is not None and starts_at > clock.now() and place is not None:
                await _announce_once(template, terms, place, starts_at)


@transactional
async def _announce_once(
    template: Template, terms: Mapping[str, Any], place: Place, starts_at: datetime
) -> None:
    """Outcomes: announced; found announced; a duplicate key, when another worker does it at this
    moment (the job looks again, and finds it)."""
    if await is_announced(template.code, starts_at):
        return
    announce(template, terms, place, starts_at)


async def is_announced(code: str, starts_at: datetime) -> bool:
    """Whether a contest of this name is held at this moment."""
    held = {"template": code, "startsAt": starts_at}
    return await ShootingContest.load_one(held) is not None
