"""How long the work that runs beside an API holds the event loop up.

    python benchmarks/loop.py [--characters 20000] [--rows 5] [--embedded]

The readers of a whole world (the hourly look, the reconciliation, the report, the audit) run beside
a task that does nothing but come round again. The longest time between two of its turns is how long
a request would have waited. It is the CPU time of the thread: what else runs on the machine does
not disturb it. The database runs in a process of its own, as in production; with --embedded it
runs in this one, where its own work counts, too.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gc
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

from bson import ObjectId

import desperados
from desperados.economy.watch import alarms
from desperados.economy.watch import report as watch
from desperados.engine import clock
from desperados.engine.game import Game
from desperados.ledger.money.operations import OperationKind, digest_of
from desperados.ledger.money.sources import Source
from desperados.ops.audit import audit

TARGET_MS = 20
BATCH = 2_000
CURRENCIES = ("dollars", "gold", "silver")


async def main(characters: int, rows: int, embedded: bool) -> bool:
    """Measure each reader; whether all stay within the target."""
    async with database(embedded) as url, desperados.connect(url, log_level="ERROR") as game:
        hour = clock.now().replace(minute=0, second=0, microsecond=0) - timedelta(hours=1)
        readers: dict[str, Callable[[], Awaitable[Any]]] = {
            "alarms.look": lambda: alarms.look(hour + timedelta(hours=1)),
            "alarms.reconcile": lambda: alarms.reconcile(hour),
            "watch.economy_report": lambda: watch.economy_report(days=1),
            "ops.audit": audit,
        }
        for read in readers.values():
            await read()  # what is loaded with the first call is there once an API runs
        await settle(game, characters, rows, hour)
        print(f"{characters:,} characters, {characters * rows:,} rows of the ledger in an hour")
        print(f"{'':24}{'seconds':>9}{'longest gap':>13}")
        within = True
        for name, read in readers.items():
            seconds, gap = await measured(read)
            within &= gap <= TARGET_MS
            print(f"{name:24}{seconds:9.2f}{gap:10.1f} ms")
    print(f"target: {TARGET_MS} ms")
    return within


async def measured(read: Callable[[], Awaitable[Any]]) -> tuple[float, float]:
    """Seconds of CPU time that ``read`` takes, and the longest turn of the loop meanwhile in ms."""
    longest = 0.0

    async def watch_turns() -> None:
        nonlocal longest
        last = time.process_time()
        while True:
            await asyncio.sleep(0)
            now = time.process_time()
            longest, last = max(longest, now - last), now

    # As `desperados serve` does after its start: what lives for ever is not looked at again.
    gc.collect()
    gc.freeze()
    began = time.process_time()
    watcher = asyncio.create_task(watch_turns())
    try:
        await read()
    finally:
        watcher.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await watcher
    return time.process_time() - began, longest * 1000


@asynccontextmanager
async def database(embedded: bool) -> AsyncIterator[str | None]:
    """The URL of a database in another process; None for one in this."""
    if embedded:
        yield None
        return
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-u", "-m", "desperados.cli.main", "db", "--port", "0",
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    try:
        await process.stdout.readline()
        yield (await process.stdout.readline()).decode().strip()
    finally:
        process.terminate()
        await process.wait()


async def settle(game: Game, characters: int, rows: int, hour: datetime) -> None:
    """Characters with ``rows`` rows of income each, whose chains and balances are in order."""
    people: list[dict[str, Any]] = []
    history: list[dict[str, Any]] = []
    users, places = [], [ObjectId()]
    await game.database["locations"].insert_one({"_id": places[0], "locationId": "town"})
    for number in range(characters):
        character, user = ObjectId(), ObjectId()
        users.append({"_id": user, "username": f"u{number}", "email": f"u{number}@example.org"})
        people.append(
            {
                "_id": character,
                "userId": user,
                "name": f"Rider {number}",
                "currentLocationId": places[0],
                **dict.fromkeys(CURRENCIES, 0),
                "dollars": rows * 10,
                "ledgerSeq": {**dict.fromkeys(CURRENCIES, 0), "dollars": rows},
                "createdAt": hour,
            }
        )
        history += [
            {
                "_id": ObjectId(),
                "characterId": character,
                "amount": 10,
                "type": "earn",
                "source": Source.JOB_WAGE.value,
                "currency": "dollars",
                "balanceBefore": row * 10,
                "balanceAfter": row * 10 + 10,
                "seq": row + 1,
                "operation": ObjectId(),
                "createdAt": hour + timedelta(seconds=(number * rows + row) % 3600),
            }
            for row in range(rows)
        ]
    operations = [
        {
            "_id": row["operation"],
            "kind": OperationKind.INCOME.value,
            "legs": 1,
            "digest": digest_of([row]),
            "createdAt": row["createdAt"],
        }
        for row in history
    ]
    for name, documents in (
        ("users", users),
        ("characters", people),
        ("goldtransactions", history),
        ("operations", operations),
    ):
        for start in range(0, len(documents), BATCH):
            await game.database[name].insert_many(documents[start : start + BATCH])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--characters", type=int, default=20_000)
    parser.add_argument("--rows", type=int, default=5)
    parser.add_argument("--embedded", action="store_true")
    given = parser.parse_args()
    sys.exit(0 if asyncio.run(main(given.characters, given.rows, given.embedded)) else 1)
