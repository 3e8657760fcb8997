"""A process that dies at any point of a duel: it goes on, or is settled by its deadline, once."""

from __future__ import annotations

from typing import Any

import pytest

from desperados.combat.duels import accept_duel, challenge_duel
from desperados.combat.duels.documents import DuelSession, DuelStatus, DuelType
from desperados.combat.duels.jobs import JOBS
from desperados.engine.clock import FrozenClock
from desperados.engine.work import Jobs
from desperados.ledger.money.documents import Hold
from desperados.testing import World
from tests.combat.duels.ring import begun, dealt, dollars, play, row, session, stored, two
from tests.deaths import die

WAGER: dict[str, Any] = {"kind": DuelType.WAGER, "wager": 100}
STATEMENTS = range(1, 9)


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
