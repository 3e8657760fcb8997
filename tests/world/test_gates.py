"""Why something is locked, as a player may ask."""

from __future__ import annotations

from typing import Any

import pytest
from bson import ObjectId

from desperados.characters.errors import CharacterNotFound
from desperados.engine.clock import FrozenClock
from desperados.engine.errors import CorruptValue, NotFound
from desperados.engine.storage.content import content_changed
from desperados.testing import World
from desperados.world.clock import moment_of
from desperados.world.gates import GateKind, read_gate
from tests.games import embedded

NOON = moment_of(1885, 6, 1, 12)


async def put(world: World, collection: str, of: dict[str, Any], **fields: Any) -> None:
    done = await world.game.database[collection].update_one(of, {"$set": fields})
    assert done.matched_count == 1
    await content_changed()


async def test_a_deed_says_all_that_is_missing_in_order(world: World, time: FrozenClock) -> None:
    time.at = NOON
    jane = await world.character()
    gate = await read_gate(jane, GateKind.ACTIONS, "general_sangre")
    assert not gate.open
    assert [(one.kind, one.target, one.needed, one.have) for one in gate.unmet] == [
        ("level", None, 35, 1),
        ("power", "combat", 40, 1),
    ]
    assert gate.unmet[0].sentence == "Level 35 is needed; you have 1."


async def test_a_deed_that_asks_for_nothing_is_open(world: World) -> None:
    gate = await read_gate(await world.character(), GateKind.ACTIONS, "job_sweep_floors")
    assert (gate.open, gate.unmet) == (True, [])


async def test_a_thing_asks_for_its_level(world: World) -> None:
    jane = await world.character()
    (level,) = (await read_gate(jane, GateKind.ITEMS, "widowmaker")).unmet
    assert (level.kind, level.have) == ("level", 1)
    await put(world, "characters", {"_id": jane}, level=level.needed)
    assert (await read_gate(jane, GateKind.ITEMS, "widowmaker")).open


async def test_a_place_asks_for_what_its_region_and_zone_ask_for(
    world: World, time: FrozenClock
) -> None:
    time.at = NOON
    jane = await world.character()
    spring = await read_gate(jane, GateKind.LOCATIONS, "ancestors-spring")
    zone = await read_gate(jane, GateKind.ZONES, "coalition_lands")
    assert [one.kind for one in zone.unmet] == ["standing"]
    assert zone.unmet[0] in spring.unmet
    assert len({(one.kind, one.target, one.needed) for one in spring.unmet}) == len(spring.unmet)
    await put(world, "characters", {"_id": jane}, standings={"nahi_coalition": 25})
    assert (await read_gate(jane, GateKind.ZONES, "coalition_lands")).open


async def test_a_place_that_is_closed_says_when_it_opens(world: World, time: FrozenClock) -> None:
    jane = await world.character()
    time.at = moment_of(1885, 6, 1, 3)
    (closed,) = (await read_gate(jane, GateKind.LOCATIONS, "red-gulch-bank")).unmet
    assert closed.kind == "hours"
    assert closed.ready_at is not None
    time.at = closed.ready_at
    assert (await read_gate(jane, GateKind.LOCATIONS, "red-gulch-bank")).open


@pytest.mark.parametrize(
    ("kind", "entry"),
    [
        (GateKind.LOCATIONS, "hermits-shrine"),  # a secret place
        (GateKind.LOCATIONS, "atlantis"),
        (GateKind.SECRETS, "nothing"),
    ],
)
async def test_what_is_hidden_is_not_there(world: World, kind: GateKind, entry: str) -> None:
    with pytest.raises(NotFound):
        await read_gate(await world.character(), kind, entry)


async def test_a_secret_that_hides_is_told_of_once_half_of_it_is_there(
    world: World, time: FrozenClock
) -> None:
    time.at = moment_of(1885, 6, 1, 23)
    jane = await world.character()
    await put(world, "secrets", {"secretId": "bartenders_past"}, hiddenUntilHalf=True)
    (trust,) = (await read_gate(jane, GateKind.SECRETS, "bartenders_past")).unmet
    assert (trust.kind, trust.target, trust.have) == ("npc_trust", "molly-quinn", 0)
    time.at = NOON
    with pytest.raises(NotFound):
        await read_gate(jane, GateKind.SECRETS, "bartenders_past")


async def test_one_secret_does_not_name_the_other(world: World, time: FrozenClock) -> None:
    time.at = NOON
    gate = await read_gate(await world.character(), GateKind.SECRETS, "canyon_stash")
    assert "echo" not in gate.model_dump_json()
    assert [one.kind for one in gate.unmet] == ["item", "hours", "secret_known"]


async def test_a_gate_of_former_days_holds(world: World) -> None:
    jane = await world.character()
    deed = {"_id": "general_sangre"}
    await put(world, "actions", deed, requirements={"level": 35, "suitSkill": 40})
    gate = await read_gate(jane, GateKind.ACTIONS, "general_sangre")
    assert [one.kind for one in gate.unmet] == ["level", "power"]
    await put(world, "actions", deed, requirements={"fame": 35})
    with pytest.raises(CorruptValue):
        await read_gate(jane, GateKind.ACTIONS, "general_sangre")


async def test_it_is_one_round_trip(world: World) -> None:
    jane = await world.character()
    await read_gate(jane, GateKind.SECRETS, "legendary_six_shooter")
    stats = embedded(world.game).stats
    stats.reset()
    await read_gate(jane, GateKind.SECRETS, "legendary_six_shooter")
    assert (stats.asked.total(), stats.full_scans) == (1, {})


async def test_nobody_finds_nothing(world: World) -> None:
    with pytest.raises(CharacterNotFound):
        await read_gate(ObjectId(), GateKind.ACTIONS, "general_sangre")
