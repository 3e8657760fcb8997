"""What is due for a world boss: it is announced, comes, goes, and who fought it is paid.

What is paid follows from rows that nobody changes any more once the boss is closed, so it is
worked out anew by whoever goes on, and is the same; each row is paid in a transaction of its own
that marks it. Whoever stops half-way leaves nothing done twice, and nothing undone.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from bson import ObjectId
from pymongo.errors import DuplicateKeyError

from desperados.characters.errors import CharacterNotFound
from desperados.characters.happenings import Happened, note
from desperados.characters.notices import notify
from desperados.characters.participant import participant_of
from desperados.combat.world_bosses import rules
from desperados.combat.world_bosses.content import MOST_FIGHTERS, Known, all_bosses, find_boss
from desperados.combat.world_bosses.documents import BossStatus, WorldBoss, WorldBossSession
from desperados.combat.world_bosses.events import (
    DEFEATED,
    ESCAPED,
    WorldBossAnnounced,
    WorldBossEnded,
)
from desperados.combat.world_bosses.rules import Fought, Prize
from desperados.combat.world_bosses.service import RAID
from desperados.engine import clock, dice
from desperados.engine.errors import Contention
from desperados.engine.live.events import broadcast
from desperados.engine.staging import StagedInsert, StagedUpdate
from desperados.engine.storage.collection import find_all
from desperados.engine.storage.reads import alone
from desperados.engine.transactions import stage, transactional
from desperados.ledger.items.movement import Line
from desperados.play.outcome import Outcome, Share
from desperados.play.rewards import draw
from desperados.play.settle import settle
from desperados.play.shapes.phases import pay_rows


async def announce_world_bosses(period: datetime) -> None:
    """Announce what comes within two hours of the start of ``period``, or has come and is not over;
    for the job. What is announced already stays as it is."""
    now = clock.now()
    for boss in await all_bosses():
        for starts_at in rules.comings(boss.comes, now - boss.lasts, period + rules.ANNOUNCED):
            try:
                await _announce(boss, starts_at)
            except DuplicateKeyError:
                continue  # another worker was quicker


@transactional
async def _announce(boss: Known, starts_at: datetime) -> None:
    if await WorldBoss.load_one({"bossId": boss.code, "startsAt": starts_at}) is not None:
        return
    coming = WorldBoss(
        boss_id=boss.code,
        starts_at=starts_at,
        ends_at=starts_at + boss.lasts,
        health=boss.health,
        max_health=boss.health,
        due_at=starts_at,
    )
    stage(StagedInsert(WorldBoss.collection_name(), coming.to_mongo()))
    note(None, Happened.WORLD_TURNED, "boss_announced", target=_target(boss), reference=coming.id)
    broadcast(
        WorldBossAnnounced(
            id=coming.id,
            boss=boss.code,
            name=boss.name,
            place=boss.place,
            starts_at=coming.starts_at,
            ends_at=coming.ends_at,
        )
    )


async def advance_world_boss(coming_id: ObjectId) -> None:
    """Do what is due for a coming of a world boss, to the end; for the job."""
    coming = await WorldBoss.load_one({"_id": coming_id})
    if coming is None or coming.due_at is None or clock.now() < coming.due_at:
        return
    if coming.closed_at is None:
        coming = await _go_on(coming_id)
    if coming.closed_at is not None and coming.settled_at is None:
        await _pay(coming, await find_boss(coming.boss_id))
        await _settle(coming_id)


@transactional
async def _go_on(coming_id: ObjectId) -> WorldBoss:
    """Let it come, or escape, as the clock says; returns it as it then is.

    Outcomes of the update: changed; not found or a write conflict, when somebody hits it at this
    moment (the transaction runs again).
    """
    now = clock.now()
    coming = await WorldBoss.load_one({"_id": coming_id})
    assert coming is not None, "A coming is never deleted."
    if coming.closed_at is not None:
        return coming
    if now < coming.ends_at:
        changed: dict[str, Any] = {"status": BossStatus.ACTIVE.value, "dueAt": coming.ends_at}
    else:
        changed = {"status": BossStatus.ESCAPED.value, "closedAt": now, "dueAt": now}
    stage(
        StagedUpdate(
            WorldBoss.collection_name(),
            {"_id": coming.id, "closedAt": None},
            {"$set": changed},
            otherwise=Contention(retry_after=1),
        )
    )
    return WorldBoss.hydrate({**coming.to_mongo(), **changed})


async def _pay(coming: WorldBoss, boss: Known) -> None:
    """Pay everybody whose row is not paid."""
    first = coming.status is BossStatus.DEFEATED and not await _was_defeated_before(coming)
    rows = await find_all(
        WorldBossSession.collection(),
        {"appearanceId": coming.id},
        {"damageDealt": 1},
        sort=[("damageDealt", -1), ("_id", 1)],
        limit=MOST_FIGHTERS,
    )
    won = _prizes(coming, boss, rows, first)
    where = {"appearanceId": coming.id}
    await pay_rows(WorldBossSession, where, functools.partial(_pay_one, coming, boss, won))


async def _was_defeated_before(coming: WorldBoss) -> bool:
    earlier = {
        "bossId": coming.boss_id,
        "status": BossStatus.DEFEATED.value,
        "startsAt": {"$lt": coming.starts_at},
    }
    return await WorldBoss.load_one(earlier) is not None


def _prizes(
    coming: WorldBoss, boss: Known, rows: Sequence[Mapping[str, Any]], first: bool
) -> dict[object, Prize]:
    """What each row is worth. The first defeat of a boss ever pays whoever did most a bonus."""
    fought = [Fought(row["_id"], int(row["damageDealt"])) for row in rows]
    found = rules.prizes(
        fought,
        level=boss.level,
        least=boss.least_share,
        defeated=coming.status is BossStatus.DEFEATED,
    )
    if first and found:
        found[0] = replace(found[0], dollars=found[0].dollars + boss.first_kill)
    return {one.who: prize for one, prize in zip(fought, found, strict=True)}


async def _pay_one(
    coming: WorldBoss, boss: Known, won: Mapping[object, Prize], row: WorldBossSession
) -> None:
    """Pay one row, inside its transaction. Of whoever has left the world only the row is closed."""
    prize = won[row.id]
    try:
        who = await alone(participant_of(row.character_id))
    except CharacterNotFound:
        who = None
    paid: dict[str, Any] = {"contributionPercent": prize.share}
    if who is not None and prize.eligible:
        defeated = coming.status is BossStatus.DEFEATED
        outcome = _outcome(boss, prize, defeated)
        (given,) = await settle(RAID, Share(who, outcome), reference=coming.id)
        paid |= {"dollars": prize.dollars, "xp": given.xp}
        note(
            who,
            Happened.FIGHT_ENDED,
            "won" if defeated else "lost",
            "worldboss",
            target=_target(boss),
            amount=int(row.damage_dealt),
            rank=boss.level,
            reference=coming.id,
        )
        notify(
            who.id,
            DEFEATED if defeated else ESCAPED,
            boss=boss.name,
            share=str(prize.share),
            dollars=prize.dollars,
            xp=given.xp,
            world_boss_id=coming.id,
        )
    stage(
        StagedUpdate(
            WorldBossSession.collection_name(),
            {"_id": row.id, "paidAt": None},
            {"$set": paid},
            otherwise=Contention(retry_after=1),
        )
    )


def _outcome(boss: Known, prize: Prize, defeated: bool) -> Outcome:
    """What somebody who is eligible gets: what is sure, and rare goods by the share."""
    earned = Outcome(dollars=prize.dollars, xp=prize.xp, combat_xp=prize.combat_xp)
    if not defeated:
        return earned
    luck = dice.source()
    spoils = draw(boss.spoils, luck)
    rare = tuple(
        Line(item.item_id, item.quantity)
        for item in boss.rare
        if luck.random() * 100 < item.chance * (100 + prize.share) / 100
    )
    return replace(earned, items=(*spoils.items, *rare), titles=spoils.titles)


@transactional
async def _settle(coming_id: ObjectId) -> None:
    """Close the books of a coming whose rows are all paid, once.

    Outcomes of the update: settled; not found or a write conflict, when another worker was quicker
    (the transaction runs again, and finds nothing to do).
    """
    coming = await WorldBoss.load_one({"_id": coming_id, "settledAt": None})
    if coming is None:
        return
    boss = await find_boss(coming.boss_id)
    defeated = coming.status is BossStatus.DEFEATED
    first = defeated and not await _was_defeated_before(coming)
    stage(
        StagedUpdate(
            WorldBoss.collection_name(),
            {"_id": coming.id, "settledAt": None},
            {"$set": {"settledAt": clock.now(), "dueAt": None, "firstKill": first}},
            otherwise=Contention(retry_after=1),
        )
    )
    note(
        None,
        Happened.WORLD_TURNED,
        "boss_ended",
        target=_target(boss),
        amount=coming.total_damage,
        reference=coming.id,
    )
    broadcast(
        WorldBossEnded(
            id=coming.id,
            boss=boss.code,
            status=coming.status,
            total_damage=coming.total_damage,
            participants=coming.participants,
        )
    )


def _target(boss: Known) -> str:
    return f"worldboss:{boss.code}"
