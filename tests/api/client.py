"""A client of the API for tests: short calls, and people who are logged in."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any

from aiohttp import FormData
from aiohttp.test_utils import TestClient

from desperados.accounts import staff
from desperados.accounts.documents import UserRole
from desperados.api.routes import PREFIX
from desperados.characters.rules import START_LOCATION
from desperados.engine.game import Game
from tests.api.contract import check_answer

_numbers = itertools.count(1)

PASSWORD = "Six-shooter-1876"
JSON = "application/json"
PROBLEM = "application/problem+json"


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: Any
    data: Any
    text: str

    @property
    def code(self) -> str:
        """The code of a problem, or "" of a success."""
        return self.data["code"] if self.headers.get("Content-Type", "").startswith(PROBLEM) else ""


@dataclass(frozen=True)
class Person:
    """A registered user with a token, and perhaps a character."""

    id: str
    token: str
    refresh_token: str
    character: str = ""


class Api:
    """The application under test."""

    def __init__(self, game: Game, client: TestClient[Any, Any]) -> None:
        self.game = game
        self.client = client

    async def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        token: str | None = None,
        key: str | None = None,
        data: bytes | str | FormData | None = None,
        headers: dict[str, str] | None = None,
    ) -> Answer:
        """Send a request; ``path`` is below the prefix unless it starts with two slashes."""
        sent = dict(headers or {})
        if token is not None:
            sent["Authorization"] = f"Bearer {token}"
        if key is not None:
            sent["Idempotency-Key"] = key
        address = path[1:] if path.startswith("//") else PREFIX + path
        if body is not None:
            response = await self.client.request(method, address, json=body, headers=sent)
        else:
            response = await self.client.request(method, address, data=data, headers=sent)
        text = await response.text()
        is_json = response.content_type in {JSON, PROBLEM}
        parsed = await response.json(content_type=None) if is_json and text else None
        check_answer(method, response.url.raw_path, response.status, response.headers, parsed)
        return Answer(response.status, response.headers, parsed, text)

    async def join(self, username: str = "", role: UserRole = UserRole.USER) -> Person:
        """Register and log in; without a name as somebody new."""
        username = username or f"rider{next(_numbers)}"
        account = await self.call(
            "POST",
            "/accounts",
            {"username": username, "email": f"{username}@deadwood.example", "password": PASSWORD},
        )
        assert account.status == 201, account.text
        if role is not UserRole.USER:
            await staff.grant_role(username=username, role=role, reason="for this test")
        pair = await self.call("POST", "/sessions", {"login": username, "password": PASSWORD})
        assert pair.status == 201, pair.text
        return Person(account.data["id"], pair.data["accessToken"], pair.data["refreshToken"])

    async def ride(self, username: str = "", name: str | None = None) -> Person:
        """Register, log in and make a character; without a name as somebody new."""
        username = username or f"rider{next(_numbers)}"
        person = await self.join(username)
        character = await self.call(
            "POST",
            "/characters",
            {"name": name or username.capitalize(), "background": "drifter"},
            token=person.token,
        )
        assert character.status == 201, character.text
        return Person(person.id, person.token, person.refresh_token, character.data["id"])


async def add_start_places(game: Game) -> None:
    """The towns in which new characters stand."""
    await game.database["locations"].insert_many(
        [
            {"locationId": place, "name": place.title(), "type": "settlement"}
            for place in START_LOCATION.values()
        ]
    )
