"""The server as a process part: starts, speaks HTTP, stops without dropping anybody."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from structlog.testing import capture_logs

from desperados.api.app import serve
from desperados.engine.errors import ConfigurationError
from desperados.engine.game import Game
from desperados.engine.manifest.routes import Public, Route
from desperados.engine.settings import load_settings
from desperados.world import service as content
from tests.api.conftest import CHEAP
from tests.games import open_game


@asynccontextmanager
async def served(
    host: str = "127.0.0.1", **settings: Any
) -> AsyncIterator[tuple[Game, str, asyncio.Task[None]]]:
    async with open_game(**{**CHEAP, **settings}) as game:
        url: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        task = asyncio.create_task(serve(game, host, 0, started=url.set_result))
        try:
            yield game, await asyncio.wait_for(url, 5), task
        finally:
            if not task.done():
                os.kill(os.getpid(), signal.SIGTERM)
            await asyncio.wait_for(task, 5)


async def test_who_listens_everywhere_says_where_it_is_found_on_this_host() -> None:
    async with served("0.0.0.0") as (_, url, _):
        assert url.startswith("http://127.0.0.1:")
        assert b"200 OK" in await raw(url, b"GET /healthz HTTP/1.0\r\n\r\n")


async def raw(url: str, sent: bytes) -> bytes:
    host, port = url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(sent)
    answer = await asyncio.wait_for(reader.read(), 5)
    writer.close()
    return answer


NO_HTTP = [
    (b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n", 400),
    (b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", 431),
    (b"GET / HTTP/1.1\r\nHost: x\r\nX-Long: " + b"a" * 9000 + b"\r\n\r\n", 431),
    (b"GET / HTTP/1.1\r\nHost: x\r\nNo colon\r\n\r\n", 400),
    (b"GET / HTTP/1.1\r\nHost: x\r\nA\x00B: c\r\n\r\n", 400),
    (b"POST /api/v1/accounts HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", 400),
    (b"GET / HTTP/9.9\r\nHost: x\r\n\r\n", 400),
    (b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 100 + b"\r\n", 400),
]


async def test_what_is_no_http_gets_a_problem_too() -> None:
    async with served() as (_, url, _task):
        for sent, status in NO_HTTP:
            answer = await raw(url, sent)
            assert answer.split()[1] == str(status).encode(), answer[:200]
            assert b"application/problem+json" in answer
            assert b"Server: desperados" in answer
            assert b"Host: x" not in answer


async def test_header_bytes_that_are_no_text_do_no_harm() -> None:
    async with served() as (game, url, _task):
        register = b'{"username": "jane", "email": "j@example.org", "password": "Deadwood1876"}'
        login = b'{"login": "jane", "password": "Deadwood1876"}'
        for path, body in ((b"accounts", register), (b"sessions", login)):
            answer = await raw(
                url,
                b"POST /api/v1/%s HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                b"User-Agent: \xff\xfe\r\nX-Request-Id: \xff12345678\r\nConnection: close\r\n"
                b"Content-Length: %d\r\n\r\n%s" % (path, len(body), body),
            )
            assert answer.split()[1] == b"201", answer
        row = await game.database["refreshtokens"].find_one({})
        assert row is not None
        assert row["userAgent"] == "??"


async def test_a_signal_lets_requests_in_flight_finish(monkeypatch: pytest.MonkeyPatch) -> None:
    entered, may_go = asyncio.Event(), asyncio.Event()

    async def slow() -> list[content.ContentKind]:
        """Take a while."""
        entered.set()
        await may_go.wait()
        return []

    slow.__module__ = "desperados.world.slow"
    monkeypatch.setattr("desperados.api.app.ROUTES", (Route("GET", "/slow", slow, Public),))
    async with served(shutdown_notice=0.3) as (_, url, task), aiohttp.ClientSession() as session:
        request = asyncio.create_task(session.get(f"{url}/api/v1/slow"))
        await entered.wait()
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.sleep(0.1)
        async with session.get(f"{url}/readyz") as ready:
            assert ready.status == 503
        await asyncio.sleep(0.4)
        with pytest.raises(aiohttp.ClientConnectorError):
            await session.get(f"{url}/healthz")
        may_go.set()
        assert (await request).status == 200
        await asyncio.wait_for(task, 5)


async def test_a_request_that_never_ends_does_not_hold_up_the_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    entered = asyncio.Event()

    async def endless() -> list[content.ContentKind]:
        """Never end."""
        entered.set()
        await asyncio.sleep(60)
        return []

    endless.__module__ = "desperados.world.endless"
    monkeypatch.setattr("desperados.api.app.ROUTES", (Route("GET", "/x", endless, Public),))
    async with served(shutdown_timeout=0.2) as (_, url, task), aiohttp.ClientSession() as session:
        request = asyncio.create_task(session.get(f"{url}/api/v1/x"))
        await entered.wait()
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.wait_for(task, 3)
        with pytest.raises(aiohttp.ClientError):
            await request


async def test_docs_and_metrics_can_be_closed() -> None:
    closed = {"docs": False, "metrics": "closed"}
    async with served(**closed) as (_, url, _task), aiohttp.ClientSession() as session:
        for path in ("/", "/docs", "/docs/docs.js", "/openapi.json", "/metrics"):
            async with session.get(url + path) as answer:
                assert answer.status == 404, path
        async with session.get(f"{url}/api/v1/content") as answer:
            assert answer.status == 200


async def test_metrics_can_have_a_listener_of_their_own() -> None:
    with capture_logs() as lines:
        async with served(metrics="127.0.0.1:0") as (_, url, _task):
            inner = next(line["url"] for line in lines if line["event"] == "serving_metrics")
            expected = {
                f"{url}/metrics": 404,
                f"{url}/readyz": 200,
                f"{inner}/metrics": 200,
                f"{inner}/healthz": 200,
                f"{inner}/readyz": 200,
                f"{inner}/api/v1/content": 404,
                f"{inner}/docs": 404,
            }
            async with aiohttp.ClientSession() as session:
                for address, status in expected.items():
                    async with session.get(address) as answer:
                        assert answer.status == status, address
                        assert answer.headers["Server"] == "desperados"
            assert (await raw(inner, b"no http\r\n\r\n")).split()[1] == b"400"


async def test_a_listener_for_metrics_that_is_taken_stops_the_start() -> None:
    async with open_game(**CHEAP) as taken, open_game(**CHEAP) as game:
        url: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        first = asyncio.create_task(serve(taken, "127.0.0.1", 0, started=url.set_result))
        port = (await url).rpartition(":")[2]
        settings = game.settings.model_copy(update={"metrics": f"127.0.0.1:{port}"})
        game.settings = settings
        with pytest.raises(ConfigurationError):
            await serve(game, "127.0.0.1", 0)
        os.kill(os.getpid(), signal.SIGTERM)
        await first


@pytest.mark.parametrize(
    ("text", "listener"),
    [("beside", None), ("closed", None), ("127.0.0.1:9420", ("127.0.0.1", 9420)),
     ("[::1]:9420", ("::1", 9420)), ("metrics.internal:0", ("metrics.internal", 0))],
)  # fmt: skip
def test_a_listener_is_a_host_and_a_port(text: str, listener: tuple[str, int] | None) -> None:
    assert load_settings(metrics=text).metrics_listener() == listener


@pytest.mark.parametrize("text", ["", "9420", "::1:9420", "host:", "host:70000", "on"])
def test_what_is_no_listener_is_refused_at_the_start(text: str) -> None:
    with pytest.raises(ConfigurationError, match="metrics"):
        load_settings(metrics=text)
