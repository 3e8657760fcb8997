"""Pages of other origins may call the API where the settings name them, and nowhere else."""

from typing import Any

import pytest

from desperados.engine.errors import ConfigurationError
from desperados.engine.settings import load_settings
from tests.api.client import Answer, Api
from tests.api.conftest import open_api

pytestmark = pytest.mark.asyncio(loop_scope="module")

PLAY, ADMIN = "https://play.example.org", "http://localhost:5173"
OTHER = "https://play.example.org.evil.example"


async def ask(api: Api, path: str, origin: str, **headers: str) -> Answer:
    """What a browser asks before it lets a page call."""
    sent = {"Origin": origin, "Access-Control-Request-Method": "POST", **headers}
    return await api.call("OPTIONS", path, headers=sent)


async def test_a_browser_is_told_what_a_page_of_a_named_origin_may_send() -> None:
    async with open_api(cors_origins=f"{PLAY} {ADMIN}", rate_limit_scale=1) as api:
        for origin in (PLAY, ADMIN):
            for path in ("/accounts", "/characters/65f0c0ffee0000000000000a/transfers", "/nothing"):
                told = await ask(api, path, origin)
                assert told.status == 204
                assert told.headers["Access-Control-Allow-Origin"] == origin
                allowed = told.headers["Access-Control-Allow-Headers"].lower().split(", ")
                assert {"authorization", "content-type", "idempotency-key"} <= set(allowed)
                assert "PATCH" in told.headers["Access-Control-Allow-Methods"].split(", ")
                assert int(told.headers["Access-Control-Max-Age"]) > 60
                assert "Access-Control-Allow-Credentials" not in told.headers
        assert not await api.game.redis.keys("rl:*")


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_page_of_a_named_origin_may_read_answers_and_refusals(method: str) -> None:
    async with open_api(cors_origins=PLAY) as api:
        for path in ("/content", "/account", "/nothing"):
            answer = await api.call(method, path, headers={"Origin": PLAY})
            assert answer.headers["Access-Control-Allow-Origin"] == PLAY
            assert "Retry-After" in answer.headers["Access-Control-Expose-Headers"]
            assert "Origin" in answer.headers["Vary"]


@pytest.mark.parametrize("settings", [{}, {"cors_origins": PLAY}])
@pytest.mark.parametrize("origin", [OTHER, "null", "http://play.example.org", f"{PLAY}:8443", "*"])
async def test_no_other_page_may(settings: dict[str, Any], origin: str) -> None:
    async with open_api(**settings) as api:
        answers = [
            await ask(api, "/accounts", origin),
            await api.call("GET", "/content", headers={"Origin": origin}),
        ]
        for answer in answers:
            assert "Access-Control-Allow-Origin" not in answer.headers
        assert ("Origin" in answers[1].headers.get("Vary", "")) is bool(settings)


async def test_every_page_may_where_all_origins_are_named() -> None:
    async with open_api(cors_origins="*") as api:
        answer = await api.call("GET", "/content", headers={"Origin": OTHER})
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert (await ask(api, "/accounts", OTHER)).status == 204


async def test_a_question_that_is_no_browsers_goes_on() -> None:
    async with open_api(cors_origins=PLAY) as api:
        plain = await api.call("OPTIONS", "/accounts", headers={"Origin": PLAY})
        assert "Allow" in plain.headers
        assert "Access-Control-Allow-Methods" not in plain.headers


@pytest.mark.parametrize(
    "origins",
    ["play.example.org", f"{PLAY}/", f"{PLAY}/game", "null", "ftp://x", f"{PLAY},{ADMIN}",
     "https://*.example.org", "https://Play.example.org"],
)  # fmt: skip
async def test_what_is_no_origin_is_refused_at_the_start(origins: str) -> None:
    with pytest.raises(ConfigurationError, match="cors_origins"):
        load_settings(cors_origins=origins)
