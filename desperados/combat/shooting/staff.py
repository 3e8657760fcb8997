"""What the staff do with shooting contests: announce them, and call them off."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated

from bson import ObjectId
from pydantic import Field

from desperados.accounts.acts import may_act
from desperados.accounts.documents import UserRole
from desperados.accounts.inputs import Reason
from desperados.characters.actor import find_actors
from desperados.combat.shooting.announcing import announce, is_announced
from desperados.combat.shooting.documents import ShootingContestStatus, ShootingOutcome
from desperados.combat.shooting.errors import InvalidContest, ShootingOver, TemplateNotFound
from desperados.combat.shooting.queries import TemplateCode
from desperados.combat.shooting.stored import change_contest, over, the_contest
from desperados.combat.shooting.templates import find_template
from desperados.combat.shooting.views import ShootingContestView, contest_view
from desperados.engine import clock
from desperados.engine.commands import command
from desperados.play.shapes.contests import call_off
from desperados.world.places import read_place_of

SOONEST, FURTHEST = timedelta(minutes=5), timedelta(days=30)
StartsAt = Annotated[datetime, Field(examples=["1876-08-02T20:00:00Z"])]


@command
async def create_contest(
    staff: ObjectId,
    *,
    template: TemplateCode,
    starts_at: StartsAt,
    reason: Reason,
    key: str | None = None,
) -> ShootingContestView:
    """Announce a contest of the calendar at another time.

    Raises:
        TemplateNotFound: there is no contest of this name.
        InvalidContest: the start is not 5 minutes to 30 days ahead, or it is held then already.
        InvalidReason: the reason is not 5 to 500 characters.
        Forbidden: you are no member of the staff.
        KeyReused: the key was used with another request.
    """
    found = await find_template(template) if isinstance(template, str) else None
    place = await read_place_of(found[0].place) if found is not None else None
    if found is None or place is None:
        raise TemplateNotFound(path="template")
    ahead = starts_at - clock.now()
    if not SOONEST <= ahead <= FURTHEST or await is_announced(template, starts_at):
        raise InvalidContest(path="startsAt")
    act = await may_act(staff, (), needed=UserRole.MODERATOR, reason=reason)
    contest = announce(*found, place, starts_at)
    act.note(
        "SHOOTING_CREATED",
        contest=contest.id,
        before={},
        after={"template": template, "startsAt": starts_at},
    )
    return contest_view(contest)


@command(queue="contest_id")
async def cancel_contest(
    staff: ObjectId, contest_id: ObjectId, *, reason: Reason, key: str | None = None
) -> ShootingContestView:
    """Call a contest off that is not decided. Everybody gets back exactly what it paid.

    Raises:
        ShootingNotFound: there is no such contest.
        ShootingOver: it is decided, or was called off.
        WrongStage: it is being called off for want of shooters.
        SelfDealing: you take part.
        InvalidReason: the reason is not 5 to 500 characters.
        Forbidden: you are no member of the staff, or one of your rank takes part.
        KeyReused: the key was used with another request.
    """
    found = await the_contest(contest_id)
    people = await find_actors(found.participants)
    act = await may_act(
        staff,
        (person.user_id for person in people.values()),
        needed=UserRole.MODERATOR,
        reason=reason,
    )
    if found.status is ShootingContestStatus.COMPLETE:
        raise ShootingOver()
    assert found.contest_id is not None
    await call_off(found.contest_id)
    ended = over(ShootingOutcome.CANCELLED)
    change_contest(found, {"$set": ended})
    act.note(
        "SHOOTING_CANCELLED",
        contest=found.id,
        before={"status": found.status.value},
        after={"status": ended["status"]},
    )
    found.status, found.outcome = ShootingContestStatus.COMPLETE, ShootingOutcome.CANCELLED
    return contest_view(found)
