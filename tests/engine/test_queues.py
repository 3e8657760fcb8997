"""Queues: calls at one hot document wait their turn, others go past them."""

import asyncio
import gc

import pytest
from bson import ObjectId

from desperados.engine import queues
from desperados.engine.commands import command
from desperados.engine.errors import Contention
from desperados.engine.game import Game, current_game
from desperados.engine.transactions import transaction
from desperados.engine.views import View
from tests.games import open_game

running: dict[ObjectId, int] = {}
most: dict[ObjectId, int] = {}
order: list[int] = []


class Count(View):
    count: int


@command(queue="pool")
async def add_to(
    actor: ObjectId, pool: ObjectId, *, number: int = 0, key: str | None = None
) -> Count:
    """Add one to a counter, slowly."""
    running[pool] = running.get(pool, 0) + 1
    most[pool] = max(most.get(pool, 0), running[pool])
    pools = current_game().collection("pools")
    try:
        found = await pools.find_one({"_id": pool}) or {"count": 0}
        await asyncio.sleep(0.001)
        await pools.update_one({"_id": pool}, {"$set": {"count": found["count"] + 1}}, upsert=True)
        order.append(number)
        if number < 0:
            raise RuntimeError
    finally:
        running[pool] -= 1
    return Count(count=found["count"] + 1)


@command(queue="pool")
async def empty(pool: ObjectId) -> None:
    """Forget a counter."""
    most[pool] = max(most.get(pool, 0), running.get(pool, 0) + 1)
    await current_game().collection("pools").delete_one({"_id": pool})


async def test_calls_of_one_queue_never_meet_and_so_never_conflict(game: Game) -> None:
    pool = ObjectId()
    await asyncio.gather(*(add_to(ObjectId(), pool) for _ in range(64)))
    assert most[pool] == 1
    assert game.conflicts == 0
    assert (await game.database["pools"].find_one({"_id": pool}))["count"] == 64


async def test_who_comes_first_is_served_first(game: Game) -> None:
    order.clear()
    pool = ObjectId()
    await asyncio.gather(*(add_to(ObjectId(), pool, number=n) for n in range(20)))
    assert order == list(range(20))


async def test_queues_of_different_values_do_not_wait_for_each_other(game: Game) -> None:
    one, other = ObjectId(), ObjectId()
    async with queues.in_turn(one), asyncio.timeout(2):
        await add_to(ObjectId(), other)


async def test_two_commands_share_the_queue_of_a_document(game: Game) -> None:
    pool = ObjectId()
    await asyncio.gather(*(add_to(ObjectId(), pool) for _ in range(5)), empty(pool), empty(pool))
    assert most[pool] == 1


async def test_a_failure_lets_the_next_one_in(game: Game) -> None:
    pool = ObjectId()
    results = await asyncio.gather(
        *(add_to(ObjectId(), pool, number=n) for n in (-1, 1, -1, 2)), return_exceptions=True
    )
    assert [isinstance(result, RuntimeError) for result in results] == [True, False, True, False]


async def test_one_key_sent_fifty_times_through_a_queue_has_one_effect(game: Game) -> None:
    actor, pool = ObjectId(), ObjectId()
    answers = await asyncio.gather(*(add_to(actor, pool, key="k") for _ in range(50)))
    assert {answer.count for answer in answers} == {1}


async def test_inside_a_transaction_nobody_waits(game: Game) -> None:
    """Who waited there would hold documents that those in front may need: a deadlock."""
    pool = ObjectId()
    async with queues.in_turn(pool), asyncio.timeout(2), transaction():
        assert (await add_to(ObjectId(), pool)).count == 1


async def test_who_waits_too_long_is_told_to_come_back() -> None:
    async with open_game(transaction_deadline=0.05):
        pool = ObjectId()
        async with queues.in_turn(pool):
            with pytest.raises(Contention) as caught:
                await add_to(ObjectId(), pool)
        assert caught.value.facts["retry_after"] == 1


async def test_a_queue_without_callers_is_forgotten(game: Game) -> None:
    await asyncio.gather(*(add_to(ObjectId(), ObjectId()) for _ in range(20)))
    gc.collect()
    assert len(queues._turns) == 0


def test_a_queue_must_name_a_parameter() -> None:
    with pytest.raises(TypeError, match="no parameter gang"):

        @command(queue="gang")
        async def nothing(actor: ObjectId) -> None: ...


@command(queue=("giver", "taker"))
async def swap(giver: ObjectId, taker: ObjectId) -> None:
    """Touch two counters."""
    for pool in (giver, taker):
        await (
            current_game()
            .collection("pools")
            .update_one({"_id": pool}, {"$inc": {"count": 1}}, upsert=True)
        )


async def test_calls_that_queue_at_two_documents_in_any_order_never_lock_up(game: Game) -> None:
    one, other = ObjectId(), ObjectId()
    async with asyncio.timeout(5):
        await asyncio.gather(
            *(swap(one, other) for _ in range(10)),
            *(swap(other, one) for _ in range(10)),
            swap(one, one),
        )
    assert game.conflicts == 0
