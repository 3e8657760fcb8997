"""Fights against the people of the land: begun, fought, settled once, seen by who fights."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from bson import ObjectId

from desperados.accounts.documents import UserRole
from desperados.characters.errors import CharacterBusy, CharacterUnavailable
from desperados.characters.tallies import tally
from desperados.combat.fights import queries
from desperados.combat.fights.documents import CombatEncounter
from desperados.combat.fights.errors import (
    NotBackYet,
    NotHere,
    NotHostile,
    NoUse,
    NpcNotFound,
    TooStrong,
)
from desperados.combat.fights.playing import FIGHTS, JOBS
from desperados.combat.fights.service import FightMove, move, start_encounter
from desperados.deck.hands import DECK
from desperados.engine.clock import FrozenClock
from desperados.engine.errors import GameError
from desperados.engine.work import Jobs
from desperados.inventory.service import inventory
from desperados.inventory.staff import grant_items
from desperados.ledger.items.errors import InsufficientItems
from desperados.play.errors import NotEnoughEnergy
from desperados.play.proofs import game_proof, problems_of
from desperados.play.shapes.envelopes import FAR_OFF
from desperados.play.shapes.errors import GameNotFound, GameOver, IllegalMove
from desperados.testing import World, hammer
from tests.combat.fights.rings import (
    attack,
    drawn_against,
    fighter,
    fought,
    stored,
    tilt,
)
from tests.world.people import change
from tests.world.people import stored as person
from tests.worlds import leave_the_world


async def test_a_fight_is_fought_to_its_end_and_pays_once(world: World) -> None:
    fight = await drawn_against(world)
    (jane,) = fight.players
    before = await person(jane)
    assert (before["energy"], before["isInCombat"], before["busy"]["id"]) == (140, True, fight.id)
    assert (await stored(fight)).expires_at == FAR_OFF
    await tilt(fight, foe=1)
    won = await attack(fight)
    assert (won.status, won.legal, won.deadline) == ("victory", [], None)
    after = await person(jane)
    assert (after["busy"], after["isInCombat"]) == (None, False)
    assert won.spoils.xp == 20 + 10 + 15
    assert (after["level"], after["xp"] - before["xp"]) == (1, won.spoils.xp)
    assert after["combatXp"] == 50
    assert await tally(jane, "combat_won") == 1
    kept = await stored(fight)
    assert kept.settled_at is not None
    assert kept.expires_at == kept.settled_at + timedelta(days=30)
    assert kept.rewards.xp == won.spoils.xp
    with pytest.raises(GameOver):
        await attack(won.model_copy(update={"table": fight.table}))


async def test_what_is_beside_the_battle_says_the_same_as_it(world: World) -> None:
    fight = await drawn_against(world)
    while fight.status == "active":
        row = await stored(fight)
        (member,), foe = row.battle["members"], row.battle["foe"]
        assert (row.player.health, row.player.hand) == (member["health"], member["hand"])
        assert (row.enemy.health, row.enemy.max_health) == (foe["health"], foe["max_health"])
        assert (row.enemy.npc_id, row.type, row.turn) == ("coyote", "npc", "player")
        assert row.round == row.battle["round"] == fight.table["round"]
        fight = await attack(fight)


async def test_wounds_stay_with_who_was_wounded(world: World) -> None:
    fight = await drawn_against(world)
    (jane,) = fight.players
    most = (await person(jane))["maxHealth"]
    await tilt(fight, health=40, foe=1)
    assert (await attack(fight)).status == "victory"
    after = await person(jane)
    assert after["health"] == 40 + after["maxHealth"] - most  # what she grew by is there


@pytest.mark.parametrize(
    ("npc", "error", "fields"),
    [
        ("nobody", NpcNotFound, {}),
        ({"$ne": 1}, NpcNotFound, {}),
        ("sheriff-ruth-calloway", NotHostile, {}),
        ("barroom-brawler", NotHere, {}),
        ("coyote", CharacterUnavailable, {"isDead": True}),
        ("coyote", CharacterUnavailable, {"isInJail": True}),
        ("coyote", NotEnoughEnergy, {"energy": 3}),
    ],
)
async def test_what_cannot_be_begun_costs_nothing(
    world: World, npc: Any, error: type[GameError], fields: dict[str, Any]
) -> None:
    jane = await fighter(world, **fields)
    before = await person(jane)
    with pytest.raises(error):
        await start_encounter(jane, npc)
    assert await person(jane) == before
    assert await CombatEncounter.load_many({"characterId": jane}, limit=2) == []


async def test_who_is_far_too_strong_is_not_to_be_met(world: World) -> None:
    jane = await fighter(world, "sangre-canyon", level=29)
    with pytest.raises(TooStrong):
        await start_encounter(jane, "general-sangre")
    seen = {foe.npc: foe.within_reach for foe in await queries.foes_here(jane)}
    assert (seen["general-sangre"], seen["rattlesnake"]) == (False, True)
    bill = await fighter(world, "sangre-canyon", level=30)
    assert (await start_encounter(bill, "general-sangre")).type == "boss"


async def test_of_many_starts_at_once_one_begins_and_is_paid(world: World) -> None:
    jane = await fighter(world)
    outcomes = await hammer(lambda: start_encounter(jane, "coyote"), 12)
    assert outcomes.done == 1
    assert set(outcomes.refused) <= {"character_unavailable", "character_busy"}
    assert (await person(jane))["energy"] == 140
    assert len(await CombatEncounter.load_many({"characterId": jane}, limit=9)) == 1


async def test_a_repeated_key_begins_and_moves_once(world: World) -> None:
    jane = await fighter(world)
    fight = await start_encounter(jane, "coyote", key="begin")
    assert (await start_encounter(jane, "coyote", key="begin")).id == fight.id
    first = await move(jane, fight.id, FightMove.ATTACK, 0, [0], key="move")
    assert await move(jane, fight.id, FightMove.ATTACK, 0, [0], key="move") == first
    assert len((await stored(fight)).moves) == 1


async def test_the_last_hit_twice_at_once_pays_once(world: World) -> None:
    fight = await drawn_against(world)
    (jane,) = fight.players
    await tilt(fight, foe=1)
    outcomes = await hammer(lambda: attack(fight), 8)
    assert outcomes.done == 1
    assert set(outcomes.refused) <= {"game_moved", "game_over"}
    assert (await person(jane))["combatXp"] == 50
    assert await tally(jane, "combat_won") == 1
    assert (await world.audit()).clean


async def test_whoever_was_felled_is_gone_for_its_victor_alone(
    world: World, time: FrozenClock
) -> None:
    fight = await drawn_against(world)
    (jane,) = fight.players
    await tilt(fight, foe=1)
    await attack(fight)
    with pytest.raises(NotBackYet) as refusal:
        await start_encounter(jane, "coyote")
    assert refusal.value.facts["retry_after"] == 300
    (seen,) = [foe for foe in await queries.foes_here(jane) if foe.npc == "coyote"]
    assert seen.ready_at == time.at + timedelta(minutes=5)
    await start_encounter(await fighter(world), "coyote")
    time.advance(minutes=5)
    await start_encounter(jane, "coyote")


async def test_a_trophy_is_won_once(world: World, time: FrozenClock) -> None:
    jane = await fighter(world, "sangre-canyon", level=40)
    for _ in range(2):
        fight = await start_encounter(jane, "general-sangre")
        assert fight.type == "boss"
        await tilt(fight, foe=1)
        assert (await attack(fight)).status == "victory"
        pieces = {s.item: s.quantity for s in (await inventory(jane)).stacks}
        assert pieces["widowmaker"] == 1
        time.advance(hours=25)
    assert await tally(jane, "kill_general_sangre") == 2


async def test_of_much_farming_only_a_tenth_is_paid(world: World, time: FrozenClock) -> None:
    """A day's share, and the distance of levels."""
    jane = await fighter(world, "golden-spur-saloon", level=20)
    fight = await start_encounter(jane, "barroom-brawler")
    await tilt(fight, foe=1)
    won = await attack(fight)
    assert 0 <= won.spoils.dollars <= 1
    assert won.spoils.xp == (20 + 10 + 15) * 10 // 100


async def test_a_defeat_takes_its_toll(world: World) -> None:
    fight = await drawn_against(world)
    (jane,) = fight.players
    await tilt(fight, health=1)
    lost = await attack(fight)
    assert lost.status == "defeat"
    after = await person(jane)
    assert after["dollars"] == 75
    assert after["downUntil"] is not None
    assert (after["busy"], after["isInCombat"], after["isDead"]) == (None, False, False)


async def test_lawmen_take_who_is_wanted_to_jail(world: World, time: FrozenClock) -> None:
    wanted = {"level": 4, "at": time.at, "lastCrimeAt": time.at}
    jane = await fighter(world, "fort-ashford", wanted=wanted, level=12)
    fight = await start_encounter(jane, "posse-rider")
    await tilt(fight, health=1)
    lost = await attack(fight)
    assert lost.status == "defeat"
    after = await person(jane)
    assert (after["isInJail"], after["dollars"], after["health"]) == (True, 100, 1)


async def test_who_fells_a_lawman_is_wanted(world: World) -> None:
    jane = await fighter(world, "fort-ashford", level=12)
    fight = await start_encounter(jane, "posse-rider")
    await tilt(fight, foe=1)
    await attack(fight)
    assert (await person(jane))["wanted"]["level"] == 1


async def test_fleeing_costs_energy_and_leaves_the_wounds(world: World) -> None:
    jane = await fighter(world)
    fight = await start_encounter(jane, "coyote")
    await CombatEncounter.collection().update_one(
        {"_id": fight.id}, {"$set": {"battle.setup.flee.percent": 100}}
    )
    fled = await move(jane, fight.id, FightMove.FLEE, 0)
    assert (fled.status, fled.spoils.xp) == ("fled", 0)
    after = await person(jane)
    assert (after["energy"], after.get("combatXp", 0)) == (135, 0)
    assert after["dollars"] == 100
    # Whoever was not felled is there still.
    await start_encounter(jane, "coyote")


async def test_nobody_flees_after_the_third_round_or_without_energy(world: World) -> None:
    jane = await fighter(world, energy=12)
    fight = await start_encounter(jane, "coyote")
    with pytest.raises(NotEnoughEnergy):
        await move(jane, fight.id, FightMove.FLEE, 0)
    for _ in range(3):
        fight = await move(jane, fight.id, FightMove.DEFEND, fight.version)
    assert "flee" not in fight.legal
    before = await person(jane)
    with pytest.raises((IllegalMove, NotEnoughEnergy)):
        await move(jane, fight.id, FightMove.FLEE, fight.version)
    assert await person(jane) == before


async def test_remedies_of_the_pack_heal_and_are_used_up(world: World) -> None:
    fight = await drawn_against(world)
    (jane,) = fight.players
    admin = await world.account(role=UserRole.ADMIN)
    await grant_items(admin.user_id, jane, "bandages", quantity=5, reason="for this test")
    await tilt(fight, health=30)
    healed = await move(jane, fight.id, FightMove.ITEM, 0, item="bandages")
    (item,) = [event for event in healed.table["events"] if event["what"] == "item"]
    assert (item["health"], healed.table["you"]["items"]) == (40, 2)
    for _ in range(2):
        healed = await move(jane, fight.id, FightMove.ITEM, healed.version, item="bandages")
    with pytest.raises(IllegalMove):
        await move(jane, fight.id, FightMove.ITEM, healed.version, item="bandages")
    assert {s.item: s.quantity for s in (await inventory(jane)).stacks}["bandages"] == 2


async def test_what_does_not_heal_or_is_not_there_is_of_no_use(world: World) -> None:
    fight = await drawn_against(world)
    (jane,) = fight.players
    for item in ("peacemaker", "nothing", None, {"$ne": 1}):
        with pytest.raises(NoUse):
            await move(jane, fight.id, FightMove.ITEM, 0, item=item)  # type: ignore[arg-type]
    with pytest.raises(InsufficientItems):
        await move(jane, fight.id, FightMove.ITEM, 0, item="bandages")
    assert (await stored(fight)).version == 0


@pytest.mark.parametrize("hold", [[0, 0], [-1], [7], list(range(8))])
async def test_cards_that_are_not_there_are_refused(world: World, hold: list[int]) -> None:
    fight = await drawn_against(world)
    with pytest.raises(IllegalMove):
        await move(fight.players[0], fight.id, FightMove.ATTACK, 0, hold)
    assert (await stored(fight)).version == 0


async def test_nobody_moves_in_the_fight_of_another(world: World) -> None:
    fight = await drawn_against(world)
    bill = await fighter(world)
    with pytest.raises(GameNotFound):
        await move(bill, fight.id, FightMove.ATTACK, 0, [])
    with pytest.raises(GameNotFound):
        await queries.read_fight(bill, fight.id)
    with pytest.raises(GameNotFound):
        await queries.read_fight(bill, ObjectId())


async def test_preparing_does_not_move_the_deadline(world: World, time: FrozenClock) -> None:
    jane = await fighter(world, skills={"melee_combat": {"level": 60, "xp": 0}})
    fight = await start_encounter(jane, "coyote")
    began = fight.deadline
    time.advance(20)
    fight = await move(jane, fight.id, FightMove.PEEK, fight.version)
    assert fight.table["you"]["peeked"] in {card.code for card in DECK}
    fight = await move(jane, fight.id, FightMove.REROLL, fight.version, card=1)
    fight = await move(jane, fight.id, FightMove.HOLD, fight.version, [1])
    assert fight.deadline == began
    time.advance(10)
    await Jobs(JOBS).run_until_idle()
    (auto,) = [move for move in (await stored(fight)).moves if move.auto]
    assert (auto.name, auto.about) == ("attack", {"hold": [1]})


async def test_a_card_is_exchanged_once_however_often_it_is_asked_for(world: World) -> None:
    """Two clicks at once use one charge: the second has not seen what came."""
    jane = await fighter(world, skills={"melee_combat": {"level": 80, "xp": 0}})
    fight = await start_encounter(jane, "coyote")
    assert fight.table["you"]["rerolls"] == 2
    outcomes = await hammer(lambda: move(jane, fight.id, FightMove.REROLL, 0, card=0), 4)
    assert (outcomes.done, outcomes.refused) == (1, {"game_moved": 3})
    assert (await queries.read_fight(jane, fight.id)).table["you"]["rerolls"] == 1


async def test_a_remedy_is_used_once_however_often_it_is_asked_for(world: World) -> None:
    fight = await drawn_against(world)
    (jane,) = fight.players
    admin = await world.account(role=UserRole.ADMIN)
    await grant_items(admin.user_id, jane, "bandages", quantity=5, reason="for this test")
    outcomes = await hammer(lambda: move(jane, fight.id, FightMove.ITEM, 0, item="bandages"), 4)
    assert (outcomes.done, outcomes.refused) == (1, {"game_moved": 3})
    assert {s.item: s.quantity for s in (await inventory(jane)).stacks}["bandages"] == 4


async def test_a_fight_that_nobody_ends_is_fought_by_the_clock(
    world: World, time: FrozenClock
) -> None:
    """Whatever was killed: the next worker finds it and settles it once."""
    fight = await drawn_against(world)
    (jane,) = fight.players
    time.advance(hours=3)
    await Jobs(JOBS).run_until_idle()
    row = await stored(fight)
    assert row.settled_at is not None
    assert all(move.auto for move in row.moves)
    after = await person(jane)
    assert (after["busy"], after["isInCombat"]) == (None, False)
    assert (after.get("combatXp", 0) == 50) == (row.status == "victory")
    await Jobs(JOBS).run_until_idle()
    assert await person(jane) == after


async def test_a_move_and_the_clock_in_one_instant_come_to_one_outcome(
    world: World, time: FrozenClock
) -> None:
    fight = await drawn_against(world)
    time.advance(30)

    async def clock_or_player(number: int) -> None:
        if number % 2:
            await Jobs(JOBS).run_until_idle()
        else:
            await attack(fight)

    numbers = iter(range(8))
    outcomes = await hammer(lambda: clock_or_player(next(numbers)), 8)
    assert set(outcomes.refused) == {"game_moved"}
    assert [move.auto for move in (await stored(fight)).moves] == [True]


@pytest.mark.parametrize("state", ["isDead", "isInJail"])
async def test_who_died_or_was_jailed_meanwhile_gets_nothing_and_loses_nothing_twice(
    world: World, time: FrozenClock, state: str
) -> None:
    fight = await drawn_against(world)
    (jane,) = fight.players
    await world.game.database["characters"].update_one({"_id": jane}, {"$set": {state: True}})
    with pytest.raises(CharacterUnavailable):
        await attack(fight)
    before = await person(jane)
    time.advance(31)
    await Jobs(JOBS).run_until_idle()
    row = await stored(fight)
    assert row.settled_at is not None
    assert row.rewards.xp == 0
    after = await person(jane)
    for name in ("dollars", "xp", "health", "downUntil", state):
        assert after.get(name) == before.get(name)
    assert after["busy"] is None


async def test_who_left_the_world_leaves_a_fight_that_ends(world: World, time: FrozenClock) -> None:
    fight = await drawn_against(world)
    (jane,) = fight.players
    with pytest.raises(CharacterBusy):
        await leave_the_world(world.game, jane)
    # Another program asks nobody.
    await change(jane, deletedAt=time.at)
    time.advance(31)
    await Jobs(JOBS).run_until_idle()
    assert (await stored(fight)).settled_at is not None
    await change(jane, deletedAt=None)


async def test_whom_the_content_does_not_know_any_more_leaves_nothing(world: World) -> None:
    fight = await drawn_against(world)
    await CombatEncounter.collection().update_one(
        {"_id": fight.id}, {"$set": {"battle.setup.foe.code": "gone", "battle.foe.health": 1}}
    )
    won = await attack(fight)
    assert (won.status, won.spoils.xp) == ("victory", 0)
    assert (await person(fight.players[0]))["busy"] is None


async def test_a_whole_fight_can_be_verified(world: World) -> None:
    fight = await fought(await drawn_against(world))
    proof = await game_proof("fight", fight.id)
    assert problems_of(FIGHTS, proof) == []
    assert fight.seed == proof.seed


async def test_no_view_and_no_event_knows_what_is_to_come(world: World) -> None:
    """The next cards are not even in the state: they are drawn when they come."""
    fight = await drawn_against(world)
    while fight.status == "active":
        row = await stored(fight)
        told = fight.model_dump_json()
        assert row.seed not in told
        known = {*row.battle["members"][0]["seen"]}
        for event in row.battle["events"]:
            known.update(event.get("cards", []))
        assert cards_in(told) <= known
        assert cards_in(json.dumps(row.battle)) <= known | {*row.battle["foe"]["hand"]}
        fight = await attack(fight)
    assert fight.seed is not None


def cards_in(text: str) -> set[str]:
    return {card.code for card in DECK if f'"{card.code}"' in text}


async def test_fights_are_listed_those_of_other_programs_among_them(world: World) -> None:
    fight = await drawn_against(world)
    (jane,) = fight.players
    old: dict[str, Any] = {
        "_id": ObjectId(),
        "characterId": jane,
        "type": "npc",
        "status": "active",
        "player": {"health": 10, "cards": [], "hand": [], "abilities": {}},
        "enemy": {"name": "Wolf", "health": 1, "maxHealth": 5, "deck": []},
        "round": 2,
        "turn": "enemy",
        "rewards": {"xp": 1, "gold": 2, "items": []},
        "createdAt": fight.closes_at - timedelta(days=400),
        "expiresAt": fight.closes_at,
    }
    await CombatEncounter.collection().insert_one(old)
    page = await queries.list_fights(jane)
    assert [(f.name, f.status, f.round) for f in page.items] == [
        ("Coyote", "active", 1),
        ("Wolf", "active", 2),
    ]
    with pytest.raises(GameNotFound):
        await queries.read_fight(jane, old["_id"])
    with pytest.raises(GameNotFound):
        await move(jane, old["_id"], FightMove.ATTACK, 0, [])
    await Jobs(JOBS).run_until_idle()
    assert await CombatEncounter.collection().find_one({"_id": old["_id"]}) == old
