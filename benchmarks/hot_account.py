"""What a hot account costs: 64 writers on one treasury against 64 writers on one each.

    python benchmarks/hot_account.py [deposits]

Prints deposits per second for each, and the ratio that must stay within 2. The last line shows the
same hot treasury without its queue: what the queue is for.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable
from typing import Any

from bson import ObjectId

import desperados
from desperados.economy import treasury
from desperados.engine.errors import Contention
from desperados.engine.game import Game
from desperados.engine.transactions import transactional
from desperados.ledger.money import ledger
from desperados.ledger.money.accounts import treasury as chest
from desperados.ledger.money.accounts import wallet
from desperados.ledger.money.documents import Currency
from desperados.ledger.money.operations import OperationKind
from desperados.ledger.money.sources import Source

WRITERS = 64
ROUNDS = 3

Deposit = Callable[[ObjectId, ObjectId, int], Awaitable[Any]]


@transactional
async def without_queue(actor: ObjectId, gang_id: ObjectId, amount: int) -> None:
    """The same posting by whoever comes."""
    await ledger.post(
        ledger.move(
            wallet(actor), chest(gang_id), Currency.DOLLARS, amount, Source.TREASURY_DEPOSIT
        ),
        OperationKind.TREASURY,
    )


async def main(deposits: int) -> None:
    """Measure, the best of three rounds each, in turn."""
    async with desperados.connect(log_level="ERROR") as game:
        people = await add_people(game)
        gangs = await add_gangs(game)
        own = hot = 0.0
        for _ in range(ROUNDS):
            own = max(own, (await rate(treasury.deposit, people, gangs, deposits))[0])
            hot = max(hot, (await rate(treasury.deposit, people, gangs[:1], deposits))[0])
        unqueued, refused = await rate(without_queue, people, gangs[:1], deposits // 4)
    print(f"64 writers, a treasury each   {own:8,.0f} deposits/s")
    print(f"64 writers, one treasury      {hot:8,.0f} deposits/s")
    print(f"ratio                         {own / hot:8.2f}  (must stay below 2)")
    print(f"one treasury, no queue        {unqueued:8,.0f} deposits/s, {refused} gave up")


async def rate(
    deposit: Deposit, people: list[ObjectId], gangs: list[ObjectId], deposits: int
) -> tuple[float, int]:
    """Deposits per second of 64 writers who share ``gangs``, and how many gave up."""
    made = refused = 0

    async def write(number: int) -> None:
        nonlocal made, refused
        for _ in range(deposits // WRITERS):
            try:
                await deposit(people[number], gangs[number % len(gangs)], 1)
                made += 1
            except Contention:
                refused += 1

    began = time.perf_counter()
    await asyncio.gather(*(write(number) for number in range(WRITERS)))
    return made / (time.perf_counter() - began), refused


async def add_people(game: Game) -> list[ObjectId]:
    """Characters with a million dollars each, by hand: only the wallet matters here."""
    people = [ObjectId() for _ in range(WRITERS)]
    await game.database["characters"].insert_many(
        [
            {
                "_id": who,
                "userId": ObjectId(),
                "currentLocationId": ObjectId(),
                "name": str(who),
                "dollars": 1_000_000,
            }
            for who in people
        ]
    )
    return people


async def add_gangs(game: Game) -> list[ObjectId]:
    """A gang for each writer."""
    gangs = [ObjectId() for _ in range(WRITERS)]
    await game.database["gangs"].insert_many(
        [{"_id": gang, "name": str(gang), "tag": str(gang), "treasury": 0} for gang in gangs]
    )
    return gangs


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 2_000))
