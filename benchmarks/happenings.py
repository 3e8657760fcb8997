"""What a happening costs the command, and how many a follower applies in a second of CPU time.

    python benchmarks/happenings.py [--happenings 2000]

Client and engine are in one process. "Raw" is the same straight through the driver, one statement
after the other: for a note an insert into the outbox and an ``$inc``, for a batch a find of its
rows, one more read, an update, the names struck off, and the commit. ``goals`` is the real
follower of the achievements, with 100, ten and one happenings of a character at a time.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from typing import Any

from bson import ObjectId

import desperados
from desperados.assembly.jobs import followers
from desperados.characters.actor import Actor
from desperados.characters.happenings import Happened, note
from desperados.characters.tallies.goals import GOALS
from desperados.engine import clock
from desperados.engine.game import Game
from desperados.engine.transactions import transaction, transactional
from desperados.engine.work import Jobs

LEAST_A_SECOND = 500
MOST_OF_RAW = 2.0  # what a note costs beside its two raw statements
ROUNDS = 3
SIZES = (100, 10, 1)


async def main(count: int) -> bool:
    """Measure; whether all targets are met."""
    async with desperados.connect(seed=True, log_level="ERROR") as game:
        await game.database["outbox"].create_index([("waiting", 1), ("actor", 1), ("at", 1)])
        noted = await notes(game, count // 4)
        rates = {size: await follow(game, count, size) for size in SIZES}
        raw = {size: await follow_raw(game, count, size) for size in SIZES}
    print(f"a command that notes costs {noted:.2f} of the same with two raw statements more")
    for size in SIZES:
        print(
            f"goals, {size:3} of a character: {rates[size]:6,.0f} happenings a second of CPU, "
            f"raw {raw[size]:6,.0f} ({raw[size] / rates[size]:.2f})"
        )
    print(f"targets: {LEAST_A_SECOND} a second however many, {MOST_OF_RAW:g} of raw")
    return min(rates.values()) >= LEAST_A_SECOND and noted <= MOST_OF_RAW


async def notes(game: Game, count: int) -> float:
    """What a command that notes costs, of what the same costs with its statements sent raw.

    Each reads the character and commits; the one notes what it did, the other inserts a row and
    adds to a counter. They take turns; the median of the rounds.
    """
    person = (await add_people(game, 1))[0]
    row = await game.database["characters"].find_one({"_id": person})
    actor = Actor.of(row)
    plain, counts = game.database["outbox"], game.database["counts"]
    await counts.insert_one({"_id": person})

    @transactional
    async def noting() -> None:
        await game.collection("characters").find_one({"_id": person}, {"level": 1})
        note(actor, Happened.FIGHT_ENDED, "won", target="npc:coyote", amount=5, rank=3)

    async def raw() -> None:
        async with game.client.start_session() as session, await session.start_transaction():
            await game.database["characters"].find_one(
                {"_id": person}, {"level": 1}, session=session
            )
            document = {"name": "won", "actor": person, "at": clock.now(), "waiting": ["goals"]}
            await plain.insert_one(document, session=session)
            await counts.update_one({"_id": person}, {"$inc": {"won": 1}}, session=session)

    game.followers = followers
    shares = [await cpu(noting, count) / await cpu(raw, count) for _ in range(ROUNDS)]
    await game.database["happenings"].delete_many({})
    return statistics.median(shares)


async def cpu(work: Callable[[], Awaitable[Any]], count: int) -> float:
    """Seconds of CPU time for so many, one after the other."""
    began = time.process_time()
    for _ in range(count):
        await work()
    return time.process_time() - began


async def follow(game: Game, count: int, size: int) -> float:
    """Happenings that goals applies in a second, ``size`` of each character; the best round."""
    best = 0.0
    game.followers = followers
    for _ in range(ROUNDS):
        people = await add_people(game, max(1, count // size // ROUNDS))
        for share in (1, size):  # nobody's first deed is measured
            await Jobs([GOALS]).run_until_idle()
            for person in people:
                await happen(game, person, share)
        worker = Jobs([GOALS])
        began = time.process_time()
        await worker.run_until_idle()
        best = max(best, len(people) * size / (time.process_time() - began))
        assert worker.done["goals"] >= len(people)
    return best


async def happen(game: Game, person: ObjectId, count: int) -> None:
    """Fights that a character wins, all in one transaction."""
    row = await game.database["characters"].find_one({"_id": person})
    async with transaction():
        for _ in range(count):
            note(Actor.of(row), Happened.FIGHT_ENDED, "won", target="npc:coyote")


async def follow_raw(game: Game, count: int, size: int) -> float:
    """The same statements without anything between them; the best round."""
    outbox, best = game.database["outbox"], 0.0
    for _ in range(ROUNDS):
        people = [ObjectId() for _ in range(max(1, count // size // ROUNDS))]
        for person in people:
            row = {"name": "fight.ended", "actor": person, "waiting": ["goals"], "tags": ["won"]}
            await outbox.insert_many([{**row, "at": clock.now()} for _ in range(size)])
        began = time.process_time()
        for person in people:
            await apply_raw(game, person)
        best = max(best, len(people) * size / (time.process_time() - began))
    return best


async def apply_raw(game: Game, person: ObjectId) -> None:
    """A batch, as it would be written by hand."""
    outbox = game.database["outbox"]
    async with game.client.start_session() as session, await session.start_transaction():
        mine = {"waiting": "goals", "actor": person}
        rows = await outbox.find(mine, sort=[("at", 1)], limit=100, session=session).to_list(None)
        await game.database["tallies"].find_one({"characterId": person}, session=session)
        await game.database["goals"].update_one(
            {"_id": person}, {"$set": {"won": len(rows)}}, upsert=True, session=session
        )
        await outbox.update_many(
            {"_id": {"$in": [row["_id"] for row in rows]}},
            {"$pull": {"waiting": "goals"}, "$set": {"expiresAt": clock.now()}},
            session=session,
        )


async def add_people(game: Game, count: int) -> list[ObjectId]:
    """Characters who have done nothing yet."""
    people: list[dict[str, Any]] = [
        {
            "_id": ObjectId(),
            "userId": ObjectId(),
            "name": f"Rider {ObjectId()}",
            "currentLocationId": ObjectId(),
            "faction": "frontera",
            "createdAt": clock.now(),
        }
        for _ in range(count)
    ]
    await game.database["characters"].insert_many(people)
    return [person["_id"] for person in people]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--happenings", type=int, default=2_000)
    sys.exit(0 if asyncio.run(main(parser.parse_args().happenings)) else 1)
