"""What says that a route goes: ``Deprecation`` (RFC 9745), ``Sunset`` (RFC 8594) and a link."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from email.utils import format_datetime

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

from desperados.api.routes import PREFIX
from desperados.engine.manifest.routes import Deprecation


def announce_end(handler: Handler, deprecation: Deprecation) -> Handler:
    """``handler``, whose answers say that the route goes. Refusals that are raised do not."""
    headers = {
        "Deprecation": f"@{int(_midnight(deprecation.since).timestamp())}",
        "Sunset": format_datetime(_midnight(deprecation.end), usegmt=True),
    }
    if deprecation.instead is not None:
        headers[hdrs.LINK] = f'<{PREFIX}{deprecation.instead}>; rel="successor-version"'

    async def answer(request: web.Request) -> web.StreamResponse:
        response = await handler(request)
        if not response.prepared:
            response.headers.update(headers)
        return response

    return answer


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
