"""What an address does with methods: those that it has, HEAD and OPTIONS, and all others.

aiohttp would ask the next address that fits as well: ``DELETE /trades/opened`` is none of
``/trades/{tradeId}``, and its ``Allow`` is that of ``/trades/opened`` alone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

from desperados.api.errors import ExpectationFailed, MethodNotAllowed
from desperados.api.problems import respond_to
from desperados.engine import dice

_NAME = re.compile(r"\{(\w+)\}")


def add_address(app: web.Application, address: str, handlers: Mapping[str, Handler]) -> None:
    """Serve ``handlers`` by method at ``address``; what has a GET has a HEAD."""
    methods = dict(handlers)
    if hdrs.METH_GET in methods:
        methods[hdrs.METH_HEAD] = methods[hdrs.METH_GET]
    allowed = [*sorted(methods), hdrs.METH_OPTIONS]

    async def options(_request: web.Request) -> web.Response:
        return web.Response(status=204, headers={hdrs.ALLOW: ", ".join(allowed)})

    async def refuse(_request: web.Request) -> web.Response:
        raise MethodNotAllowed(allow=allowed)

    # A name in it is any text: aiohttp's own pattern leaves braces to the next address.
    resource = app.router.add_resource(_NAME.sub(r"{\1:[^/]+}", address))
    for method, handler in methods.items():
        resource.add_route(method, handler, expect_handler=meet_expectation)
    resource.add_route(hdrs.METH_OPTIONS, options)
    resource.add_route(hdrs.METH_ANY, refuse)


async def meet_expectation(request: web.Request) -> web.Response | None:
    """``Expect: 100-continue`` is met; anything else is refused, here, before the middlewares."""
    if request.headers.get(hdrs.EXPECT, "").lower() != "100-continue":
        return respond_to(ExpectationFailed(), dice.token(8))
    await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    request.writer.output_size = 0  # the answer itself has not begun
    return None
