"""A process that dies at any point of a duel: it goes on, or is settled by its deadline, once."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from desperados.combat.duels import accept_duel, challenge_duel
from desperados.combat.duels.documents import DuelSession, DuelStatus, DuelType
from desperados.combat.duels.jobs import JOBS
from desperados.embedded.instance.faults import Effect
from desperados.engine.clock import FrozenClock
from desperados.engine.errors import GameError
from desperados.engine.work import Jobs
from desperados.ledger.money.documents import Hold
from desperados.testing import World
from tests.combat.duels.ring import begun, dealt, dollars, play, row, session, stored, two
from tests.games import embedded

WAGER: dict[str, Any] = {"kind": DuelType.WAGER, "wager": 100}
STATEMENTS = range(1, 9)


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


@pytest.mark.parametrize("statements", STATEMENTS)
@pytest.mark.parametrize("deed", ["challenge", "accept", "ready", "draw", "forfeit"])
async def test_whoever_dies_leaves_nothing_half_done(
    world: World, time: FrozenClock, deed: str, statements: int
) -> None:
    jane, bill = await two(world)
    if deed == "challenge":
        await die(world, challenge_duel(jane, bill, **WAGER), statements)
    elif deed == "accept":
        duel = (await challenge_duel(jane, bill, **WAGER)).id
        await die(world, accept_duel(bill, duel), statements)
    elif deed == "ready":
        await die(world, play(jane, await begun(jane, bill, **WAGER), "ready"), statements)
    else:
        about = {"cards": [0]} if deed == "draw" else {}
        duel = await dealt(jane, bill, **WAGER)
        await die(world, play(jane, duel, deed, **about), statements)
        found = await session(duel)
        assert found.version == len(found.moves)
        assert (found.settled_at is not None) == ((await row(duel)).status is DuelStatus.COMPLETE)
    time.advance(hours=3)
    await Jobs(JOBS).run_until_idle()
    assert await Hold.collection().count_documents({"status": "open"}) == 0
    assert await DuelSession.collection().count_documents({"settledAt": None}) == 0
    assert await dollars(jane) + await dollars(bill) == 4_000
    for who in (jane, bill):
        assert (await stored(who)).get("busy") is None
