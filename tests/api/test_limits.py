"""Routes refuse who calls too often, and refuse all when they cannot count."""

from typing import Any

import pytest
from redis.exceptions import ConnectionError as RedisConnectionError

from desperados.api.limits import DEVELOPMENT_SCALE, scale
from desperados.engine.settings import load_settings
from tests.api.client import PASSWORD, Answer, Api
from tests.api.conftest import open_api
from tests.games import embedded


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


async def test_an_accounts_limit_counts_what_its_services_get_and_nothing_else() -> None:
    async with open_api(rate_limit_scale=1) as api:
        jane, bill = await api.ride("jane"), await api.ride("bill")

        async def left() -> int:
            answer = await api.call("GET", f"/characters/{jane.character}", token=jane.token)
            assert answer.status == 200
            key = f"rl:api:account:{jane.id}"
            return 300 - int(await api.game.redis.get(key))

        before = await left()
        mine, theirs = f"/characters/{jane.character}", f"/characters/{bill.character}"
        for method, path, body, status in (
            ("GET", theirs, None, 404),
            ("GET", f"{mine}?no=such", None, 422),
            ("POST", f"{mine}/transfers", {"recipientId": "nobody"}, 422),
            ("PUT", f"/admin/users/{bill.id}/status", {"status": "banned"}, 403),
        ):
            answer = await api.call(method, path, body, token=jane.token)
            assert answer.status == status, answer.text
        assert await left() == before - 1


async def test_a_session_that_was_closed_cannot_use_up_its_owners_calls() -> None:
    async with open_api(rate_limit_scale=1) as api:
        jane = await api.join("jane")
        key = f"rl:api:account:{jane.id}"
        closed = await api.call("DELETE", "/sessions/current", token=jane.token)
        assert closed.status == 204
        counted = await api.game.redis.get(key)
        for lost in (False, True):  # the database decides when Redis has lost its data
            if lost:
                for denied in await api.game.redis.keys("deny:*"):
                    await api.game.redis.delete(denied)
            assert (await api.call("GET", "/account", token=jane.token)).status == 401
        assert await api.game.redis.get(key) == counted


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
    assert dict(embedded(api.game).stats.commands) == {"aggregate": 1}


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
