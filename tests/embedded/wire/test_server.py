"""The wire, the handshake, the life of a server, and faults on purpose."""

from __future__ import annotations

import asyncio
import logging
import struct
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import bson
import pytest
from bson import Binary, Int64
from pymongo import AsyncMongoClient
from pymongo.errors import ConnectionFailure, OperationFailure

from desperados.embedded import EmbeddedServer, Faults
from tests.embedded.wire.messages import Wire


async def test_it_presents_itself_as_the_primary_of_a_replica_set(client: Any) -> None:
    hello = await client.admin.command("hello")
    assert hello["isWritablePrimary"]
    assert hello["setName"] == "desperados"
    assert hello["maxWireVersion"] == 25
    assert hello["logicalSessionTimeoutMinutes"] == 30
    assert "$clusterTime" in hello
    assert (await client.server_info())["version"].startswith("8.0")


async def test_driver_suites_get_the_answers_they_ask_for(client: Any) -> None:
    admin = client.admin
    assert (await admin.command("getCmdLineOpts"))["parsed"]["setParameter"]
    assert (await admin.command("getParameter", 1, enableTestCommands=1))["enableTestCommands"]
    assert (await admin.command("replSetGetStatus"))["members"][0]["stateStr"] == "PRIMARY"
    assert (await admin.command("serverStatus"))["storageEngine"]["name"] == "embedded"
    for name in ("connectionStatus", "hostInfo", "whatsmyuri", "listCommands"):
        assert (await admin.command(name))["ok"] == 1.0
    assert (await admin.command({"getLog": "startupWarnings"}))["totalLinesWritten"] == 1


async def test_a_replica_set_is_discovered_over_tcp() -> None:
    async with EmbeddedServer(port=0) as server:
        host = server.url.removeprefix("mongodb://").split("/")[0]
        async with AsyncMongoClient(f"mongodb://{host}/?replicaSet=desperados") as client:
            await client.game.a.insert_one({"_id": 1})
            assert await client.primary == ("127.0.0.1", int(host.split(":")[1]))


async def test_the_private_socket_is_private_and_goes_away() -> None:
    server = EmbeddedServer()
    await server.start()
    path = Path(unquote(server.url.removeprefix("mongodb://").split("/?")[0]))
    assert path.is_socket()
    assert path.parent.stat().st_mode & 0o777 == 0o700
    await server.stop()
    assert not path.parent.exists()


async def test_it_says_in_the_log_that_it_is_not_for_production(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.WARNING, "desperados.embedded"):
        async with EmbeddedServer():
            pass
    assert "not for production" in caplog.text


async def test_requests_sent_at_once_are_answered_in_order(server: EmbeddedServer) -> None:
    wire = await Wire.open(server)
    for number in range(50):
        wire.send({"insert": "a", "documents": [{"_id": number}], "$db": "game"}, number=number)
    answers = [await wire.receive() for _ in range(50)]
    assert [number for number, _ in answers] == list(range(50))
    assert all(reply["n"] == 1 for _, reply in answers)
    await wire.close()


async def test_an_unacknowledged_write_gets_no_answer(server: EmbeddedServer) -> None:
    wire = await Wire.open(server)
    more_to_come = 2
    wire.send({"insert": "a", "documents": [{"_id": 1}], "$db": "game"}, flags=more_to_come)
    reply = await wire.command({"count": "a"})
    assert reply["n"] == 1
    await wire.close()


async def test_an_old_hello_is_answered_in_its_own_form(server: EmbeddedServer) -> None:
    wire = await Wire.open(server)
    body = struct.pack("<i", 4) + b"admin.$cmd\0" + struct.pack("<ii", 0, -1)
    body += bson.encode({"isMaster": 1, "helloOk": True})
    wire.writer.write(struct.pack("<iiii", 16 + len(body), 9, 0, 2004) + body)
    header = await wire.reader.readexactly(16)
    length, _, answered, code = struct.unpack("<iiii", header)
    reply = bson.decode((await wire.reader.readexactly(length - 16))[20:])
    assert (answered, code) == (9, 1)
    assert reply["ismaster"]
    assert reply["helloOk"]
    await wire.close()


@pytest.mark.parametrize(
    "data",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        struct.pack("<iiii", 2**31 - 1, 1, 0, 2013),
        struct.pack("<iiii", 26, 1, 0, 2013) + b"\0\0\0\0\0\xff\xff\xff\xff\0",
        struct.pack("<iiii", 21, 1, 0, 2012) + b"\0\0\0\0\0",
    ],
)
async def test_broken_bytes_close_their_connection_and_nothing_else(
    server: EmbeddedServer, client: Any, data: bytes
) -> None:
    wire = await Wire.open(server)
    wire.writer.write(data)
    assert await asyncio.wait_for(wire.reader.read(), 5) == b""
    assert (await client.admin.command("ping"))["ok"] == 1.0


async def test_test_commands_are_refused_unless_enabled() -> None:
    async with EmbeddedServer() as server, AsyncMongoClient(server.url) as client:
        with pytest.raises(OperationFailure) as caught:
            await client.admin.command({"configureFailPoint": "failCommand", "mode": "off"})
        assert caught.value.code == 59


async def storm(faults: Faults) -> tuple[dict[str, int], list[str], int]:
    """One run under faults: what was injected, what each step got, how many had effect."""
    outcomes = []
    async with EmbeddedServer(faults=faults) as server:
        for number in range(80):
            wire = await Wire.open(server)
            fields = {
                "lsid": {"id": Binary(number.to_bytes(16, "big"), 4)},
                "txnNumber": Int64(1),
                "autocommit": False,
            }
            insert = {"insert": "things", "documents": [{"_id": number}], "startTransaction": True}
            try:
                reply = await wire.command({**insert, **fields})
                if reply["ok"]:
                    reply = await wire.command({"commitTransaction": 1, **fields}, "admin")
                outcomes.append(reply.get("codeName", "done"))
            except asyncio.IncompleteReadError:
                outcomes.append("lost")
            await wire.close()
        effects = server.store.collections["game.things"].live
    return dict(faults.injected), outcomes, effects


async def test_the_same_seed_gives_the_same_faults() -> None:
    def faults(seed: int) -> Faults:
        return Faults(
            seed,
            conflict_rate=0.1,
            lost_answer_before=0.05,
            lost_answer_after=0.05,
            disconnect=0.05,
            delay=0.001,
        )

    first = await storm(faults(7))
    assert first == await storm(faults(7))
    assert first != await storm(faults(8))
    injected, outcomes, effects = first
    assert set(injected) == {"conflict", "lost_answer_before", "lost_answer_after", "disconnect"}
    assert {"WriteConflict", "lost", "done"} == set(outcomes)
    assert effects >= outcomes.count("done")


async def test_an_answer_lost_after_the_effect_is_found_again_by_the_drivers_retry() -> None:
    faults = Faults(3, lost_answer_after=0.2)
    async with EmbeddedServer(faults=faults) as server, AsyncMongoClient(server.url) as client:
        sent = 0
        for _ in range(15):
            try:
                await client.game.a.update_one({"_id": 1}, {"$inc": {"n": 1}}, upsert=True)
            except ConnectionFailure:
                # Both attempts lost their answers: done once or not at all.
                continue
            sent += 1
        found = await client.game.a.find_one()
        assert found is not None
        assert sent <= found["n"] <= 15
    assert faults.injected["lost_answer_after"] > 0
