"""A fight that is cut off at any statement: nothing has happened, or all of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import pytest

from desperados.combat.fights.service import FightMove, move, start_encounter
from desperados.embedded.instance.faults import Effect, Faults, failure
from desperados.testing import World
from tests.combat.fights.rings import attack, drawn_against, fighter, tilt
from tests.worlds import fingerprint

OPERATION_FAILED = 96


@dataclass
class Cut(Faults):
    """The statement of a transaction at ``place`` (from 1) fails, for good; the commit does not."""

    place: int = 0
    met: bool = False

    def effect(self, command: str, body: dict[str, Any]) -> Effect | None:
        if "autocommit" not in body or command in {"abortTransaction", "commitTransaction"}:
            return None
        self.place -= 1
        if self.place != 0:
            return None
        self.met = True
        return Effect(error=failure(OPERATION_FAILED, "Cut off here"))


async def cut_everywhere(world: World, command: Callable[[], Awaitable[Any]]) -> int:
    """Cut a command off at each of its statements, and see that nothing is left of it; then let it
    through. Returns how many statements there were."""
    server = world.game.embedded
    if server is None:
        pytest.skip("faults need the embedded server")
    before = await fingerprint(world.game)
    for place in range(1, 40):
        cut = server.faults = Cut(place=place)
        try:
            await command()
        except Exception:
            assert cut.met
        server.faults = None
        if not cut.met:
            return place - 1
        assert await fingerprint(world.game) == before, f"cut off at statement {place}"
    raise AssertionError("A command of forty statements?")


async def test_a_beginning_that_is_cut_off_costs_nothing(world: World) -> None:
    jane = await fighter(world)
    assert await cut_everywhere(world, lambda: start_encounter(jane, "coyote")) >= 2


async def test_a_victory_that_is_cut_off_gives_nothing(world: World) -> None:
    fight = await drawn_against(world)
    await tilt(fight, foe=1)
    assert await cut_everywhere(world, lambda: attack(fight)) >= 3


async def test_a_defeat_that_is_cut_off_takes_nothing(world: World) -> None:
    fight = await drawn_against(world)
    await tilt(fight, health=1)
    assert await cut_everywhere(world, lambda: attack(fight)) >= 3


async def test_a_flight_that_is_cut_off_costs_no_energy(world: World) -> None:
    fight = await drawn_against(world)
    (jane,) = fight.players
    await cut_everywhere(world, lambda: move(jane, fight.id, FightMove.FLEE, 0))


async def test_a_round_is_two_reads_and_one_write(world: World) -> None:
    """And its end two reads more, and two for goods, however much comes of it."""
    server = world.game.embedded
    if server is None:
        pytest.skip("statements are counted by the embedded server")
    fight = await drawn_against(world)
    counted = []
    for foe in (None, 1):
        if foe is not None:
            await tilt(fight, foe=foe)
        cut = server.faults = Cut(place=1_000)
        fight = await attack(fight)
        server.faults = None
        counted.append(1_000 - cut.place)
    assert fight.status == "victory"
    assert counted[0] == 3
    assert counted[1] <= 7
