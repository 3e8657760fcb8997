"""What surrounds every request: its id, its log line, its numbers, its headers, its game."""

from __future__ import annotations

import asyncio
import re
from http import HTTPStatus

import structlog
from aiohttp import hdrs, web
from aiohttp.typedefs import Handler, Middleware

from desperados.api import limits
from desperados.api.access import PRINCIPAL
from desperados.api.errors import ClientGone
from desperados.api.problems import CODE, respond
from desperados.api.proxies import Proxies
from desperados.api.serving.metrics import Metrics, route_of
from desperados.engine import dice
from desperados.engine.game import Game

REQUEST_ID = "X-Request-Id"
REQUEST_ID_KEY = web.RequestKey("request_id", str)
_SANE_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
LONGEST_LOGGED_PATH = 200

# An API answer is data: nothing in it may be run, framed, sniffed or kept by a shared cache.
OWN_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    hdrs.CACHE_CONTROL: "no-store",
    hdrs.SERVER: "desperados",
}

log = structlog.get_logger(__name__)


def observe(game: Game, metrics: Metrics) -> Middleware:
    """The one middleware: everything below it may simply raise."""
    proxies = Proxies(game.settings.trusted_proxies)

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        started = asyncio.get_running_loop().time()
        request_id = request[REQUEST_ID_KEY] = _request_id(request)
        request[limits.ADDRESS] = proxies.client_address(request)
        response: web.StreamResponse
        # aiohttp runs each request in a task of its own, so nothing of this reaches another one.
        structlog.contextvars.bind_contextvars(request_id=request_id)
        with game.active(), metrics.in_flight.track_inprogress():
            try:
                response = await _counted(game, request, handler)
            except Exception as error:
                gone = has_hung_up(request, error)
                response = respond(ClientGone() if gone else error, request_id)
        seconds = asyncio.get_running_loop().time() - started
        metrics.record(request, response.status, seconds)
        _log(request, response, seconds)
        return response

    return middleware


def has_hung_up(request: web.BaseRequest, error: Exception) -> bool:
    """Whether a request failed because its client went away, which is no fault of ours."""
    transport = request.transport
    return isinstance(error, OSError) and (transport is None or transport.is_closing())


async def _counted(game: Game, request: web.Request, handler: Handler) -> web.StreamResponse:
    """The answer of the handler; what no route has counted is counted here."""
    if request.path in limits.PROBES and request.match_info.http_exception is None:
        return await handler(request)
    try:
        response = await handler(request)
    except Exception:
        await limits.count_stray(game, request)
        raise
    await limits.count_stray(game, request)
    return response


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Signal handler: the headers that every answer carries, unless it brings its own."""
    headers = response.headers
    for name, value in OWN_HEADERS.items():
        headers.setdefault(name, value)
    headers[hdrs.SERVER] = OWN_HEADERS[hdrs.SERVER]
    if not headers[hdrs.CACHE_CONTROL].startswith("public"):  # else it would be told to others
        headers.update(limits.headers(request))
    if REQUEST_ID_KEY in request:
        headers[REQUEST_ID] = request[REQUEST_ID_KEY]


def _request_id(request: web.Request) -> str:
    """The client's id if it is harmless in logs and headers, else a new one."""
    given = request.headers.get(REQUEST_ID, "")
    return given if _SANE_ID.fullmatch(given) else dice.token(8)


def _log(request: web.Request, response: web.StreamResponse, seconds: float) -> None:
    """One line a request. Query strings and bodies hold secrets and never appear."""
    principal = request.get(PRINCIPAL)
    write = log.debug if request.path in limits.PROBES else log.info
    if response.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        write = log.warning
    code = response.get(CODE)
    write(
        "request",
        method=request.method[:16],
        path=request.path[:LONGEST_LOGGED_PATH],
        route=route_of(request),
        status=response.status,
        milliseconds=round(seconds * 1000, 2),
        address=request[limits.ADDRESS],
        user=str(principal.user_id) if principal is not None else None,
        **({"code": code} if code is not None else {}),
    )
