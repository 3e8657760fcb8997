"""Fights against bosses: how rounds are fought, and what each sees of them."""

import asyncio
import json
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from desperados.characters.documents import Character
from desperados.combat.bosses.documents import BossEncounter, BossRecord
from desperados.combat.bosses.events import BossRound
from desperados.combat.bosses.fights import BOSSES
from desperados.combat.bosses.jobs import JOBS
from desperados.combat.bosses.service import BossMove, fight_boss, read_boss_fight, tick
from desperados.combat.fights.errors import NoUse
from desperados.engine.clock import FrozenClock
from desperados.engine.errors import GameError
from desperados.engine.live import events
from desperados.engine.work import Jobs
from desperados.ledger.items.errors import InsufficientItems
from desperados.ledger.items.movement import Line
from desperados.play.proofs import game_proof, problems_of
from desperados.play.shapes import games
from desperados.play.shapes.errors import GameNotFound, IllegalMove, NotYourTurn
from desperados.testing import World, hammer
from tests.combat.bosses.hunts import ALONE, IN_A_PARTY, IN_TWOS, Hunt, set_out
from tests.inventory.worlds import give

BIG = "the-gilded-captain"  # five may come


async def row(who: Any) -> dict[str, Any]:
    found: dict[str, Any] = await Character.collection().find_one({"_id": who})
    return found


async def test_a_round_is_fought_when_all_have_said_what_they_do(
    world: World, time: FrozenClock
) -> None:
    hunt = await set_out(world, time, IN_A_PARTY, 3)
    first = await hunt.attack(0)
    assert first.game.table["round"] == 1
    assert [member["acted"] for member in first.game.table["members"]] == [True, False, False]
    with pytest.raises(NotYourTurn):
        await hunt.attack(0)
    await hunt.move(2, BossMove.DEFEND)
    last = await hunt.attack(1)
    assert last.game.table["round"] == 2
    assert last.game.in_turn == [0, 1, 2]
    assert len(last.game.table["you"]["hand"]) == 6
    mine = await read_boss_fight(hunt.people[2], hunt.fight)
    assert len(mine.game.table["you"]["hand"]) == 7  # who defends has a card more


async def test_five_move_at_once_and_one_round_is_fought(world: World, time: FrozenClock) -> None:
    hunt = await set_out(world, time, BIG, 5)
    seats = iter([0, 1, 2, 3, 4] * 2)
    outcomes = await hammer(
        lambda: fight_boss(hunt.people[next(seats)], hunt.fight, BossMove.ATTACK, 0, hold=[0]), 10
    )
    assert outcomes.done == 5
    assert sum(outcomes.refused.values()) == 5
    game = await hunt.stored()
    assert (game.battle["round"], game.version, len(game.moves)) == (2, 5, 5)
    assert Counter(move.seat for move in game.moves) == dict.fromkeys(range(5), 1)


async def test_whoever_is_late_defends(world: World, time: FrozenClock) -> None:
    hunt = await set_out(world, time, IN_TWOS, 2)
    await hunt.attack(1)
    time.advance(45)
    await Jobs(JOBS).run_until_idle()
    game = await hunt.stored()
    assert [(move.seat, move.name, move.auto) for move in game.moves] == [
        (1, "attack", False),
        (0, "defend", True),
    ]
    assert game.battle["round"] == 2


async def test_the_last_move_and_the_deadline_in_one_instant_fight_one_round(
    world: World, time: FrozenClock
) -> None:
    for early in (0.0, 0.001):
        hunt = await set_out(world, time, IN_TWOS, 2)
        await hunt.attack(0)
        version = (await hunt.stored()).version
        time.advance(45 - early)
        last = fight_boss(hunt.people[1], hunt.fight, BossMove.ATTACK, version, hold=[])
        outcomes = await asyncio.gather(
            last, tick(hunt.fight), tick(hunt.fight), return_exceptions=True
        )
        assert all(not isinstance(o, BaseException) or isinstance(o, GameError) for o in outcomes)
        game = await hunt.stored()
        assert (game.battle["round"], len(game.moves)) == (2, 2)
        assert game.moves[1].auto == (early == 0.0)


async def test_who_looks_late_sees_what_the_clock_did(world: World, time: FrozenClock) -> None:
    hunt = await set_out(world, time, ALONE)
    time.advance(90)
    seen = await read_boss_fight(hunt.people[0], hunt.fight)
    assert seen.game.table["round"] == 3
    assert [time.at - move.at for move in (await hunt.stored()).moves] == [
        timedelta(seconds=45),
        timedelta(),
    ]


async def test_the_leader_flees_and_the_others_go_on(world: World, time: FrozenClock) -> None:
    hunt = await set_out(world, time, IN_A_PARTY, 3)
    await hunt.change(members__0__health=50, setup__flee__percent=100)
    await hunt.move(0, BossMove.FLEE)
    await hunt.attack(1)
    energy = (await row(hunt.people[0]))["energy"]
    assert energy == 112 - 8  # 5 at level 34
    await hunt.attack(2)
    game = await hunt.stored()
    assert (game.battle["members"][0]["out"], game.left, game.settled_at) == ("fled", [0], None)
    jane = await row(hunt.people[0])
    assert (jane["busy"], jane["isInCombat"], jane["health"]) == (None, False, 50)
    record = await BossRecord.load_one({"characterId": hunt.people[0]})
    assert record is not None
    assert (record.fights, record.fled, record.victories, record.defeats) == (1, 1, 0, 0)
    with pytest.raises(NotYourTurn):
        await hunt.attack(0)
    end = await hunt.to_the_end()
    record = await BossRecord.load_one({"characterId": hunt.people[0]})
    assert record is not None
    assert record.fights == 1  # what comes of the end is for the others
    assert [one.fights for one in await BossRecord.load_many({}, limit=9)] == [1, 1, 1]
    assert end.character_id == hunt.people[0]


async def test_if_all_flee_nobody_is_defeated(world: World, time: FrozenClock) -> None:
    hunt = await set_out(world, time, IN_TWOS, 2)
    await hunt.change(setup__flee__percent=100)
    await hunt.move(0, BossMove.FLEE)
    await hunt.move(1, BossMove.FLEE)
    game = await hunt.stored()
    assert game.status == "defeat"
    for who in hunt.people:
        stored = await row(who)
        assert (stored["busy"], stored.get("downUntil"), stored["dollars"]) == (None, None, 100)
    assert [one.fled for one in await BossRecord.load_many({}, limit=9)] == [1, 1]


@pytest.mark.broken_world
async def test_nobody_waits_for_who_is_jailed_dies_or_has_left_the_world(
    world: World, time: FrozenClock
) -> None:
    hunt = await set_out(world, time, BIG, 4)
    gone = ({"isInJail": True}, {"isDead": True}, {"deletedAt": time.at})
    for seat, fields in enumerate(gone, start=1):
        await Character.collection().update_one({"_id": hunt.people[seat]}, {"$set": fields})
    for _ in range(3):
        view = await hunt.attack(0)
    assert view.game.table["round"] == 4
    auto = [(move.seat, move.name) for move in (await hunt.stored()).moves if move.auto]
    assert auto == [(1, "defend"), (2, "defend"), (3, "defend")] * 4
    await hunt.change(foe__health=1)
    end = await hunt.to_the_end()
    assert end.status == "victory"
    records = {one.character_id: one for one in await BossRecord.load_many({}, limit=9)}
    assert set(records) == set(hunt.people[:3])  # of who has left the world nothing comes
    rows = [await row(who) for who in hunt.people]
    assert rows[0]["dollars"] > 100
    assert [one["dollars"] for one in rows[1:]] == [100] * 3  # they have dealt nothing
    assert [one["busy"] for one in rows[:3]] == [None] * 3


async def test_a_remedy_is_taken_once_it_is_used(world: World, time: FrozenClock) -> None:
    hunt = await set_out(world, time, ALONE)
    jane = hunt.people[0]
    with pytest.raises(NoUse):
        await hunt.move(0, BossMove.ITEM, item="hatchet")
    with pytest.raises(NoUse):
        await hunt.move(0, BossMove.ITEM)
    with pytest.raises(InsufficientItems):
        await hunt.move(0, BossMove.ITEM, item="bandages")
    await give(jane, Line("bandages", 5))
    await hunt.change(members__0__health=10)
    fight = await hunt.move(0, BossMove.ITEM, item="bandages")
    assert "item" in [event["what"] for event in fight.game.table["events"]]
    assert fight.game.table["you"]["items"] == 2


async def test_what_is_not_offered_is_refused_and_costs_nothing(
    world: World, time: FrozenClock
) -> None:
    hunt = await set_out(world, time, ALONE)
    for hold in ([0, 0], [7], [0, 1, 2, 3, 4, 5, 6]):
        with pytest.raises(IllegalMove):
            await hunt.move(0, BossMove.ATTACK, hold=hold)
    with pytest.raises(IllegalMove):
        await hunt.move(0, BossMove.ATTACK, target="minion-9")
    assert (await hunt.stored()).version == 0
    stranger = await world.character()
    with pytest.raises(GameNotFound):
        await fight_boss(stranger, hunt.fight, BossMove.ATTACK, 0)
    with pytest.raises(GameNotFound):
        await read_boss_fight(stranger, hunt.fight)


async def test_what_another_program_has_played_is_read_and_left_alone(
    world: World, time: FrozenClock
) -> None:
    jane = await world.character()
    old = {
        "characterId": jane,
        "bossId": "wendigo",
        "status": "active",
        "currentPhase": 1,
        "totalPhases": 3,
        "bossHealth": 500,
        "bossMaxHealth": 900,
    }
    found = await BossEncounter.collection().insert_one(dict(old))
    loaded = await BossEncounter.load_one({"_id": found.inserted_id})
    assert loaded is not None
    assert (loaded.boss_health, loaded.seats) == (500, [])
    await Jobs(JOBS).run_until_idle()
    with pytest.raises(GameNotFound):
        await games.read(BOSSES, jane, found.inserted_id)
    with pytest.raises(GameNotFound):
        await fight_boss(jane, found.inserted_id, BossMove.ATTACK, 0)


def cards_in(value: Any) -> list[str]:
    """Every card in what somebody gets."""
    suits = ("spades-", "hearts-", "diamonds-", "clubs-")
    text = json.dumps(value, default=str)
    return [part for part in text.split('"') if part.startswith(suits)]


async def test_nobody_sees_the_cards_of_others_what_is_to_come_or_the_seed(
    world: World, time: FrozenClock
) -> None:
    hunt = await set_out(world, time, IN_A_PARTY, 3)
    async with events.listen(hunt.people[0]) as heard:
        rounds = 5
        while (game := await hunt.stored()).battle["round"] < rounds:
            await hunt.attack(min(BOSSES.rules.turn({"battle": game.battle})))
            await _check_views(hunt)
        last, told = BossRound.event, list[Any]()
        async for message in heard:
            told.append(message.data)
            if message.event == last and message.data["round"] == rounds:
                break
    assert len(told) > 3
    assert cards_in(told) == []
    assert (await hunt.stored()).seed not in json.dumps(told, default=str)


async def _check_views(hunt: Hunt) -> None:
    """What each seat sees, held against the state."""
    game = await hunt.stored()
    for seat, who in enumerate(hunt.people):
        seen = (await read_boss_fight(who, hunt.fight)).model_dump(by_alias=True)
        if game.settled_at is None:
            assert game.seed not in json.dumps(seen, default=str)
        table = seen["game"]["table"]
        shown = {card for event in table["events"] for card in event.get("cards", [])}
        own = set(game.battle["members"][seat]["hand"])
        assert set(cards_in(seen)) <= own | shown
        assert set(table["you"]["hand"]) == own
        assert "choice" not in json.dumps(table)
        assert "hand" not in json.dumps(table["members"])


async def test_anybody_can_play_a_fight_again(world: World, time: FrozenClock) -> None:
    hunt = await set_out(world, time, IN_TWOS, 2)
    await hunt.attack(0)
    time.advance(45)
    await tick(hunt.fight)
    await hunt.to_the_end()
    assert problems_of(BOSSES, await game_proof("boss", hunt.fight)) == []
