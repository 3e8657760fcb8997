"""What the data layer costs on top of the driver, in CPU time of the client process.

    python benchmarks/data_layer.py [--rounds 7] [--operations 1600] [--only transfer]

A canned server in another process answers at once (see ``canned_server``), so only client cost
counts: the driver, Beanie, and us. Every operation runs in 32 concurrent tasks. The variants of
one case take turns, and each figure is the median of the rounds, so that a busy machine disturbs
all of them alike. Exits with 1 if a target is missed.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gc
import json
import os
import platform
import statistics
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import beanie
import bson
import pymongo
from bare_api import bare_app, json_from, json_from_beanie, listening
from beanie.odm.utils.encoder import Encoder
from beanie.odm.utils.parsing import parse_obj
from bson import ObjectId
from canned_server import canned_server
from http_load import Load, request
from samples import CHARACTERS_IN_LIST, FAMILY, USER, PlainBeanie, stored_character

import desperados
from desperados.accounts.credentials import tokens
from desperados.api.app import create_app
from desperados.api.serving.logging import configure_logging
from desperados.characters.documents import Character
from desperados.economy import service as economy
from desperados.engine import driver
from desperados.engine.game import Game

TASKS = 32
PAIRS = [(ObjectId(), ObjectId()) for _ in range(TASKS)]  # who pays whom, one pair a task
ENOUGH = {"$gte": 5}
PAY = {"$inc": {"dollars": -5}}
RECEIVE = {"$inc": {"dollars": 5}}
KEY = "0123456789abcdef"

# One operation; the argument is the number of the task that runs it.
Operation = Callable[[int], Awaitable[Any]]
# Runs so many operations at once, and returns when all are done.
Run = Callable[[int], Awaitable[None]]


@dataclass(frozen=True)
class Case:
    """One thing to do, in several ways. ``weight`` is how many usual operations it is worth."""

    name: str
    runs: dict[str, Run]
    weight: int = 1
    most_of_driver: float | None = None  # target: ours is at most this many times the driver's
    least_of_beanie: float | None = None  # target: Beanie's is at least this many times ours


@dataclass
class Costs:
    """Microseconds of CPU time of one operation, in each round, by variant."""

    case: Case
    rounds: dict[str, list[float]] = field(default_factory=dict)

    def median(self, variant: str) -> float:
        """The figure of one variant."""
        return statistics.median(self.rounds[variant])


def together(operation: Operation) -> Run:
    """Run an operation in 32 tasks at once."""

    async def task(number: int, times: int) -> None:
        for _ in range(times):
            await operation(number)

    async def run(count: int) -> None:
        await asyncio.gather(*(task(number, max(1, count // TASKS)) for number in range(TASKS)))

    return run


def reads(game: Game) -> list[Case]:
    """Point reads and lists."""
    characters = game.database["characters"]
    one = PAIRS[0][0]

    async def all_skills(_: int) -> None:
        found = await Character.load_one({"_id": one})
        assert found is not None
        assert sum(skill.level for skill in found.skills.values())

    async def all_beanie_skills(_: int) -> None:
        found = await PlainBeanie.get(one)
        assert found is not None
        assert sum(skill.level for skill in found.skills.values())

    async def driver_list(_: int) -> None:
        found = await characters.find({"level": 12}).limit(CHARACTERS_IN_LIST).to_list(None)
        assert len(found) == CHARACTERS_IN_LIST

    return [
        Case(
            "point read, hydrated",
            {
                "driver": together(lambda _: characters.find_one({"_id": one})),
                "beanie": together(lambda _: PlainBeanie.get(one)),
                "ours": together(lambda _: Character.load_one({"_id": one})),
            },
            most_of_driver=1.2,
        ),
        Case(
            "the same through Character.get()",
            {
                "driver": together(lambda _: characters.find_one({"_id": one})),
                "beanie": together(lambda _: PlainBeanie.get(one)),
                "ours": together(lambda _: Character.get(one)),
            },
        ),
        Case(
            "point read, all 30 skills used",
            {
                "driver": together(lambda _: characters.find_one({"_id": one})),
                "beanie": together(all_beanie_skills),
                "ours": together(all_skills),
            },
        ),
        Case(
            f"list of {CHARACTERS_IN_LIST}, hydrated",
            {
                "driver": together(driver_list),
                "beanie": together(
                    lambda _: PlainBeanie.find({"level": 12}).limit(CHARACTERS_IN_LIST).to_list()
                ),
                "ours": together(
                    lambda _: Character.load_many({"level": 12}, limit=CHARACTERS_IN_LIST)
                ),
            },
            weight=20,
            most_of_driver=1.5,
        ),
    ]


def writes(game: Game) -> list[Case]:
    """Inserts and guarded updates."""
    characters = game.database["characters"]
    raw = stored_character()

    async def guarded(collection: Any, number: int) -> None:
        result = await collection.update_one({"_id": PAIRS[number][0], "dollars": ENOUGH}, PAY)
        assert result.matched_count == 1

    new = {name: value for name, value in raw.items() if name not in {"_id", "__v"}}
    return [
        Case(
            "insert",
            {
                "driver": together(lambda _: characters.insert_one({**new})),
                "beanie": together(lambda _: PlainBeanie(**new).insert()),
                "ours": together(lambda _: Character(**new).insert()),
            },
        ),
        Case(
            "guarded update",
            {
                "driver": together(lambda number: guarded(characters, number)),
                "beanie": together(
                    lambda number: PlainBeanie.find_one(
                        {"_id": PAIRS[number][0], "dollars": ENOUGH}
                    ).update(PAY)
                ),
                "ours": together(lambda number: guarded(Character.collection(), number)),
            },
        ),
    ]


def single_commands(game: Game) -> dict[str, Operation]:
    """The four commands that a transfer could not do without, one by one in a transaction."""
    characters, rows = game.database["characters"], game.database["goldtransactions"]

    @contextlib.asynccontextmanager
    async def transaction() -> AsyncIterator[Any]:
        session = await driver.start_session(game.client)
        await driver.start_transaction(session, 10_000)
        yield session
        await session.commit_transaction()
        await session.end_session()

    def row(sender: ObjectId) -> dict[str, Any]:
        return {"characterId": sender, "currency": "dollars", "amount": -5, "balanceAfter": 14_995}

    async def with_driver(number: int) -> None:
        sender, recipient = PAIRS[number]
        async with transaction() as session:
            await characters.find_one({"_id": sender}, {"dollars": 1}, session=session)
            await characters.update_one({"_id": sender, "dollars": ENOUGH}, PAY, session=session)
            await characters.update_one({"_id": recipient}, RECEIVE, session=session)
            await rows.insert_one(row(sender), session=session)

    async def with_beanie(number: int) -> None:
        sender, recipient = PAIRS[number]
        async with transaction() as session:
            await PlainBeanie.get(sender, session=session)
            await PlainBeanie.find_one({"_id": sender, "dollars": ENOUGH}).update(
                PAY, session=session
            )
            await PlainBeanie.find_one({"_id": recipient}).update(RECEIVE, session=session)
            await rows.insert_one(row(sender), session=session)

    return {"driver": with_driver, "beanie": with_beanie}


def transfers(game: Game) -> Case:
    """A whole transfer: both balances, both rows of the ledger, and the key."""

    async def ours(number: int) -> None:
        receipt = await economy.transfer(*PAIRS[number], 5, key=KEY)
        assert receipt.amount == -5

    return Case(
        "full transfer / four single commands",
        {name: together(run) for name, run in {**single_commands(game), "ours": ours}.items()},
        weight=3,
        most_of_driver=1.0,
    )


def conversions() -> list[Case]:
    """Between BSON and objects, without any server."""
    raw = stored_character()
    encoded = bson.encode(raw)
    theirs, ours = parse_obj(PlainBeanie, dict(raw)), Character.hydrate(dict(raw))
    encoder = Encoder(to_db=True)

    def plain(function: Callable[[], Any]) -> Run:
        async def run(count: int) -> None:
            for _ in range(count):
                function()

        return run

    def decoded() -> dict[str, Any]:
        return bson.decode(encoded, driver.CODEC)

    return [
        Case(
            "decode: BSON to object",
            {
                "driver": plain(decoded),
                "beanie": plain(lambda: parse_obj(PlainBeanie, decoded())),
                "ours": plain(lambda: Character.hydrate(decoded())),
            },
            least_of_beanie=2.0,
        ),
        Case(
            "encode: object to BSON",
            {
                "driver": plain(lambda: bson.encode(raw)),
                "beanie": plain(lambda: bson.encode(encoder.encode(theirs))),
                "ours": plain(lambda: bson.encode(ours.to_mongo())),
            },
            least_of_beanie=2.0,
        ),
    ]


def over_http(game: Game, load: Load, ports: dict[str, int]) -> list[Case]:
    """The API beside bare handlers that only do the driver's work, without asking who calls."""
    claims = tokens.new_claims(USER, FAMILY, 0, 60)
    bearer = {"Authorization": f"Bearer {tokens.sign(claims, game.token_secret)}"}

    def gets(variant: str) -> Run:
        paths = [f"/api/v1/characters/{sender}" for sender, _ in PAIRS]
        asked = [request("GET", path, **bearer) for path in paths]
        return lambda count: load.send(ports[variant], asked, count)

    def posts(variant: str) -> Run:
        asked = [
            request(
                "POST",
                f"/api/v1/characters/{sender}/transfers",
                json.dumps({"recipientId": str(recipient), "amount": 5}),
                **bearer,
                **{"Idempotency-Key": KEY},
            )
            for sender, recipient in PAIRS
        ]
        return lambda count: load.send(ports[variant], asked, count)

    variants = ("driver", "beanie", "ours")
    return [
        Case("API GET of a character", {name: gets(name) for name in variants}, weight=2),
        Case("API POST of a transfer", {name: posts(name) for name in variants}, weight=4),
    ]


async def measure(cases: list[Case], rounds: int, operations: int) -> list[Costs]:
    """Run every variant of every case once unmeasured, then in each round once."""
    costs = []
    for case in cases:
        cost = Costs(case, {name: [] for name in case.runs})
        count = max(TASKS, operations // case.weight // TASKS * TASKS)
        for run in case.runs.values():
            await run(TASKS * 2)
        for _ in range(rounds):
            for name, run in case.runs.items():
                gc.collect()
                start = time.process_time()
                await run(count)
                cost.rounds[name].append((time.process_time() - start) / count * 1e6)
        costs.append(cost)
        print(line(cost), flush=True)
    return costs


def line(cost: Costs) -> str:
    """One line of the table."""
    base, theirs, ours = (cost.median(name) for name in ("driver", "beanie", "ours"))
    target = ""
    if cost.case.most_of_driver is not None:
        target = f"<= {cost.case.most_of_driver:.1f} x driver"
    elif cost.case.least_of_beanie is not None:
        target = f">= {cost.case.least_of_beanie:.1f} x faster"
    verdict = "" if not target else "met" if is_met(cost) else "MISSED"
    return (
        f"{cost.case.name:38}{base:10.1f}{theirs:10.1f}{ours:10.1f}"
        f"{ours / base:11.2f}{theirs / ours:13.2f}   {target:16}{verdict}"
    )


def is_met(cost: Costs) -> bool:
    """Whether the case reaches its target, if it has one."""
    base, theirs, ours = (cost.median(name) for name in ("driver", "beanie", "ours"))
    most, least = cost.case.most_of_driver, cost.case.least_of_beanie
    return (most is None or ours <= most * base) and (least is None or theirs >= least * ours)


HEAD = (
    f"{'CPU time of one operation, us':38}{'driver':>10}{'Beanie':>10}{'ours':>10}"
    f"{'of driver':>11}{'than Beanie':>13}   target"
)


async def main(rounds: int, operations: int, only: str) -> bool:
    """Measure and print; whether all targets were met."""
    print(
        f"{platform.processor() or platform.machine()}, Python {platform.python_version()}, "
        f"PyMongo {pymongo.version}, Beanie {beanie.__version__}, {TASKS} tasks, "
        f"median of {rounds} rounds"
    )
    # Log lines are written as in production, and thrown away.
    with canned_server() as (mongodb, redis), Path(os.devnull).open("w") as nowhere:
        async with desperados.connect(mongodb, redis, log_format="json") as game:
            await beanie.init_beanie(
                database=game.database, document_models=[PlainBeanie], skip_indexes=True
            )
            with contextlib.redirect_stderr(nowhere):
                configure_logging(game.settings)
            transfer = single_commands(game)
            apps = {
                "driver": bare_app(json_from(game.database["characters"]), transfer["driver"]),
                "beanie": bare_app(json_from_beanie, transfer["beanie"]),
            }
            async with listening({**apps, "ours": create_app(game)}) as ports:
                load = await Load.start()
                cases = [
                    *reads(game),
                    *writes(game),
                    transfers(game),
                    *conversions(),
                    *over_http(game, load, ports),
                ]
                print(HEAD)
                costs = await measure([c for c in cases if only in c.name], rounds, operations)
                await load.stop()
    return all(is_met(cost) for cost in costs)


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=7)
    options.add_argument("--operations", type=int, default=1600, help="per round and variant")
    options.add_argument("--only", default="", help="cases whose name holds this")
    given = options.parse_args()
    sys.exit(not asyncio.run(main(given.rounds, given.operations, given.only)))
