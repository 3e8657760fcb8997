"""What only a real replica set shows, against a scripted server: one effect or a clear error.

Every case asks the same question afterwards: how often did the command have its effect?
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator

import pytest
from bson import ObjectId

import desperados
from desperados.engine import driver
from desperados.engine.commands import command
from desperados.engine.errors import ConfigurationError, Contention, GameError
from desperados.engine.game import Game, current_game
from desperados.engine.idempotency import CommandRecord
from desperados.engine.staging import StagedInsert
from desperados.engine.storage.indexes import ensure_indexes
from desperados.engine.transactions import after_commit, stage, transaction
from desperados.engine.views import View
from tests.engine.scripted_server import (
    HANG_UP_AFTER,
    HANG_UP_BEFORE,
    LIFETIME_EXCEEDED,
    MAJORITY_UNKNOWN,
    NOT_PRIMARY_AT_COMMIT,
    SILENT_AFTER,
    SILENT_BEFORE,
    STEPPED_DOWN,
    UNKNOWN_COMMAND,
    UNSUPPORTED_COMMAND,
    WRITE_CONFLICT,
    Fault,
    ScriptedServer,
    scripted,
)


class Done(View):
    number: int


@command
async def pay(actor: ObjectId, number: int, *, key: str | None = None) -> Done:
    """A command of the usual shape: a read, then writes that leave together, then the commit."""
    await current_game().collection("wallets").find_one({"_id": actor})
    stage(StagedInsert("payments", {"_id": ObjectId(), "number": number}))
    after_commit(told.append, number)
    return Done(number=number)


told: list[int] = []


@pytest.fixture(autouse=True)
def nothing_told_yet() -> None:
    told.clear()


@pytest.fixture(params=[25, 21], ids=["bulkWrite", "before MongoDB 8"])
async def server(request: pytest.FixtureRequest) -> AsyncIterator[ScriptedServer]:
    async with scripted(wire_version=request.param) as running:
        yield running


@pytest.fixture
async def far_game(server: ScriptedServer) -> AsyncIterator[Game]:
    async with desperados.connect(server.url, transaction_deadline=2.0) as game:
        server.seen.clear()
        yield game


@pytest.fixture
async def impatient(server: ScriptedServer) -> AsyncIterator[Game]:
    """A game that waits 0.2 s for an answer."""
    async with desperados.connect(
        server.url, transaction_deadline=1.0, mongodb_socket_timeout=0.2
    ) as game:
        server.seen.clear()
        yield game


def writing(game: Game) -> str:
    return "bulkWrite" if game.bulk_writes else "insert"


async def test_a_plain_command_is_one_read_one_write_and_one_commit(
    far_game: Game, server: ScriptedServer
) -> None:
    await pay(ObjectId(), 1)
    assert server.seen == ["find", writing(far_game), "commitTransaction"]
    assert len(server.effects("payments")) == 1


async def test_the_key_travels_in_the_same_write_and_transaction(
    far_game: Game, server: ScriptedServer
) -> None:
    await pay(ObjectId(), 1, key="k")
    writes = 1 if far_game.bulk_writes else 2
    assert server.seen == ["find", *[writing(far_game)] * writes, "commitTransaction"]
    assert len(server.effects("commandrecords")) == 1


@pytest.mark.parametrize("fault", [WRITE_CONFLICT, STEPPED_DOWN, LIFETIME_EXCEEDED, HANG_UP_BEFORE])
@pytest.mark.parametrize("at", ["find", "write", "commitTransaction"])
async def test_a_passing_fault_is_met_by_running_the_command_again(
    far_game: Game, server: ScriptedServer, fault: Fault, at: str
) -> None:
    server.script(writing(far_game) if at == "write" else at, fault)
    await pay(ObjectId(), 1)
    assert len(server.effects("payments")) == 1


@pytest.mark.parametrize(
    "faults",
    [
        [HANG_UP_AFTER],
        [HANG_UP_AFTER, HANG_UP_AFTER],
        [HANG_UP_BEFORE, HANG_UP_AFTER],
        [NOT_PRIMARY_AT_COMMIT],
        [NOT_PRIMARY_AT_COMMIT, HANG_UP_AFTER, NOT_PRIMARY_AT_COMMIT],
        [MAJORITY_UNKNOWN],
        [MAJORITY_UNKNOWN, HANG_UP_BEFORE],
    ],
    ids=str,
)
async def test_a_commit_whose_answer_is_lost_has_one_effect(
    far_game: Game, server: ScriptedServer, faults: list[Fault]
) -> None:
    server.script("commitTransaction", *faults)
    await pay(ObjectId(), 1)
    assert len(server.effects("payments")) == 1


async def test_a_lost_answer_to_a_write_is_not_written_twice(
    far_game: Game, server: ScriptedServer
) -> None:
    server.script(writing(far_game), HANG_UP_AFTER)
    await pay(ObjectId(), 1)
    assert len(server.effects("payments")) == 1


async def test_a_server_that_never_lets_a_command_through_is_contention(
    far_game: Game, server: ScriptedServer
) -> None:
    server.script(writing(far_game), *[WRITE_CONFLICT] * 10_000)
    with pytest.raises(Contention) as caught:
        await pay(ObjectId(), 1)
    assert caught.value.facts["retry_after"] == 1
    assert server.effects("payments") == []


async def test_a_commit_that_stays_unknown_says_so_and_how_to_learn_more(
    far_game: Game, server: ScriptedServer
) -> None:
    server.script("commitTransaction", *[MAJORITY_UNKNOWN] * 10_000)
    with pytest.raises(Contention, match="with the same key"):
        await pay(ObjectId(), 1, key="k")
    assert len(server.effects("payments")) == 1


async def test_an_error_that_is_not_transient_is_raised_at_once(
    far_game: Game, server: ScriptedServer
) -> None:
    server.script(writing(far_game), Fault(121, "DocumentValidationFailure"))
    with pytest.raises(Exception, match="DocumentValidationFailure"):
        await pay(ObjectId(), 1)
    assert server.seen.count(writing(far_game)) == 1
    assert server.effects("payments") == []


async def test_a_standalone_server_is_refused_with_the_remedy() -> None:
    async with scripted(standalone=True) as server:
        with pytest.raises(ConfigurationError, match="replSet"):
            async with desperados.connect(server.url):
                pass


async def test_an_unreachable_server_is_an_error_of_the_game() -> None:
    with pytest.raises(GameError, match="reach"):
        async with desperados.connect(
            "mongodb://127.0.0.1:9/?serverSelectionTimeoutMS=200&directConnection=true"
        ):
            pass


@pytest.mark.parametrize("fault", [SILENT_BEFORE, SILENT_AFTER])
@pytest.mark.parametrize("at", ["find", "write", "commitTransaction"])
async def test_an_answer_that_never_comes_is_not_waited_for(
    impatient: Game, server: ScriptedServer, fault: Fault, at: str
) -> None:
    server.script(writing(impatient) if at == "write" else at, fault)
    await pay(ObjectId(), 1)
    assert len(server.effects("payments")) == 1
    assert told == [1]


async def test_a_server_that_hangs_is_contention_or_unavailable_in_time(
    impatient: Game, server: ScriptedServer
) -> None:
    server.deaf = True
    started = time.monotonic()
    with pytest.raises(GameError) as caught:
        await pay(ObjectId(), 1)
    assert caught.value.status == 503
    assert time.monotonic() - started < 6
    assert server.effects("payments") == []


@pytest.mark.skipif(driver.MOTOR, reason="what Motor does in a thread cannot be given up")
async def test_who_gives_up_on_a_server_that_hangs_is_not_held_up_by_it(
    far_game: Game, server: ScriptedServer
) -> None:
    server.script("find", SILENT_BEFORE)
    server.script("abortTransaction", SILENT_BEFORE, SILENT_BEFORE)
    started = time.monotonic()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await pay(ObjectId(), 1)
    assert time.monotonic() - started < 5
    await pay(ObjectId(), 2)
    assert [payment["number"] for payment in server.effects("payments")] == [2]


async def test_a_server_that_hangs_from_the_start_is_an_error_of_the_game() -> None:
    async with scripted(deaf=True) as server:
        url = f"mongodb://127.0.0.1:{server.port}/?directConnection=true"
        with pytest.raises(GameError, match="reach"):
            async with desperados.connect(
                url, mongodb_server_selection_timeout=0.3, mongodb_connect_timeout=0.2
            ):
                pass


async def test_timeouts_are_set_and_those_of_the_url_go_before_them() -> None:
    async with scripted() as server:
        url = f"{server.url}&sockettimeoutms=1234"
        async with desperados.connect(url, mongodb_wait_queue_timeout=0.5) as game:
            options = game.client.options
    assert options.server_selection_timeout == 2.0  # of the URL
    assert options.pool_options.socket_timeout == 1.234
    assert options.pool_options.connect_timeout == 5.0
    assert options.pool_options.wait_queue_timeout == 0.5


@pytest.mark.parametrize("server", [25], indirect=True)
async def test_indexes_may_take_their_time(impatient: Game, server: ScriptedServer) -> None:
    started = time.monotonic()
    server.script("createIndexes", SILENT_BEFORE)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(1):
            await ensure_indexes(impatient.database, [CommandRecord])
    assert time.monotonic() - started > 0.9


@pytest.mark.parametrize("server", [25], indirect=True)
async def test_the_feature_compatibility_of_before_is_found_out_at_the_start(
    server: ScriptedServer,
) -> None:
    server.older = True
    async with desperados.connect(server.url) as game:
        assert not game.bulk_writes
        server.seen.clear()
        await pay(ObjectId(), 1, key="k")
    assert server.seen[:4] == ["find", "insert", "insert", "commitTransaction"]
    assert len(server.effects("payments")) == 1


@pytest.mark.parametrize("server", [25], indirect=True)
@pytest.mark.parametrize("refusal", [UNKNOWN_COMMAND, UNSUPPORTED_COMMAND], ids=str)
async def test_a_member_that_knows_no_bulk_write_takes_over_in_the_middle_of_the_game(
    far_game: Game, server: ScriptedServer, refusal: Fault
) -> None:
    await pay(ObjectId(), 1)
    server.older = True
    server.script("bulkWrite", refusal)
    await pay(ObjectId(), 2, key="k")
    await pay(ObjectId(), 3)
    assert [payment["number"] for payment in server.effects("payments")] == [1, 2, 3]
    assert told == [1, 2, 3]
    assert server.seen.count("bulkWrite") == 2
    assert not far_game.bulk_writes


@pytest.mark.parametrize("server", [25], indirect=True)
async def test_a_block_that_meets_the_older_member_says_contention_once(
    far_game: Game, server: ScriptedServer
) -> None:
    server.older = True
    for expected in (pytest.raises(Contention), contextlib.nullcontext()):
        with expected:
            async with transaction():
                stage(StagedInsert("payments", {"_id": ObjectId()}))
    assert len(server.effects("payments")) == 1


async def test_a_key_is_recalled_from_the_primary_and_what_a_majority_has(
    far_game: Game, server: ScriptedServer
) -> None:
    server.script(writing(far_game), WRITE_CONFLICT)
    server.commands.clear()
    await pay(ObjectId(), 1, key="k")
    (recalled,) = [c for c in server.commands if c.get("find") == "commandrecords"]
    assert recalled["readConcern"]["level"] == "majority"
    assert recalled.get("$readPreference", {"mode": "primary"})["mode"] != "secondary"
    assert "startTransaction" not in recalled


async def test_a_twin_that_no_majority_has_yet_is_contention(
    far_game: Game, server: ScriptedServer
) -> None:
    actor = ObjectId()
    far_game.bulk_writes = False
    taken = {"keyValue": {"_id": f"{actor}:k"}, "keyPattern": {"_id": 1}}
    server.script("insert", None, Fault(11000, "DuplicateKey", more=taken))
    with pytest.raises(Contention, match="not finished"):
        await pay(actor, 1, key="k")
    assert server.effects("payments") == []


@pytest.mark.parametrize("faults", [[SILENT_AFTER], [HANG_UP_AFTER, MAJORITY_UNKNOWN], [None]])
async def test_a_cancelled_command_whose_commit_is_on_its_way_has_its_effect_and_is_told(
    impatient: Game, server: ScriptedServer, faults: list[Fault | None]
) -> None:
    server.script("commitTransaction", *faults)
    task = asyncio.create_task(pay(ObjectId(), 1))
    while "commitTransaction" not in server.seen:
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert len(server.effects("payments")) == 1
    assert told == [1]
