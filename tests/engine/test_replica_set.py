"""What only a real replica set shows, against a scripted server: one effect or a clear error.

Every case asks the same question afterwards: how often did the command have its effect?
"""

from collections.abc import AsyncIterator

import pytest
from bson import ObjectId

import desperados
from desperados.engine.commands import command
from desperados.engine.errors import ConfigurationError, Contention, GameError
from desperados.engine.game import Game, current_game
from desperados.engine.staging import StagedInsert
from desperados.engine.transactions import stage
from desperados.engine.views import View
from tests.engine.scripted_server import (
    HANG_UP_AFTER,
    HANG_UP_BEFORE,
    LIFETIME_EXCEEDED,
    MAJORITY_UNKNOWN,
    NOT_PRIMARY_AT_COMMIT,
    STEPPED_DOWN,
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
    return Done(number=number)


@pytest.fixture(params=[25, 21], ids=["bulkWrite", "before MongoDB 8"])
async def server(request: pytest.FixtureRequest) -> AsyncIterator[ScriptedServer]:
    async with scripted(wire_version=request.param) as running:
        yield running


@pytest.fixture
async def far_game(server: ScriptedServer) -> AsyncIterator[Game]:
    async with desperados.connect(server.url, transaction_deadline=2.0) as game:
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
