"""A process that is killed loses nothing that it had acknowledged."""

import asyncio
import sys
from pathlib import Path

from bson import ObjectId

import desperados
from desperados.economy import service as economy
from desperados.ops.audit import audit
from tests.worlds import add_character

ROUNDS = 5
ACKNOWLEDGED = 60


async def test_everything_acknowledged_survives_five_kills(tmp_path: Path) -> None:
    path = tmp_path / "world.db"
    async with desperados.connect(f"embedded://{path}") as game:
        people = [await add_character(game, dollars=1000) for _ in range(20)]
    for number in range(ROUNDS):
        acknowledged = await run_and_kill(path, number, people)
        async with desperados.connect(f"embedded://{path}") as game:
            known = await game.database["goldtransactions"].distinct("operation")
            assert set(acknowledged) <= set(known)
            held = [(await economy.balance(person)).dollars for person in people]
            assert sum(held) == 20 * 1000
            report = await audit()
            assert report.clean, report.first


async def run_and_kill(path: Path, number: int, people: list[ObjectId]) -> list[ObjectId]:
    """Run the worker until it has acknowledged enough, and kill it in the middle of its work."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.ledger.money.crash_worker",
        str(path),
        str(number),
        *map(str, people),
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    acknowledged = []
    for _ in range(ACKNOWLEDGED):
        line = await process.stdout.readline()
        assert line, "the worker ended by itself"
        acknowledged.append(ObjectId(line.strip().decode()))
    process.kill()
    rest = await process.stdout.read()
    acknowledged += [ObjectId(line.decode()) for line in rest.split() if len(line) == 24]
    assert await process.wait() == -9
    return acknowledged
