"""Processes that die: at a statement, and their connection with them."""

from __future__ import annotations

import asyncio
from typing import Any

from desperados.embedded.instance.faults import Effect
from desperados.engine.errors import GameError
from desperados.testing import World
from tests.games import embedded


class Death:
    """At the n-th statement from now on whoever sends it dies, and its connection with it."""

    def __init__(self, statements: int) -> None:
        self.left = statements
        self.victim: asyncio.Task[Any] | None = None

    def effect(self, _command: str, _body: object) -> Effect | None:
        self.left -= 1
        if self.left != 0:
            return None
        assert self.victim is not None
        self.victim.cancel()
        return Effect(close_before=True)


async def die(world: World, work: Any, statements: int) -> None:
    """Begin something, and die at a statement of it, if it has so many."""
    death = Death(statements)
    death.victim = asyncio.ensure_future(work)
    server = embedded(world.game)
    server.faults = death  # type: ignore[assignment]
    try:
        await death.victim
    except (asyncio.CancelledError, GameError):
        pass  # it is dead
    finally:
        server.faults = None
