"""What somebody would write in an hour: an API that does the database's work and checks nothing."""

from __future__ import annotations

import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from aiohttp import web
from bson import ObjectId
from samples import PlainBeanie


def json_from(collection: Any) -> Callable[[ObjectId], Awaitable[str]]:
    """Reads a document of ``collection`` as JSON."""

    async def read(identity: ObjectId) -> str:
        return json.dumps(await collection.find_one({"_id": identity}), default=str)

    return read


async def json_from_beanie(identity: ObjectId) -> str:
    """A character as JSON, through Beanie as it comes."""
    found = await PlainBeanie.get(identity)
    assert found is not None
    text: str = found.model_dump_json()
    return text


def bare_app(
    find: Callable[[ObjectId], Awaitable[str]], transfer: Callable[[int], Awaitable[Any]]
) -> web.Application:
    """The application. ``find`` gives a character as JSON, ``transfer`` moves an amount."""

    async def get(asked: web.Request) -> web.Response:
        text = await find(ObjectId(asked.match_info["id"]))
        return web.Response(text=text, content_type="application/json")

    async def pay(asked: web.Request) -> web.Response:
        body = await asked.json()
        await transfer(body["amount"])
        return web.json_response(body)

    app = web.Application()
    app.router.add_get("/api/v1/characters/{id}", get)
    app.router.add_post("/api/v1/characters/{id}/transfers", pay)
    return app


@contextlib.asynccontextmanager
async def listening(apps: dict[str, web.Application]) -> AsyncIterator[dict[str, int]]:
    """Serve the applications; gives their ports."""
    async with contextlib.AsyncExitStack() as stack:
        ports = {}
        for name, app in apps.items():
            runner = web.AppRunner(app, access_log=None)
            await runner.setup()
            stack.push_async_callback(runner.cleanup)
            site = web.TCPSite(runner, "127.0.0.1", 0)
            await site.start()
            ports[name] = runner.addresses[0][1]
        yield ports
