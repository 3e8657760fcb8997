"""What comes of a fight against a boss: for each who took part, once."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from bson import ObjectId

from desperados.characters import notices
from desperados.characters.documents import Character
from desperados.characters.tallies import has, tally
from desperados.combat.bosses.catalogue import find_boss
from desperados.combat.bosses.documents import Boss, BossRecord
from desperados.combat.bosses.errors import BossAway
from desperados.combat.bosses.queries import BossBoard, boss_leaderboard, boss_log, list_bosses
from desperados.combat.bosses.service import BossMove, start_boss, tick
from desperados.deck.documents import CardDeck
from desperados.engine.clock import FrozenClock
from desperados.engine.errors import GameError
from desperados.engine.storage.content import content_changed
from desperados.inventory import service as inventory
from desperados.play.documents import Grave
from desperados.play.shapes.errors import GameOver
from desperados.testing import World
from tests.combat.bosses.hunts import ALONE, IN_A_PARTY, IN_TWOS, NIGHT, Hunt, party_of, set_out
from tests.combat.fights.test_cut_off import cut_everywhere


async def row(who: ObjectId) -> dict[str, Any]:
    found: dict[str, Any] = await Character.collection().find_one({"_id": who})
    return found


async def record(who: ObjectId) -> BossRecord:
    found = await BossRecord.load_one({"characterId": who})
    assert found is not None
    return found


async def nearly_won(world: World, time: FrozenClock, boss: str, dealt: list[int]) -> Hunt:
    """A fight in which one more blow is the last, after so much damage of each."""
    hunt = await set_out(world, time, boss, len(dealt))
    await hunt.change(
        foe__health=1, **{f"members__{seat}__dealt": done for seat, done in enumerate(dealt)}
    )
    return hunt


async def win(hunt: Hunt) -> None:
    for seat in range(len(hunt.people)):
        await hunt.attack(seat)
    assert (await hunt.stored()).status == "victory"


async def test_a_victory_alone(world: World, time: FrozenClock) -> None:
    hunt = await nearly_won(world, time, ALONE, [1_499])
    await win(hunt)
    (jane,), foe = hunt.people, await find_boss(ALONE)
    stored, made = await row(jane), await record(jane)
    assert (stored["busy"], stored["isInCombat"]) == (None, False)
    assert 320 + 500 <= stored["dollars"] - 100 <= 650 + 750
    assert stored["combatXp"] == 75 * 15**2 + 800
    assert (made.fights, made.victories, made.defeats, made.best_damage) == (1, 1, 0, 1_500)
    assert (made.fewest_rounds, made.first_victory_at) == (1, time.at)
    assert made.ready_at == time.at + foe.respawn
    assert await tally(jane, "boss_killed") == 1
    assert await has(jane, "title_earned", "title:bridge-breaker")
    carried = {stack.item for stack in (await inventory.inventory(jane)).stacks}
    assert {"bandages", "volcanic-pistol"} <= carried
    deck = await CardDeck.load_one({"characterId": jane})
    assert deck is not None
    assert sum(deck.owned.values()) == 1
    (notice,) = (await notices.list_notices(jane)).items
    assert notice.title == "Red Hand McGraw is beaten"


async def test_the_first_victory_pays_once_and_the_boss_is_away_for_who_has_beaten_it(
    world: World, time: FrozenClock
) -> None:
    hunt = await nearly_won(world, time, ALONE, [0])
    await win(hunt)
    (jane,) = hunt.people
    with pytest.raises(BossAway):
        await start_boss(jane, ALONE)
    time.advance(hours=24)
    before = (await row(jane))["dollars"]
    again = Hunt([jane], (await start_boss(jane, ALONE)).game.id)
    await again.change(foe__health=1)
    await win(again)
    assert (await row(jane))["dollars"] - before <= 650
    made, deck = await record(jane), await CardDeck.load_one({"characterId": jane})
    assert (made.fights, made.victories) == (2, 2)
    assert deck is not None
    assert sum(deck.owned.values()) == 1
    assert made.first_victory_at == time.at - timedelta(hours=24)


async def test_the_dollars_are_drawn_once_and_shared_by_damage(
    world: World, time: FrozenClock
) -> None:
    hunt = await nearly_won(world, time, IN_A_PARTY, [6_000, 3_000, 400])
    foe = await find_boss(IN_A_PARTY)
    for who in hunt.people:  # nobody's first time
        await BossRecord(
            character_id=who,
            boss_id=foe.code,
            first_victory_at=time.at,
            last_fight_at=time.at,
            ready_at=time.at,
        ).insert()
    await win(hunt)
    rows = [await row(who) for who in hunt.people]
    got = [one["dollars"] - 100 for one in rows]
    assert 1_800 <= sum(got) <= 3_200
    assert got[2] == 0
    assert got[1] == sum(got) * 3_000 // 9_001
    gained = [one["combatXp"] - 75 * 33**2 for one in rows]
    assert gained == [1_700, 1_663, 170]  # half, and half of 3 x 3,000 of 9,401
    assert [(await record(who)).victories for who in hunt.people] == [1, 1, 1]


async def test_the_fallen_of_a_party_that_wins_are_carried_off(
    world: World, time: FrozenClock
) -> None:
    hunt = await nearly_won(world, time, IN_TWOS, [900, 900])
    await hunt.change(members__1__health=0, members__1__out="down")
    await hunt.attack(0)
    stored = await row(hunt.people[1])
    assert (stored["busy"], stored.get("downUntil")) == (None, None)
    assert 1 <= stored["health"] <= 6  # a combat level more adds five
    assert stored["dollars"] > 100


async def test_who_loses_is_defeated_and_may_come_again_in_an_hour(
    world: World, time: FrozenClock
) -> None:
    hunt = await set_out(world, time, IN_TWOS, 2)
    await hunt.change(members__0__health=0, members__0__out="down", members__1__health=1)
    await hunt.change(setup__foe__attack=500, setup__foe__abilities=[], members__0__dealt=77)
    await hunt.attack(1)
    assert (await hunt.stored()).status == "defeat"
    for who in hunt.people:
        stored, made = await row(who), await record(who)
        assert (stored["busy"], stored["isInCombat"], stored["dollars"]) == (None, False, 75)
        graves = await Grave.collection().count_documents({"characterId": who})
        assert bool(stored.get("isDead")) == bool(graves)
        assert bool(stored.get("isDead")) or stored["downUntil"] > time.at
        assert (made.defeats, made.ready_at) == (1, time.at + timedelta(hours=1))
        (notice,) = (await notices.list_notices(who)).items
        assert notice.title == "Beaten by Old Mossback"
    assert (await record(hunt.people[0])).best_damage == 77


async def test_a_fight_that_nobody_plays_is_lost_by_the_clock_and_frees_everybody(
    world: World, time: FrozenClock
) -> None:
    hunt = await set_out(world, time, IN_TWOS, 2)
    time.advance(hours=5)  # no worker was there; the slots are over by their dates
    await tick(hunt.fight)
    game = await hunt.stored()
    assert game.status == "defeat"
    assert game.closes_at >= game.moves[-1].at
    for who in hunt.people:
        assert ((await row(who))["busy"], (await row(who))["isInCombat"]) == (None, False)
    await tick(hunt.fight)
    assert [one.fights for one in await BossRecord.load_many({}, limit=5)] == [1, 1]


async def test_the_last_blow_and_the_clock_at_once_settle_once(
    world: World, time: FrozenClock
) -> None:
    hunt = await nearly_won(world, time, ALONE, [0])
    time.advance(44.999)
    results = await asyncio.gather(
        *(hunt.attack(0) for _ in range(5)), tick(hunt.fight), return_exceptions=True
    )
    assert all(not isinstance(r, BaseException) or isinstance(r, GameError) for r in results)
    assert (await record(hunt.people[0])).victories == 1
    assert await tally(hunt.people[0], "boss_killed") == 1
    with pytest.raises(GameOver):
        await hunt.attack(0)


async def test_a_boss_that_content_does_not_know_any_more_leaves_nothing(
    world: World, time: FrozenClock
) -> None:
    hunt = await nearly_won(world, time, ALONE, [0])
    await Boss.collection().delete_one({"_id": ALONE})
    await content_changed()
    await win(hunt)
    stored = await row(hunt.people[0])
    assert (stored["dollars"], stored["busy"]) == (100, None)


async def test_a_victory_that_is_cut_off_gives_nothing(world: World, time: FrozenClock) -> None:
    hunt = await nearly_won(world, time, IN_TWOS, [800, 700])
    await hunt.attack(0)
    assert await cut_everywhere(world, lambda: hunt.attack(1)) >= 5
    assert [(await record(who)).victories for who in hunt.people] == [1, 1]


async def test_a_defeat_that_is_cut_off_takes_nothing(world: World, time: FrozenClock) -> None:
    hunt = await set_out(world, time, ALONE)
    await hunt.change(members__0__health=1, setup__foe__attack=500, setup__foe__abilities=[])
    assert await cut_everywhere(world, lambda: hunt.attack(0)) >= 3
    assert (await record(hunt.people[0])).defeats == 1


async def test_a_flight_that_is_cut_off_lets_nobody_go(world: World, time: FrozenClock) -> None:
    hunt = await set_out(world, time, IN_TWOS, 2)
    await hunt.change(setup__flee__percent=100)
    await hunt.attack(1)
    assert await cut_everywhere(world, lambda: hunt.move(0, BossMove.FLEE)) >= 4
    assert (await record(hunt.people[0])).fled == 1
    assert (await hunt.stored()).left == [0]


async def test_a_setting_out_that_is_cut_off_costs_nobody_anything(
    world: World, time: FrozenClock
) -> None:
    time.at = NIGHT
    jane, _ = await party_of(world, IN_TWOS, 2)
    assert await cut_everywhere(world, lambda: start_boss(jane, IN_TWOS)) >= 4


async def test_the_log_and_the_boards_say_who_did_what(world: World, time: FrozenClock) -> None:
    strong = await nearly_won(world, time, IN_TWOS, [1_800, 900])
    await win(strong)
    weak = await nearly_won(world, time, IN_TWOS, [700, 600])
    await weak.change(round=9)
    await win(weak)
    by_damage = (await boss_leaderboard(IN_TWOS)).items
    assert [rank.character_id for rank in by_damage] == [*strong.people, *weak.people]
    first = await boss_leaderboard(IN_TWOS, by=BossBoard.ROUNDS, limit=2)
    assert {rank.character_id for rank in first.items} == set(strong.people)
    rest = await boss_leaderboard(IN_TWOS, by=BossBoard.ROUNDS, limit=2, after=first.next)
    assert {rank.fewest_rounds for rank in rest.items} == {9}
    (log,) = (await boss_log(strong.people[0])).items
    assert (log.boss, log.name, log.victories) == (IN_TWOS, "Old Mossback", 1)
    shown = {boss.boss: boss for boss in await list_bosses(strong.people[0])}
    assert (shown[IN_TWOS].victories, shown[IN_TWOS].ready_at) == (1, log.ready_at)
    assert (shown[IN_TWOS].unmet, shown[ALONE].unmet[0].kind) == ([], "at")
    assert len(shown) == 20
