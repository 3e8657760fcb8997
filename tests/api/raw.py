"""Connections as an attacker has them: bytes, silence, and hanging up."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

PATIENCE = 5.0


class Raw:
    """One TCP connection to a server."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def send(self, data: bytes) -> None:
        self._writer.write(data)
        await self._writer.drain()

    async def answer(self) -> bytes:
        """The head of the next answer."""
        async with asyncio.timeout(PATIENCE):
            return await self._reader.readuntil(b"\r\n\r\n")

    async def rest(self) -> bytes:
        """All that comes until the server ends the connection."""
        async with asyncio.timeout(PATIENCE):
            try:
                return await self._reader.read()
            except ConnectionError:
                return b""

    async def is_open(self) -> bool:
        """Whether the server has left the connection open and silent."""
        try:
            async with asyncio.timeout(0.05):
                return bool(await self._reader.read(1))
        except TimeoutError:
            return True
        except ConnectionError:
            return False

    async def drip(self, data: bytes, every: float) -> None:
        """Send the same bytes again and again, for as long as they are taken."""
        with contextlib.suppress(ConnectionError):
            while True:
                await self.send(data)
                await asyncio.sleep(every)

    def hang_up(self, *, politely: bool = False) -> None:
        """End the connection: with a word (FIN), or by dropping it (RST)."""
        if politely:
            self._writer.close()
            return
        own = self._writer.get_extra_info("socket")
        own.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._writer.transport.abort()


@asynccontextmanager
async def raw(url: str, *, reads: int | None = None) -> AsyncIterator[Raw]:
    """A connection; ``reads`` is how many bytes it takes before it is asked to read on."""
    host, _, port = url.removeprefix("http://").rstrip("/").rpartition(":")
    own = socket.socket()
    if reads is not None:
        own.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, reads)
    own.setblocking(False)
    await asyncio.get_running_loop().sock_connect(own, (host, int(port)))
    limit = 2**16 if reads is None else reads
    reader, writer = await asyncio.open_connection(sock=own, limit=limit)
    try:
        yield Raw(reader, writer)
    finally:
        writer.transport.abort()
