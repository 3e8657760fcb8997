"""A server that speaks OP_MSG to the real driver, and misbehaves on command.

It keeps just enough state to tell whether a transaction had its effect: the inserts of open
transactions, and those of committed ones. What it answers, and when it hangs up instead, is
scripted per command: that is how failures of a real replica set are shown that no healthy server
shows.
"""

from __future__ import annotations

import asyncio
import struct
from collections import defaultdict, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import bson

OP_MSG = 2013
OP_QUERY = 2004
OP_REPLY = 1
MORE_TO_COME = 2
NO_SUCH_TRANSACTION = 251


@dataclass(frozen=True)
class Fault:
    """What happens instead of the plain answer. ``after`` says that the effect happens first."""

    code: int | None = None  # None hangs up, or is silent
    name: str = ""
    labels: tuple[str, ...] = ()
    after: bool = False
    write_concern: bool = False
    silent: bool = False
    more: dict[str, Any] = field(default_factory=dict, hash=False)


HANG_UP_BEFORE = Fault()
HANG_UP_AFTER = Fault(after=True)
SILENT_BEFORE = Fault(silent=True)
SILENT_AFTER = Fault(silent=True, after=True)
UNKNOWN_COMMAND = Fault(59, "CommandNotFound")
UNSUPPORTED_COMMAND = Fault(115, "CommandNotSupported")
WRITE_CONFLICT = Fault(112, "WriteConflict", ("TransientTransactionError",))
STEPPED_DOWN = Fault(189, "PrimarySteppedDown", ("TransientTransactionError",))
NOT_PRIMARY_AT_COMMIT = Fault(10107, "NotWritablePrimary", ("RetryableWriteError",))
LIFETIME_EXCEEDED = Fault(NO_SUCH_TRANSACTION, "NoSuchTransaction", ("TransientTransactionError",))
MAJORITY_UNKNOWN = Fault(
    64, "WriteConcernFailed", ("UnknownTransactionCommitResult",), after=True, write_concern=True
)


@dataclass
class ScriptedServer:
    """One node that claims to be the primary of a replica set (unless told to stand alone).

    ``older`` carries out no bulkWrite, whatever it says of its version. ``deaf`` answers nothing.
    Once it is ``over``, who was accepted a moment ago is hung up on at once: nothing outlives the
    loop of the test.
    """

    wire_version: int = 25
    standalone: bool = False
    older: bool = False
    deaf: bool = False
    over: bool = False
    port: int = 0
    faults: dict[str, deque[Fault | None]] = field(default_factory=lambda: defaultdict(deque))
    seen: list[str] = field(default_factory=list)
    commands: list[dict[str, Any]] = field(default_factory=list)
    committed: list[dict[str, Any]] = field(default_factory=list)
    open: dict[tuple[bytes, int], list[dict[str, Any]]] = field(default_factory=dict)
    done: dict[tuple[bytes, int], bool] = field(default_factory=dict)
    connections: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def url(self) -> str:
        """Where it listens; it fails fast, so that a test of a lost server ends."""
        return (
            f"mongodb://127.0.0.1:{self.port}/?directConnection=true&serverSelectionTimeoutMS=2000"
        )

    def script(self, command: str, *faults: Fault | None) -> None:
        """What happens to the next calls of ``command``; None is the plain answer."""
        self.faults[command].extend(faults)

    def effects(self, collection: str) -> list[dict[str, Any]]:
        """What committed transactions inserted into ``collection``."""
        return [document for document in self.committed if document["in"] == collection]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        if self.over:
            writer.close()
            return
        task = asyncio.current_task()
        assert task is not None
        self.connections.add(task)
        task.add_done_callback(self.connections.discard)
        try:
            while True:
                header = await reader.readexactly(16)
                length, request, _, opcode = struct.unpack("<iiii", header)
                body = await reader.readexactly(length - 16)
                command = decode(opcode, body)
                silent = self.deaf
                answer = {} if silent else self.answer(command)
                if answer is None:
                    return
                if silent or "silent" in answer:
                    await reader.read()  # until the client gives up
                    return
                writer.write(encode(opcode, request, answer))
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        finally:
            writer.close()

    def answer(self, command: dict[str, Any]) -> dict[str, Any] | None:
        """The answer, or None to hang up, or one that says to be silent."""
        name = next(iter(command))
        if name.lower() in {"hello", "ismaster"}:
            return self.hello()
        self.seen.append(name)
        self.commands.append(command)
        fault = self.faults[name].popleft() if self.faults[name] else None
        if fault is None and self.older and name == "bulkWrite":
            fault = UNSUPPORTED_COMMAND
        if fault is None:
            return self.carry_out(name, command)
        if fault.after:
            plain = self.carry_out(name, command)
            if fault.write_concern:
                error = {"code": fault.code, "codeName": fault.name, "errmsg": "waiting timed out"}
                return {**plain, "writeConcernError": error, "errorLabels": list(fault.labels)}
        elif fault.code is not None and name != "commitTransaction":
            self.open.pop(transaction_of(command), None)
        if fault.code is None:
            return {"silent": True} if fault.silent else None
        return {**failure(fault.code, fault.name, fault.labels), **fault.more}

    def hello(self) -> dict[str, Any]:
        """What a driver learns first."""
        basis = {
            "ok": 1.0,
            "helloOk": True,
            "isWritablePrimary": True,
            "ismaster": True,
            "maxWireVersion": self.wire_version,
            "minWireVersion": 0,
            "maxBsonObjectSize": 16 * 2**20,
            "maxMessageSizeBytes": 48 * 2**20,
            "maxWriteBatchSize": 100_000,
            "logicalSessionTimeoutMinutes": 30,
        }
        if self.standalone:
            return basis
        address = f"127.0.0.1:{self.port}"
        return {**basis, "setName": "rs0", "hosts": [address], "me": address, "primary": address}

    def carry_out(self, name: str, command: dict[str, Any]) -> dict[str, Any]:
        """The plain answer, and its effect."""
        place = transaction_of(command)
        inserted = self.open.setdefault(place, []) if command.get("startTransaction") else None
        if inserted is None:
            inserted = self.open.get(place, [])
        if name == "insert":
            inserted += [{"in": command["insert"], **d} for d in command["documents"]]
            return {"ok": 1.0, "n": len(command["documents"])}
        if name == "update":
            return {"ok": 1.0, "n": 1, "nModified": 1}
        if name == "bulkWrite":
            return self.bulk_write(command, inserted)
        if name == "find":
            namespace = f"{command['$db']}.{command['find']}"
            return {"ok": 1.0, "cursor": {"id": 0, "ns": namespace, "firstBatch": []}}
        if name == "commitTransaction":
            return self.commit(place)
        if name == "abortTransaction":
            self.open.pop(place, None)
            self.done.setdefault(place, False)
        return {"ok": 1.0}

    def bulk_write(self, command: dict[str, Any], inserted: list[dict[str, Any]]) -> dict[str, Any]:
        spaces = [info["ns"].split(".", 1)[1] for info in command["nsInfo"]]
        results = []
        for number, operation in enumerate(command["ops"]):
            if "insert" in operation:
                inserted.append({"in": spaces[operation["insert"]], **operation["document"]})
            results.append({"ok": 1.0, "idx": number, "n": 1, "nModified": 1})
        return {
            "ok": 1.0,
            "cursor": {"id": 0, "ns": "admin.$cmd.bulkWrite", "firstBatch": results},
            "nErrors": 0,
        }

    def commit(self, place: tuple[bytes, int]) -> dict[str, Any]:
        """A repeated commit answers what the first one did."""
        if self.done.get(place):
            return {"ok": 1.0}
        if place not in self.open:
            return failure(NO_SUCH_TRANSACTION, "NoSuchTransaction", ("TransientTransactionError",))
        self.committed += self.open.pop(place)
        self.done[place] = True
        return {"ok": 1.0}


def transaction_of(command: dict[str, Any]) -> tuple[bytes, int]:
    session = command.get("lsid")
    return (bytes(session["id"]) if session else b"", command.get("txnNumber", 0))


def failure(code: int, name: str, labels: tuple[str, ...]) -> dict[str, Any]:
    return {
        "ok": 0.0,
        "code": code,
        "codeName": name,
        "errmsg": f"scripted {name}",
        "errorLabels": list(labels),
    }


def decode(opcode: int, body: bytes) -> dict[str, Any]:
    """The command in a message; document sequences are put back into it."""
    if opcode == OP_QUERY:
        start = body.index(b"\0", 4) + 1 + 8
        return bson.decode(body[start:])
    command: dict[str, Any] = {}
    position = 4
    while position < len(body):
        kind = body[position]
        position += 1
        (size,) = struct.unpack_from("<i", body, position)
        section = body[position : position + size]
        if kind == 0:
            command |= bson.decode(section)
        else:
            end = section.index(b"\0", 4)
            command[section[4:end].decode()] = bson.decode_all(section[end + 1 :])
        position += size
    return command


def encode(opcode: int, request: int, answer: dict[str, Any]) -> bytes:
    document = bson.encode(answer)
    if opcode == OP_QUERY:
        body = struct.pack("<iqii", 8, 0, 0, 1) + document
        return struct.pack("<iiii", 16 + len(body), 0, request, OP_REPLY) + body
    body = struct.pack("<i", 0) + b"\0" + document
    return struct.pack("<iiii", 16 + len(body), 0, request, OP_MSG) + body


@asynccontextmanager
async def scripted(**options: Any) -> AsyncIterator[ScriptedServer]:
    """A listening server."""
    server = ScriptedServer(**options)
    listener = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    server.port = listener.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        server.over = True
        listener.close()
        while server.connections:
            for connection in server.connections:
                connection.cancel()
            await asyncio.gather(*server.connections, return_exceptions=True)
        for _ in range(5):  # an accepted connection begins some turns of the loop later
            await asyncio.sleep(0)
