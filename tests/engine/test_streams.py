"""Long loops let others have their turn; what they give is what there is, in its order."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from bson import ObjectId
from hypothesis import given
from hypothesis import strategies as st

from desperados.economy.watch import report
from desperados.engine import clock
from desperados.engine.game import Game
from desperados.engine.manifest.auditing import Check
from desperados.engine.storage.streams import (
    SLICE,
    SORTED_AT_ONCE,
    batches_by_id,
    in_order,
    sliced,
    stream,
)
from desperados.engine.transactions import snapshot
from desperados.ledger.money import audit


async def each(count: int) -> AsyncIterator[int]:
    """An iterator that never waits for anything."""
    for number in range(count):
        yield number


async def longest_run(work: Callable[[], Awaitable[Any]], done: Callable[[], int]) -> int:
    """How much of ``work`` was ``done`` at most between two turns of another task."""
    longest = last = 0

    async def other() -> None:
        nonlocal longest, last
        while True:
            longest, last = max(longest, done() - last), done()
            await asyncio.sleep(0)

    task = asyncio.create_task(other())
    await asyncio.sleep(0)
    await work()
    task.cancel()
    return max(longest, done() - last)


@pytest.mark.parametrize(
    "rows", [lambda: range(1_000), lambda: each(1_000)], ids=["list", "cursor"]
)
async def test_others_have_their_turn_after_every_slice(rows: Callable[[], Any]) -> None:
    seen: list[int] = []

    async def read() -> None:
        async for row in sliced(rows(), 50):
            seen.append(row)  # noqa: PERF401 - others look at how far it has come

    async def read_at_once() -> None:
        async for row in each(1_000):
            seen.append(row)  # noqa: PERF401

    assert await longest_run(read, lambda: len(seen)) == 50
    assert seen == list(range(1_000))
    assert await longest_run(read_at_once, lambda: len(seen)) >= 1_000


@given(st.lists(st.integers(-(2**40), 2**40)))
def test_in_order_is_what_sorted_gives(numbers: list[int]) -> None:
    assert asyncio.run(in_order(numbers)) == sorted(numbers)


async def test_many_numbers_are_sorted_in_pieces() -> None:
    numbers = [n * 7919 % 100_003 for n in range(30_000)]
    compared = 0

    class Counted(int):
        def __lt__(self, other: int) -> bool:
            nonlocal compared
            compared += 1
            return int(self) < int(other)

    found: list[int] = []

    async def sort() -> None:
        found.extend(await in_order(map(Counted, numbers)))

    at_once = SORTED_AT_ONCE * 13  # comparisons, each number with its place among so many
    assert await longest_run(sort, lambda: compared) <= at_once
    assert found == sorted(numbers)
    assert compared > 4 * at_once


@pytest.mark.parametrize("size", [1, 3, 10, 11])
async def test_batches_by_id_give_each_document_once_and_go_on_where_they_are_told(
    game: Game, size: int
) -> None:
    rows = game.database["rows"]
    await rows.insert_many([{"_id": n, "even": n % 2 == 0} for n in range(10)])
    batches = [batch async for batch in batches_by_id(rows, {}, size=size)]
    assert [row["_id"] for batch in batches for row in batch] == list(range(10))
    assert all(0 < len(batch) <= size for batch in batches)
    after = [batch async for batch in batches_by_id(rows, {"_id": {"$lt": 8}}, after=4, size=size)]
    assert [row["_id"] for batch in after for row in batch] == [5, 6, 7]


@pytest.mark.parametrize("sort", [[("_id", 1)], [("n", 1)]], ids=["by id", "by a date"])
async def test_a_stream_has_everything_in_its_order_within_a_snapshot(
    game: Game, sort: list[tuple[str, int]]
) -> None:
    rows = game.collection("rows")
    await game.database["rows"].create_index("n")
    await game.database["rows"].insert_many([{"_id": n, "n": n} for n in range(1_203)])
    found = []
    async with snapshot():
        async for row in stream(rows, {"_id": {"$gt": 1}}, {"n": 1}, sort=sort):
            if not found:
                await game.database["rows"].insert_one({"_id": 5_000, "n": 5_000})
            found.append(row["n"])
    assert found == list(range(2, 1_203))


@pytest.mark.parametrize(
    ("read", "owner", "name"),
    [
        (lambda: report.economy_report(days=1), report._Window, "add"),
        (lambda: audit.check_chains(Check("chains"), lambda *_: None), audit, "_problem_of"),
    ],
    ids=["report", "audit"],
)
async def test_who_reads_the_whole_ledger_lets_others_have_their_turn(
    game: Game,
    monkeypatch: pytest.MonkeyPatch,
    read: Callable[[], Awaitable[Any]],
    owner: Any,
    name: str,
) -> None:
    """However many rows there are: no more than a slice of them is looked at in one turn."""
    row = {"amount": 10, "balanceBefore": 0, "balanceAfter": 10, "seq": 1}
    row |= {"type": "earn", "source": "job_wage", "currency": "dollars"}
    at = clock.now() - timedelta(minutes=1)
    await game.database["goldtransactions"].insert_many(
        [{"characterId": ObjectId(), "createdAt": at, **row} for _ in range(12 * SLICE)]
    )
    looked = 0
    plain = getattr(owner, name)

    def look(*args: Any) -> Any:
        nonlocal looked
        looked += 1
        return plain(*args)

    monkeypatch.setattr(owner, name, look)
    assert await longest_run(read, lambda: looked) <= SLICE
    assert looked == 12 * SLICE
