"""One client's connection: messages in, one after the other, answers out."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any, cast

from desperados.embedded.instance.calls import Client
from desperados.embedded.wire.addresses import at
from desperados.embedded.wire.protocol import (
    BrokenMessage,
    Request,
    message_length,
    parse_message,
)

log = logging.getLogger("desperados.embedded")


class Hangup(Exception):
    """The connection is to be closed without an answer (an injected fault)."""


Answer = bytes | None
Handle = Callable[[Request, Client], Answer | Coroutine[Any, Any, Answer]]


class Connection(asyncio.Protocol):
    """Reads messages as they come and answers most of them at once, without a task.

    It is in `connections` for as long as it is open.
    """

    def __init__(self, client: Client, handle: Handle, connections: set[Connection]) -> None:
        self.client = client
        self._handle = handle
        self._connections = connections
        self._transport: asyncio.Transport | None = None
        self._buffer = bytearray()
        self._waiting: deque[Request] = deque()
        self._task: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # Other loops than asyncio's have transports that are no subclasses of its own.
        self._transport = cast(asyncio.Transport, transport)
        peer, here = transport.get_extra_info("peername"), transport.get_extra_info("sockname")
        if isinstance(peer, tuple) and isinstance(here, tuple):
            self.client.peer, self.client.address = at(*peer[:2]), at(*here[:2])
        self._connections.add(self)

    def connection_lost(self, _exc: Exception | None) -> None:
        self._transport = None
        self._connections.discard(self)

    def data_received(self, data: bytes) -> None:
        buffer = self._buffer
        buffer += data
        try:
            while (length := message_length(buffer)) is not None and len(buffer) >= length:
                self._waiting.append(parse_message(bytes(buffer[:length])))
                del buffer[:length]
        except BrokenMessage as error:
            log.warning("closing connection %d: %s", self.client.number, error)
            self.close()
            return
        if self._task is None:
            self._answer()

    def _answer(self) -> None:
        """Answer what is waiting, until a command has to wait for something."""
        while self._waiting and self._transport is not None:
            request = self._waiting.popleft()
            try:
                answer = self._handle(request, self.client)
            except Hangup:
                self.close()
                return
            if isinstance(answer, Coroutine):
                self._task = asyncio.ensure_future(self._finish(answer))
                return
            self._send(answer)

    async def _finish(self, answer: Coroutine[Any, Any, Answer]) -> None:
        try:
            self._send(await answer)
        except Hangup:
            self.close()
        finally:
            self._task = None
        self._answer()

    def _send(self, answer: Answer) -> None:
        if answer is not None and self._transport is not None:
            self._transport.write(answer)

    def close(self) -> None:
        self._waiting.clear()
        if self._transport is not None:
            self._transport.close()
            self._transport = None

    def abort(self) -> None:
        """Close at once, ending a command that waits."""
        if self._task is not None:
            self._task.cancel()
        if self._transport is not None:
            self._transport.abort()
            self._transport = None
