"""Failures that cost time, whatever it is that fails; on the stand-in and on a real Redis."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import pytest
from fakeredis import FakeAsyncRedis
from redis.asyncio import Redis

from desperados.engine import clock
from desperados.engine.live.failures import DELAYS, Failures, count_failure, delay_left
from tests.engine.test_state import needs_redis, redis_server

HOUR = 3600


@pytest.fixture(params=["stand-in", pytest.param("server", marks=needs_redis)])
async def redis(request: pytest.FixtureRequest) -> AsyncIterator[Any]:
    if request.param == "stand-in":
        yield FakeAsyncRedis(decode_responses=True)
        return
    async with redis_server() as url, Redis.from_url(url, decode_responses=True) as client:
        yield client


async def test_each_counter_passes_on_only_what_was_free_in_it(redis: Any) -> None:
    shared = Failures("all", "x", 100, HOUR)
    with clock.frozen() as time:
        for who in ("one", "other"):
            for _ in range(5):
                left, _ = await count_failure(redis, [Failures("each", who, 3, HOUR), shared])
                if left:
                    time.advance(seconds=left)
        assert await redis.hget(shared.key, "count") == "6"


async def test_delays_double_and_nothing_is_counted_while_one_holds(redis: Any) -> None:
    counter = Failures("each", "one", 2, HOUR)
    with clock.frozen() as time:
        assert await count_failure(redis, [counter]) == (0.0, [])
        assert await count_failure(redis, [counter]) == (0.0, [counter])
        for seconds in (*DELAYS[:4], DELAYS[4]):
            assert await delay_left(redis, [counter]) == seconds
            assert await count_failure(redis, [counter]) == (seconds, [])
            time.advance(seconds=seconds)
            assert await count_failure(redis, [counter]) == (0.0, [])


async def test_a_window_is_never_extended_and_ends_by_itself(redis: Any) -> None:
    counter = Failures("each", "one", 2, HOUR)
    with clock.frozen() as time:
        for _ in range(12):
            await count_failure(redis, [counter])
            time.advance(minutes=5)
        assert await delay_left(redis, [counter]) > 0
        time.advance(minutes=30)
        assert await count_failure(redis, [counter]) == (0.0, [])
        assert await redis.hget(counter.key, "count") == "1"
        assert 0 < await redis.ttl(counter.key) <= HOUR


async def test_of_a_crowd_no_more_are_counted_than_are_free(redis: Any) -> None:
    counter = Failures("each", "one", 10, HOUR)
    outcomes = await asyncio.gather(*(count_failure(redis, [counter]) for _ in range(30)))
    assert Counter(left > 0 for left, _ in outcomes) == {False: 10, True: 20}
