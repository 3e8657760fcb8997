"""Transactions: what they see, who wins, and what is left when they end."""

from __future__ import annotations

import asyncio
import time
import uuid
from typing import Any

import pytest
from bson import Binary, Int64
from pymongo import AsyncMongoClient, InsertOne, UpdateOne
from pymongo.errors import (
    ClientBulkWriteException,
    ConnectionFailure,
    DuplicateKeyError,
    OperationFailure,
)

from desperados.embedded import EmbeddedServer
from tests.embedded.wire.messages import Wire


@pytest.fixture
async def accounts(db: Any) -> Any:
    await db.accounts.insert_many([{"_id": n, "n": 100} for n in range(10)])
    return db.accounts


async def test_a_transaction_reads_its_snapshot_and_its_own_writes(
    client: Any, accounts: Any
) -> None:
    async with client.start_session() as session:
        await session.start_transaction()
        assert (await accounts.find_one({"_id": 1}, session=session))["n"] == 100
        await accounts.update_one({"_id": 2}, {"$set": {"n": 5}})
        await accounts.insert_one({"_id": "new"})
        await accounts.delete_one({"_id": 3})
        assert (await accounts.find_one({"_id": 2}, session=session))["n"] == 100
        assert await accounts.count_documents({}, session=session) == 10
        await accounts.update_one({"_id": 1}, {"$inc": {"n": 1}}, session=session)
        assert (await accounts.find_one({"_id": 1}, session=session))["n"] == 101
        assert (await accounts.find_one({"_id": 1}))["n"] == 100
        await session.commit_transaction()
    assert (await accounts.find_one({"_id": 1}))["n"] == 101


async def test_an_index_serves_a_snapshot_too(client: Any, accounts: Any) -> None:
    await accounts.create_index("n")
    async with client.start_session() as session:
        await session.start_transaction()
        await accounts.find_one({}, session=session)
        await accounts.update_many({}, {"$inc": {"n": 1}})
        old = accounts.find({"n": {"$lte": 100}}, session=session).sort("n", 1)
        assert len(await old.to_list()) == 10
        assert await accounts.find({"n": 101}, session=session).to_list() == []
        assert await accounts.count_documents({"n": 101}) == 10


async def test_the_second_writer_of_a_document_gets_a_write_conflict(
    client: Any, accounts: Any, server: EmbeddedServer
) -> None:
    async with client.start_session() as first, client.start_session() as second:
        await first.start_transaction()
        await second.start_transaction()
        await accounts.update_one({"_id": 1}, {"$inc": {"n": 1}}, session=first)
        with pytest.raises(OperationFailure) as caught:
            await accounts.update_one({"_id": 1}, {"$inc": {"n": 1}}, session=second)
        assert caught.value.code == 112
        assert caught.value.has_error_label("TransientTransactionError")
        await first.commit_transaction()
    assert (await accounts.find_one({"_id": 1}))["n"] == 101
    assert server.stats.conflicts == 1


async def test_writing_what_changed_after_the_snapshot_is_a_conflict(
    client: Any, accounts: Any
) -> None:
    async with client.start_session() as session:
        await session.start_transaction()
        await accounts.find_one({"_id": 1}, session=session)
        await accounts.update_one({"_id": 2}, {"$inc": {"n": 1}})
        with pytest.raises(OperationFailure) as caught:
            await accounts.update_one({"_id": 2}, {"$inc": {"n": 1}}, session=session)
        assert caught.value.code == 112


async def test_a_unique_key_of_an_open_transaction_is_a_conflict_not_a_duplicate(
    client: Any, db: Any
) -> None:
    await db.names.create_index("name", unique=True)
    async with client.start_session() as first, client.start_session() as second:
        await first.start_transaction()
        await second.start_transaction()
        await db.names.insert_one({"_id": 1, "name": "x"}, session=first)
        with pytest.raises(OperationFailure) as caught:
            await db.names.insert_one({"_id": 2, "name": "x"}, session=second)
        assert caught.value.code == 112
        await first.commit_transaction()
    with pytest.raises(DuplicateKeyError):
        await db.names.insert_one({"name": "x"})


async def test_a_key_that_a_transaction_gives_up_is_free_only_after_its_commit(
    client: Any, db: Any
) -> None:
    await db.names.create_index("name", unique=True)
    await db.names.insert_one({"_id": 1, "name": "x"})
    async with client.start_session() as session:
        await session.start_transaction()
        await db.names.update_one({"_id": 1}, {"$set": {"name": "y"}}, session=session)
        await db.names.insert_one({"_id": 2, "name": "x"}, session=session)
        await session.abort_transaction()
    assert await db.names.find().to_list() == [{"_id": 1, "name": "x"}]
    with pytest.raises(DuplicateKeyError):
        await db.names.insert_one({"name": "x"})
    await db.names.insert_one({"name": "y"})


async def test_an_abort_restores_documents_indexes_and_collections(client: Any, db: Any) -> None:
    await db.things.create_index("k")
    await db.things.insert_many([{"_id": 1, "k": 1}, {"_id": 2, "k": 2}])
    async with client.start_session() as session:
        await session.start_transaction()
        await db.things.update_one({"_id": 1}, {"$set": {"k": 9}}, session=session)
        await db.things.update_one({"_id": 1}, {"$set": {"k": 8}}, session=session)
        await db.things.delete_one({"_id": 2}, session=session)
        await db.things.insert_one({"_id": 3, "k": 3}, session=session)
        await db.things.delete_one({"_id": 3}, session=session)
        await db.fresh.insert_one({}, session=session)
        await session.abort_transaction()
    assert await db.things.find({"k": {"$gte": 0}}).sort("k", 1).to_list() == [
        {"_id": 1, "k": 1},
        {"_id": 2, "k": 2},
    ]
    assert await db.list_collection_names() == ["things"]
    assert (await db.command("validate", "things"))["valid"]


async def test_a_write_outside_waits_for_the_transaction_that_holds_the_document(
    client: Any, accounts: Any
) -> None:
    async with client.start_session() as session:
        await session.start_transaction()
        await accounts.update_one({"_id": 1}, {"$inc": {"n": 10}}, session=session)
        waiting = asyncio.create_task(accounts.update_one({"_id": 1}, {"$inc": {"n": 1}}))
        await asyncio.sleep(0.1)
        assert not waiting.done()
        await session.commit_transaction()
        await asyncio.wait_for(waiting, 5)
    assert (await accounts.find_one({"_id": 1}))["n"] == 111


async def test_a_write_outside_does_not_wait_longer_than_its_time_limit(
    client: Any, db: Any, accounts: Any
) -> None:
    async with client.start_session() as session:
        await session.start_transaction()
        await accounts.update_one({"_id": 1}, {"$inc": {"n": 10}}, session=session)
        update = {"q": {"_id": 1}, "u": {"$inc": {"n": 1}}}
        with pytest.raises(OperationFailure) as caught:
            await db.command({"update": "accounts", "updates": [update], "maxTimeMS": 100})
        assert caught.value.code == 50


async def test_a_duplicate_key_ends_the_transaction(client: Any, accounts: Any) -> None:
    async with client.start_session() as session:
        await session.start_transaction()
        await accounts.update_one({"_id": 1}, {"$inc": {"n": 1}}, session=session)
        with pytest.raises(DuplicateKeyError):
            await accounts.insert_one({"_id": 1}, session=session)
        with pytest.raises(OperationFailure) as caught:
            await accounts.find_one({}, session=session)
        assert caught.value.code == 251
        assert caught.value.has_error_label("TransientTransactionError")
    assert (await accounts.find_one({"_id": 1}))["n"] == 100


async def test_a_transaction_past_its_time_limit_is_gone() -> None:
    async with (
        EmbeddedServer(transaction_lifetime=0.2) as server,
        AsyncMongoClient(server.url) as client,
    ):
        things = client.game.things
        await things.insert_one({"_id": 1, "n": 0})
        async with client.start_session() as session:
            await session.start_transaction()
            await things.update_one({"_id": 1}, {"$inc": {"n": 1}}, session=session)
            await asyncio.sleep(0.6)
            # Swept by housekeeping: nobody else has to wait for it.
            await asyncio.wait_for(things.update_one({"_id": 1}, {"$inc": {"n": 5}}), 1)
            with pytest.raises(OperationFailure) as caught:
                await session.commit_transaction()
            assert caught.value.code == 251
        assert (await things.find_one())["n"] == 5


async def test_a_transaction_has_sixty_seconds_unless_the_server_is_told_otherwise(
    server: EmbeddedServer, client: Any, accounts: Any
) -> None:
    seconds = {"getParameter": 1, "transactionLifetimeLimitSeconds": 1}
    assert (await client.admin.command(seconds))["transactionLifetimeLimitSeconds"] == 60
    async with client.start_session() as session:
        await session.start_transaction()
        await accounts.update_one({"_id": 1}, {"$inc": {"n": 1}}, session=session)
        (started,) = server.sessions.open
        left = server.sessions.all[started].deadline - time.monotonic()
        assert 50 < left <= 60
        server.sessions.all[started].deadline -= 60
        with pytest.raises(OperationFailure) as caught:
            await accounts.find_one({}, session=session)
        assert caught.value.code == 251
        assert caught.value.has_error_label("TransientTransactionError")


async def test_a_transaction_may_write_more_than_one_document_may_hold(
    client: Any, accounts: Any
) -> None:
    """Since MongoDB 4.2 it is several entries of the oplog; each write must fit into one."""
    async with client.start_session() as session, await session.start_transaction():
        for number in range(10, 13):
            large = {"_id": number, "text": "x" * 9_000_000}
            await accounts.insert_one(large, session=session)
    assert await accounts.count_documents({"_id": {"$gte": 10}}) == 3


async def test_ending_a_session_aborts_its_transaction(
    server: EmbeddedServer, accounts: Any
) -> None:
    wire = await Wire.open(server)
    lsid = {"id": Binary.from_uuid(uuid.uuid4())}
    fields = {"lsid": lsid, "txnNumber": Int64(1), "autocommit": False, "startTransaction": True}
    update = {"updates": [{"q": {"_id": 1}, "u": {"$inc": {"n": 1}}}]}
    assert (await wire.command({"update": "accounts", **update, **fields}))["nModified"] == 1
    await wire.command({"endSessions": [lsid]}, "admin")
    await asyncio.wait_for(accounts.update_one({"_id": 1}, {"$inc": {"n": 5}}), 1)
    assert (await accounts.find_one({"_id": 1}))["n"] == 105
    await wire.close()


async def test_a_commit_may_be_repeated_and_an_unknown_one_is_refused(
    client: Any, accounts: Any, server: EmbeddedServer
) -> None:
    async with client.start_session() as session:
        await session.start_transaction()
        await accounts.update_one({"_id": 1}, {"$inc": {"n": 1}}, session=session)
        await session.commit_transaction()
        await session.commit_transaction()
    wire = await Wire.open(server)
    fields = {"lsid": {"id": Binary.from_uuid(uuid.uuid4())}, "txnNumber": Int64(7)}
    reply = await wire.command({"commitTransaction": 1, **fields, "autocommit": False}, "admin")
    assert reply["code"] == 251
    assert reply["errorLabels"] == ["TransientTransactionError"]
    assert (await accounts.find_one({"_id": 1}))["n"] == 101
    await wire.close()


async def test_count_is_refused_in_a_transaction_as_mongodb_does(
    client: Any, db: Any, accounts: Any
) -> None:
    async with client.start_session() as session:
        await session.start_transaction()
        with pytest.raises(OperationFailure) as caught:
            await db.command({"count": "accounts"}, session=session)
        assert caught.value.code == 263


async def test_concurrent_transfers_neither_make_nor_lose_anything(
    client: Any, accounts: Any
) -> None:
    async def transfer(number: int) -> None:
        source, target = number % 10, (number * 7 + 3) % 10
        if source == target:
            return

        async def run(session: Any) -> None:
            await accounts.find({"_id": {"$in": [source, target]}}, session=session).to_list()
            writes = [
                UpdateOne({"_id": source}, {"$inc": {"n": -1}}, namespace="game.accounts"),
                UpdateOne({"_id": target}, {"$inc": {"n": 1}}, namespace="game.accounts"),
                InsertOne({"_id": number}, namespace="game.rows"),
            ]
            try:
                await client.bulk_write(writes, session=session)
            except ClientBulkWriteException as error:
                # The driver hides the conflict, and its label, inside.
                raise (error.error or error) from None

        async with client.start_session() as session:
            await session.with_transaction(run)

    await asyncio.gather(*(transfer(number) for number in range(60)))
    docs = await accounts.find().to_list()
    assert sum(doc["n"] for doc in docs) == 1000
    moved = sum(1 for n in range(60) if n % 10 != (n * 7 + 3) % 10)
    assert await client.game.rows.count_documents({}) == moved


async def test_a_repeated_write_gets_the_first_answer_and_has_one_effect(
    server: EmbeddedServer, accounts: Any
) -> None:
    wire = await Wire.open(server)
    fields: dict[str, Any] = {"lsid": {"id": Binary.from_uuid(uuid.uuid4())}}
    update = {"update": "accounts", "updates": [{"q": {"_id": 1}, "u": {"$inc": {"n": 1}}}]}
    for _ in range(3):
        reply = await wire.command({**update, **fields, "txnNumber": Int64(1)})
        assert (reply["n"], reply["nModified"]) == (1, 1)
    assert (await accounts.find_one({"_id": 1}))["n"] == 101
    change = {"findAndModify": "accounts", "query": {"_id": 2}, "update": {"$inc": {"n": 1}}}
    for _ in range(2):
        reply = await wire.command({**change, **fields, "txnNumber": Int64(2)})
        assert reply["value"] == {"_id": 2, "n": 100}
    reply = await wire.command({**update, **fields, "txnNumber": Int64(1)})
    assert reply["code"] == 225
    await wire.close()


async def test_the_driver_retries_a_write_whose_answer_was_lost(client: Any, accounts: Any) -> None:
    await client.admin.command(
        {"configureFailPoint": "onPrimaryTransactionalWrite", "mode": {"times": 1}}
    )
    await accounts.update_one({"_id": 1}, {"$inc": {"n": 1}})
    assert (await accounts.find_one({"_id": 1}))["n"] == 101


async def test_a_fail_point_fails_what_it_was_told_to_and_no_more(
    client: Any, accounts: Any
) -> None:
    await client.admin.command(
        {
            "configureFailPoint": "failCommand",
            "mode": {"times": 1},
            "data": {"failCommands": ["find"], "errorCode": 2, "errorLabels": ["Marked"]},
        }
    )
    with pytest.raises(OperationFailure) as caught:
        await accounts.find_one()
    assert caught.value.code == 2
    assert caught.value.has_error_label("Marked")
    assert await accounts.find_one() is not None
    data = {"failCommands": ["ping"], "closeConnection": True}
    await client.admin.command(
        {"configureFailPoint": "failCommand", "mode": {"skip": 1}, "data": data}
    )
    await client.admin.command("ping")
    with pytest.raises(ConnectionFailure):
        await client.admin.command("ping")
    await client.admin.command({"configureFailPoint": "failCommand", "mode": "off"})


async def test_a_snapshot_session_reads_one_moment(client: Any, accounts: Any) -> None:
    async with client.start_session(snapshot=True) as session:
        assert len(await accounts.find({}, session=session).to_list()) == 10
        await accounts.delete_many({})
        assert len(await accounts.find({}, session=session).to_list()) == 10
    assert await accounts.find().to_list() == []
