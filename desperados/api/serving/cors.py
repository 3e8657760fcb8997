"""Which other origins' pages may call the API from a browser (the Fetch standard's CORS).

By default none: a browser application is served from the same origin. A token is sent by a page
itself and never by a browser, so no answer allows credentials, and an origin that is allowed here
can do nothing that a program without a browser could not. Other origins get the answers that
everybody gets, which their browsers do not show them.
"""

from __future__ import annotations

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

from desperados.api.limits import COUNTED

ANY = "*"
METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE"
SENT = "Authorization, Content-Type, Idempotency-Key, If-None-Match, X-Request-Id, traceparent"
SHOWN = ", ".join(
    (
        "Deprecation", "ETag", "Idempotency-Replayed", "Location", "RateLimit", "RateLimit-Policy",
        "Retry-After", "Sunset", "WWW-Authenticate", "X-Request-Id",
    )
)  # fmt: skip
KEPT_SECONDS = 7200  # longer is not kept by any browser


class Cors:
    """The origins that are allowed: a list as settings have it, separated by spaces."""

    def __init__(self, origins: str) -> None:
        self._origins = frozenset(origins.split())

    @web.middleware
    async def preflight(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Answer the question of a browser whether a page may call; all others go on.

        It costs nothing and counts against nobody: a browser asks for each address anew, and its
        player would pay twice.
        """
        asks = hdrs.ACCESS_CONTROL_REQUEST_METHOD in request.headers
        if request.method != hdrs.METH_OPTIONS or not asks or self._allowed(request) is None:
            return await handler(request)
        request[COUNTED] = True
        return web.Response(
            status=204,
            headers={
                hdrs.ACCESS_CONTROL_ALLOW_METHODS: METHODS,
                hdrs.ACCESS_CONTROL_ALLOW_HEADERS: SENT,
                hdrs.ACCESS_CONTROL_MAX_AGE: str(KEPT_SECONDS),
            },
        )

    async def add_headers(self, request: web.Request, response: web.StreamResponse) -> None:
        """Signal handler: say of an answer who may read it."""
        if not self._origins:
            return
        if ANY not in self._origins:
            varies = response.headers.get(hdrs.VARY)
            response.headers[hdrs.VARY] = f"{varies}, {hdrs.ORIGIN}" if varies else hdrs.ORIGIN
        allowed = self._allowed(request)
        if allowed is not None:
            response.headers[hdrs.ACCESS_CONTROL_ALLOW_ORIGIN] = allowed
            response.headers[hdrs.ACCESS_CONTROL_EXPOSE_HEADERS] = SHOWN

    def _allowed(self, request: web.Request) -> str | None:
        if ANY in self._origins:
            return ANY
        origin = request.headers.get(hdrs.ORIGIN, "").lower()
        return origin if origin in self._origins else None
