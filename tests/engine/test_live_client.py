"""What becomes of crowds, restarts and refusals between this process and Redis."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from redis import exceptions
from redis.asyncio import Redis
from structlog.testing import capture_logs

from desperados.engine.errors import Unavailable
from desperados.engine.live import client as live
from desperados.engine.settings import load_settings
from tests.engine.redis_servers import RedisServer, count_call, needs_redis, redis_running

pytestmark = needs_redis

ROOMY = 1_000_000


@asynccontextmanager
async def connected(
    server: RedisServer, **settings: Any
) -> AsyncIterator[tuple[Any, Counter[str]]]:
    failures: Counter[str] = Counter()
    redis = live.make_redis(load_settings(redis_url=server.url, **settings), failures)
    try:
        yield redis, failures
    finally:
        await live.close_redis(redis)


async def crowd(redis: Any, calls: int) -> list[object]:
    """That many calls at once: what is left of the limit, or why not."""
    return await asyncio.gather(
        *(count_call(redis, "crowd", "jane", ROOMY, 60) for _ in range(calls)),
        return_exceptions=True,
    )


async def configure(server: RedisServer, *words: str) -> None:
    """Ask the server as its operator would."""
    async with Redis.from_url(server.url) as operator:
        await operator.execute_command(*words)


async def test_a_crowd_waits_for_few_connections_and_everybody_is_served() -> None:
    async with redis_running() as server, connected(server, redis_connections=3) as (redis, _):
        answers = await crowd(redis, 300)
        assert sorted(answers) == list(range(ROOMY - 300, ROOMY))  # type: ignore[type-var]
        assert len(await redis.client_list()) == 3


async def test_who_waits_too_long_for_a_connection_is_refused_and_counted() -> None:
    waits = {"redis_connections": 1, "redis_wait_queue_timeout": 0.05}
    async with redis_running() as server, connected(server, **waits) as (redis, failures):
        busy = asyncio.create_task(redis.blpop("nothing", timeout=1))
        await asyncio.sleep(0.05)
        with pytest.raises(Unavailable):
            await count_call(redis, "crowd", "jane", ROOMY, 60)
        await busy
        assert failures == {"connection": 1}
        assert await count_call(redis, "crowd", "jane", ROOMY, 60) == ROOMY - 1


async def test_calls_that_are_given_up_take_no_connection_with_them() -> None:
    async with redis_running() as server, connected(server, redis_connections=2) as (redis, _):
        calls = [asyncio.create_task(crowd(redis, 1)) for _ in range(100)]
        for number, call in enumerate(calls):
            if number % 3:
                call.cancel()
            if number % 7 == 0:
                await asyncio.sleep(0)
        await asyncio.gather(*calls, return_exceptions=True)
        assert all(isinstance(answer, int) for answer in await crowd(redis, 20))


async def test_a_restart_of_redis_costs_no_call() -> None:
    async with redis_running() as server, connected(server) as (redis, failures):
        await crowd(redis, 100)
        await server.restart()
        assert all(isinstance(answer, int) for answer in await crowd(redis, 100))
        await configure(server, "CLIENT", "KILL", "TYPE", "normal")
        assert all(isinstance(answer, int) for answer in await crowd(redis, 100))
        assert set(failures) == {"noscript"}


async def test_while_redis_is_away_each_call_is_refused_and_counted() -> None:
    async with redis_running() as server, connected(server) as (redis, failures):
        await crowd(redis, 10)
        await server.stop()
        with capture_logs() as lines:
            assert {type(answer) for answer in await crowd(redis, 10)} == {Unavailable}
        assert failures["connection"] == 10
        assert [(line["event"], line["kind"]) for line in lines] == [("redis_fails", "connection")]
        await server.start()
        assert all(isinstance(answer, int) for answer in await crowd(redis, 10))


@pytest.mark.parametrize(
    ("kind", "broken", "mended"),
    [
        ("oom", ("CONFIG", "SET", "maxmemory", "1"), ("CONFIG", "SET", "maxmemory", "0")),
        ("readonly", ("REPLICAOF", "127.0.0.1", "1"), ("REPLICAOF", "NO", "ONE")),
        ("forbidden", ("ACL", "SETUSER", "default", "-eval", "-evalsha", "-set"),
         ("ACL", "SETUSER", "default", "+@all")),
    ],
)  # fmt: skip
async def test_a_server_that_does_not_take_writes_refuses_calls_and_is_not_ready(
    kind: str, broken: tuple[str, ...], mended: tuple[str, ...]
) -> None:
    async with redis_running() as server, connected(server) as (redis, failures):
        await crowd(redis, 1)
        await configure(server, *broken)
        assert await redis.ping()
        assert {type(answer) for answer in await crowd(redis, 5)} == {Unavailable}
        with pytest.raises(exceptions.RedisError):
            await live.probe(redis)
        assert failures[kind] == 6
        await configure(server, *mended)
        await live.probe(redis)
        assert all(isinstance(answer, int) for answer in await crowd(redis, 5))


async def test_a_server_that_hangs_is_not_waited_for() -> None:
    async with (
        redis_running() as server,
        connected(server, redis_socket_timeout=0.1) as (redis, failures),
    ):
        await crowd(redis, 3)
        await configure(server, "CLIENT", "PAUSE", "400", "ALL")
        assert {type(answer) for answer in await crowd(redis, 3)} == {Unavailable}
        assert failures["timeout"] == 3


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (exceptions.BusyLoadingError("LOADING"), "loading"),
        (exceptions.AuthenticationError("WRONGPASS"), "forbidden"),
        (exceptions.MaxConnectionsError("Too many"), "connection"),
        (exceptions.ResponseError("MISCONF"), "other"),
        (exceptions.ClusterDownError("CLUSTERDOWN"), "other"),
        (ConnectionResetError(), "connection"),
        (TimeoutError(), "timeout"),
    ],
)
def test_every_refusal_is_of_one_of_few_kinds(error: Exception, kind: str) -> None:
    assert live.kind_of(error) == kind
    assert kind in live.KINDS
