"""The storm: processes that play on one database, and what befalls them."""

from __future__ import annotations

import asyncio
import contextlib
import pickle
import random
import socket
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pymongo.errors import ConnectionFailure

import desperados
from desperados.engine import driver
from tests.economy.machine.world import World, settle
from tests.storm.checker import problems_of, read_world
from tests.storm.player import RealTime, set_goals

PLAYERS = ("ann", "bob", "cole")
CROWD = 20  # characters besides those of the machine's world
# What the transaction of a process that was killed has written stays locked for so many seconds;
# a server's default is a minute.
LIFETIME = 1
TRANSIENT = ["TransientTransactionError"]
IN_TRANSACTIONS = ["find", "insert", "update", "bulkWrite", "aggregate", "findAndModify"]
FAULTS: dict[str, dict[str, Any]] = {
    "write conflicts": {
        "failCommands": ["bulkWrite", "update"], "errorCode": 112, "errorLabels": TRANSIENT,
    },
    "commits whose answer is not known": {
        "failCommands": ["commitTransaction"],
        "writeConcernError": {"code": 91, "errmsg": "shutting down"},
        "errorLabels": ["RetryableWriteError"],
    },
    "a primary that steps down": {
        "failCommands": [*IN_TRANSACTIONS, "commitTransaction"], "errorCode": 10107,
        "errorLabels": TRANSIENT,
    },
    "closed connections": {
        "failCommands": [*IN_TRANSACTIONS, "commitTransaction"], "closeConnection": True,
    },
    "slow answers": {
        "failCommands": [*IN_TRANSACTIONS, "commitTransaction"], "blockConnection": True,
        "blockTimeMS": 150,
    },
}  # fmt: skip


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


@dataclass
class Wire:
    """What players speak to the database through: connections on it can be cut, at any byte."""

    port: int
    lost: int = 0  # so many of the next answers are swallowed, with their connections
    pairs: list[tuple[asyncio.StreamWriter, asyncio.StreamWriter]] = field(default_factory=list)

    @asynccontextmanager
    async def stretched(self) -> AsyncIterator[int]:
        """Listen; gives the port."""
        listener = await asyncio.start_server(self._connect, "127.0.0.1", 0)
        try:
            yield listener.sockets[0].getsockname()[1]
        finally:
            listener.close()
            self.cut(1)

    def cut(self, share: float) -> None:
        """Cut about this share of the connections."""
        for pair in [pair for pair in self.pairs if random.random() < share]:
            self._drop(pair)

    def _drop(self, pair: tuple[asyncio.StreamWriter, asyncio.StreamWriter]) -> None:
        if pair in self.pairs:
            self.pairs.remove(pair)
        for writer in pair:
            writer.transport.abort()

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            theirs, ours = await asyncio.open_connection("127.0.0.1", self.port)
        except OSError:
            writer.transport.abort()
            return
        pair = (writer, ours)
        self.pairs.append(pair)
        await asyncio.gather(self._pump(reader, ours), self._pump(theirs, writer, answers=True))
        self._drop(pair)

    async def _pump(
        self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, *, answers: bool = False
    ) -> None:
        with contextlib.suppress(OSError):
            while data := await source.read(1 << 16):
                if answers and self.lost:
                    self.lost -= 1
                    break
                sink.write(data)
                await sink.drain()
        for pair in [pair for pair in self.pairs if sink in pair]:
            self._drop(pair)


@dataclass
class Storm:
    """One world in a storm. ``blows`` counts what befell it."""

    folder: Path
    open: AsyncExitStack
    blows: Counter[str] = field(default_factory=Counter)
    processes: dict[str, asyncio.subprocess.Process] = field(default_factory=dict)
    generations: Counter[str] = field(default_factory=Counter)
    playing: dict[str, asyncio.Task[bytes]] = field(default_factory=dict)  # done when they are
    port: int = field(default_factory=free_port)
    redis_port: int = field(default_factory=free_port)

    def __post_init__(self) -> None:
        self.wire = Wire(self.port)
        self.url = f"mongodb://127.0.0.1:{self.port}/?directConnection=true"
        self.client = driver.client_class()(self.url, appname="storm")

    # Processes

    async def begin(self) -> None:
        """Start the servers, settle the world, let the players in."""
        await self._start_redis()
        await self._start_database()
        self.open.push_async_callback(driver.close_client, self.client)
        async with desperados.connect(self.url, log_level="ERROR") as game:
            clockwork: Any = RealTime()
            nowhere: Any = None
            world = World(game, nowhere, clockwork)
            await settle(world)
            await set_goals(game)
            for _ in range(CROWD):
                await world.settle_someone(dollars=50_000, gold=20, silver=20)
        facts = ("people", "names", "staff", "gang", "uniques", "town", "born")
        known = {name: getattr(world, name) for name in facts}
        (self.folder / "facts").write_bytes(pickle.dumps(known))
        self.outer_port = await self.open.enter_async_context(self.wire.stretched())
        for name in PLAYERS:
            await self._start_player(name)
        await asyncio.gather(*self.playing.values())

    async def _start(self, name: str, *command: str) -> None:
        self.processes[name] = await asyncio.create_subprocess_exec(
            *command, stdout=asyncio.subprocess.PIPE, stderr=(self.folder / "log").open("ab")
        )

    async def _start_player(self, name: str) -> None:
        self.generations[name] += 1
        await self._start(
            name, sys.executable, "-m", "tests.storm.player",
            f"mongodb://127.0.0.1:{self.outer_port}/?directConnection=true",
            f"redis://127.0.0.1:{self.redis_port}", str(self.folder), name,
            str(self.generations[name]),
        )  # fmt: skip
        said = self.processes[name].stdout
        assert said is not None
        self.playing[name] = asyncio.create_task(said.readuntil(b"playing\n"))

    async def _start_database(self) -> None:
        await self._start(
            "database", sys.executable, "-m", "desperados", "db", "--test-commands",
            "--port", str(self.port), "--path", str(self.folder / "world.db"),
        )  # fmt: skip
        while True:
            with contextlib.suppress(ConnectionFailure):  # those of before the kill
                await self.client.admin.command(
                    {"setParameter": 1, "transactionLifetimeLimitSeconds": LIFETIME}
                )
                return

    async def _start_redis(self) -> None:
        await self._start(
            "redis", "redis-server", "--port", str(self.redis_port), "--save", "",
            "--bind", "127.0.0.1",
        )  # fmt: skip

    async def run(self, *command: str) -> int:
        """Run a command of ours to its end; its exit code."""
        await self._start(command[0], sys.executable, "-m", "desperados", *command)
        await self.processes[command[0]].communicate()
        code = self.processes[command[0]].returncode
        assert code is not None
        return code

    async def kill(self, name: str) -> None:
        """End a process as the machine's end would."""
        self.blows[f"kill {name}"] += 1
        self.processes[name].kill()
        await self.processes[name].wait()

    # The storm

    async def blow(self) -> None:
        """One thing that befalls the world."""
        befalls = {
            self.kill_player: 5,
            self.kill_database: 1,
            self.kill_redis: 1,
            self.cut: 3,
            self.lose_answers: 3,
            self.end_auctions: 2,
            self.fail: 5,
        }
        (what,) = random.choices(list(befalls), list(befalls.values()))
        await what()

    async def kill_player(self) -> None:
        """Somebody is killed while he plays, and comes back."""
        name = random.choice(PLAYERS)
        if self.playing[name].done():
            await self.kill(name)
            await self._start_player(name)

    async def kill_database(self) -> None:
        """The database is killed, and started again on what is in its file."""
        await self.kill("database")
        await self._start_database()

    async def kill_redis(self) -> None:
        """Redis is killed, and started again with nothing in it."""
        await self.kill("redis")
        await asyncio.sleep(0.3)
        await self._start_redis()

    async def cut(self) -> None:
        """Some or all connections to the database are cut."""
        self.blows["cut"] += 1
        self.wire.cut(random.choice((0.3, 1)))

    async def lose_answers(self) -> None:
        """The next commands are carried out, and nobody hears of it."""
        self.blows["answers lost"] += 1
        self.wire.lost += random.randint(1, 5)

    async def fail(self) -> None:
        """The next commands of the players fail."""
        fault = random.choice(list(FAULTS))
        self.blows[fault] += 1
        await self._arm(
            {"times": random.randint(1, 25)}, {**FAULTS[fault], "appName": "desperados"}
        )

    async def calm(self) -> None:
        """No faults any more."""
        await self._arm("off", {})

    async def _arm(self, mode: Any, data: dict[str, Any]) -> None:
        await self.client.admin.command(
            {"configureFailPoint": "failCommand", "mode": mode, "data": data}
        )

    async def end_auctions(self) -> None:
        """Some listings end now, so that there is something due."""
        self.blows["listings end"] += 1
        listings = self.client["desperados"]["marketlistings"]
        found = await listings.find({"status": "active"}, {"_id": 1}).limit(10).to_list(None)
        ids = [row["_id"] for row in found]
        await listings.update_many(
            {"_id": {"$in": ids}, "status": "active"}, {"$set": {"expiresAt": datetime.now(UTC)}}
        )

    async def rage(self, seconds: float) -> None:
        """Blow for so long; look now and then whether the world still adds up."""
        end = time.monotonic() + seconds
        looks = iter([end - seconds * part for part in (0.75, 0.5, 0.25)])
        look = next(looks)
        while time.monotonic() < end:
            await asyncio.sleep(random.uniform(0.2, 0.8))
            await self.blow()
            if time.monotonic() > look:
                self.blows["look"] += 1
                look = next(looks, end)
                stored = await asyncio.to_thread(read_world, self.url)
                assert problems_of(stored) == []

    async def settle_down(self) -> None:
        """Every call that was sent gets its answer, and the players go."""
        await self.calm()
        self.wire.lost = 0
        await asyncio.gather(*self.playing.values())
        for name in PLAYERS:
            self.processes[name].terminate()
        ends = [self.processes[name].wait() for name in PLAYERS]
        codes = await asyncio.wait_for(asyncio.gather(*ends), 60)
        assert codes == [0] * len(PLAYERS), (codes, (self.folder / "log").read_text()[-3000:])


@asynccontextmanager
async def storm(folder: Path) -> AsyncIterator[Storm]:
    """A world with its servers and players; nothing of it is left."""
    async with AsyncExitStack() as stack:
        over = Storm(folder, stack)
        try:
            await over.begin()
            yield over
        finally:
            for process in over.processes.values():
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
