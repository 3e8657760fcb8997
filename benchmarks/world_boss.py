"""What a world boss takes: 300 attackers at once on one health.

    python benchmarks/world_boss.py [attackers]

Prints hands per second, and beside them in the same run what no way of hitting one health can beat
on this engine: a transaction that does nothing but one guarded decrement of it, by as many at once,
each waiting for its turn. The ratio must stay within 4. The other lines show the same hands on
healths of their own (what the one health costs), in four queues that do not know each other (as
four processes have them), and, of fewer attackers, without any queue (what it is for).
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Any

from bson import ObjectId

import desperados
from desperados.combat.world_bosses import service as world_bosses
from desperados.combat.world_bosses.documents import BossStatus, WorldBoss, WorldBossSession
from desperados.engine import clock
from desperados.engine.commands import command
from desperados.engine.errors import Contention
from desperados.engine.game import Game
from desperados.engine.staging import StagedUpdate
from desperados.engine.transactions import stage, transactional
from desperados.play.seeds import new_seed
from desperados.world.places import read_place_of

ATTACKERS = 300
ROUNDS = 3
BOSS = "the-maw"
PLENTY = 10**9
MOST_TIMES_THE_FLOOR = 4
PROCESSES, UNQUEUED = 4, 60

Hit = Callable[[ObjectId, ObjectId], Awaitable[Any]]


@command(queue="boss")
async def decrement(boss: ObjectId) -> None:
    """The floor: one guarded decrement, in a transaction and in turn."""
    stage(
        StagedUpdate(
            WorldBoss.collection_name(),
            {"_id": boss, "health": {"$gte": 100}},
            {"$inc": {"health": -100, "totalDamage": 100}},
            otherwise=Contention(retry_after=1),
        )
    )


async def bare(_actor: ObjectId, boss: ObjectId) -> None:
    """The floor, by whoever."""
    await decrement(boss)


async def hand(actor: ObjectId, boss: ObjectId) -> Any:
    """A hand as players play it."""
    return await world_bosses.attack_world_boss(actor, boss, [])


@transactional
async def without_queue(actor: ObjectId, boss: ObjectId) -> Any:
    """A hand by whoever comes."""
    return await world_bosses.attack_world_boss(actor, boss, [])


class Lanes:
    """Hands in so many queues, each of which knows nothing of the others."""

    def __init__(self, count: int) -> None:
        self._locks = [asyncio.Lock() for _ in range(count)]
        self._number = 0

    async def __call__(self, actor: ObjectId, boss: ObjectId) -> Any:
        self._number += 1
        async with self._locks[self._number % len(self._locks)]:
            return await without_queue(actor, boss)


async def main(attackers: int) -> None:
    """Measure, the best of some rounds each, in turn."""
    best: dict[str, float] = {}
    again: dict[str, tuple[int, int]] = {}
    with clock.frozen() as now:
        async with desperados.connect(log_level="ERROR", seed=True) as game:
            people = await add_people(game, attackers)
            one = await add_bosses(1, people)
            own = await add_bosses(attackers, people)
            hit: Hit
            for _ in range(ROUNDS):
                for name, hit, bosses in (
                    ("bare", bare, one),
                    ("hand", hand, one),
                    ("own", hand, own),
                ):
                    now.advance(seconds=15)
                    rate, _ = await measure(hit, people, bosses)
                    best[name] = max(best.get(name, 0.0), rate)
            await check(one[0])
            for name, hit, some in (
                ("lanes", Lanes(PROCESSES), people),
                ("unqueued", without_queue, people[:UNQUEUED]),
            ):
                now.advance(seconds=15)
                before = game.conflicts
                best[name], gave_up = await measure(hit, some, one)
                again[name] = game.conflicts - before, gave_up
    report(attackers, best, again)


def report(attackers: int, best: dict[str, float], again: dict[str, tuple[int, int]]) -> None:
    """Print what was measured; exit with 1 if the target is missed."""
    ratio = best["bare"] / best["hand"]
    print(f"{attackers} at once, one guarded decrement  {best['bare']:8,.0f} /s")
    print(f"{attackers} at once, hands at one boss      {best['hand']:8,.0f} /s")
    print(f"ratio                               {ratio:8.2f}  (at most {MOST_TIMES_THE_FLOOR})")
    print(f"hands at a boss for each            {best['own']:8,.0f} /s")
    for name, words in (("lanes", f"{PROCESSES} queues"), ("unqueued", f"{UNQUEUED}, no queue")):
        conflicts, gave_up = again[name]
        print(
            f"hands at one boss, {words:16} {best[name]:8,.0f} /s,"
            f" {conflicts} ran again, {gave_up} gave up"
        )
    if ratio > MOST_TIMES_THE_FLOOR:
        sys.exit(1)


async def measure(
    hit: Hit, people: Sequence[ObjectId], bosses: Sequence[ObjectId]
) -> tuple[float, int]:
    """Hits per second when everybody hits at once, and how many gave up."""

    async def once(number: int) -> int:
        try:
            await hit(people[number], bosses[number % len(bosses)])
        except Contention:
            return 0
        return 1

    began = time.perf_counter()
    done = sum(await asyncio.gather(*(once(number) for number in range(len(people)))))
    return done / (time.perf_counter() - began), len(people) - done


async def check(boss: ObjectId) -> None:
    """Nothing was lost: the health is what the bare decrements and the hands have left."""
    found = await WorldBoss.load_one({"_id": boss})
    parts = await WorldBossSession.load_many({"appearanceId": boss}, limit=1_000)
    assert found is not None
    dealt = sum(int(part.damage_dealt) for part in parts)
    bares = 100 * ROUNDS * len(parts)
    assert found.max_health - found.health == found.total_damage == dealt + bares, "not exact"


async def add_people(game: Game, count: int) -> list[ObjectId]:
    """Characters where the boss is, by hand."""
    place = await read_place_of("red-gulch")
    assert place is not None
    people = [ObjectId() for _ in range(count)]
    await game.database["characters"].insert_many(
        [
            {
                "_id": who,
                "userId": ObjectId(),
                "currentLocationId": place.id,
                "name": str(who),
                "level": 30,
            }
            for who in people
        ]
    )
    return people


async def add_bosses(count: int, people: Sequence[ObjectId]) -> list[ObjectId]:
    """Bosses that do not fall; everybody takes part in the one, or each in its own."""
    now = clock.now()
    bosses = [
        WorldBoss(
            boss_id=BOSS,
            status=BossStatus.ACTIVE,
            starts_at=now - timedelta(seconds=count + number),  # no two at one moment
            ends_at=now + timedelta(hours=1),
            health=PLENTY,
            max_health=PLENTY,
        )
        for number in range(count)
    ]
    await WorldBoss.insert_many(bosses)
    await WorldBossSession.insert_many(
        [
            WorldBossSession(
                boss_id=BOSS,
                character_id=who,
                appearance_id=bosses[number % count].id,
                user_id=who,
                health=10**6,
                max_health=10**6,
                seed=new_seed().secret,
            )
            for number, who in enumerate(people)
        ]
    )
    return [boss.id for boss in bosses]


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else ATTACKERS))
