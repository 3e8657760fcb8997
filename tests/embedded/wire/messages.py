"""A bare connection: messages exactly as a test wants them, without a driver's help."""

from __future__ import annotations

import asyncio
import struct
from typing import Any
from urllib.parse import unquote

import bson

from desperados.embedded import EmbeddedServer


class Wire:
    """Speaks OP_MSG to a server."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    @classmethod
    async def open(cls, server: EmbeddedServer) -> Wire:
        host = unquote(server.url.removeprefix("mongodb://").split("/?")[0])
        if host.startswith("/"):
            return cls(*await asyncio.open_unix_connection(host))
        name, port = host.split(":")
        return cls(*await asyncio.open_connection(name, int(port)))

    def send(self, body: dict[str, Any], *, flags: int = 0, number: int = 1) -> None:
        payload = struct.pack("<I", flags) + b"\0" + bson.encode(body)
        self.writer.write(struct.pack("<iiii", len(payload) + 16, number, 0, 2013) + payload)

    async def receive(self) -> tuple[int, dict[str, Any]]:
        """The next reply, and the number of the request that it answers."""
        header = await self.reader.readexactly(16)
        length, _, answered, _ = struct.unpack("<iiii", header)
        data = await self.reader.readexactly(length - 16)
        return answered, bson.decode(data[5:])

    async def command(self, body: dict[str, Any], database: str = "game") -> dict[str, Any]:
        self.send({**body, "$db": database})
        return (await asyncio.wait_for(self.receive(), 10))[1]

    async def close(self) -> None:
        self.writer.close()
        await self.writer.wait_closed()
