"""Run as a program: play on a world as fast as it can, until it is told to stop or killed.

Every call has a key and is written down before it is sent, its end after it. Whoever is started
again with the same journal sends the calls that have no end again, with the same keys.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import pickle
import signal
import sys
import traceback
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any

from pymongo.errors import PyMongoError

import desperados
from desperados.assembly.jobs import JOBS
from desperados.economy.market.rules import minimum_bid
from desperados.engine import clock
from desperados.engine.errors import GameError, Unavailable
from desperados.engine.game import Game
from desperados.engine.work import Jobs
from tests.economy.machine.deeds import DEEDS, Call
from tests.economy.machine.world import World, quick_heartbeat

TASKS = 6
PAUSE = 0.05  # seconds before a call is sent again
LOOK = 0.5  # seconds between two looks at what there is
FEWEST, MOST = 20, 100  # characters; where there are fewer, somebody new comes


class Journal:
    """What was asked and what came of it, in a file that survives a kill."""

    def __init__(self, path: Path) -> None:
        self.unanswered = {key: call for key, call, end in read(path) if end is None}
        self._file = path.open("ab")

    def write(self, *entry: Any) -> None:
        """One entry, out of this process when the call returns."""
        self._file.write(pickle.dumps(entry))
        self._file.flush()


def read(path: Path) -> list[tuple[str, Any, Any]]:
    """Each call that was asked: its key, itself, and its end or None.

    An end is ("done", operation or None), ("refused", code) or ("failed", traceback).
    """
    calls: dict[str, Any] = {}
    ends: dict[str, Any] = {}
    if path.exists():
        with path.open("rb") as file, contextlib.suppress(EOFError, pickle.UnpicklingError):
            while True:  # the last entry may have been cut off by a kill
                what, key, value = pickle.load(file)
                (calls if what == "asked" else ends)[key] = value
    return [(key, call, ends.get(key)) for key, call in calls.items()]


@dataclass
class RealTime:
    """The clock of the machine's world, which runs here."""

    @property
    def at(self) -> datetime:
        return clock.now()


class Player:
    """Plays with several hands at once, and does the due work beside it."""

    def __init__(self, world: World, journal: Journal, name: str) -> None:
        self.world = world
        self.journal = journal
        self.name = name
        self.stop = asyncio.Event()
        self.numbers = itertools.count()

    async def play(self) -> None:
        """Until told to stop; then every call that was sent gets its answer."""
        async with asyncio.TaskGroup() as tasks:
            for key, sent in self.journal.unanswered.items():
                tasks.create_task(self._ask(key, Call(*sent)))
            for number in range(TASKS):
                tasks.create_task(self._go_on(Random(f"{self.name} {number}")))
            tasks.create_task(self._look())
            tasks.create_task(self._work())

    async def _go_on(self, chance: Random) -> None:
        deeds = [deed for deed, weight in DEEDS.items() for _ in range(weight)]
        while not self.stop.is_set():
            call = chance.choice(deeds)(self.world, chance)
            if call is None:
                await asyncio.sleep(0)
                continue
            key = f"{self.name}-{next(self.numbers)}"
            self.journal.write("asked", key, (call.function, call.args, call.kwargs))
            answer = await self._ask(key, call)
            if answer is not None:
                call.learn(answer)

    async def _ask(self, key: str, call: Call) -> Any:
        """The answer, or None for a refusal; asked until one of them is known."""
        while True:
            try:
                answer = await call.function(*call.args, **call.kwargs, key=key)
            except (Unavailable, PyMongoError):
                await asyncio.sleep(PAUSE)
                continue
            except GameError as refusal:
                if refusal.status < 500:
                    self.journal.write("ended", key, ("refused", refusal.code))
                else:
                    self.journal.write("ended", key, ("failed", traceback.format_exc()))
                return None
            except Exception:
                self.journal.write("ended", key, ("failed", f"{call}: {traceback.format_exc()}"))
                return None
            operation = getattr(answer, "operation", None)
            self.journal.write("ended", key, ("done", operation))
            return answer

    async def _look(self) -> None:
        while not self.stop.is_set():
            with contextlib.suppress(Unavailable, PyMongoError):
                await look_around(self.world)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.stop.wait(), LOOK)

    async def _work(self) -> None:
        """The due work; a worker that loses its database begins again."""
        while not self.stop.is_set():
            try:
                await Jobs(JOBS).work(self.stop)
            except (Unavailable, PyMongoError):
                await asyncio.sleep(PAUSE)


async def look_around(world: World) -> None:
    """Learn what there is to do, as others have made it."""
    database = world.game.database
    living = database["characters"].find({"deletedAt": None}, {"_id": 1}).limit(MOST)
    world.people = [row["_id"] for row in await living.to_list(None)]
    if len(world.people) < FEWEST:
        await world.settle_someone(dollars=20_000)
    pieces: Counter[tuple[str, str, None]] = Counter()
    packs = {"_id": {"$in": [f"pack:{who}" for who in world.people]}}
    for pack in await database["inventories"].find(packs).to_list(None):
        for stack in pack["items"]:
            pieces[pack["_id"], stack["itemId"], None] += stack["quantity"]
    world.pieces = pieces
    listings = await database["marketlistings"].find({"status": "active"}).limit(200).to_list(None)
    world.sellers = {row["_id"]: row["sellerId"] for row in listings}
    world.bids = {
        row["_id"]: minimum_bid(row["price"], row["currentBid"])
        for row in listings
        if row["isAuction"]
    }
    world.prices = {
        row["_id"]: (
            row.get("buyoutPrice") or row["price"],
            row["quantity"],
            row["quantity"] - row["soldQuantity"],
            row["isAuction"],
        )
        for row in listings
    }
    for row in await database["investments"].find({"status": "active"}).limit(50).to_list(None):
        world.investments.append((row["characterId"], row["_id"]))
    waiting = database["pendingrewards"].find({"claimedAt": None}).limit(100)
    world.money_waits, world.goods_wait = {}, {}
    for row in await waiting.to_list(None):
        goods = row["rewards"].get("items") or row.get("uniqueCount")
        (world.goods_wait if goods else world.money_waits)[row["_id"]] = row["characterId"]
    ground = database["grounditems"].find({"quantity": {"$gt": 0}}).limit(50)
    world.laid.extend([row["_id"] for row in await ground.to_list(None)])


async def set_goals(game: Game) -> None:
    """Two achievements, of what the players do."""
    goals = {"seller": ("market_sales", 5), "giver": ("dollars_given", 5_000)}
    await game.database["achievements"].insert_many(
        [
            {"_id": code, "name": code, "tier": "bronze", "counter": counter, "target": target}
            for code, (counter, target) in goals.items()
        ]
    )


def world_of(game: Game, facts: dict[str, Any]) -> World:
    """The world of the deeds, of which only what the facts say is known."""
    time: Any = RealTime()
    server: Any = None
    return World(game, server, time, **facts)


async def main(url: str, redis_url: str, folder: Path, name: str, generation: str) -> None:
    facts = pickle.loads((folder / "facts").read_bytes())
    journal = Journal(folder / f"{name}.journal")
    while True:
        try:
            async with desperados.connect(url, redis_url, log_level="ERROR") as game:
                player = Player(world_of(game, facts), journal, f"{name}-{generation}")
                asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, player.stop.set)
                print("playing", flush=True)
                await player.play()
                return
        except (Unavailable, PyMongoError):  # the storm blew while it came in
            await asyncio.sleep(PAUSE)


if __name__ == "__main__":
    with quick_heartbeat():
        asyncio.run(main(sys.argv[1], sys.argv[2], Path(sys.argv[3]), sys.argv[4], sys.argv[5]))
