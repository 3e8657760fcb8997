"""Looks at hunters, hunts, outlaws of the land and contracts."""

from __future__ import annotations

from bson import ObjectId

from desperados.characters.actor import load_actor
from desperados.crime.hunting.documents import BountyHunt, LawContract
from desperados.crime.hunting.people import all_hunters, all_targets
from desperados.crime.hunting.views import (
    BountyHuntView,
    HunterView,
    LawContractView,
    OutlawOfTheLandView,
    contract_view,
    hunt_view,
    outlaw_view,
)
from desperados.engine.storage.indexes import HAS_TEXT
from desperados.engine.storage.paging import read_page
from desperados.engine.views import Cursor, Limit, Page


async def list_hunters() -> list[HunterView]:
    """The hunters of the land: whom they hunt, how well, and what they cost."""
    return [
        HunterView(
            hunter=it.code,
            name=it.name,
            description=it.description,
            method=it.method,
            level=it.level,
            min_bounty=it.min_bounty,
            hours=int(it.time.total_seconds()) // 3_600,
            price=it.hire_base,
            price_percent=it.hire_percent,
            capture=it.capture,
            bribable=it.bribable,
        )
        for it in await all_hunters()
    ]


async def my_hunts(
    actor: ObjectId, *, limit: Limit = 50, after: Cursor | None = None
) -> Page[BountyHuntView]:
    """The hunts that a character pays for, the newest first, and what became of them.

    Raises:
        CharacterNotFound: there is no such character.
        InvalidInput: the limit is not 1 to 100, or the cursor is not one of this list.
    """
    await load_actor(actor)
    return await read_page(
        BountyHunt.collection(),
        {"hunterId": actor, "npcHunter": HAS_TEXT, "ofTheLaw": False},
        sort="-startedAt",
        limit=limit,
        after=after,
        view=hunt_view,
    )


async def list_outlaws() -> list[OutlawOfTheLandView]:
    """The outlaws of the land on whom there are contracts."""
    return [outlaw_view(target) for target in await all_targets()]


async def my_contracts(
    actor: ObjectId, *, limit: Limit = 50, after: Cursor | None = None
) -> Page[LawContractView]:
    """The contracts of a character, the newest first; the one that runs is the first.

    Raises:
        CharacterNotFound: there is no such character.
        InvalidInput: the limit is not 1 to 100, or the cursor is not one of this list.
    """
    await load_actor(actor)
    return await read_page(
        LawContract.collection(),
        {"characterId": actor},
        sort="-startedAt",
        limit=limit,
        after=after,
        view=contract_view,
    )
