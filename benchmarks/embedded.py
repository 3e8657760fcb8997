"""How fast the embedded engine is: real driver, server and client in one process, on one core.

    python benchmarks/embedded.py [--large 100000] [--rounds 5]

First the cost of single operations on a small and on a large collection, which should be the same.
Then full transfers (both balances, both rows of the ledger, the idempotency key, one transaction)
by 32 tasks. These figures are CPU time; each is the median of the rounds, and small and large take
turns. Then what a character and a transfer take of memory, and how long a fork takes. Exits with 1
if a target is missed.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import platform
import random
import statistics
import sys
import time
import tracemalloc
from collections.abc import Awaitable, Callable
from typing import Any

from bson import ObjectId
from samples import CREATED, stored_character

import desperados
from desperados.economy import service as economy
from desperados.economy.transfers import send
from desperados.engine import clock
from desperados.engine.game import Game

SMALL = 1_000
BATCH = 5_000
TASKS = 32
CHARACTERS = 1_000
PER_ROUND = 300
LEVELS = 50  # how many documents share an indexed value grows with the data: reads are limited
MOST_GROWTH = 1.5
LEAST_TRANSFERS = 300  # a second
MOST_BYTES = 6_300  # of memory for a character, a third of what it takes decoded
MOST_TRANSFER_BYTES = 6_000  # of memory for a transfer that a player sends, the same
MOST_FORK = 10  # milliseconds

Operation = Callable[[], Awaitable[Any]]


def document(number: int) -> dict[str, Any]:
    """Document ``number`` of a collection; its name is unique."""
    return {
        "name": f"name {number}",
        "owner": number // 3,
        "level": number % LEVELS,
        "dollars": 1_000_000,
        "createdAt": CREATED,
        "score": number,
    }


async def fill(collection: Any, size: int) -> list[ObjectId]:
    """Make a collection of ``size`` documents with four indexes; returns their ids."""
    await collection.create_index("name", unique=True)
    await collection.create_index("owner")
    await collection.create_index([("level", 1), ("score", -1)])
    await collection.create_index("score")
    ids: list[ObjectId] = []
    for start in range(0, size, BATCH):
        batch = [document(number) for number in range(start, min(start + BATCH, size))]
        ids += (await collection.insert_many(batch)).inserted_ids
    return ids


def operations(collection: Any, ids: list[ObjectId]) -> dict[str, Operation]:
    """What is measured on a collection."""
    size, chance = len(ids), random.Random(7)
    fresh = iter(range(size, 10 * size + 1_000_000))

    async def guarded() -> None:
        result = await collection.update_one(
            {"_id": chance.choice(ids), "dollars": {"$gte": 5}}, {"$inc": {"dollars": -5}}
        )
        assert result.matched_count == 1

    async def found(count: int, where: dict[str, Any], **options: Any) -> None:
        rows = await collection.find(where, **options).to_list(None)
        assert len(rows) == count

    return {
        "point read by _id": lambda: collection.find_one({"_id": chance.choice(ids)}),
        "point read, unique index": lambda: collection.find_one(
            {"name": f"name {chance.randrange(size)}"}
        ),
        "indexed read of 3": lambda: found(3, {"owner": chance.randrange(size // 3)}),
        "guarded update": guarded,
        "insert, unique check": lambda: collection.insert_one(document(next(fresh))),
        "sorted on an index, limit 10": lambda: found(10, {}, sort=[("score", -1)], limit=10),
        "prefix, sorted, limit 10": lambda: found(
            10, {"level": chance.randrange(LEVELS)}, sort=[("score", -1)], limit=10
        ),
        "range, sorted, limit 10": lambda: found(
            10, {"score": {"$gte": size // 2}}, sort=[("score", 1)], limit=10
        ),
    }


async def cost(operation: Operation) -> float:
    """Microseconds of CPU time of one operation."""
    start = time.process_time()
    for _ in range(PER_ROUND):
        await operation()
    return (time.process_time() - start) / PER_ROUND * 1e6


async def growth(game: Game, large: int, rounds: int) -> bool:
    """Compare small and large; whether all costs stayed alike."""
    every = []
    for size in (SMALL, large):
        collection = game.database[f"of{size}"]
        start = time.process_time()
        every.append(operations(collection, await fill(collection, size)))
        print(f"{size} documents with 4 indexes stored in {time.process_time() - start:.1f} s")
    gc.collect()
    print(f"{'CPU time of one operation, us':34}{SMALL:>10}{large:>10}{'ratio':>8}   target")
    good = True
    for name in every[0]:
        costs: list[list[float]] = [[], []]
        for _ in range(rounds):
            for place, which in zip(costs, every, strict=True):
                place.append(await cost(which[name]))
        few, many = map(statistics.median, costs)
        met = many <= MOST_GROWTH * few
        good &= met
        verdict = "met" if met else "MISSED"
        print(
            f"{name:34}{few:10.1f}{many:10.1f}{many / few:8.2f}   <= {MOST_GROWTH} x {verdict}",
            flush=True,
        )
    return good


async def add_people(game: Game, first: int) -> list[ObjectId]:
    """A thousand characters with money; their names are numbered from ``first``."""
    people = [ObjectId() for _ in range(CHARACTERS)]
    await game.database["characters"].insert_many(
        {
            **stored_character(),
            "_id": identity,
            "name": f"Jane {first + number}",
            "dollars": 1_000_000,
            "ledgerSeq": {"dollars": 0, "gold": 0, "silver": 0},
        }
        for number, identity in enumerate(people)
    )
    return people


async def transfers(game: Game, rounds: int) -> bool:
    """Full transfers by 32 tasks; whether there were enough in a second."""
    people = await add_people(game, 0)
    chance = random.Random(7)
    keys = iter(range(10**9))

    async def task(count: int) -> None:
        for _ in range(count):
            sender, recipient = chance.sample(people, 2)
            await economy.transfer(sender, recipient, 5, key=f"key {next(keys)}")

    each = 2 * PER_ROUND // TASKS
    rates, walls = [], []
    for _ in range(rounds):
        gc.collect()
        start, began = time.process_time(), time.perf_counter()
        await asyncio.gather(*(task(each) for _ in range(TASKS)))
        rates.append(each * TASKS / (time.process_time() - start))
        walls.append(each * TASKS / (time.perf_counter() - began))
    rate = statistics.median(rates)
    print(
        f"full transfers a second of CPU time: {rate:.0f} (by the clock on the wall: "
        f"{statistics.median(walls):.0f})   >= {LEAST_TRANSFERS} "
        f"{'met' if rate >= LEAST_TRANSFERS else 'MISSED'}"
    )
    return rate >= LEAST_TRANSFERS


async def memory() -> bool:
    """What is held for a character and for a transfer that a player sends; whether it is little."""

    async def held(work: Awaitable[Any]) -> int:
        gc.collect()
        before = tracemalloc.get_traced_memory()[0]
        await work
        gc.collect()
        return tracemalloc.get_traced_memory()[0] - before

    async def pay(people: list[ObjectId], first: int) -> None:
        for number in range(first, first + CHARACTERS):
            hours.advance(hours=1)  # a player sends ten in an hour
            sender, recipient = people[number % 100], people[(number + 1) % 100]
            await send(sender, recipient, 5, key=f"key {number}")

    tracemalloc.start()
    with clock.frozen() as hours:
        async with desperados.connect() as game:
            # The first ones also fill what is remembered however much there is.
            people = await add_people(game, 0)
            await pay(people, 0)
            character = await held(add_people(game, CHARACTERS)) / CHARACTERS
            transfer = await held(pay(people, CHARACTERS)) / CHARACTERS
    tracemalloc.stop()
    good = character <= MOST_BYTES and transfer <= MOST_TRANSFER_BYTES
    print(
        f"bytes of memory: {character:.0f} a character (<= {MOST_BYTES}), {transfer:.0f} a "
        f"transfer (<= {MOST_TRANSFER_BYTES}) {'met' if good else 'MISSED'}"
    )
    return good


async def forks(rounds: int) -> bool:
    """How long a fork of a world with all content takes, and a game on it."""
    async with desperados.connect(seed=True) as game:
        world = game.embedded
    gc.collect()
    gc.freeze()
    alone, connected = [], []
    for _ in range(4 * rounds):
        start = time.process_time()
        fork = world.fork()
        alone.append(time.process_time() - start)
        async with desperados.connect(embedded=fork):
            connected.append(time.process_time() - start)
    gc.unfreeze()
    one, other = (1000 * statistics.median(times) for times in (alone, connected))
    print(
        f"a fork of a seeded world: {one:.1f} ms of CPU time, with a game on it {other:.1f} ms   "
        f"<= {MOST_FORK} {'met' if other <= MOST_FORK else 'MISSED'}"
    )
    return other <= MOST_FORK


async def main(large: int, rounds: int) -> bool:
    """Measure and print; whether all targets were met."""
    print(
        f"{platform.processor() or platform.machine()}, Python {platform.python_version()}, "
        f"median of {rounds} rounds"
    )
    async with desperados.connect() as game:
        met = [await transfers(game, rounds), await growth(game, large, rounds)]
    return all([*met, await memory(), await forks(rounds)])


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--large", type=int, default=100_000, help="documents to compare with")
    options.add_argument("--rounds", type=int, default=5)
    given = options.parse_args()
    sys.exit(not asyncio.run(main(given.large, given.rounds)))
