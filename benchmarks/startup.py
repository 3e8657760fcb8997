"""How long a start takes, with all collections and all indexes.

    python benchmarks/startup.py [--rounds 7]

Embedded: seconds of ``connect()``, each round in a fresh process (which then also loads the
document classes and binds them to Beanie) and once more in the same one. On a server: how many
commands a start sends, counted on the canned server, before and after the indexes are as declared.
Exits with 1 if a target is missed.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from typing import Any

from canned_server import canned_server
from pymongo import monitoring

import desperados
from desperados.engine import driver

MOST_SECONDS = 0.5


class Counter(monitoring.CommandListener):
    """Counts what a client sends."""

    def __init__(self) -> None:
        self.commands: list[str] = []

    def started(self, event: Any) -> None:
        self.commands.append(event.command_name)

    def succeeded(self, event: Any) -> None:
        """Nothing to do."""

    def failed(self, event: Any) -> None:
        """Nothing to do."""


Seconds = tuple[float, float]  # of CPU time, and by the clock on the wall


def clocks() -> Seconds:
    """Both clocks now."""
    return time.process_time(), time.perf_counter()


def since(start: Seconds) -> Seconds:
    """What both clocks counted since ``start``."""
    cpu, wall = clocks()
    return cpu - start[0], wall - start[1]


async def import_and_start() -> list[Seconds]:
    """Seconds of the import (names of the package load at first use) and of two starts."""
    start = clocks()
    connect = desperados.connect
    seconds = [since(start)]
    for _ in range(2):
        start = clocks()
        async with connect():
            seconds.append(since(start))
    return seconds


async def commands_of_a_start(url: str) -> int:
    """How many commands one start sends to a server."""
    counter = Counter()
    client = driver.make_client(url, event_listeners=[counter])
    async with desperados.connect(client=client):
        sent = len(counter.commands)
    await driver.close_client(client)
    return sent


async def on_a_server() -> bool:
    """Print the round trips of a first and of a later start; whether they are within the target."""
    from desperados.assembly.documents import documents

    collections = len(documents())
    with canned_server() as (url, _redis):
        first, later = await commands_of_a_start(url), await commands_of_a_start(url)
    # hello, a probe of bulkWrite, the fingerprint of the indexes and its update, keys of before
    met = first <= collections + 5 and later <= 4
    print(
        f"commands sent to a server with {collections} collections: {first} at the first start, "
        f"{later} when the indexes are as declared   <= {collections} + 5 and 4 "
        f"{'met' if met else 'MISSED'}"
    )
    return met


def embedded(rounds: int) -> bool:
    """Print the times of the embedded engine; whether they are within the target."""
    with tempfile.TemporaryDirectory() as cache:
        # An installed package is compiled once; the first child does that and is not counted.
        environment = {**os.environ, "PYTHONPYCACHEPREFIX": cache}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        answers = [
            json.loads(
                subprocess.run(
                    [sys.executable, __file__, "--child"],
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                    check=True,
                    env=environment,
                ).stdout
            )
            for _ in range(rounds + 1)
        ][1:]
    imported, cold, warm = (
        [statistics.median(answer[what][clock] for answer in answers) for clock in (0, 1)]
        for what in range(3)
    )
    met: bool = cold[0] < MOST_SECONDS
    print("seconds of CPU time (and by the clock on the wall)")
    print(f"  import                          {imported[0]:.2f} ({imported[1]:.2f})")
    print(
        f"  connect(), embedded             {cold[0]:.2f} ({cold[1]:.2f})   "
        f"< {MOST_SECONDS} {'met' if met else 'MISSED'}"
    )
    print(f"  connect() again, same process   {warm[0]:.2f} ({warm[1]:.2f})")
    return met


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=7)
    options.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    given = options.parse_args()
    if given.child:
        print(json.dumps(asyncio.run(import_and_start())))
    else:
        good = [embedded(given.rounds), asyncio.run(on_a_server())]
        sys.exit(not all(good))
