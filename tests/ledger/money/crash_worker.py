"""Run as a program: transfer money at random on a durable world, and print what was acknowledged.

The test that starts it kills it in the middle.
"""

import asyncio
import random
import sys

from bson import ObjectId

import desperados
from desperados.economy import service as economy
from desperados.ledger.money.errors import InsufficientFunds


async def main(path: str, seed: str, people: list[ObjectId]) -> None:
    dice = random.Random(seed)
    async with desperados.connect(f"embedded://{path}"):

        async def trade() -> None:
            while True:
                giver, taker = dice.sample(people, 2)
                try:
                    receipt = await economy.transfer(giver, taker, dice.randint(1, 50))
                except InsufficientFunds:
                    continue
                sys.stdout.write(f"{receipt.operation}\n")
                sys.stdout.flush()

        await asyncio.gather(*(trade() for _ in range(64)))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], [ObjectId(text) for text in sys.argv[3:]]))
