"""Scars: left by defeats, kept to twenty, hidden and shown."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest
from bson import ObjectId

from desperados.characters.participant import load_participant
from desperados.combat.fights import rules
from desperados.combat.fights.errors import ScarNotFound
from desperados.combat.fights.npcs import find_npc
from desperados.combat.fights.scars import hide_scar, list_scars
from desperados.combat.fights.settling import outcome_of
from desperados.engine.clock import FrozenClock
from desperados.engine.transactions import transaction
from desperados.play.outcome import Deed, Outcome, Scar, Share
from desperados.play.settle import settle
from desperados.play.shapes.rules import Verdict
from desperados.testing import Luck, World
from tests.combat.fights.rings import attack, drawn_against, tilt
from tests.combat.fights.test_balance import ALL


async def wounded(who: ObjectId, *sources: str) -> None:
    """Leave marks, as a defeat does."""
    async with transaction():
        scars = tuple(Scar("claw", "chest", source) for source in sources)
        await settle(Deed(name="wounds"), Share(await load_participant(who), Outcome(scars=scars)))


async def test_a_defeat_leaves_at_most_one_scar_that_tells_of_whom(world: World) -> None:
    found = 0
    for _ in range(12):
        fight = await drawn_against(world)
        await tilt(fight, health=1)
        assert (await attack(fight)).status == "defeat"
        scars = await list_scars(fight.players[0])
        assert len(scars) <= 1
        for scar in scars:
            assert (scar.source, scar.type in {"bite", "claw"}) == ("Coyote", True)
        found += len(scars)
    assert found < 12


@pytest.mark.parametrize(
    ("difficulty", "kind", "percent"),
    [(1, "wildlife", 20), (6, "boss", 40), (7, "outlaw", 60), (9, "boss", 60)],
)
def test_who_is_deadlier_leaves_more_scars(difficulty: int, kind: str, percent: int) -> None:
    """Three standard errors of 3,000 defeats, with a seed."""
    npc, luck = replace(ALL[0], difficulty=difficulty, type=kind), Random(1876)
    share = sum(len(rules.scars(npc, luck)) for _ in range(3_000)) / 30
    assert share == pytest.approx(percent, abs=2.7)


async def test_of_more_than_twenty_the_oldest_fade(world: World, time: FrozenClock) -> None:
    jane = await world.character()
    for number in range(23):
        await wounded(jane, f"wolf {number}")
        time.advance(60)
    assert [scar.source for scar in await list_scars(jane)] == [f"wolf {n}" for n in range(3, 23)]


async def test_a_scar_is_hidden_and_shown_again_and_stays(world: World, time: FrozenClock) -> None:
    jane = await world.character()
    for source in ("wolf", "bear"):
        await wounded(jane, source)
        time.advance(60)
    assert (await hide_scar(jane, 1)).hidden
    await hide_scar(jane, 1)
    assert [scar.hidden for scar in await list_scars(jane)] == [False, True]
    await hide_scar(jane, 1, hidden=False)
    assert [scar.hidden for scar in await list_scars(jane)] == [False, False]


async def test_nobody_hides_what_it_has_not(world: World) -> None:
    jane, bill = await world.character(), await world.character()
    await wounded(jane, "wolf")
    with pytest.raises(ScarNotFound):
        await hide_scar(bill, 0)
    with pytest.raises(ScarNotFound):
        await hide_scar(jane, 1)


async def test_a_defeat_is_as_deadly_as_who_brings_it(world: World, luck: Luck) -> None:
    who = await load_participant(await world.character())
    facts = {"ending": "defeat", "health": -50, "dealt": 0, "taken": 50, "best": 0}
    for code, danger, lawful in (("coyote", 0, False), ("cave-bear", 10, False)):
        outcome = outcome_of(who, await find_npc(code), Verdict("defeat", facts))
        assert outcome.defeat is not None
        assert (outcome.defeat.danger, outcome.defeat.lawful) == (danger, lawful)
    lawman = outcome_of(who, await find_npc("posse-rider"), Verdict("defeat", facts))
    assert lawman.defeat is not None
    assert lawman.defeat.lawful
