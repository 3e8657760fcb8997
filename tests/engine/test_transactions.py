"""Transactions: all or nothing, joined by what runs inside, retried as a whole."""

import asyncio
import contextlib
import inspect
from collections.abc import Callable
from typing import Any

import pytest
from pymongo.errors import DuplicateKeyError, PyMongoError

from desperados.engine import driver, transactions
from desperados.engine.ambient import current_session
from desperados.engine.errors import Contention, ForeignTask, GameError, ReadOnly
from desperados.engine.game import Game
from desperados.engine.staging import StagedInsert, StagedUpdate
from desperados.engine.storage.collection import find_all
from desperados.engine.transactions import after_commit, snapshot, stage, transaction, transactional
from tests.games import open_game


async def test_what_a_block_writes_is_there_after_it(game: Game) -> None:
    async with transaction():
        await game.collection("notes").insert_one({"_id": 1})
        await game.collection("notes").insert_one({"_id": 2})
    assert await game.database["notes"].count_documents({}) == 2


async def test_a_failure_after_the_second_write_leaves_no_trace(game: Game) -> None:
    await game.database["notes"].insert_one({"_id": 0, "n": 1})
    with pytest.raises(RuntimeError):
        async with transaction():
            await game.collection("notes").insert_one({"_id": 1})
            await game.collection("notes").update_one({"_id": 0}, {"$set": {"n": 2}})
            raise RuntimeError
    assert await game.database["notes"].find_one({"_id": 1}) is None
    assert await game.database["notes"].find_one({"_id": 0}) == {"_id": 0, "n": 1}


async def test_a_transaction_reads_its_own_writes_and_others_do_not(game: Game) -> None:
    async with transaction():
        await game.collection("notes").insert_one({"_id": 1})
        assert await game.collection("notes").find_one({"_id": 1}) is not None
        assert await game.database["notes"].find_one({"_id": 1}) is None


async def test_a_transaction_reads_one_snapshot(game: Game) -> None:
    await game.database["notes"].insert_one({"_id": 1, "n": 1})
    async with transaction():
        assert (await game.collection("notes").find_one({"_id": 1}))["n"] == 1
        await game.database["notes"].update_one({"_id": 1}, {"$set": {"n": 2}})
        assert (await game.collection("notes").find_one({"_id": 1}))["n"] == 1


async def test_an_inner_block_joins_the_outer_one(game: Game) -> None:
    with pytest.raises(RuntimeError):
        async with transaction() as outer:
            async with transaction() as inner:
                assert inner is outer
                await game.collection("notes").insert_one({"_id": 1})
            raise RuntimeError
    assert await game.database["notes"].count_documents({}) == 0


async def test_half_an_inner_command_is_never_committed(game: Game) -> None:
    """The caller swallows the failure of an inner block that had written: nothing is committed."""
    with pytest.raises(GameError, match="failed after it had written"):
        async with transaction():
            try:
                async with transaction():
                    await game.collection("notes").insert_one({"_id": 1})
                    raise ValueError
            except ValueError:
                pass
    assert await game.database["notes"].count_documents({}) == 0


async def test_an_inner_refusal_before_any_write_may_be_survived(game: Game) -> None:
    async with transaction():
        await game.collection("notes").insert_one({"_id": 1})
        try:
            async with transaction():
                raise ValueError
        except ValueError:
            pass
    assert await game.database["notes"].count_documents({}) == 1


async def test_callbacks_run_once_after_the_outermost_commit(game: Game) -> None:
    calls: list[str] = []

    async def later() -> None:
        assert current_session() is None
        calls.append("async")

    async with transaction():
        async with transaction():
            after_commit(calls.append, "plain")
            after_commit(later)
        assert calls == []
    assert calls == ["plain", "async"]


async def test_callbacks_of_an_aborted_transaction_are_forgotten(game: Game) -> None:
    calls: list[int] = []
    with pytest.raises(RuntimeError):
        async with transaction():
            after_commit(calls.append, 1)
            raise RuntimeError
    assert calls == []


async def test_a_failing_callback_does_not_look_like_a_failed_commit(game: Game) -> None:
    def fail() -> None:
        raise RuntimeError

    async with transaction():
        await game.collection("notes").insert_one({"_id": 1})
        after_commit(fail)
    assert await game.database["notes"].count_documents({}) == 1


async def test_after_commit_outside_a_transaction_is_a_mistake(game: Game) -> None:
    with pytest.raises(GameError, match="outside a transaction"):
        after_commit(print)


async def test_another_task_may_not_use_the_transaction(game: Game) -> None:
    async with transaction():
        await game.collection("notes").insert_one({"_id": 0})
        with pytest.raises(ForeignTask):
            await asyncio.gather(
                game.collection("notes").insert_one({"_id": 1}),
                game.collection("notes").insert_one({"_id": 2}),
            )


async def test_a_task_that_outlives_its_transaction_works_without_one(game: Game) -> None:
    proceed = asyncio.Event()

    async def later() -> None:
        await proceed.wait()
        await game.collection("notes").insert_one({"_id": 1})

    async with transaction():
        task = asyncio.create_task(later())
    proceed.set()
    await task
    assert await game.database["notes"].count_documents({}) == 1


async def test_commands_that_meet_are_run_again_until_all_are_done(game: Game) -> None:
    await game.database["notes"].insert_one({"_id": 1, "n": 0})

    @transactional
    async def increment() -> None:
        found = await game.collection("notes").find_one({"_id": 1})
        await game.collection("notes").update_one({"_id": 1}, {"$set": {"n": found["n"] + 1}})

    await asyncio.gather(*(increment() for _ in range(40)))
    assert (await game.database["notes"].find_one({"_id": 1}))["n"] == 40
    assert game.conflicts > 0


async def test_a_block_that_meets_another_says_contention(game: Game) -> None:
    await game.database["notes"].insert_one({"_id": 1, "n": 0})
    with pytest.raises(Contention) as caught:
        async with transaction():
            await game.collection("notes").find_one({"_id": 1})
            await game.database["notes"].update_one({"_id": 1}, {"$set": {"n": 1}})
            await game.collection("notes").update_one({"_id": 1}, {"$set": {"n": 2}})
    assert caught.value.status == 503
    assert (await game.database["notes"].find_one({"_id": 1}))["n"] == 1


async def test_a_command_that_cannot_get_through_says_contention() -> None:
    async with open_game(transaction_deadline=0.2) as game:
        await game.database["notes"].insert_one({"_id": 1, "n": 0})

        @transactional
        async def always_late() -> None:
            found = await game.collection("notes").find_one({"_id": 1})
            await game.database["notes"].update_one({"_id": 1}, {"$inc": {"n": 1}})
            await game.collection("notes").update_one({"_id": 1}, {"$set": {"n": found["n"] + 10}})

        with pytest.raises(Contention):
            await always_late()


async def test_staged_writes_leave_before_the_next_read(game: Game) -> None:
    async with transaction():
        stage(StagedInsert("notes", {"_id": 1, "n": 1}))
        stage(StagedUpdate("notes", {"_id": 1}, {"$inc": {"n": 1}}, otherwise=GameError("lost")))
        assert (await game.collection("notes").find_one({"_id": 1}))["n"] == 2
        stage(StagedInsert("notes", {"_id": 2, "n": 1}))
        found = await game.collection("notes").find({}).sort("_id", 1).to_list(None)
        assert [document["_id"] for document in found] == [1, 2]
        stage(StagedInsert("notes", {"_id": 3}))
        assert [d["_id"] async for d in game.collection("notes").find({}, sort=[("_id", -1)])] == [
            3,
            2,
            1,
        ]


@pytest.mark.parametrize("together", [True, False])
async def test_a_staged_update_that_finds_nothing_aborts_everything(
    game: Game, together: bool
) -> None:
    game.bulk_writes = together
    with pytest.raises(GameError, match="gone"):
        async with transaction():
            stage(StagedInsert("notes", {"_id": 1}))
            stage(
                StagedUpdate("notes", {"_id": 9}, {"$set": {"n": 1}}, otherwise=GameError("gone"))
            )
    assert await game.database["notes"].count_documents({}) == 0


@pytest.mark.parametrize("together", [True, False])
async def test_staged_writes_keep_their_order(game: Game, together: bool) -> None:
    game.bulk_writes = together
    async with transaction():
        stage(StagedInsert("notes", {"_id": 1, "n": 1}))
        stage(StagedUpdate("notes", {"_id": 1}, {"$set": {"n": 2}}, otherwise=GameError("lost")))
        stage(StagedInsert("others", {"_id": 1}))
        stage(StagedUpdate("notes", {"n": 2}, {"$set": {"n": 3}}, otherwise=GameError("lost")))
    assert await game.database["notes"].find_one({"_id": 1}) == {"_id": 1, "n": 3}
    assert await game.database["others"].count_documents({}) == 1


async def test_backoff_stays_within_its_limits() -> None:
    assert 0 < transactions.BACKOFF_START < transactions.BACKOFF_LIMIT < 1


async def test_a_snapshot_reads_one_moment_and_writes_nothing(game: Game) -> None:
    await game.database["notes"].insert_one({"_id": 1, "n": 1})
    async with snapshot():
        assert (await game.collection("notes").find_one({"_id": 1}))["n"] == 1
        await game.database["notes"].update_one({"_id": 1}, {"$set": {"n": 2}})
        assert (await game.collection("notes").find_one({"_id": 1}))["n"] == 1
        assert [d["n"] async for d in game.collection("notes").find({})] == [1]
        with pytest.raises(Exception, match="snapshot"):
            await game.collection("notes").insert_one({"_id": 2})
    assert (await game.collection("notes").find_one({"_id": 1}))["n"] == 2


async def test_a_snapshot_inside_a_transaction_is_that_ones(game: Game) -> None:
    async with transaction() as outer:
        await game.collection("notes").insert_one({"_id": 1})
        async with snapshot():
            assert current_session() is outer.session
            assert await game.collection("notes").find_one({"_id": 1}) is not None


@pytest.mark.parametrize("outside", [True, False], ids=["alone", "inside a transaction"])
async def test_whatever_would_write_in_a_snapshot_is_refused_at_once(
    game: Game, outside: bool
) -> None:
    @transactional
    async def command() -> None:
        stage(StagedInsert("notes", {"_id": 2}))

    writes: list[Callable[[], Any]] = [
        lambda: stage(StagedInsert("notes", {"_id": 2})),
        lambda: after_commit(print),
        command,
        lambda: game.collection("notes").insert_one({"_id": 2}),
        lambda: game.collection("notes").update_one({"_id": 1}, {"$set": {"n": 2}}, upsert=True),
        lambda: game.collection("notes").find_one_and_delete({"_id": 1}),
    ]
    await game.database["notes"].insert_one({"_id": 1})
    async with contextlib.nullcontext() if outside else transaction():
        for write in writes:
            async with snapshot():
                with pytest.raises(ReadOnly):
                    result = write()
                    if inspect.isawaitable(result):
                        await result
        assert (await game.collection("notes").find_one({"_id": 1})) == {"_id": 1}
    assert await game.database["notes"].find({}).to_list(None) == [{"_id": 1}]


async def test_after_a_snapshot_inside_it_a_transaction_writes_on(game: Game) -> None:
    async with transaction():
        stage(StagedInsert("notes", {"_id": 1}))
        async with snapshot():
            assert await game.collection("notes").find_one({"_id": 1}) is not None
        stage(StagedInsert("notes", {"_id": 2}))
    assert await game.database["notes"].count_documents({}) == 2


@pytest.mark.parametrize("together", [True, False])
async def test_a_failed_flush_that_is_swallowed_commits_nothing(game: Game, together: bool) -> None:
    game.bulk_writes = together
    with pytest.raises(GameError, match="nothing was committed"):
        async with transaction() as opened:
            stage(StagedInsert("notes", {"_id": 1}))
            stage(StagedUpdate("notes", {"_id": 9}, {"$set": {"n": 1}}, GameError("gone")))
            with contextlib.suppress(GameError):
                await opened.flush()
    assert await game.database["notes"].count_documents({}) == 0


async def test_a_read_whose_flush_failed_dooms_as_well(game: Game) -> None:
    with pytest.raises(GameError, match="nothing was committed"):
        async with transaction():
            stage(StagedInsert("notes", {"_id": 1}))
            stage(StagedUpdate("notes", {"_id": 9}, {"$set": {"n": 1}}, GameError("gone")))
            with contextlib.suppress(GameError):
                await game.collection("notes").find({}).to_list(None)
    assert await game.database["notes"].count_documents({}) == 0


async def test_after_a_write_that_failed_a_transaction_says_so_instead_of_running_on(
    game: Game,
) -> None:
    await game.database["notes"].insert_one({"_id": 1})
    runs = 0

    @transactional
    async def careless() -> None:
        nonlocal runs
        runs += 1
        with contextlib.suppress(DuplicateKeyError):
            await game.collection("notes").insert_one({"_id": 1})
        await game.collection("notes").insert_one({"_id": 2})

    with pytest.raises(GameError, match="nothing was committed"):
        await careless()
    assert runs == 1
    assert await game.database["notes"].count_documents({}) == 1


async def test_a_swallowed_conflict_runs_the_transaction_again(game: Game) -> None:
    await game.database["notes"].insert_one({"_id": 1, "n": 0})
    runs = 0

    @transactional
    async def careless() -> None:
        nonlocal runs
        runs += 1
        await game.collection("notes").find_one({"_id": 1})
        if runs == 1:
            await game.database["notes"].update_one({"_id": 1}, {"$inc": {"n": 1}})
        with contextlib.suppress(PyMongoError):
            await game.collection("notes").update_one({"_id": 1}, {"$inc": {"n": 10}})

    await careless()
    assert runs == 2
    assert (await game.database["notes"].find_one({"_id": 1}))["n"] == 11


async def test_a_read_that_failed_dooms_for_the_server_has_given_the_transaction_up(
    game: Game,
) -> None:
    for read in (
        lambda notes: find_all(notes, {"$nonsense": 1}, limit=1),
        lambda notes: notes.find_one({"$nonsense": 1}),
    ):
        with pytest.raises(GameError, match="nothing was committed"):
            async with transaction():
                stage(StagedInsert("notes", {"_id": 1}))
                with contextlib.suppress(PyMongoError):
                    await read(game.collection("notes"))
    assert await game.database["notes"].count_documents({}) == 0


class Committing:
    """Holds a transaction at its commit: before it leaves, or when its answer has come."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *, answered: bool) -> None:
        self.reached, self.proceed = asyncio.Event(), asyncio.Event()
        commit = transactions._commit

        async def held(session: Any, deadline: float) -> None:
            if answered:
                await commit(session, deadline)
            self.reached.set()
            await self.proceed.wait()
            if not answered:
                await commit(session, deadline)

        monkeypatch.setattr(transactions, "_commit", held)


@pytest.mark.parametrize("answered", [True, False])
@pytest.mark.parametrize("times", [1, 3])
async def test_a_task_that_is_cancelled_at_its_commit_loses_neither_it_nor_what_follows(
    game: Game, monkeypatch: pytest.MonkeyPatch, answered: bool, times: int
) -> None:
    committing = Committing(monkeypatch, answered=answered)
    told: list[str] = []

    async def slowly() -> None:
        await asyncio.sleep(0.01)
        told.append("async")

    @transactional
    async def write() -> None:
        stage(StagedInsert("notes", {"_id": 1}))
        after_commit(slowly)
        after_commit(told.append, "plain")

    task = asyncio.create_task(write())
    await committing.reached.wait()
    for _ in range(times):
        task.cancel()
        await asyncio.sleep(0)
    assert not task.done()
    committing.proceed.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert told == ["async", "plain"]
    assert await game.database["notes"].count_documents({}) == 1


async def test_a_timeout_at_the_commit_comes_after_it(
    game: Game, monkeypatch: pytest.MonkeyPatch
) -> None:
    committing = Committing(monkeypatch, answered=False)

    async def release() -> None:
        await committing.reached.wait()
        await asyncio.sleep(0.05)
        committing.proceed.set()

    releasing = asyncio.create_task(release())
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.02), transaction():
            stage(StagedInsert("notes", {"_id": 1}))
    await releasing
    assert await game.database["notes"].count_documents({}) == 1


async def test_a_task_that_is_cancelled_before_its_commit_has_written_nothing(game: Game) -> None:
    told: list[str] = []
    reached = asyncio.Event()

    @transactional
    async def write() -> None:
        await game.collection("notes").insert_one({"_id": 1})
        after_commit(told.append, "told")
        reached.set()
        await asyncio.Event().wait()

    task = asyncio.create_task(write())
    await reached.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert told == []
    assert await game.database["notes"].count_documents({}) == 0
    # Nor does it hold what it had written: another may write it at once.
    async with asyncio.timeout(5):
        await game.database["notes"].insert_one({"_id": 1})


async def test_what_a_thread_does_in_a_transaction_is_not_left_behind(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Else it is sent when the transaction is over, and stands outside of it."""
    monkeypatch.setattr(driver, "MOTOR", True)
    done = asyncio.Event()
    task = asyncio.create_task(driver.in_transaction(done.wait()))
    await asyncio.sleep(0)
    for _ in range(3):
        task.cancel()
        await asyncio.sleep(0)
        assert not task.done()
    done.set()
    with pytest.raises(asyncio.CancelledError):
        await task
