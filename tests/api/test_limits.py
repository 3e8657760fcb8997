"""Routes refuse who calls too often, and refuse all when they cannot count."""

import asyncio
from collections import Counter
from typing import Any

import pytest
from redis.exceptions import ConnectionError as RedisConnectionError

from desperados.api.limits import DEVELOPMENT_SCALE, scale
from desperados.api.routes import ROUTES
from desperados.engine.manifest.routes import Access, Subject
from desperados.engine.settings import load_settings
from tests.api.client import PASSWORD, Answer, Api
from tests.api.conftest import open_api
from tests.engine.redis_servers import needs_redis, redis_running
from tests.games import embedded

HERE = "global:address:127.0.0.1"


def account(number: int) -> dict[str, str]:
    return {"username": f"user{number}", "email": f"u{number}@example.org", "password": PASSWORD}


async def test_an_address_registers_three_times_an_hour() -> None:
    async with open_api(rate_limit_scale=1) as api:
        statuses = [(await api.call("POST", "/accounts", account(n))).status for n in range(4)]
        assert statuses == [201, 201, 201, 429]


async def test_what_could_not_be_read_is_no_registration() -> None:
    async with open_api(rate_limit_scale=1) as api:
        for _ in range(5):
            assert (await api.call("POST", "/accounts", {"username": 1})).status == 422
        assert (await api.call("POST", "/accounts", account(1))).status == 201


async def attempt(api: Api, login: str, password: str = "wrong", address: str = "") -> Answer:
    """A login from an address, seen through one proxy."""
    headers = {"X-Forwarded-For": f"6.6.6.6, {address}"} if address else {}
    return await api.call(
        "POST", "/sessions", {"login": login, "password": password}, headers=headers
    )


async def test_who_guesses_is_told_when_to_come_back() -> None:
    async with open_api(rate_limit_scale=1) as api:
        for _ in range(10):
            assert (await attempt(api, "jane")).status == 401
        refused = await attempt(api, "jane")
        assert (refused.status, refused.code) == (429, "account_locked")
        assert 0 < int(refused.headers["Retry-After"]) <= 60


async def test_a_name_is_tried_fifty_times_from_all_addresses_together() -> None:
    async with open_api(rate_limit_scale=1, trusted_proxies=1) as api:
        names = ["jane", "JANE ", " Jane"]
        statuses = [
            (await attempt(api, names[number % 3], address=f"89.160.{number // 10}.1")).status
            for number in range(51)
        ]
        assert statuses == [401] * 50 + [429]


async def test_logins_that_succeed_count_against_no_address() -> None:
    async with open_api(rate_limit_scale=1, trusted_proxies=1) as api:
        for number in range(3):
            await api.call("POST", "/accounts", account(number))
        statuses = [
            (await attempt(api, f"user{number % 3}", PASSWORD, "89.160.0.1")).status
            for number in range(60)
        ]
        assert statuses == [201] * 60


async def test_a_made_up_forwarding_header_does_not_help() -> None:
    async with open_api(rate_limit_scale=1) as api:
        statuses = [
            (
                await api.call(
                    "POST", "/accounts", account(n), headers={"X-Forwarded-For": f"1.2.3.{n}"}
                )
            ).status
            for n in range(4)
        ]
        assert statuses[-1] == 429


async def counted(api: Api, key: str) -> int:
    return int(await api.game.redis.get(f"rl:{key}") or 0)


async def test_an_account_counts_all_its_calls_and_a_class_what_its_services_get() -> None:
    async with open_api(rate_limit_scale=1) as api:
        jane, bill = await api.ride("jane"), await api.ride("bill")
        mine, theirs = f"/characters/{jane.character}", f"/characters/{bill.character}"
        address = await counted(api, HERE)
        before = await counted(api, f"api:account:{jane.id}")
        refused: tuple[tuple[str, str, Any, int], ...] = (
            ("GET", theirs, None, 404),
            ("GET", f"{mine}?no=such", None, 422),
            ("POST", f"{mine}/transfers", {"recipientId": "nobody"}, 422),
            ("PUT", f"/admin/users/{bill.id}/status", {"status": "banned"}, 403),
            ("PUT", "/account/password", {"old": "x"}, 422),
        )
        for method, path, body, status in refused:
            answer = await api.call(method, path, body, token=jane.token)
            assert answer.status == status, answer.text
        assert await counted(api, f"api:account:{jane.id}") == before + len(refused)
        for name in ("staff", "password"):
            assert await counted(api, f"{name}:account:{jane.id}") == 0
        assert await counted(api, HERE) == address


async def test_nobody_who_is_signed_in_is_kept_out_by_a_neighbour() -> None:
    async with open_api(rate_limit_scale=1) as api:
        jane = await api.ride("jane")
        await api.game.redis.set(f"rl:{HERE}", 300, ex=60)
        for method, path in (("GET", "/content/items"), ("GET", "/account"), ("GET", "/nowhere")):
            assert (await api.call(method, path)).status == 429, path
        mine = f"/characters/{jane.character}"
        for path in ("/content/items", "/account", mine):
            assert (await api.call("GET", path, token=jane.token)).status == 200, path
        made = {"name": "Second", "background": "drifter"}
        assert (await api.call("POST", "/characters", made, token=jane.token)).status == 201


def test_no_limit_counts_a_signed_in_player_by_his_address() -> None:
    for route in ROUTES:
        if route.access is not Access.PUBLIC and route.rate is not None:
            subjects = {limit.subject for limit in route.rate.limits}
            assert Subject.ADDRESS not in subjects, route.path


async def test_a_token_does_not_help_where_names_and_passwords_are_tried() -> None:
    async with open_api(rate_limit_scale=1) as api:
        jane = await api.ride("jane")
        await api.game.redis.set(f"rl:{HERE}", 300, ex=60)
        login = {"login": "bill", "password": PASSWORD}
        assert (await api.call("POST", "/sessions", login, token=jane.token)).status == 429


async def test_what_no_route_answers_is_counted_and_probes_are_not() -> None:
    async with open_api(rate_limit_scale=1) as api:
        strays = (
            ("GET", "//nothing", 404),
            ("GET", "/nothing", 404),
            ("DELETE", "/accounts", 405),
            ("PROPFIND", "//openapi.json", 405),
            ("GET", "//openapi.json", 200),
            ("GET", "//docs", 200),
        )
        for number, (method, path, status) in enumerate(strays, 1):
            assert (await api.call(method, path)).status == status, path
            assert await counted(api, HERE) == number, path
        broken = await api.call(
            "POST", "/accounts", data="{", headers={"Content-Type": "application/json"}
        )
        assert broken.status == 400
        assert await counted(api, HERE) == len(strays) + 1
        await api.game.redis.set(f"rl:{HERE}", 300, ex=60)
        refused = await api.call("GET", "//nothing")
        assert (refused.status, refused.code) == (429, "rate_limited")
        for probe in ("//healthz", "//readyz", "//metrics"):
            assert (await api.call("GET", probe)).status == 200
        assert await counted(api, HERE) == 301


@pytest.mark.parametrize("token", ["nonsense", "eyJhbGciOiJIUzI1NiJ9.e30.x"])
async def test_a_token_that_is_none_counts_against_the_address(token: str) -> None:
    async with open_api(rate_limit_scale=1) as api:
        assert (await api.call("GET", "/account", token=token)).status == 401
        assert (await api.call("GET", "/content/items", token=token)).status == 200
        assert await counted(api, HERE) == 2


async def test_a_session_that_was_closed_cannot_use_up_its_owners_calls() -> None:
    async with open_api(rate_limit_scale=1) as api:
        jane = await api.join("jane")
        key = f"rl:api:account:{jane.id}"
        closed = await api.call("DELETE", "/sessions/current", token=jane.token)
        assert closed.status == 204
        before = await api.game.redis.get(key)
        address = await counted(api, HERE)
        for lost in (False, True):  # the database decides when Redis has lost its data
            if lost:
                for denied in await api.game.redis.keys("deny:*"):
                    await api.game.redis.delete(denied)
            assert (await api.call("GET", "/account", token=jane.token)).status == 401
            assert (await api.call("GET", "/content/items", token=jane.token)).status == 200
        assert await api.game.redis.get(key) == before
        assert await counted(api, HERE) == address + 3  # the last reader has a count of its own
        await api.game.redis.set(f"rl:{HERE}", 300, ex=60)
        assert (await api.call("GET", "/account", token=jane.token)).status == 429


async def test_a_query_of_an_owner_costs_one_trip_to_redis_and_one_to_the_database(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    jane = await api.ride("jane")
    asked: list[Any] = []
    execute = api.game.redis.execute_command

    async def watched(*words: Any, **options: Any) -> Any:
        asked.append(words[0])
        return await execute(*words, **options)

    path = f"/characters/{jane.character}"
    assert (await api.call("GET", path, token=jane.token)).status == 200
    monkeypatch.setattr(api.game.redis, "execute_command", watched)
    embedded(api.game).stats.reset()
    assert (await api.call("GET", path, token=jane.token)).status == 200
    assert asked == ["EVALSHA"]
    assert dict(embedded(api.game).stats.asked) == {"aggregate": 1}


async def test_answers_say_how_many_calls_are_left() -> None:
    async with open_api(rate_limit_scale=1) as api:
        answer = await api.call("POST", "/accounts", account(1))
        assert answer.headers["RateLimit-Policy"] == '"register";q=3;w=3600'
        assert answer.headers["RateLimit"] == '"register";r=2'


async def test_without_redis_everything_that_is_limited_is_refused(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    jane = await api.ride("jane")

    def gone(*_args: Any, **_kwargs: Any) -> Any:
        raise RedisConnectionError("gone")

    monkeypatch.setattr(api.game.redis, "pipeline", gone)
    monkeypatch.setattr(api.game.redis, "execute_command", gone)
    for method, path, body in (
        ("POST", "/sessions", {"login": "jane", "password": PASSWORD}),
        ("GET", "/account", None),
        ("POST", f"/characters/{jane.character}/transfers", {"recipientId": jane.character}),
    ):
        answer = await api.call(method, path, body, token=jane.token)
        assert answer.status == 503, path
        assert answer.headers["Retry-After"]
    assert (await api.call("GET", "//healthz")).status == 200
    assert (await api.call("GET", "//readyz")).status == 503


def test_limits_are_strict_in_production_and_roomy_in_development() -> None:
    assert scale(load_settings()) == DEVELOPMENT_SCALE
    assert scale(load_settings(rate_limit_scale=3)) == 3
    production = load_settings(
        mode="production",
        token_secret="kP9-vQ2_xLr7TzWm4YbN8sHc1DfGj5Ae",
        mongodb_url="mongodb://localhost",
        redis_url="redis://localhost",
    )
    assert scale(production) == 1


@needs_redis
async def test_a_crowd_of_requests_and_a_restart_of_redis_cost_no_request() -> None:
    async with redis_running() as redis, open_api(redis_url=redis.url, redis_connections=4) as api:
        jane = await api.ride("jane")

        async def crowd() -> Counter[int]:
            calls = [api.call("GET", "/account", token=jane.token) for _ in range(100)]
            return Counter(answer.status for answer in await asyncio.gather(*calls))

        assert await crowd() == {200: 100}
        await redis.restart()
        assert await crowd() == {200: 100}


@needs_redis
async def test_a_redis_that_takes_no_writes_makes_the_server_unready_and_is_counted() -> None:
    async with redis_running() as redis, open_api(redis_url=redis.url) as api:
        assert (await api.call("GET", "/content")).status == 200
        await api.game.redis.config_set("maxmemory", 1)
        refused = await api.call("GET", "/content")
        assert (refused.status, refused.code) == (503, "unavailable")
        ready = await api.call("GET", "//readyz")
        assert ready.status == 503
        assert ready.data["checks"]["redis"] == "refuses: oom"
        shown = (await api.call("GET", "//metrics")).text
        assert 'desperados_redis_failures_total{kind="oom"} 2.0' in shown
        assert 'desperados_redis_failures_total{kind="loading"} 0.0' in shown
        await api.game.redis.config_set("maxmemory", 0)
        assert (await api.call("GET", "//readyz")).status == 200
        assert (await api.call("GET", "/content")).status == 200
