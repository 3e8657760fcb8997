"""Contests as they are stored: found, changed, read."""

from __future__ import annotations

from typing import Any

from bson import ObjectId

from desperados.combat.shooting.documents import (
    Shooter,
    ShootingContest,
    ShootingContestStatus,
    ShootingOutcome,
)
from desperados.combat.shooting.errors import ShootingNotFound
from desperados.combat.shooting.templates import Template
from desperados.engine.errors import Contention
from desperados.engine.staging import StagedUpdate
from desperados.engine.transactions import stage


async def load_contest(where: dict[str, Any]) -> ShootingContest | None:
    """A contest of ours: those of another program have no money anywhere."""
    return await ShootingContest.load_one({**where, "contestId": {"$ne": None}})


async def the_contest(contest_id: ObjectId) -> ShootingContest:
    """A contest of ours.

    Raises:
        ShootingNotFound: there is none with this id.
    """
    found = await load_contest({"_id": contest_id})
    if found is None:
        raise ShootingNotFound()
    return found


def template_of(contest: ShootingContest) -> Template:
    """The terms of a contest."""
    return Template.of(contest.template or "", contest.terms)


async def shooters_of(contest: ShootingContest) -> list[Shooter]:
    """Everybody who shoots in a contest, or did."""
    return await Shooter.load_many(
        {"contestId": contest.id},
        sort=[("_id", 1)],
        limit=max(1, len(contest.participants)),
    )


def change_contest(contest: ShootingContest, change: dict[str, Any]) -> None:
    """Stage a change of a contest in its status and round.

    Outcomes: changed; not found, when it is in another by now, or a write conflict, when somebody
    else changes it at this moment (the transaction runs again).
    """
    stage(
        StagedUpdate(
            ShootingContest.collection_name(),
            {"_id": contest.id, "status": contest.status.value, "round": contest.round},
            change,
            otherwise=Contention(retry_after=1),
        )
    )


def over(outcome: ShootingOutcome) -> dict[str, Any]:
    """What changes of a contest at its end."""
    return {
        "status": ShootingContestStatus.COMPLETE.value,
        "outcome": outcome.value,
        "dueAt": None,
    }
