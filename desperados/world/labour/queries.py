"""Looks at the work that is offered where a character is, and at what it has done."""

from __future__ import annotations

from bson import ObjectId

from desperados.characters.energy import energy_cost
from desperados.characters.participant import Participant, load_participant
from desperados.deck.documents import ActionResult
from desperados.engine.allowances import Usage, read_usage
from desperados.engine.storage.paging import read_page
from desperados.engine.views import Cursor, Limit, Page
from desperados.play.requirements import Requirement, Situation, situation_of, unmet
from desperados.play.requirements.views import unmet_view
from desperados.world.labour.jobs import limits_of, read_jobs_of
from desperados.world.labour.rules import Job, wages
from desperados.world.labour.views import PURPOSE, JobView, WorkView, work_view
from desperados.world.modifiers import read_modifiers
from desperados.world.places import read_place
from desperados.world.travel.ways import at_the_door


async def read_jobs(actor: ObjectId) -> list[JobView]:
    """The work that is offered where a character is, with what it costs and pays now, and what the
    character still lacks for it.

    Raises:
        CharacterNotFound: there is no such character.
    """
    worker = await load_participant(actor)
    place = await read_place(worker.location_id)
    jobs = await read_jobs_of(place.jobs) if place is not None else []
    if place is None or not jobs:
        return []
    door = await at_the_door(place)
    usage = await read_usage(*(limit for job in jobs for limit in limits_of(job, actor)))
    factor = (await read_modifiers(place, worker.at)).job
    situation = await situation_of(worker, [*door, *(need for job in jobs for need in job.needs)])
    return [_offer(job, worker, usage, situation, [*door, *job.needs], factor) for job in jobs]


async def list_work(
    actor: ObjectId, *, limit: Limit = 50, after: Cursor | None = None
) -> Page[WorkView]:
    """The work that a character has done, the newest first.

    Raises:
        InvalidInput: the limit is not 1 to 100, or the cursor is not one of this list.
    """
    return await read_page(
        ActionResult.collection(),
        {"characterId": actor, "result.purpose": PURPOSE},
        sort="-performedAt",
        limit=limit,
        after=after,
        view=work_view,
    )


def _offer(
    job: Job,
    worker: Participant,
    usage: Usage,
    situation: Situation,
    needs: list[Requirement],
    factor: float,
) -> JobView:
    again, of_day = limits_of(job, worker.id)
    least, most = wages(job, factor)
    ready = [moment for limit in (again, of_day) if (moment := usage.free_at(*limit))]
    return JobView(
        job=job.code,
        name=job.name,
        suit=job.suit,
        plain=job.plain,
        energy=energy_cost(job.energy, worker.level, worker.effects, worker.at),
        least_pay=least,
        most_pay=most,
        xp=job.xp,
        left_today=of_day[0].most - usage.before(*of_day),
        ready_at=max(ready, default=None),
        unmet=[unmet_view(missing) for missing in unmet(situation, needs)],
    )
