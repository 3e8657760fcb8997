"""Worlds for tests: forks of one prepared world, so that each costs some milliseconds.

``DESPERADOS_TEST_MONGODB_URL`` runs the same tests against a real replica set: each test gets a
database of its own there, dropped when it ends.
"""

from __future__ import annotations

import gc
import itertools
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from bson import ObjectId

import desperados
from desperados import accounts, characters, economy
from desperados.accounts.callers import Principal
from desperados.accounts.documents import UserRole
from desperados.characters.documents import Character, CharacterBackground
from desperados.embedded import EmbeddedServer
from desperados.engine import dice
from desperados.engine.game import Game
from desperados.engine.manifest.auditing import AuditReport
from desperados.ledger.money.documents import Currency
from desperados.ledger.money.sources import Source
from desperados.world.documents import Location

REAL_SERVER = "DESPERADOS_TEST_MONGODB_URL"
PASSWORD = "Six-shooter-1876"  # noqa: S105 - of accounts that live for one test

# Hashing that costs next to nothing.
CHEAP: dict[str, Any] = {
    "password_time_cost": 1,
    "password_memory_kib": 8,
    "password_parallelism": 1,
}

_prepared: dict[bool, EmbeddedServer] = {}


@asynccontextmanager
async def open_game(*, seeded: bool = False, **settings: Any) -> AsyncIterator[Game]:
    """A game of its own for one test, with all indexes, and ``seeded`` with the content."""
    url = os.environ.get(REAL_SERVER)
    if url is None:
        async with desperados.connect(embedded=await fork(seeded=seeded), **settings) as game:
            yield game
        return
    settings.setdefault("database", f"test_{dice.new_id()}")
    async with desperados.connect(url, seed=seeded, **settings) as game:
        try:
            yield game
        finally:
            await game.client.drop_database(game.settings.database)


@asynccontextmanager
async def open_world(*, seeded: bool = True, **settings: Any) -> AsyncIterator[World]:
    """A world of its own for one test; ``settings`` are those of the game."""
    async with open_game(seeded=seeded, **{**CHEAP, **settings}) as game:
        yield World(game)


async def fork(*, seeded: bool) -> EmbeddedServer:
    """A copy of a world that was prepared once in this process, of any event loop."""
    if seeded not in _prepared:
        async with desperados.connect(seed=seeded) as game:
            _prepared[seeded] = game.embedded
        # What was loaded stays to the end: no collection of garbage need look at it.
        gc.collect()
        gc.freeze()
    return _prepared[seeded].fork()


@dataclass
class World:
    """A world under test, with short ways to people. ``game`` is the connected game."""

    game: Game
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    async def account(
        self, username: str | None = None, *, role: UserRole = UserRole.USER
    ) -> Principal:
        """A registered account, logged in; without a name somebody new."""
        username = username or f"rider_{next(self._numbers)}"
        await accounts.register(
            username=username, email=f"{username}@deadwood.example", password=PASSWORD
        )
        if role is not UserRole.USER:
            await accounts.grant_role(username=username, role=role, reason="for this test")
        tokens = await accounts.login(login=username, password=PASSWORD)
        return await accounts.authenticate(tokens.access_token)

    async def character(
        self,
        name: str | None = None,
        *,
        of: Principal | None = None,
        place: str | None = None,
        **money: int,
    ) -> ObjectId:
        """A character; without ``of`` it is that of a new account.

        ``place`` is the code of the location that it stands in, and ``dollars``, ``gold`` and
        ``silver`` what it earns beyond the 100 dollars that every new character has.
        """
        owner = of or await self.account()
        made = await characters.create(
            owner.user_id,
            name=name or f"Rider {next(self._numbers)}",
            background=CharacterBackground.DRIFTER,
        )
        for currency, amount in money.items():
            await economy.earn(
                made.id, amount, source=Source.STARTING_GRANT, currency=Currency(currency)
            )
        if place is not None:
            await self._put(made.id, place)
        return made.id

    async def _put(self, character: ObjectId, place: str) -> None:
        location = await Location.load_one({"locationId": place})
        if location is None:
            raise LookupError(f"The world has no place {place!r}.")
        await Character.collection().update_one(
            {"_id": character}, {"$set": {"currentLocationId": location.id}}
        )

    async def audit(self) -> AuditReport:
        """What ``desperados.audit`` says of this world."""
        with self.game.active():
            return await desperados.audit()
