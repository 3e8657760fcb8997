"""Live state, on the stand-in and on a real Redis server where one is installed."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import pytest

import desperados
from desperados.accounts import service as accounts
from desperados.engine.errors import RateLimited, Unavailable
from desperados.engine.live import state
from desperados.engine.live.client import close_redis, make_redis
from desperados.engine.settings import load_settings
from tests.engine.redis_servers import count_call, needs_redis, redis_server


@pytest.fixture(params=["stand-in", pytest.param("server", marks=needs_redis)])
async def redis_url(request: pytest.FixtureRequest) -> AsyncIterator[str | None]:
    if request.param == "stand-in":
        yield None
        return
    async with redis_server() as url:
        yield url


@pytest.fixture
async def redis(redis_url: str | None) -> AsyncIterator[Any]:
    client = make_redis(load_settings(redis_url=redis_url), Counter())
    yield client
    await close_redis(client)


async def test_a_limit_lets_through_as_many_calls_as_it_says(redis: Any) -> None:
    left = [await count_call(redis, "login", "jane", 3, 60) for _ in range(3)]
    assert left == [2, 1, 0]
    with pytest.raises(RateLimited) as caught:
        await count_call(redis, "login", "jane", 3, 60)
    assert 0 < caught.value.facts["retry_after"] <= 60
    assert await count_call(redis, "login", "bill", 3, 60) == 2


async def test_calls_at_once_are_counted_each(redis: Any) -> None:
    results = await asyncio.gather(
        *(count_call(redis, "login", "jane", 10, 60) for _ in range(30)),
        return_exceptions=True,
    )
    assert sum(isinstance(result, RateLimited) for result in results) == 20


async def test_a_window_ends_and_is_not_extended_by_those_who_keep_trying(redis: Any) -> None:
    await count_call(redis, "login", "jane", 1, 1)
    for _ in range(6):
        await asyncio.sleep(0.1)
        with pytest.raises(RateLimited):
            await count_call(redis, "login", "jane", 1, 1)
    await asyncio.sleep(0.6)
    assert await count_call(redis, "login", "jane", 1, 1) == 0


async def test_every_counter_has_an_end(redis: Any) -> None:
    await count_call(redis, "login", "jane", 3, 60)
    for key in await redis.keys("*"):
        assert await redis.ttl(key) > 0


async def test_a_limiter_that_cannot_count_refuses() -> None:
    redis = make_redis(load_settings(redis_url="redis://127.0.0.1:1"), Counter())
    with pytest.raises(Unavailable):
        await count_call(redis, "login", "jane", 3, 60)
    await close_redis(redis)


async def test_checks_of_a_call_are_made_in_order_and_the_first_that_refuses_ends_them(
    redis: Any,
) -> None:
    address = state.Window("global", "1.2.3.4", 2, 60)
    denial = state.Denial("deny:stolen", LookupError())  # type: ignore[arg-type]
    account = state.Window("api", "jane", 2, 60)
    left: list[tuple[str, int]] = []

    async def call() -> None:
        left.clear()
        await state.check_calls(
            redis, [address, denial, account], lambda window, rest: left.append((window.name, rest))
        )

    await call()
    assert left == [("global", 1), ("api", 1)]
    await redis.set("deny:stolen", 1)
    with pytest.raises(LookupError):
        await call()
    assert left == [("global", 0)]
    await redis.delete("deny:stolen")
    with pytest.raises(RateLimited):
        await call()
    assert await redis.get(account.key) == "1"  # neither refused call was counted here


async def test_a_call_that_is_given_back_does_not_count_and_makes_no_counter(redis: Any) -> None:
    account = state.Window("api", "jane", 2, 60)
    for _ in range(5):
        await state.check_calls(redis, [account])
        await state.give_back(redis, [account])
    assert await redis.get(account.key) == "0"
    assert await redis.ttl(account.key) > 0
    await redis.delete(account.key)
    await state.give_back(redis, [account])
    assert not await redis.exists(account.key)


async def test_a_server_that_has_forgotten_the_scripts_gets_them_again(redis: Any) -> None:
    assert await count_call(redis, "login", "jane", 3, 60) == 2
    await redis.script_flush()
    assert await count_call(redis, "login", "jane", 3, 60) == 1


async def test_a_login_lives_and_ends_on_this_redis(redis_url: str | None) -> None:
    async with desperados.connect(
        redis_url=redis_url, password_time_cost=1, password_memory_kib=64
    ):
        await accounts.register(
            username="jane", email="jane@deadwood.example", password="Six-shooter-1876"
        )
        pair = await accounts.login(login="jane", password="Six-shooter-1876")
        principal = await accounts.authenticate(pair.access_token)
        await accounts.logout(principal)
        with pytest.raises(desperados.GameError):
            await accounts.authenticate(pair.access_token)


@needs_redis
async def test_losing_redis_refuses_instead_of_letting_everything_pass() -> None:
    async with redis_server() as url:
        game = desperados.connect(redis_url=url, password_time_cost=1, password_memory_kib=64)
        connected = await game.__aenter__()
        await accounts.register(
            username="jane", email="jane@deadwood.example", password="Six-shooter-1876"
        )
        pair = await accounts.login(login="jane", password="Six-shooter-1876")
        await accounts.authenticate(pair.access_token)
    try:
        with connected.active(), pytest.raises(Unavailable):
            await accounts.authenticate(pair.access_token)
    finally:
        await game.__aexit__(None, None, None)


def test_every_key_says_what_it_means() -> None:
    assert all(key.meaning for key in state.KEYS)
    assert len({key.pattern for key in state.KEYS}) == len(state.KEYS)
