"""The world that a simulation plays in: its database, its clock, its dice.

A world of its own begins at ``START``; one that others have played in goes on a minute after what
happened last. On a MongoDB server it begins now, if that is later, because such a server lets
documents expire by its own clock.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import desperados
from desperados import seeding
from desperados.embedded import EmbeddedServer
from desperados.engine import clock, dice
from desperados.engine.clock import FrozenClock
from desperados.engine.connecting import EMBEDDED_SCHEME, embedded_path
from desperados.engine.errors import ConfigurationError
from desperados.engine.game import Game
from desperados.engine.settings import Mode, load_settings
from desperados.engine.storage.collection import find_all
from desperados.engine.work.documents import JobState
from desperados.ledger.money.documents import AccountEntry, GoldTransaction
from desperados.simulation.faults import Trap
from desperados.world.documents import Location

START = datetime(2026, 1, 5, tzinfo=UTC)  # a Monday
NOTHING_IS_OLD = datetime(1970, 1, 1, tzinfo=UTC)
AFTER_THE_LAST = timedelta(minutes=1)
MOST_JOBS = 1_000

# The clock on the wall must decide nothing, and nobody attacks a bot's password.
SETTINGS: dict[str, Any] = {
    "transaction_deadline": 600,
    "password_time_cost": 1,
    "password_memory_kib": 8,
    "password_parallelism": 1,
}

Where = str | EmbeddedServer | None
"""A URL, an embedded server that was not started (such as a fork), or None: a world in memory."""


@dataclass(slots=True)
class World:
    """An open world. ``trap`` sets faults, where the database is the embedded one."""

    game: Game
    time: FrozenClock
    trap: Trap | None
    _server: EmbeddedServer | None
    _expiry: Expiry

    def expire(self) -> None:
        """Let what has expired by now vanish, now and at no other time."""
        if self._server is not None:
            self._expiry.at = self.time.at
            self._server.housekeeping()
            self._expiry.at = NOTHING_IS_OLD


@dataclass(slots=True)
class Expiry:
    """The clock by which documents expire. It shows a time at which nothing was old but in calls of
    ``World.expire``: else what is written with a date that has passed would go whenever the keeper
    of the server comes by, in the middle of a transaction or after it.
    """

    at: datetime = NOTHING_IS_OLD

    def __call__(self) -> float:
        """Seconds since 1970."""
        return self.at.timestamp()


@asynccontextmanager
async def open_world(where: Where, seed: int) -> AsyncIterator[World]:
    """Open a world and follow ``seed`` inside the block. If it has no content, it gets that of the
    package.

    Raises:
        ConfigurationError: it is a world in production, where bots have no business.
    """
    if load_settings().mode is Mode.PRODUCTION:
        raise ConfigurationError("A world in production is for people: bots do not play in it.")
    expiry = Expiry()
    server = _server_of(where)
    if server is not None:
        server.clock = expiry
    begins = START if server is not None else max(START, clock.now())
    async with AsyncExitStack() as stack:
        stack.enter_context(dice.seeded(seed))
        time = stack.enter_context(clock.frozen(begins))
        place = {"url": where} if server is None else {"embedded": server}
        game = await stack.enter_async_context(desperados.connect(**place, **SETTINGS))
        last = await _last_moment()
        if last is not None:
            time.at = max(begins, last + AFTER_THE_LAST)
        if await Location.load_one({}) is None:
            await seeding.seed()
        trap = Trap() if server is not None else None
        if server is not None:
            server.faults = trap
        yield World(game, time, trap, server, expiry)
        if server is not None:
            server.faults = None


def _server_of(where: Where) -> EmbeddedServer | None:
    """The embedded server of the world; None for one of MongoDB."""
    if isinstance(where, EmbeddedServer):
        return where
    if where is None or where.startswith(f"{EMBEDDED_SCHEME}:"):
        return EmbeddedServer(embedded_path(where))
    return None


async def _last_moment() -> datetime | None:
    """When money moved last, or a worker looked for due work: nothing may happen before it."""
    looks = await find_all(JobState.collection(), {}, {"lookedAt": 1}, limit=MOST_JOBS)
    moments = [row["lookedAt"] for row in looks]
    for model in (GoldTransaction, AccountEntry):
        rows = await find_all(
            model.collection(), {}, {"createdAt": 1}, sort=[("createdAt", -1)], limit=1
        )
        moments += [row["createdAt"] for row in rows]
    return max(moments, default=None)
