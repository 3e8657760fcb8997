"""Looks at contests, at who shoots in them, and at records."""

from __future__ import annotations

from typing import Annotated

from bson import ObjectId
from pydantic import Field

from desperados.combat.shooting.documents import (
    Shooter,
    ShootingContest,
    ShootingContestStatus,
    ShootingRecord,
)
from desperados.combat.shooting.stored import the_contest
from desperados.combat.shooting.views import (
    ShooterView,
    ShootingContestView,
    ShootingRecordView,
    contest_view,
    record_view,
    shooter_view,
)
from desperados.engine.storage.collection import aggregate_all
from desperados.engine.storage.indexes import HAS_TEXT
from desperados.engine.storage.paging import read_page
from desperados.engine.views import Cursor, Limit, Page

TemplateCode = Annotated[
    str, Field(min_length=1, max_length=100, examples=["daily_target_practice"])
]
MOST_TYPES = 100


async def list_contests(
    status: ShootingContestStatus = ShootingContestStatus.REGISTRATION,
    *,
    limit: Limit = 50,
    after: Cursor | None = None,
) -> Page[ShootingContestView]:
    """Shooting contests in a status: those that take entries, are on (the next first), or are over
    (the last first).

    Raises:
        InvalidInput: the limit is not 1 to 100, or the cursor is not one of this list.
    """
    over = status is ShootingContestStatus.COMPLETE
    return await read_page(
        ShootingContest.collection(),
        {"status": ShootingContestStatus(status).value, "contestId": {"$ne": None}},
        sort="-startsAt" if over else "startsAt",
        limit=limit,
        after=after,
        view=lambda row: contest_view(ShootingContest.hydrate(row)),
    )


async def get_contest(contest_id: ObjectId) -> ShootingContestView:
    """A shooting contest.

    Raises:
        ShootingNotFound: there is no such contest.
    """
    return contest_view(await the_contest(contest_id))


async def list_shooters(
    contest_id: ObjectId, *, limit: Limit = 50, after: Cursor | None = None
) -> Page[ShooterView]:
    """Who shoots in a contest that has begun, with every shot that was fired.

    Raises:
        InvalidInput: the limit is not 1 to 100, or the cursor is not one of this list.
    """
    return await read_page(
        Shooter.collection(),
        {"contestId": contest_id},
        sort="_id",
        limit=limit,
        after=after,
        view=lambda row: shooter_view(Shooter.hydrate(row)),
    )


async def my_contests(
    actor: ObjectId, *, limit: Limit = 50, after: Cursor | None = None
) -> Page[ShootingContestView]:
    """The shooting contests that a character has registered for, or shot in, the latest first.

    Raises:
        InvalidInput: the limit is not 1 to 100, or the cursor is not one of this list.
    """
    return await read_page(
        ShootingContest.collection(),
        {"participants": actor, "contestId": {"$ne": None}},
        sort="-startsAt",
        limit=limit,
        after=after,
        view=lambda row: contest_view(ShootingContest.hydrate(row)),
    )


async def my_records(
    actor: ObjectId, *, limit: Limit = 50, after: Cursor | None = None
) -> Page[ShootingRecordView]:
    """What a character has reached in contests, the latest first.

    Raises:
        InvalidInput: the limit is not 1 to 100, or the cursor is not one of this list.
    """
    return await read_page(
        ShootingRecord.collection(),
        {"characterId": actor, "contestType": HAS_TEXT},
        sort="-at",
        limit=limit,
        after=after,
        view=lambda row: record_view(ShootingRecord.hydrate(row)),
    )


async def my_bests(actor: ObjectId) -> list[ShootingRecordView]:
    """The best that a character has reached in each contest, by the name of the contest."""
    rows = await aggregate_all(
        ShootingRecord.collection(),
        [
            {"$match": {"characterId": actor, "contestType": HAS_TEXT}},
            {"$sort": {"contestType": 1, "score": -1, "_id": 1}},
            {"$group": {"_id": "$contestType", "best": {"$first": "$$ROOT"}}},
            {"$sort": {"_id": 1}},
            {"$limit": MOST_TYPES},
        ],
    )
    return [record_view(ShootingRecord.hydrate(row["best"])) for row in rows]


async def list_records(
    template: TemplateCode, *, limit: Limit = 50, after: Cursor | None = None
) -> Page[ShootingRecordView]:
    """The best that was ever reached in one contest, by its name, the highest score first.

    Raises:
        InvalidInput: the limit is not 1 to 100, or the cursor is not one of this list.
    """
    return await read_page(
        ShootingRecord.collection(),
        {"contestType": template},
        sort="-score",
        limit=limit,
        after=after,
        view=lambda row: record_view(ShootingRecord.hydrate(row)),
    )
