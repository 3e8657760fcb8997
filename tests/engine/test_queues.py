"""Queues: calls at one hot document wait their turn, others go past them."""

import asyncio
import gc

import pytest
from bson import ObjectId

from desperados.engine import queues
from desperados.engine.ambient import current_transaction
from desperados.engine.commands import command
from desperados.engine.errors import Conflict, Contention, KeyReused
from desperados.engine.game import Game, current_game
from desperados.engine.staging import StagedInsert
from desperados.engine.transactions import after_commit, rehearse, stage, transaction
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
    """Add one to a counter, slowly. A rehearsal ends before the first write, and is not counted."""
    pools = current_game().collection("pools")
    await pools.update_one({"_id": ObjectId()}, {"$set": {"begun": True}}, upsert=True)
    running[pool] = running.get(pool, 0) + 1
    most[pool] = max(most.get(pool, 0), running[pool])
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
    await current_game().collection("pools").delete_one({"_id": pool})
    most[pool] = max(most.get(pool, 0), running.get(pool, 0) + 1)


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


finished: list[tuple[ObjectId, bool]] = []


@command(queue="pool")
async def admit(
    actor: ObjectId, pool: ObjectId, *, poor: bool = False, key: str | None = None
) -> Count:
    """Refuse the poor, and whoever comes after somebody was admitted."""
    pools, transaction = current_game().collection("pools"), current_transaction()
    assert transaction is not None
    found = await pools.find_one({"_id": pool})
    await asyncio.sleep(0)
    finished.append((actor, transaction.rehearsal))
    if poor or found is not None:
        raise Conflict("No.")
    await pools.insert_one({"_id": pool})
    return Count(count=1)


async def test_who_sends_hundreds_is_in_front_of_others_once(game: Game) -> None:
    order.clear()
    pool, flood = ObjectId(), ObjectId()
    calls = [add_to(flood, pool, number=1) for _ in range(40)]
    await asyncio.gather(*calls, add_to(ObjectId(), pool, number=2))
    assert order.index(2) <= 1


async def test_who_was_refused_does_not_stand_in_line_to_be_refused_again(game: Game) -> None:
    finished.clear()
    pool, victim, crowd = ObjectId(), ObjectId(), [ObjectId() for _ in range(5)]
    calls = [admit(who, pool, poor=True) for _ in range(20) for who in crowd]
    answers = await asyncio.gather(*calls, admit(victim, pool), return_exceptions=True)
    assert [type(answer) for answer in answers] == [Conflict] * 100 + [Count]
    before = finished[: finished.index((victim, False))]
    in_line = [who for who, rehearsed in before if not rehearsed]
    assert sorted(in_line) == sorted(crowd)


async def test_a_rehearsal_that_is_refused_finds_the_answer_of_before(game: Game) -> None:
    actor, pool = ObjectId(), ObjectId()
    first = await admit(actor, pool, key="k")
    async with queues.in_turn(pool):
        refused = asyncio.create_task(admit(actor, ObjectId(), poor=True))
        again = asyncio.create_task(admit(actor, pool, key="k"))
        other = asyncio.create_task(admit(actor, pool, poor=True, key="k"))
        async with asyncio.timeout(2):  # none of them waits for the queue
            assert isinstance(await asyncio.gather(refused, return_exceptions=True), list)
            assert await again == first
    with pytest.raises(KeyReused):
        await other


async def test_a_rehearsal_writes_nothing_and_tells_nobody(game: Game) -> None:
    pools, told = game.collection("pools"), []

    async def body() -> None:
        stage(StagedInsert("pools", {"_id": 1}))
        after_commit(told.append, 1)
        await game.collection("others").find_one({"_id": 1})
        await pools.find_one({"_id": 1})  # before which what is staged would have to be sent
        told.append(2)

    await rehearse(body)
    await rehearse(lambda: pools.insert_one({"_id": 2}))
    assert (told, await pools.count_documents({})) == ([], 0)
    with pytest.raises(Conflict):
        await rehearse(refuse)


async def refuse() -> None:
    raise Conflict
