"""How long the everyday operations take, driver included.

    python -m tests.embedded.speed 100000 [file]

Server, driver and client share this process and its core.
"""

from __future__ import annotations

import asyncio
import random
import resource
import sys
import time
from collections.abc import Awaitable, Callable
from typing import Any

from bson import ObjectId
from pymongo import AsyncMongoClient, InsertOne, UpdateOne

from desperados.embedded import EmbeddedServer


async def main(count: int, path: str | None) -> None:
    async with EmbeddedServer(path=path) as server, AsyncMongoClient(server.url) as client:
        game: Any = client.game
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        ids = await fill(game, count)
        used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
        print(f"{count} documents, {used / count:.1f} kB each at the peak of filling")
        dice = random.Random(1)

        async def transfer(number: int) -> None:
            source, target = dice.sample(ids, 2)
            rows = [
                {"characterId": who, "amount": n, "createdAt": number, "balanceAfter": 5}
                for who, n in ((source, -1), (target, 1))
            ]
            enough = {"_id": source, "dollars": {"$gte": 1}}
            async with client.start_session() as session, await session.start_transaction():
                await game.people.find(
                    {"_id": {"$in": [source, target]}}, session=session
                ).to_list()
                await client.bulk_write(
                    [
                        UpdateOne(enough, {"$inc": {"dollars": -1}}, namespace="game.people"),
                        UpdateOne(
                            {"_id": target}, {"$inc": {"dollars": 1}}, namespace="game.people"
                        ),
                        *(InsertOne(row, namespace="game.rows") for row in rows),
                        InsertOne({"key": str(ObjectId())}, namespace="game.keys"),
                    ],
                    session=session,
                )

        people = game.people
        await measure("transfer", transfer)
        await measure("point read", lambda n: people.find_one({"_id": ids[n % count]}))
        await measure("unique read", lambda n: people.find_one({"name": f"n{n % count}"}))
        guard: dict[str, Any] = {"dollars": {"$gte": 1}}
        spend = {"$inc": {"dollars": -1}}
        await measure(
            "guarded update", lambda n: people.update_one({"_id": ids[n % count], **guard}, spend)
        )
        await measure("insert", lambda n: people.insert_one({"name": f"u{n}", "level": n % 50}))
        top = ("lastActive", -1)
        await measure(
            "sorted read", lambda n: people.find({"level": n % 50}).sort(*top).limit(10).to_list()
        )
        await measure("count", lambda n: people.count_documents({"level": n % 50}))


async def fill(game: Any, count: int) -> list[ObjectId]:
    await game.people.create_index("name", unique=True)
    await game.people.create_index([("level", 1), ("lastActive", -1)])
    await game.rows.create_index([("characterId", 1), ("createdAt", -1)])
    await game.keys.create_index("key", unique=True)
    ids = [ObjectId() for _ in range(count)]
    await game.people.insert_many(
        [
            {"_id": i, "name": f"n{n}", "level": n % 50, "dollars": 10**6, "lastActive": n}
            for n, i in enumerate(ids)
        ]
    )
    return ids


async def measure(name: str, run: Callable[[int], Awaitable[Any]], times: int = 1000) -> None:
    for number in range(50):
        await run(10**7 + number)
    start = time.perf_counter()
    for number in range(times):
        await run(number)
    spent = time.perf_counter() - start
    print(f"{name:16} {spent / times * 1e6:6.0f} us {times / spent:6.0f}/s")


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else None))
