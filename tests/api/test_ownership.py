"""A character is only its owner's, and a stranger cannot tell it from one that does not exist."""

from typing import Any

import pytest
from bson import ObjectId

from desperados.api.operations.operation import OWNED
from desperados.api.routes import ROUTES
from desperados.engine.manifest.routes import Access, Route
from tests.api.client import Answer, Api
from tests.worlds import fingerprint

OWNED_ROUTES = [route for route in ROUTES if route.access is Access.OWNER]
GUARDED_ROUTES = [route for route in ROUTES if route.access is not Access.PUBLIC]
STAFF_ROUTES = [r for r in ROUTES if r.access in {Access.MODERATOR, Access.ADMIN}]


def named(route: Route) -> str:
    return f"{route.method} {route.path}"


def fill(path: str, value: str) -> str:
    """The path with ``value`` for every placeholder."""
    return "/".join(value if part.startswith("{") else part for part in path.split("/"))


def said(answer: Answer) -> dict[str, Any]:
    return {k: v for k, v in answer.data.items() if k != "requestId"}


async def test_strangers_get_the_answer_of_a_character_that_does_not_exist(api: Api) -> None:
    jane, stranger = await api.ride("jane"), await api.ride("stranger")
    before = await fingerprint(api.game)
    something = str(ObjectId())
    for route in OWNED_ROUTES:
        theirs, nobodys = [
            await api.call(
                route.method,
                fill(route.path.replace(f"{{{OWNED}}}", character), something),
                token=stranger.token,
                key="k",
            )
            for character in (jane.character, str(ObjectId()))
        ]
        assert theirs.status == nobodys.status == 404, named(route)
        assert said(theirs) == said(nobodys), named(route)
    assert await fingerprint(api.game) == before


async def test_without_a_token_nothing_is_looked_up(api: Api) -> None:
    jane = await api.ride("jane")
    before = await fingerprint(api.game)
    for route in GUARDED_ROUTES:
        for character in (jane.character, str(ObjectId()), "nonsense"):
            answer = await api.call(route.method, fill(route.path, character))
            assert (answer.status, answer.code) == (401, "unauthenticated"), named(route)
    assert await fingerprint(api.game) == before


async def test_players_may_do_nothing_of_the_staffs(api: Api) -> None:
    jane = await api.ride("jane")
    before = await fingerprint(api.game)
    for route in STAFF_ROUTES:
        answer = await api.call(route.method, fill(route.path, jane.character), token=jane.token)
        assert (answer.status, answer.code) == (403, "forbidden"), named(route)
    assert await fingerprint(api.game) == before


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Bearer ",
        "Basic amFuZTpqYW5l",
        "Bearer a b",
        "Bearer nonsense",
        "Bearer " + "a" * 4000,
        "Bearer eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.eyJzdWIiOiJ4In0.",
        "Bearer \u00e9\u00e9",
    ],
)
async def test_a_header_that_is_no_good_token_is_401(api: Api, header: str) -> None:
    answer = await api.call("GET", "/account", headers={"Authorization": header})
    assert answer.status == 401
    challenge = answer.headers["WWW-Authenticate"]
    assert challenge.startswith('Bearer realm="desperados", error="invalid_')
    assert challenge.endswith(f'error_description="{answer.data["detail"]}"')


async def test_two_authorization_headers_are_refused(api: Api) -> None:
    jane = await api.join("jane")
    good = f"Bearer {jane.token}"
    response = await api.client.get(
        "/api/v1/account", headers=[("Authorization", good), ("Authorization", good)]
    )
    assert response.status == 401
