"""Looks at world bosses: which there are, how a fight stands, and one's own part in it."""

from __future__ import annotations

from bson import ObjectId

from desperados.characters.actor import find_actors
from desperados.combat.world_bosses import rules
from desperados.combat.world_bosses.content import all_bosses, find_boss
from desperados.combat.world_bosses.documents import BossStatus, WorldBoss, WorldBossSession
from desperados.combat.world_bosses.errors import NotAFighter, WorldBossNotFound
from desperados.combat.world_bosses.service import part_of
from desperados.combat.world_bosses.views import (
    WorldBossComingView,
    WorldBossFighterView,
    WorldBossPartView,
    WorldBossView,
    boss_view,
    part_view,
)
from desperados.engine import clock
from desperados.engine.storage.collection import find_all
from desperados.engine.storage.paging import read_page
from desperados.engine.storage.reads import alone
from desperados.engine.views import Cursor, Limit, Page

TOP = 10
_OPEN = [BossStatus.ANNOUNCED.value, BossStatus.ACTIVE.value]


async def list_world_bosses() -> list[WorldBossComingView]:
    """The world bosses there are, and when each comes next."""
    now = clock.now()
    bosses = await all_bosses()
    rows = await find_all(
        WorldBoss.collection(),
        {"status": {"$in": _OPEN}},
        {"bossId": 1, "endsAt": 1},
        limit=2 * max(1, len(bosses)),
    )
    on = {row["bossId"]: row["_id"] for row in rows if now < row["endsAt"]}
    return [
        WorldBossComingView(
            boss=boss.code,
            name=boss.name,
            description=boss.description,
            level=boss.level,
            place=boss.place,
            minutes=int(boss.lasts.total_seconds()) // 60,
            next_at=rules.next_coming(boss.comes, now),
            now=on.get(boss.code),
        )
        for boss in bosses
    ]


async def read_world_boss(world_boss_id: ObjectId) -> WorldBossView:
    """How the fight against a world boss stands, and who did most.

    Raises:
        WorldBossNotFound: there is no such coming of a world boss.
    """
    row = await WorldBoss.collection().find_one({"_id": world_boss_id})
    if row is None:
        raise WorldBossNotFound()
    boss = await find_boss(row["bossId"])
    return boss_view(boss, row, await _top(world_boss_id, int(row["totalDamage"])))


async def _top(world_boss_id: ObjectId, total: int) -> list[WorldBossFighterView]:
    rows = await find_all(
        WorldBossSession.collection(),
        {"appearanceId": world_boss_id, "damageDealt": {"$gt": 0}},
        {"characterId": 1, "damageDealt": 1},
        sort=[("damageDealt", -1), ("_id", 1)],
        limit=TOP,
    )
    people = await find_actors(row["characterId"] for row in rows)
    return [
        WorldBossFighterView(
            character_id=who.id,
            name=who.name,
            damage=int(row["damageDealt"]),
            share=round(100 * int(row["damageDealt"]) / max(1, total), 2),
        )
        for row in rows
        if (who := people.get(row["characterId"])) is not None
    ]


async def read_my_part(actor: ObjectId, world_boss_id: ObjectId) -> WorldBossPartView:
    """A character's part in the fight against a world boss, with its next hand.

    Raises:
        NotAFighter: the character has not joined.
    """
    row = await alone(part_of(actor, world_boss_id))
    if row is None:
        raise NotAFighter()
    return part_view(row)


async def my_world_bosses(
    actor: ObjectId, *, limit: Limit = 50, after: Cursor | None = None
) -> Page[WorldBossPartView]:
    """The fights against world bosses in which a character took part, the newest first.

    Raises:
        InvalidInput: the limit is not 1 to 100, or the cursor is not one of this list.
    """
    return await read_page(
        WorldBossSession.collection(),
        {"characterId": actor},
        sort="-joinedAt",
        limit=limit,
        after=after,
        view=lambda row: part_view(WorldBossSession.hydrate(row)),
    )
