"""The server side of a connection, with what aiohttp leaves open: its ends, and what is no HTTP.

aiohttp answers requests that are no HTTP before any application code runs, in plain text that
repeats what was sent. Here they get a problem document like every other refusal.

aiohttp waits for ever for the head of a first request, and for a client that does not take its
answer. Here every wait for a client has an end, however slowly the client keeps it busy:

- the first head must be there ``request_timeout`` seconds after the connection;
- the next one ``keepalive_timeout`` seconds after the answer before it;
- a body, and the taking of an answer, may last ``request_timeout`` seconds each;
- a WebSocket is pinged (``sockets``).
"""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import Any, cast

import structlog
from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError, LineTooLong

from desperados.api.errors import ClientGone, MalformedRequest, RequestLineTooLong
from desperados.api.problems import respond, respond_to
from desperados.api.serving.connections import CONNECTIONS, Connections
from desperados.api.serving.middlewares import OWN_HEADERS, REQUEST_ID, has_hung_up
from desperados.engine import dice
from desperados.engine.errors import GameError

MOST_HEADERS = 64  # of at most 8 KiB each, which a connection may hold before it is a request
LINGER_SECONDS = 2.0  # for the rest of a body that nobody reads; then the connection is closed

log = structlog.get_logger(__name__)


class ProblemProtocol(web.RequestHandler):
    """A connection that ends, and whose failures outside the application are problem documents."""

    __slots__ = ("_address", "_connections", "_head_timer")

    def __init__(self, connections: Connections, manager: web.Server, **options: Any) -> None:
        super().__init__(manager, **options)
        self._connections = connections
        self._address: str | None = None  # known once this one is counted
        self._head_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Count the connection and begin to wait for its first request, or refuse it."""
        stream = cast(asyncio.Transport, transport)  # other loops have classes of their own
        address = _address_of(stream)
        refusal = self._connections.enter(address)
        if refusal is not None:
            stream.write(_written(refusal))
            stream.close()
            return
        self._address = address
        # Whoever waits for a client to take an answer waits until all of it is on its way.
        stream.set_write_buffer_limits(high=0)
        self._head_timer = self._loop.call_later(
            self._connections.head_seconds, self._end_without_request
        )
        super().connection_made(transport)

    def connection_lost(self, exc: BaseException | None) -> None:
        """The connection is gone, whoever ended it."""
        if self._address is not None:
            self._connections.leave(self._address)
            self._address = None
        if self._head_timer is not None:
            self._head_timer.cancel()
        super().connection_lost(exc)

    def _end_without_request(self) -> None:
        if not self._request_count:
            self.force_close()

    async def finish_response(
        self, request: Any, resp: web.StreamResponse, start_time: float | None
    ) -> tuple[web.StreamResponse, bool]:
        """Send the answer; a client that does not take it in time is hung up on."""
        transport = self.transport
        if transport is None:  # it hung up before
            return resp, True
        hang_up = self._loop.call_later(self._connections.send_seconds, transport.abort)
        try:
            sent = await super().finish_response(request, resp, start_time)
            await request.writer.drain()
        except ConnectionError:  # it hung up meanwhile, or was hung up on
            return resp, True
        finally:
            hang_up.cancel()
        return sent

    def handle_error(
        self,
        request: Any,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """The answer to what could not be parsed, or what failed before the middlewares."""
        request_id = dice.token(8)
        if isinstance(exc, Exception) and has_hung_up(request, exc):
            response = respond_to(ClientGone(), request_id)
        elif request.writer.output_size > 0 or not isinstance(exc, Exception):
            return super().handle_error(request, status, exc, message)
        elif isinstance(exc, LineTooLong):
            response = respond_to(RequestLineTooLong(), request_id)
        elif isinstance(exc, HttpProcessingError):
            # Anybody on the network can cause this: one line, and nothing of what was sent.
            log.info("not_http", reason=type(exc).__name__, request_id=request_id)
            response = respond_to(MalformedRequest(), request_id)
        else:
            response = respond(exc, request_id)
        _finish(response, request_id)
        return response


def _address_of(transport: asyncio.Transport) -> str:
    peer = transport.get_extra_info("peername")
    return peer[0] if isinstance(peer, tuple) else ""


def _finish(response: web.Response, request_id: str) -> None:
    """The headers of an answer that no middleware saw, and after which the connection ends."""
    response.headers.update(OWN_HEADERS)
    response.headers[REQUEST_ID] = request_id
    response.force_close()


def _written(refusal: GameError) -> bytes:
    """The answer to a request that is not read."""
    request_id = dice.token(8)
    response = respond_to(refusal, request_id)
    _finish(response, request_id)
    assert isinstance(response.body, bytes)
    response.headers["Content-Length"] = str(len(response.body))
    response.headers["Connection"] = "close"
    head = [f"HTTP/1.1 {refusal.status} {HTTPStatus(refusal.status).phrase}"]
    head += [f"{name}: {value}" for name, value in response.headers.items()]
    return "\r\n".join([*head, "", ""]).encode() + response.body


class ProblemServer(web.Server):
    """Makes a ``ProblemProtocol`` of each connection."""

    def __init__(self, connections: Connections, plain: web.Server) -> None:
        super().__init__(
            plain.request_handler, request_factory=plain.request_factory, **plain._kwargs
        )
        self._counted = connections

    def __call__(self) -> ProblemProtocol:
        return ProblemProtocol(self._counted, self, loop=asyncio.get_running_loop(), **self._kwargs)


class ProblemRunner(web.AppRunner):
    """Runs an application behind a ``ProblemServer``."""

    def __init__(self, app: web.Application, **options: Any) -> None:
        ends = {
            "keepalive_timeout": app[CONNECTIONS].idle_seconds,
            "lingering_time": LINGER_SECONDS,
            "max_headers": MOST_HEADERS,
        }
        super().__init__(app, **{**ends, **options})

    async def _make_server(self) -> web.Server:
        return ProblemServer(self.app[CONNECTIONS], await super()._make_server())
