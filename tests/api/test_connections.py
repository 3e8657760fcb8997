"""Every connection has an end, there are only so many, and who hangs up is no failure of ours."""

import asyncio
import time
from contextlib import AsyncExitStack

import pytest
from structlog.testing import capture_logs

from desperados.api.serving import connections
from desperados.api.serving.connections import CONNECTIONS, allow_files
from tests.api.client import Api
from tests.api.conftest import open_api
from tests.api.raw import raw

pytestmark = pytest.mark.asyncio(loop_scope="module")

GET = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
POST = (
    b"POST /api/v1/accounts HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    b"Content-Length: 100\r\n\r\n"
)
CHUNKED = POST.replace(b"Content-Length: 100", b"Transfer-Encoding: chunked")
STRAY = POST.replace(b"/accounts", b"/nothing")
EXPECTING = POST.replace(b"\r\n\r\n", b"\r\nExpect: 100-continue\r\n\r\n")


def address(api: Api) -> str:
    return str(api.client.make_url("/"))


def opened(api: Api) -> connections.Connections:
    assert api.client.app is not None
    return api.client.app[CONNECTIONS]


@pytest.mark.parametrize(
    "sent",
    [b"", b"G", b"GET / HTTP/1.1\r\nHost: x\r\nA: b\r\n", b"\r\n"],
    ids=["nothing", "a letter", "half a head", "an empty line"],
)
async def test_a_first_head_that_is_never_finished_ends_the_connection(sent: bytes) -> None:
    async with open_api(request_timeout=0.2) as api, raw(address(api)) as client:
        began = time.monotonic()
        await client.send(sent)
        assert await client.rest() == b""
        assert 0.15 < time.monotonic() - began < 3


async def test_a_head_that_drips_is_not_waited_for_longer() -> None:
    async with open_api(request_timeout=0.3) as api, raw(address(api)) as client:
        await client.send(b"GET / HTTP/1.1\r\nHost: x\r\n")
        dripping = asyncio.create_task(client.drip(b"A: b\r\n", every=0.05))
        assert await client.rest() == b""
        dripping.cancel()


@pytest.mark.parametrize("following", [b"", b"GET / HTTP/1.1\r\nA: b\r\n"])
async def test_a_connection_that_asks_nothing_more_is_closed(following: bytes) -> None:
    async with open_api(keepalive_timeout=0.3) as api, raw(address(api)) as client:
        await client.send(GET + following)
        assert b"200 OK" in await client.answer()
        dripping = asyncio.create_task(client.drip(b"A: b\r\n" if following else b"", every=0.05))
        rest = await client.rest()
        assert rest.count(b"HTTP/1.1") == 0
        dripping.cancel()


async def test_a_connection_that_asks_now_and_then_stays() -> None:
    settings = {"keepalive_timeout": 0.5, "request_timeout": 0.2}
    async with open_api(**settings) as api, raw(address(api)) as client:
        for _ in range(4):
            await client.send(GET)
            assert b"200 OK" in await client.answer()
            await asyncio.sleep(0.2)


@pytest.mark.parametrize("head", [POST, CHUNKED, STRAY])
async def test_a_body_that_never_ends_ends_the_connection(
    head: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("desperados.api.serving.protocol.LINGER_SECONDS", 0.1)
    async with open_api(request_timeout=0.2) as api, raw(address(api)) as client:
        await client.send(head)
        answer = await client.rest()
        assert answer.split()[1] in {b"408", b"404"}


async def test_who_does_not_take_the_answer_is_hung_up_on() -> None:
    async with open_api(request_timeout=0.3) as api, raw(address(api), reads=1024) as client:
        await client.send(b"GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n" * 30)
        for _ in range(60):
            if not opened(api).open:
                break
            await asyncio.sleep(0.05)
        assert opened(api).open == 0
        assert (await api.call("GET", "//healthz")).status == 200


async def test_one_address_has_only_so_many_connections() -> None:
    async with open_api(max_connections_per_address=3) as api, AsyncExitStack() as stack:
        clients = [await stack.enter_async_context(raw(address(api))) for _ in range(3)]
        for client in clients:
            await client.send(GET)
            assert b"200 OK" in await client.answer()
        refused = await stack.enter_async_context(raw(address(api)))
        answer = await refused.rest()
        assert b" 429 Too Many Requests" in answer
        assert b'"code": "too_many_connections"' in answer
        assert b"Retry-After" in answer
        clients[0].hang_up()
        await _until(lambda: opened(api).open == 2)
        assert (await api.call("GET", "//healthz")).status == 200
        shown = (await api.call("GET", "//metrics")).text
        assert "desperados_connections_refused_total 1.0" in shown
        assert "desperados_connections_open 3.0" in shown


async def test_a_process_has_only_so_many_connections() -> None:
    limits = {"max_connections": 2, "trusted_proxies": 1, "max_connections_per_address": 1}
    async with open_api(**limits) as api, AsyncExitStack() as stack:
        for _ in range(2):  # of one proxy, whose address is not counted
            client = await stack.enter_async_context(raw(address(api)))
            await client.send(GET)
            assert b"200 OK" in await client.answer()
        refused = await stack.enter_async_context(raw(address(api)))
        answer = await refused.rest()
        assert b" 503 Service Unavailable" in answer
        assert b'"code": "server_full"' in answer
        assert b"application/problem+json" in answer


@pytest.mark.parametrize("politely", [False, True])
@pytest.mark.parametrize(
    "sent",
    [POST + b'{"a": ', CHUNKED + b'6\r\n{"a": \r\n', EXPECTING, STRAY + b"{", POST[:40], GET * 40],
    ids=["body", "chunk", "continue", "stray", "head", "answers"],
)
async def test_who_hangs_up_is_no_failure_of_ours(
    shared_api: Api, sent: bytes, politely: bool, caplog: pytest.LogCaptureFixture
) -> None:
    open_before = opened(shared_api).open
    for wait in (None, 0, 0, 0, 0.03):
        with capture_logs() as lines:
            async with raw(address(shared_api)) as client:
                await client.send(sent)
                if wait is not None:
                    await asyncio.sleep(wait)
                client.hang_up(politely=politely)
            await _until(lambda: opened(shared_api).open == open_before)
            await asyncio.sleep(0.02)
        assert not [line for line in lines if line["log_level"] in {"error", "critical"}]
        assert not [line for line in lines if line.get("status") == 500]
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


async def test_a_request_whose_client_has_gone_is_logged_as_such(shared_api: Api) -> None:
    with capture_logs() as lines:
        async with raw(address(shared_api)) as client:
            await client.send(POST + b'{"a": ')
            await asyncio.sleep(0.03)
            client.hang_up()
        await _until(lambda: any(line["event"] == "request" for line in lines))
    line = next(line for line in lines if line["event"] == "request")
    assert line["status"] == 499


async def test_a_socket_whose_client_hangs_up_is_no_failure_of_ours(
    shared_api: Api, caplog: pytest.LogCaptureFixture
) -> None:
    api = shared_api
    jane = await api.ride("jane")
    handshake = (
        f"GET /api/v1/characters/{jane.character}/events HTTP/1.1\r\nHost: x\r\n"
        f"Authorization: Bearer {jane.token}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    ).encode()
    half_a_frame = b"\x81\xfe"

    async def hang_up(sent: bytes, wait: float, *, politely: bool) -> None:
        async with raw(address(api)) as client:
            await client.send(sent)
            if wait:
                assert b"101 Switching" in await client.answer()
                await asyncio.sleep(wait)
            client.hang_up(politely=politely)

    before = opened(api).open
    with capture_logs() as lines:
        for sent in (handshake, handshake + half_a_frame):
            for wait in (0, 0.01):
                for politely in (False, True):
                    await hang_up(sent, wait, politely=politely)
        await _until(lambda: opened(api).open == before)
        await asyncio.sleep(0.05)
    assert not [line for line in lines if line["log_level"] in {"error", "critical"}]
    assert not [line for line in lines if line.get("status") == 500]
    assert not [record for record in caplog.records if record.levelname == "ERROR"]
    assert not api.game.hub.hears(jane.character)


async def test_a_process_may_open_as_many_files_as_its_connections_need(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    limits = [(100, 2000)]
    monkeypatch.setattr(connections.resource, "getrlimit", lambda _: limits[-1])
    monkeypatch.setattr(connections.resource, "setrlimit", lambda _, new: limits.append(new))
    with capture_logs() as lines:
        allow_files(1000)
        assert limits[-1] == (1000 + connections.FILES_BESIDES, 2000)
        assert not lines
        allow_files(4096)
        assert limits[-1] == (2000, 2000)
    assert [line["event"] for line in lines] == ["too_few_files_for_the_connections"]


async def _until(condition: object) -> None:
    assert callable(condition)
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0.01)
