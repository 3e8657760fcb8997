"""The server side of a connection, with one thing changed: requests that are no HTTP.

aiohttp answers those before any application code runs, in plain text that repeats what was sent.
Here they get a problem document like every other refusal.
"""

from __future__ import annotations

import asyncio
from typing import Any

import structlog
from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError, LineTooLong

from desperados.api.errors import MalformedRequest, RequestLineTooLong
from desperados.api.problems import respond, respond_to
from desperados.api.serving.middlewares import OWN_HEADERS, REQUEST_ID
from desperados.engine import dice

log = structlog.get_logger(__name__)


class ProblemProtocol(web.RequestHandler):
    """A connection whose failures outside the application are problem documents."""

    __slots__ = ()

    def handle_error(
        self,
        request: Any,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """The answer to what could not be parsed, or what failed before the middlewares."""
        if request.writer.output_size > 0 or not isinstance(exc, Exception):
            return super().handle_error(request, status, exc, message)
        request_id = dice.token(8)
        if isinstance(exc, LineTooLong):
            response = respond_to(RequestLineTooLong(), request_id)
        elif isinstance(exc, HttpProcessingError):
            # Anybody on the network can cause this: one line, and nothing of what was sent.
            log.info("not_http", reason=type(exc).__name__, request_id=request_id)
            response = respond_to(MalformedRequest(), request_id)
        else:
            response = respond(exc, request_id)
        response.headers.update(OWN_HEADERS)
        response.headers[REQUEST_ID] = request_id
        response.force_close()
        return response


class ProblemServer(web.Server):
    """Makes a ``ProblemProtocol`` of each connection."""

    def __call__(self) -> ProblemProtocol:
        return ProblemProtocol(self, loop=asyncio.get_running_loop(), **self._kwargs)


class ProblemRunner(web.AppRunner):
    """Runs an application behind a ``ProblemServer``."""

    async def _make_server(self) -> web.Server:
        plain = await super()._make_server()
        return ProblemServer(
            plain.request_handler,
            request_factory=plain.request_factory,
            **plain._kwargs,
        )
