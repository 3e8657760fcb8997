"""Fights against legends: under which conditions, what they bring, once, and what nobody sees."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from typing import Any

import pytest
from bson import ObjectId

from desperados import play
from desperados.characters.errors import CharacterBusy, CharacterUnavailable
from desperados.combat.fights.errors import NoUse
from desperados.combat.legends import (
    legendary_move,
    list_legends,
    rank_hunters,
    read_hunt,
    start_legendary_hunt,
)
from desperados.combat.legends.documents import HuntStatus, LegendaryCombatSession, LegendaryHunt
from desperados.combat.legends.errors import LegendGone
from desperados.combat.legends.playing import HUNTS, JOBS
from desperados.combat.legends.rules import BONUS
from desperados.combat.legends.service import HuntMove
from desperados.combat.legends.views import LegendFightView
from desperados.engine.clock import FrozenClock
from desperados.engine.live import events
from desperados.engine.work import Jobs
from desperados.inventory import inventory
from desperados.inventory.staff import grant_items
from desperados.ledger.money import ledger
from desperados.ledger.money.accounts import wallet
from desperados.ledger.money.documents import Currency
from desperados.play.errors import NotEnoughEnergy
from desperados.play.proofs import problems_of
from desperados.play.requirements.errors import Closed, LevelTooLow, WrongPlace
from desperados.play.shapes.errors import GameMoved, GameNotFound, GameOver, IllegalMove
from desperados.testing import Luck, World
from tests.combat.legends.lodge import (
    EVENING,
    JACKALOPE,
    LAIR,
    faced,
    fight_of,
    go,
    hunt_of,
    hunter,
    legend_has,
    locate,
)
from tests.world.people import change, energy, stored
from tests.worlds import STAFF, hire

WEAK: dict[str, Any] = {"health": 1}
"""A legend that falls by the first blow."""


async def dollars(who: ObjectId) -> int:
    return (await ledger.balances(wallet(who)) or {}).get(Currency.DOLLARS, 0)


async def goods(who: ObjectId) -> dict[str, int]:
    return {stack.item: stack.quantity for stack in (await inventory(who)).stacks}


async def strike(who: ObjectId, fight: LegendFightView) -> LegendFightView:
    return await legendary_move(who, fight.id, HuntMove.ATTACK, fight.version, hold=[], target=None)


async def won(who: ObjectId) -> LegendFightView:
    """A hunt that is won with the first blow."""
    return await strike(who, await start_legendary_hunt(who, JACKALOPE))


@pytest.mark.parametrize(
    ("fields", "place", "hour", "error"),
    [
        ({"level": 7}, LAIR, 0, LevelTooLow),
        ({}, "red-gulch", 0, WrongPlace),
        ({}, LAIR, 16, Closed),  # by day it sleeps
        ({"energy": 37, "energyAt": EVENING}, LAIR, 0, NotEnoughEnergy),
        ({"isDead": True}, LAIR, 0, CharacterUnavailable),
        ({"isInJail": True}, LAIR, 0, CharacterUnavailable),
    ],
)
@pytest.mark.broken_world  # who is jailed here serves no sentence
async def test_what_a_hunt_asks_for(
    world: World,
    time: FrozenClock,
    luck: Luck,
    fields: dict[str, Any],
    place: str,
    hour: int,
    error: type[Exception],
) -> None:
    jane = await hunter(world, time)
    await locate(jane, luck)
    await go(jane, place)
    time.advance(hours=hour / 4)
    await change(jane, **fields)
    with pytest.raises(error):
        await start_legendary_hunt(jane, JACKALOPE)
    assert await LegendaryCombatSession.load_one({"characterId": jane}) is None
    if place != LAIR or hour:
        (known,) = await list_legends(jane)
        assert len(known.unmet) == 1


async def test_a_hunt_costs_energy_and_takes_all_of_a_hunter(
    world: World, time: FrozenClock, luck: Luck
) -> None:
    jane, fight = await faced(world, time, luck)
    assert (fight.status, fight.legend, fight.in_turn) == ("active", JACKALOPE, [0])
    assert 150 - await energy(jane) == 38
    row = await stored(jane)
    assert (row["busy"]["kind"], row["isInCombat"]) == ("fight", True)
    assert set(fight.legal) >= {"attack", "defend", "item", "flee"}
    assert "special" not in fight.legal
    with pytest.raises(CharacterUnavailable):
        await start_legendary_hunt(jane, JACKALOPE)
    assert (await hunt_of(jane)).attempts == 1


async def test_two_hunts_at_once_are_one(world: World, time: FrozenClock, luck: Luck) -> None:
    jane = await hunter(world, time)
    await locate(jane, luck)
    results = await asyncio.gather(
        *(start_legendary_hunt(jane, JACKALOPE) for _ in range(4)), return_exceptions=True
    )
    assert sum(isinstance(result, LegendFightView) for result in results) == 1
    assert {type(r) for r in results} <= {LegendFightView, CharacterUnavailable, CharacterBusy}
    assert 150 - await energy(jane) == 38
    assert (await hunt_of(jane)).attempts == 1


async def test_the_first_victory_gives_everything_once(
    world: World, time: FrozenClock, luck: Luck
) -> None:
    await legend_has(**WEAK)
    jane = await hunter(world, time)
    await locate(jane, luck)
    before = await dollars(jane)
    async with events.listen(jane) as stream:
        fight = await won(jane)
        told = [json.loads(await stream.text()) for _ in range(2)]
    assert fight.status == HuntStatus.VICTORY.value
    ended = next(one["data"] for one in told if one["event"] == "hunt:ended")
    assert (ended["first"], ended["status"]) == (True, "victory")
    assert 500 <= await dollars(jane) - before <= 1_000
    assert await goods(jane) == {"jackalope-antlers": 1, "rabbit-pelt": 3, "rabbit-meat": 2}
    row = await stored(jane)
    assert {"name": BONUS, "stats": {"luck": 5}} in row["effects"]
    assert (row["busy"], row["isInCombat"]) == (None, False)
    hunt = await hunt_of(jane)
    assert (hunt.hunted, hunt.victories, hunt.fastest) == (True, 1, 1)
    assert hunt.rewards.trophy
    assert hunt.rewards.permanent_bonus == {"luck": 5}
    (known,) = await list_legends(jane)
    assert (known.hunted, known.bonus) == (True, {"luck": 5})
    (first,) = await rank_hunters(JACKALOPE)
    assert (first.character_id, first.rounds, first.victories) == (jane, 1, 1)


async def test_later_victories_give_a_quarter_and_no_trophy(
    world: World, time: FrozenClock, luck: Luck
) -> None:
    await legend_has(**WEAK)
    jane = await hunter(world, time)
    await locate(jane, luck)
    await won(jane)
    with pytest.raises(LegendGone) as hidden:
        await start_legendary_hunt(jane, JACKALOPE)
    assert hidden.value.facts["retry_after"] == 24 * 3_600
    time.advance(hours=24)  # four days of the game
    await go(jane, LAIR)
    await change(jane, energyAt=time.at)
    before = await dollars(jane)
    await won(jane)
    assert 125 <= await dollars(jane) - before <= 250
    assert await goods(jane) == {"jackalope-antlers": 1, "rabbit-pelt": 6, "rabbit-meat": 4}
    hunt = await hunt_of(jane)
    assert (hunt.victories, hunt.attempts) == (2, 2)
    bonuses = [effect for effect in (await stored(jane))["effects"] if effect["name"] == BONUS]
    assert bonuses == [{"name": BONUS, "stats": {"luck": 5}}]


async def test_ten_last_blows_are_one(world: World, time: FrozenClock, luck: Luck) -> None:
    await legend_has(**WEAK)
    jane, fight = await faced(world, time, luck)
    results = await asyncio.gather(
        *(strike(jane, fight) for _ in range(10)), return_exceptions=True
    )
    assert sum(isinstance(result, LegendFightView) for result in results) == 1
    assert {type(r) for r in results} <= {LegendFightView, GameMoved, GameOver}
    assert (await hunt_of(jane)).victories == 1
    assert (await goods(jane))["jackalope-antlers"] == 1


async def test_a_bonus_that_finds_no_room_comes_with_the_next_hunt(
    world: World, time: FrozenClock, luck: Luck
) -> None:
    await legend_has(**WEAK)
    jane = await hunter(world, time)
    await locate(jane, luck)
    full = [{"name": f"effect {n}", "stats": {"social": 1}} for n in range(24)]
    await change(jane, effects=full)
    fight = await won(jane)  # it is not lost over that
    assert fight.status == HuntStatus.VICTORY.value
    assert len((await stored(jane))["effects"]) == 24
    time.advance(hours=24)
    await go(jane, LAIR)
    await change(jane, effects=full[1:], energyAt=time.at)
    await start_legendary_hunt(jane, JACKALOPE)
    assert {"name": BONUS, "stats": {"luck": 5}} in (await stored(jane))["effects"]


async def test_who_is_late_defends_and_the_clock_settles(
    world: World, time: FrozenClock, luck: Luck
) -> None:
    """Nobody is stuck: whoever looks, and whenever, forty rounds are over in half an hour."""
    await legend_has(attack=0, abilities=[])
    jane, fight = await faced(world, time, luck)
    time.advance(seconds=46)
    seen = await read_hunt(jane, fight.id)
    assert (seen.version, seen.table["round"]) == (1, 2)
    with pytest.raises(GameMoved):
        await strike(jane, fight)
    time.advance(minutes=31)
    await asyncio.gather(*(Jobs(JOBS).run_until_idle() for _ in range(2)))
    stored_fight = await fight_of(jane)
    assert stored_fight.status is HuntStatus.EXPIRED
    assert stored_fight.settled_at is not None
    assert (await stored(jane))["busy"] is None
    hunt = await hunt_of(jane)
    assert (hunt.hunted, hunt.victories) == (False, 0)
    assert hunt.cooldown_until == time.at + timedelta(hours=6)
    with pytest.raises(GameOver):
        await legendary_move(jane, fight.id, HuntMove.DEFEND, stored_fight.version)


async def test_a_defeat_is_a_defeat(world: World, time: FrozenClock, luck: Luck) -> None:
    await legend_has(attack=5_000, spread=0, danger=0, abilities=[])
    jane, fight = await faced(world, time, luck)
    ended = await strike(jane, fight)
    assert ended.status == HuntStatus.DEFEAT.value
    row = await stored(jane)
    assert row["downUntil"] > time.at
    assert not row["isDead"]
    assert row["busy"] is None
    hunt = await hunt_of(jane)
    assert hunt.best_damage > 0
    assert hunt.cooldown_until == time.at + timedelta(hours=6)
    assert await goods(jane) == {}


async def test_wounds_are_kept(world: World, time: FrozenClock, luck: Luck) -> None:
    await legend_has(attack=20, spread=0, abilities=[], phases=[{"name": "one"}])
    jane, fight = await faced(world, time, luck)
    whole = (await stored(jane))["health"]
    after = await strike(jane, fight)
    await legend_has(**WEAK)
    mine = after.table["members"][0]["health"]
    assert mine == whole - 20
    luck_of_flight = await legendary_move(jane, fight.id, HuntMove.FLEE, after.version)
    while luck_of_flight.status == "active":
        await change(jane, energy=150, energyAt=time.at)
        luck_of_flight = await legendary_move(jane, fight.id, HuntMove.FLEE, luck_of_flight.version)
    assert luck_of_flight.status in (HuntStatus.FLED.value, HuntStatus.DEFEAT.value)
    if luck_of_flight.status == HuntStatus.FLED.value:
        row = await stored(jane)
        assert row["health"] == luck_of_flight.table["members"][0]["health"]


async def test_every_fourth_round_there_is_a_special_blow(
    world: World, time: FrozenClock, luck: Luck
) -> None:
    await legend_has(attack=0, abilities=[], health=100_000)
    jane, fight = await faced(world, time, luck)
    for round_ in (1, 2, 3):
        assert "special" not in fight.legal
        with pytest.raises(IllegalMove):
            await legendary_move(jane, fight.id, HuntMove.SPECIAL, fight.version, hold=[])
        fight = await strike(jane, fight)
        assert fight.table["round"] == round_ + 1
    fight = await legendary_move(jane, fight.id, HuntMove.SPECIAL, fight.version, hold=[0])
    assert "special" not in fight.legal


async def test_remedies_come_out_of_the_pack(world: World, time: FrozenClock, luck: Luck) -> None:
    await legend_has(attack=0, abilities=[])
    jane, fight = await faced(world, time, luck)
    await hire(world.game)
    await grant_items(STAFF, jane, "bandages", quantity=5, reason="for the test")
    for wrong in ("whetstone", "no-such-thing", None):
        with pytest.raises(NoUse):
            await legendary_move(jane, fight.id, HuntMove.ITEM, fight.version, item=wrong)
    for left in (4, 3, 2):
        fight = await legendary_move(jane, fight.id, HuntMove.ITEM, fight.version, item="bandages")
        assert (await goods(jane))["bandages"] == left
    with pytest.raises(IllegalMove):
        await legendary_move(jane, fight.id, HuntMove.ITEM, fight.version, item="bandages")
    assert (await goods(jane))["bandages"] == 2


async def test_nobody_moves_in_the_hunt_of_another(
    world: World, time: FrozenClock, luck: Luck
) -> None:
    _, fight = await faced(world, time, luck)
    bill = await hunter(world, time)
    for attempt in (strike(bill, fight), read_hunt(bill, fight.id)):
        with pytest.raises(GameNotFound):
            await attempt


async def test_nobody_sees_what_is_to_come(world: World, time: FrozenClock, luck: Luck) -> None:
    """What is shown of a fight, and what is told, holds neither its seed nor a card that is not
    out yet; and its end can be verified."""
    await legend_has(attack=0, abilities=[], health=300)
    jane, fight = await faced(world, time, luck)
    shown: list[str] = []
    async with events.listen(jane) as stream:
        while fight.status == "active":
            kept = await fight_of(jane)
            seen = fight.model_dump_json()
            assert kept.seed not in seen
            assert fight.seed is None
            cards = set(fight.table["you"]["hand"])
            past = {card for event in fight.table["events"] for card in event.get("cards", [])}
            named = {word for word in json.dumps(fight.table).split('"') if _is_card(word)}
            assert named <= cards | past
            shown.append(kept.seed)
            fight = await strike(jane, fight)
            heard = await stream.text()
            assert kept.seed not in heard
    assert len(set(shown)) == 1
    assert fight.seed == shown[0]
    proof = await play.game_proof("legendary_hunt", fight.id)
    assert problems_of(HUNTS, proof) == []


def _is_card(word: str) -> bool:
    suit, _, rank = word.partition("-")
    return suit in ("clubs", "spades", "hearts", "diamonds") and bool(rank)


async def test_fights_of_other_programs_are_not_ours(world: World, time: FrozenClock) -> None:
    jane = await hunter(world, time)
    hunt = {"_id": ObjectId(), "characterId": jane, "creatureId": JACKALOPE}
    await LegendaryHunt.collection().insert_one(hunt)
    row = {"_id": ObjectId(), "huntId": hunt["_id"], "characterId": jane, "combatState": {"hp": 3}}
    await LegendaryCombatSession.collection().insert_one(row)
    assert (await fight_of(jane)).combat_state == {"hp": 3}
    await Jobs(JOBS).run_until_idle()
    with pytest.raises(GameNotFound):
        await read_hunt(jane, row["_id"])
    with pytest.raises(GameNotFound):
        await legendary_move(jane, row["_id"], HuntMove.DEFEND, 0)
