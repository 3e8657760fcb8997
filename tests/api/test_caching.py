"""Content is kept and asked for again by its tag; what is large is sent compressed."""

import gzip
import json
from typing import Any

import pytest
from aiohttp import ClientResponse

from desperados.api.serving.caching import SMALLEST_COMPRESSED, takes_gzip
from tests.api.client import Api
from tests.api.conftest import open_api

pytestmark = pytest.mark.asyncio(loop_scope="module")

ITEMS = "/api/v1/content/items"


async def get(api: Api, path: str, **headers: str) -> tuple[ClientResponse, bytes]:
    """An answer as it comes over the wire."""
    sent = {"Accept-Encoding": "identity", **headers}
    response = await api.client.session.get(
        api.client.make_url(path),
        headers=sent,
        auto_decompress=False,  # type: ignore[call-arg]
    )
    return response, await response.read()


async def add_items(api: Api, count: int) -> None:
    await api.game.database["items"].insert_many(
        {"itemId": f"item-{number:03}", "name": f"Item {number}", "description": "A thing. " * 9}
        for number in range(count)
    )


async def test_content_may_be_kept_by_anybody_for_a_while_and_is_asked_for_by_its_tag() -> None:
    async with open_api() as api:
        for path in (ITEMS, "/api/v1/content"):
            first, _ = await get(api, path)
            assert first.headers["Cache-Control"] == "public, max-age=60"
            tag = first.headers["ETag"]
            for known in (tag, f'"other", {tag}', "*", tag.removeprefix("W/")):
                again, body = await get(api, path, **{"If-None-Match": known})
                assert (again.status, body) == (304, b""), known
                assert again.headers["ETag"] == tag
                assert again.headers["Cache-Control"] == "public, max-age=60"
                assert again.headers["Vary"] == "Accept-Encoding"
                assert "Content-Type" not in again.headers
            other, _ = await get(api, path, **{"If-None-Match": 'W/"other"'})
            assert other.status == 200


async def test_what_is_kept_for_others_says_nothing_of_the_limits_of_who_asked() -> None:
    async with open_api() as api:
        kept, _ = await get(api, ITEMS)
        own, _ = await get(api, "/api/v1/market/events")
        assert "RateLimit" not in kept.headers
        assert "RateLimit" in own.headers


async def test_a_tag_changes_with_the_content() -> None:
    async with open_api() as api:
        before, _ = await get(api, ITEMS)
        await add_items(api, 1)
        await api.game.database["systemconfigs"].update_one(
            {"key": "content_version"}, {"$inc": {"value": 1}}, upsert=True
        )
        api.game.content = None
        after, _ = await get(api, ITEMS, **{"If-None-Match": before.headers["ETag"]})
        assert after.status == 200
        assert after.headers["ETag"] != before.headers["ETag"]


async def test_nobody_keeps_what_is_a_players_or_a_refusal(shared_api: Api) -> None:
    jane = await shared_api.join()
    mine = await shared_api.call("GET", "/account", token=jane.token)
    refused = await shared_api.call("GET", "/content/nothing")
    assert (mine.status, refused.status) == (200, 404)
    for answer in (mine, refused):
        assert answer.headers["Cache-Control"] == "no-store"
        assert "ETag" not in answer.headers


@pytest.mark.parametrize("path", ["/openapi.json", "/docs/console.js", ITEMS])
async def test_large_answers_are_compressed_for_who_takes_that(path: str) -> None:
    async with open_api() as api:
        await add_items(api, 40)
        plain, body = await get(api, path)
        assert "Content-Encoding" not in plain.headers
        packed, sent = await get(api, path, **{"Accept-Encoding": "br, gzip;q=0.5"})
        assert packed.headers["Content-Encoding"] == "gzip"
        assert gzip.decompress(sent) == body
        assert len(sent) == int(packed.headers["Content-Length"]) < len(body) / 2
        for answer in (plain, packed):
            assert "Accept-Encoding" in answer.headers["Vary"]
        assert packed.headers["ETag"] == plain.headers["ETag"]
        head = await api.client.session.head(
            api.client.make_url(path), headers={"Accept-Encoding": "gzip"}
        )
        assert await head.read() == b""


async def test_small_answers_and_those_that_hold_tokens_are_not_compressed(
    shared_api: Api,
) -> None:
    jane = await shared_api.join("uncompressed")
    small = await shared_api.call(
        "GET", "/account", token=jane.token, headers={"Accept-Encoding": "gzip"}
    )
    assert len(small.text) < SMALLEST_COMPRESSED
    login = await shared_api.call(
        "POST",
        "/sessions",
        {"login": "uncompressed", "password": "Six-shooter-1876"},
        headers={"Accept-Encoding": "gzip"},
    )
    assert login.status == 201
    for answer in (small, login):
        assert "Content-Encoding" not in answer.headers
    assert json.loads(login.text)["accessToken"]


@pytest.mark.parametrize(
    ("accepted", "takes"),
    [("", False), ("gzip", True), ("GZIP ; q=1.0", True), ("gzip;q=0", False), ("*", True),
     ("gzip;q=0.000, *", False), ("identity, *;q=0", False), ("br", False), ("gzip;q=0.1", True),
     ("x-gzipped", False)],
)  # fmt: skip
async def test_a_client_takes_gzip_when_it_says_so(accepted: str, takes: Any) -> None:
    assert takes_gzip(accepted) is takes
