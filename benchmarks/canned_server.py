"""A MongoDB and a Redis that know all their answers beforehand, in a process of their own.

Benchmarks measure the CPU time of the process that runs the driver and us. What a server does is
none of their business, so this one does as little as it can: it looks at a command's name, takes
the prepared answer and puts the asked ids into it. As a replica set does, it sends cluster times.

Nothing is stored. Every read finds what it asks for, every write succeeds.
"""

from __future__ import annotations

import asyncio
import json
import struct
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

import bson
from bson import ObjectId, Timestamp
from samples import CHARACTERS_IN_LIST, session_row, stored_character, user_row

OP_MSG = 2013
OP_QUERY = 2004
OP_REPLY = 1
WIRE_VERSION = 25  # MongoDB 8.0

TIME = Timestamp(1_750_000_000, 1)
TAIL = {
    "ok": 1.0,
    "$clusterTime": {
        "clusterTime": TIME,
        "signature": {"hash": bytes(20), "keyId": 7_300_000_000_000_000_000},
    },
    "operationTime": TIME,
}
_NO_ID = ObjectId("aaaaaaaaaaaaaaaaaaaaaaaa")  # stands in prepared answers where an id is put


class Answers:
    """The prepared answers."""

    def __init__(self) -> None:
        self.port = 0
        self.indexes: str | None = None  # the fingerprint of the indexes that were made last
        character = {**stored_character(), "_id": _NO_ID}
        actor = ("_id", "userId", "name", "currentLocationId", "createdAt")
        purse = {
            **{name: character[name] for name in (*actor, "dollars", "gold", "silver")},
            "ledgerSeq": {"dollars": 1, "gold": 1, "silver": 1},
        }
        self._one = _cursor("characters", [character])
        self._purse = _cursor("characters", [purse])
        self._purses = _cursor("characters", [purse, purse])
        many = [{**character, "_id": ObjectId()} for _ in range(CHARACTERS_IN_LIST)]
        self._many = _cursor("characters", many)
        self._nothing = _cursor("anything", [])
        self._users = _cursor("users", [user_row()])
        self._caller = {
            whole: _cursor(
                "users", [{**user_row(), "together0": [session_row()], "together1": [owned]}]
            )
            for whole, owned in ((True, character), (False, {"_id": _NO_ID}))
        }
        self._sender = _cursor(
            "characters", [{"_id": _NO_ID} | {f"together{n}": [] for n in range(4)}]
        )
        self._written = {n: bson.encode({"n": n, "nModified": n, **TAIL}) for n in range(1, 101)}
        self._bulk = {n: _bulk_answer(n) for n in range(1, 101)}
        self._build = bson.encode({"version": "8.0.0", "versionArray": [8, 0, 0, 0], **TAIL})
        self._ok = bson.encode(TAIL)

    def to(self, command: dict[str, Any]) -> bytes:
        """The encoded answer to a command."""
        name = next(iter(command))
        if name == "find":
            return self._found_by(command)
        if name == "aggregate":
            caller = command["aggregate"] == "users"
            return self._called_by(command["pipeline"]) if caller else self._sender
        if name == "bulkWrite":
            return self._bulk[len(command["ops"])]
        if name == "update":
            if command[name] == "desperadosmetadata":
                self.indexes = command["updates"][0]["u"]["fingerprint"]
            return self._written[len(command["updates"])]
        if name == "insert":
            return self._written[len(command["documents"])]
        if name.lower() in {"hello", "ismaster"}:
            return bson.encode(self._hello())
        if name == "listCollections":
            return self._nothing
        return self._build if name.lower() == "buildinfo" else self._ok

    def _found_by(self, command: dict[str, Any]) -> bytes:
        collection = command["find"]
        if collection == "characters":
            return self._characters(command)
        if collection == "desperadosmetadata" and self.indexes is not None:
            return _cursor(collection, [{"_id": "indexes", "fingerprint": self.indexes}])
        return self._users if collection == "users" else self._nothing

    def _called_by(self, pipeline: list[dict[str, Any]]) -> bytes:
        """The caller with his session and his character, as far as it is asked for."""
        owned = pipeline[-1]["$lookup"]["pipeline"]
        answer = self._caller["$project" not in owned[-1]]
        return answer.replace(_NO_ID.binary, owned[0]["$match"]["_id"].binary)

    def _characters(self, command: dict[str, Any]) -> bytes:
        wanted = command["filter"].get("_id")
        if wanted is None:
            return self._many
        if isinstance(wanted, ObjectId):
            answer = self._purse if "projection" in command else self._one
            return answer.replace(_NO_ID.binary, wanted.binary)
        ids = wanted["$in"]
        answer = self._purses if len(ids) == 2 else self._purse
        for one in ids:
            answer = answer.replace(_NO_ID.binary, one.binary, 1)
        return answer

    def _hello(self) -> dict[str, Any]:
        address = f"127.0.0.1:{self.port}"
        return {
            "helloOk": True,
            "isWritablePrimary": True,
            "ismaster": True,
            "maxWireVersion": WIRE_VERSION,
            "minWireVersion": 0,
            "maxBsonObjectSize": 16 * 2**20,
            "maxMessageSizeBytes": 48 * 2**20,
            "maxWriteBatchSize": 100_000,
            "logicalSessionTimeoutMinutes": 30,
            "setName": "rs0",
            "hosts": [address],
            "me": address,
            "primary": address,
            **TAIL,
        }


def _cursor(collection: str, documents: list[dict[str, Any]]) -> bytes:
    cursor = {"firstBatch": documents, "id": 0, "ns": f"desperados.{collection}"}
    return bson.encode({"cursor": cursor, **TAIL})


def _bulk_answer(count: int) -> bytes:
    """What MongoDB 8 says of ``count`` operations that all succeeded."""
    results = [{"ok": 1.0, "idx": idx, "n": 1, "nModified": 1} for idx in range(count)]
    return bson.encode(
        {
            "cursor": {"id": 0, "firstBatch": results, "ns": "admin.$cmd.bulkWrite"},
            "nErrors": 0,
            "nInserted": count,
            "nMatched": count,
            "nModified": count,
            "nUpserted": 0,
            "nDeleted": 0,
            **TAIL,
        }
    )


class _Connection(asyncio.Protocol):
    """Collects bytes until a request is complete, then answers it."""

    def __init__(self) -> None:
        self._waiting = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._waiting += data
        while (length := self.complete(self._waiting)) is not None:
            request, self._waiting = self._waiting[:length], self._waiting[length:]
            self._transport.write(self.answer(request))

    def complete(self, data: bytes) -> int | None:
        """The length of the first request in ``data``, or None if there is more to come."""
        raise NotImplementedError

    def answer(self, request: bytes) -> bytes:
        """The bytes to send back."""
        raise NotImplementedError


class MongoConnection(_Connection):
    """One connection of a driver."""

    def __init__(self, answers: Answers) -> None:
        super().__init__()
        self._answers = answers

    def complete(self, data: bytes) -> int | None:
        if len(data) < 4:
            return None
        length = int.from_bytes(data[:4], "little")
        return length if len(data) >= length else None

    def answer(self, request: bytes) -> bytes:
        _, number, _, opcode = struct.unpack_from("<iiii", request)
        document = self._answers.to(_command(opcode, request[16:]))
        if opcode == OP_QUERY:
            head = struct.pack("<iiiiiqii", 36 + len(document), 0, number, OP_REPLY, 8, 0, 0, 1)
        else:
            head = struct.pack("<iiiiiB", 21 + len(document), 0, number, OP_MSG, 0, 0)
        return head + document


def _command(opcode: int, body: bytes) -> dict[str, Any]:
    """The command of a message; sequences of documents are put back into it."""
    if opcode == OP_QUERY:
        return bson.decode(body[body.index(b"\0", 4) + 9 :])
    command: dict[str, Any] = {}
    position = 4
    while position < len(body):
        kind = body[position]
        (size,) = struct.unpack_from("<i", body, position + 1)
        section = body[position + 1 : position + 1 + size]
        if kind == 0:
            command |= bson.decode(section)
        else:
            end = section.index(b"\0", 4)
            command[section[4:end].decode()] = bson.decode_all(section[end + 1 :])
        position += 1 + size
    return command


class RedisConnection(_Connection):
    """One connection of redis-py: what rate limits and the list of ended tokens ask."""

    _REPLIES: ClassVar[dict[str, bytes]] = {
        "HELLO": b"%1\r\n$5\r\nproto\r\n:3\r\n",
        "PING": b"+PONG\r\n",
    }

    def complete(self, data: bytes) -> int | None:
        lines = data.split(b"\r\n")
        if not data.startswith(b"*"):
            return None
        needed = 1 + 2 * int(lines[0][1:]) if len(lines) > 1 else len(lines)
        if len(lines) <= needed:
            return None
        return sum(len(line) + 2 for line in lines[:needed])

    def answer(self, request: bytes) -> bytes:
        words = request.split(b"\r\n")[2::2]
        name = words[0].decode().upper()
        if name == "EVALSHA":
            keys = words[3 : 3 + int(words[2])]
            found = [b":%d\r\n" % (not key.startswith(b"deny")) for key in keys]
            return b"*%d\r\n%b" % (len(keys), b"".join(found))
        return self._REPLIES.get(name, b"+OK\r\n")


async def _serve() -> None:
    answers = Answers()
    loop = asyncio.get_running_loop()
    ports = []
    makers: list[Callable[[], asyncio.Protocol]] = [
        lambda: MongoConnection(answers),
        RedisConnection,
    ]
    for make in makers:
        listener = await loop.create_server(make, "127.0.0.1", 0)
        ports.append(listener.sockets[0].getsockname()[1])
    answers.port = ports[0]
    print(json.dumps(ports), flush=True)
    await loop.run_in_executor(None, sys.stdin.read)  # the parent's end is this one's


@contextmanager
def canned_server() -> Iterator[tuple[str, str]]:
    """The URLs of a canned MongoDB and a canned Redis, which end with the block."""
    with subprocess.Popen(
        [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        mongodb, redis = json.loads(process.stdout.readline())
        try:
            yield f"mongodb://127.0.0.1:{mongodb}/?replicaSet=rs0", f"redis://127.0.0.1:{redis}/0"
        finally:
            process.stdin.close()


if __name__ == "__main__":
    asyncio.run(_serve())
