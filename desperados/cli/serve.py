"""``desperados serve``: a world behind the HTTP API, until a signal."""

from __future__ import annotations

import contextlib
from typing import Any

import desperados
from desperados.api.app import serve
from desperados.api.serving.logging import configure_logging
from desperados.assembly.jobs import JOBS
from desperados.cli.console import errors, output
from desperados.cli.seed import load
from desperados.engine.settings import load_settings
from desperados.engine.work import Jobs, working


async def serve_world(
    url: str | None, redis_url: str | None, *, host: str | None, port: int | None, seeded: bool
) -> int:
    """Connect, fill if asked to, serve; disconnect when the server has stopped."""
    given = {"mongodb_url": url, "redis_url": redis_url, "host": host, "port": port}
    overrides: dict[str, Any] = {name: v for name, v in given.items() if v is not None}
    configure_logging(load_settings(**overrides))
    async with desperados.connect(**overrides) as game:
        if seeded and (code := await load(None, quiet=True)):
            return code
        # A world inside this process has no worker of its own; elsewhere `desperados worker` runs.
        async with working(Jobs(JOBS)) if game.embedded else contextlib.nullcontext():
            await serve(game, started=_announce_docs if game.settings.docs else _announce)
    errors.print("Stopped.")
    return 0


def _announce_docs(url: str) -> None:
    output.print(f"The world is open at {url}")
    output.print(f"  API page   {url}/docs")
    output.print(f"  OpenAPI    {url}/openapi.json")
    output.print("Stop it with Ctrl-C.")


def _announce(url: str) -> None:
    output.print(f"The world is open at {url}")
    output.print("Stop it with Ctrl-C.")
