"""Two calls of the API beside what a team would write on three other stacks.

    make bench-peers
    python benchmarks/against_peers.py [--rounds 5] [--calls 640] [--warm-up 2560] [--only ours]

The peers (``benchmarks/peers``) make the same checks on the same store: signature of the token,
revocation, two rate limits, ownership; a transfer has its limits, both wallets, two rows of the
ledger and an idempotency key in one transaction. MongoDB is ``desperados db`` over TCP, with a
database for each server; Redis is a real one. What counts is the CPU time of the serving process,
all its threads, for one call: of the first calls after its start (cold), and when it has
warmed up. Servers take turns, and each figure is the median of the rounds. Exits with 1 if ours
costs more than half of Express and Mongoose.

It runs on Linux and needs Node, the packages that ``make bench-peers`` installs, and redis-server.
All of it listens on the loopback interface only and ends with the run.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import functools
import hashlib
import json
import os
import secrets
import shutil
import socket
import statistics
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
from bson import ObjectId
from http_load import Load, request
from pymongo import AsyncMongoClient
from samples import stored_character, user_row

import desperados
from desperados.accounts.credentials import tokens

HERE = Path(__file__).parent
BIN = Path(sys.executable).parent
PEERS = HERE / "peers"
TARGET = 0.5  # of Express and Mongoose

CONNECTIONS = 32
COLD_CALLS = 160
TRANSFERS_AN_HOUR = 10  # the most that an account may make
RATE_SCALE = 10_000.0  # limits are counted, and never reached
SECRET = secrets.token_urlsafe(48)
KEY = hashlib.sha256(b"desperados access token\0" + SECRET.encode()).digest()
START_SECONDS = 30

CHARACTERS = "/api/v1/characters"


@dataclass
class Player:
    """Somebody who pays somebody else, and keeps an access token for as long as it is good."""

    user: ObjectId = field(default_factory=ObjectId)
    character: ObjectId = field(default_factory=ObjectId)
    family: ObjectId = field(default_factory=ObjectId)
    payee_user: ObjectId = field(default_factory=ObjectId)
    payee: ObjectId = field(default_factory=ObjectId)

    @functools.cached_property
    def bearer(self) -> dict[str, str]:
        """The header that says who calls."""
        claims = tokens.new_claims(self.user, self.family, 0, 60)
        return {"Authorization": f"Bearer {tokens.sign(claims, SECRET)}"}


@dataclass(frozen=True)
class Stack:
    """One way to serve the API: the program, and where Node finds its packages."""

    name: str
    command: tuple[str, ...]


STACKS = {
    "ours": Stack("ours", (str(BIN / "desperados"), "serve")),
    "express": Stack("Express + Mongoose", ("node", str(PEERS / "express_mongoose.js"))),
    "fastapi": Stack("FastAPI + Beanie", (sys.executable, str(PEERS / "fastapi_beanie.py"))),
    "aiohttp": Stack("aiohttp + PyMongo", (sys.executable, str(PEERS / "aiohttp_pymongo.py"))),
}


@dataclass(frozen=True)
class Sizes:
    """How many calls each server gets."""

    rounds: int
    calls: int
    warm_up: int

    @property
    def total(self) -> int:
        """All of them."""
        return COLD_CALLS + self.warm_up + self.rounds * self.calls


@dataclass
class Server:
    """A running server, and how much CPU time its calls took (microseconds each)."""

    stack: str
    port: int
    process: asyncio.subprocess.Process
    cold: float = 0.0
    rounds: list[float] = field(default_factory=list)

    @property
    def warm(self) -> float:
        """The figure that counts."""
        return statistics.median(self.rounds)


def cpu_seconds(pid: int) -> float:
    """CPU time of a process so far, all threads."""
    return time.clock_gettime(~pid << 3 | 2)  # what clock_getcpuclockid(3) makes of it on Linux


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextlib.asynccontextmanager
async def running(
    *command: str, port: int, **environment: str
) -> AsyncIterator[asyncio.subprocess.Process]:
    """A program that listens on ``port``, ended with the block."""
    process = await asyncio.create_subprocess_exec(
        *command,
        env={**os.environ, **environment},
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        await listens(process, command, port)
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def listens(process: asyncio.subprocess.Process, command: Any, port: int) -> None:
    """Wait until the program takes connections."""
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and process.returncode is None:
        with contextlib.suppress(OSError):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.close()
            return
        await asyncio.sleep(0.05)
    raise RuntimeError(f"This does not start: {' '.join(command)}")


@contextlib.asynccontextmanager
async def stores() -> AsyncIterator[tuple[str, str]]:
    """The URLs of a MongoDB and a Redis that hold nothing yet."""
    mongodb, redis = free_port(), free_port()
    async with (
        running(str(BIN / "desperados"), "db", "--port", str(mongodb), port=mongodb),
        running(
            *("redis-server", "--bind", "127.0.0.1", "--port", str(redis)),
            *("--save", "", "--appendonly", "no"),
            port=redis,
        ),
    ):
        yield f"mongodb://127.0.0.1:{mongodb}/?directConnection=true", f"redis://127.0.0.1:{redis}"


@contextlib.asynccontextmanager
async def serving(stack: str, mongodb: str, redis: str, database: str) -> AsyncIterator[Server]:
    """A server of this stack."""
    port = free_port()
    settings = {
        "PEER_PORT": str(port),
        "PEER_MONGODB_URL": mongodb,
        "PEER_DATABASE": database,
        "PEER_REDIS_URL": redis,
        "PEER_TOKEN_KEY": KEY.hex(),
        "PEER_RATE_SCALE": str(RATE_SCALE),
        "NODE_ENV": "production",
        "NODE_PATH": str(BIN.parent / "peers" / "node_modules"),
        "DESPERADOS_MODE": "production",
        "DESPERADOS_PORT": str(port),
        "DESPERADOS_MONGODB_URL": mongodb,
        "DESPERADOS_DATABASE": database,
        "DESPERADOS_REDIS_URL": redis,
        "DESPERADOS_TOKEN_SECRET": SECRET,
        "DESPERADOS_RATE_LIMIT_SCALE": str(RATE_SCALE),
        "DESPERADOS_LOG_FORMAT": "json",
    }
    async with running(*STACKS[stack].command, port=port, **settings) as process:
        yield Server(stack, port, process)


async def fill(mongodb: str, database: str, players: list[Player]) -> None:
    """A world with these players."""
    async with desperados.connect(mongodb, database=database):
        pass  # makes the indexes
    async with AsyncMongoClient[dict[str, Any]](mongodb) as client:
        store = client[database]
        users, sessions, characters = [], [], []
        for player in players:
            for user, character in (
                (player.user, player.character),
                (player.payee_user, player.payee),
            ):
                names = {"username": f"user {user}", "usernameFolded": f"user {user}"}
                address = {"email": f"{user}@example.org"}
                users.append({**user_row(), "_id": user, **names, **address})
                characters.append(
                    {
                        **stored_character(),
                        "_id": character,
                        "userId": user,
                        "name": f"character {character}",
                        "ledgerSeq": {"dollars": 1, "gold": 1, "silver": 1},
                    }
                )
            sessions.append(
                {
                    "userId": player.user,
                    "token": hashlib.sha256(player.family.binary).hexdigest(),
                    "familyId": player.family,
                    "status": "active",
                    "createdAt": datetime.now(UTC),
                    "expiresAt": datetime.now(UTC) + timedelta(days=30),
                }
            )
        await store.users.insert_many(users)
        await store.refreshtokens.insert_many(sessions)
        await store.characters.insert_many(characters)


def gets(players: list[Player]) -> Iterator[str]:
    """GETs of the players' characters, for ever."""
    while True:
        for player in players:
            yield request("GET", f"{CHARACTERS}/{player.character}", **player.bearer)


def transfers(players: list[Player]) -> Iterator[str]:
    """Transfers, each player's in turn."""
    for number in range(TRANSFERS_AN_HOUR):
        for player in players:
            yield request(
                "POST",
                f"{CHARACTERS}/{player.character}/transfers",
                json.dumps({"recipientId": str(player.payee), "amount": 5}),
                **player.bearer,
                **{"Idempotency-Key": f"rent-{number}"},
            )


async def check(server: Server, player: Player, other: Player, mongodb: str, name: str) -> None:
    """Make sure that this server makes the checks that the figures are for."""
    address = f"http://127.0.0.1:{server.port}{CHARACTERS}"
    mine, key = f"{address}/{player.character}", {"Idempotency-Key": "check"}
    body = {"recipientId": str(player.payee), "amount": 5}
    async with aiohttp.ClientSession() as http, AsyncMongoClient[dict[str, Any]](mongodb) as client:
        store = client[name]

        async def expect(status: int, method: str, url: str, **more: Any) -> Any:
            async with http.request(method, url, **more) as answer:
                text = await answer.text()
                if answer.status != status:
                    raise RuntimeError(f"{server.stack}: {answer.status}, not {status}: {text}")
                return json.loads(text)

        forged = {"Authorization": player.bearer["Authorization"][:-3] + "abc"}
        await expect(401, "GET", mine, headers=forged)
        await expect(404, "GET", mine, headers=other.bearer)
        shown = await expect(200, "GET", mine, headers=player.bearer)
        if len(shown["skills"]) != 30 or shown["powers"].keys() != {
            *("combat", "cunning", "spirit", "craft")
        }:
            raise RuntimeError(f"{server.stack}: not the whole character: {shown}")
        pay = {"headers": {**player.bearer, **key}}
        await expect(422, "POST", f"{mine}/transfers", json={**body, "amount": "5"}, **pay)
        first = await expect(200, "POST", f"{mine}/transfers", json=body, **pay)
        again = await expect(200, "POST", f"{mine}/transfers", json=body, **pay)
        await expect(409, "POST", f"{mine}/transfers", json={**body, "amount": 6}, **pay)
        rows = await store.goldtransactions.count_documents(
            {"operation": ObjectId(first["operation"])}
        )
        if first["operation"] != again["operation"] or rows != 2:
            raise RuntimeError(f"{server.stack}: a key moved money {rows / 2} times")
        for number in range(TRANSFERS_AN_HOUR - 1):
            pay["headers"]["Idempotency-Key"] = f"check-{number}"
            await expect(200, "POST", f"{mine}/transfers", json=body, **pay)
        pay["headers"]["Idempotency-Key"] = "one too many"
        await expect(429, "POST", f"{mine}/transfers", json=body, **pay)
        closed = {"$set": {"status": "revoked"}}
        await store.refreshtokens.update_one({"familyId": player.family}, closed)
        await expect(401, "GET", mine, headers=player.bearer)


async def measure(servers: list[Server], calls: Callable[[], Iterator[str]], sizes: Sizes) -> None:
    """The first calls of each server, its warm-up, and the rounds in which they take turns."""
    load = await Load.start()
    requests = {server.stack: calls() for server in servers}

    async def send(server: Server, number: int) -> float:
        texts = [next(requests[server.stack]) for _ in range(number)]
        before = cpu_seconds(server.process.pid)
        await load.send_once(server.port, texts, CONNECTIONS)
        return (cpu_seconds(server.process.pid) - before) / number * 1e6

    for server in servers:
        server.cold = await send(server, COLD_CALLS)
    for server in servers:
        await send(server, sizes.warm_up)
    for _ in range(sizes.rounds):
        for server in servers:
            server.rounds.append(await send(server, sizes.calls))
    await load.stop()


def report(title: str, servers: list[Server]) -> bool:
    """Print one table; whether ours is within its target."""
    print(f"\n{title:24}{'cold':>8}{'warm':>8}{'ours / this one':>18}   target")
    figures = {server.stack: server for server in servers}
    ours = figures.get("ours")
    met = True
    for server in servers:
        line = f"{STACKS[server.stack].name:24}{server.cold:8.0f}{server.warm:8.0f}"
        if ours is not None and server is not ours:
            line += f"{ours.warm / server.warm:18.2f}"
            if server.stack == "express":
                met = ours.warm <= TARGET * server.warm
                line += f"   <= {TARGET}  {'met' if met else 'MISSED'}"
        print(line, flush=True)
    return met


async def main(sizes: Sizes, only: list[str]) -> bool:
    """Measure and print; whether the targets were met."""
    accounts = -(-sizes.total // TRANSFERS_AN_HOUR // CONNECTIONS) * CONNECTIONS
    checked, other, *players = [Player() for _ in range(accounts + 2)]
    print(
        f"CPU time of the serving process for one call, us. {CONNECTIONS} connections, "
        f"{sizes.warm_up} calls of warm-up, median of {sizes.rounds} rounds of {sizes.calls} calls",
        flush=True,
    )
    met = []
    async with stores() as (mongodb, redis):
        for stack in only:
            await fill(mongodb, f"bench_{stack}", [checked, other, *players])
        for title, calls in (("GET of a character", gets), ("POST of a transfer", transfers)):
            async with contextlib.AsyncExitStack() as opened:
                servers = [
                    await opened.enter_async_context(
                        serving(stack, mongodb, f"{redis}/{number}", f"bench_{stack}")
                    )
                    for number, stack in enumerate(only)
                ]
                if calls is gets:
                    for server in servers:
                        await check(server, checked, other, mongodb, f"bench_{server.stack}")
                await measure(servers, functools.partial(calls, players), sizes)
                met.append(report(title, servers))
    return all(met)


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--calls", type=int, default=640, help="per round and server")
    options.add_argument("--warm-up", type=int, default=2560)
    options.add_argument("--only", default=",".join(STACKS), help=f"of {', '.join(STACKS)}")
    given = options.parse_args()
    for program in ("node", "redis-server"):
        if shutil.which(program) is None:
            sys.exit(f"This needs {program}.")
    sys.exit(
        not asyncio.run(
            main(Sizes(given.rounds, given.calls, given.warm_up), given.only.split(","))
        )
    )
