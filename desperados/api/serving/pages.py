"""The API page at ``/docs``: our own files, nothing from any other server, no inline code."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

from aiohttp import hdrs, web

from desperados.api.serving.caching import Fixed

PAGE_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
    )
)

# Address, file, content type. Addresses are relative to the page's own.
_ASSETS = (
    ("/docs", "docs.html", "text/html"),
    ("/docs/docs.css", "docs.css", "text/css"),
    ("/docs/docs.js", "docs.js", "text/javascript"),
    ("/docs/console.js", "console.js", "text/javascript"),
    ("/docs/schema.js", "schema.js", "text/javascript"),
    ("/docs/star.svg", "star.svg", "image/svg+xml"),
)


def add_pages(app: web.Application, openapi: dict[str, Any]) -> None:
    """Serve the description and the page that shows it."""
    description = json.dumps(openapi, ensure_ascii=False).encode()
    _add_resource(app, "/openapi.json", description, "application/json")
    folder = files("desperados.api") / "static"
    for address, name, content_type in _ASSETS:
        _add_resource(app, address, (folder / name).read_bytes(), content_type)

    async def to_docs(_request: web.Request) -> web.Response:
        return web.Response(status=302, headers={hdrs.LOCATION: "/docs"})

    app.router.add_get("/", to_docs)


def _add_resource(app: web.Application, address: str, body: bytes, content_type: str) -> None:
    """A resource of the page, under the policy of the page."""
    resource = Fixed(body, content_type)

    async def show(request: web.Request) -> web.Response:
        response = await resource.answer(request)
        response.headers["Content-Security-Policy"] = PAGE_POLICY
        return response

    app.router.add_get(address, show)
