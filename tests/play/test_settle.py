"""Settling: what is paid, given and told, once, for all who took part."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from bson import ObjectId

from desperados.characters import growth
from desperados.characters.condition import Activity, Occupation
from desperados.characters.effects import Effect, Stat
from desperados.characters.errors import CharacterBusy, CharacterUnavailable, TooManyEffects
from desperados.characters.participant import load_participant, load_participants
from desperados.engine import clock, dice
from desperados.engine.commands import command
from desperados.engine.game import Game
from desperados.law.consequences import LawBounty
from desperados.ledger.items.ledger import Line
from desperados.ledger.items.sources import ItemSource
from desperados.ledger.money.errors import InsufficientFunds
from desperados.ledger.money.sources import Source
from desperados.ops.audit import audit
from desperados.play.errors import NotEnoughEnergy, TooWeak
from desperados.play.outcome import Cost, Deed, Defeat, DefeatKind, Outcome, Scar, Share
from desperados.play.settle import settle
from desperados.play.views import Given
from tests.economy.market.market_world import add_item
from tests.economy.money_worlds import add_settler, change
from tests.games import embedded
from tests.worlds import fingerprint

WORK = Deed(name="work", income=Source.JOB_WAGE)
FIGHT = Deed(name="fight", income=Source.COMBAT_REWARD, found=ItemSource.COMBAT_LOOT)


@command
async def deed(
    who: ObjectId,
    *,
    cost: Any = None,
    outcome: Any = None,
    of: Any = WORK,
    begins: Any = None,
    ends: bool = False,
) -> Given:
    """A command of the plainest kind."""
    person = await load_participant(who)
    (given,) = await settle(of, Share(person, outcome or Outcome(), cost or Cost(), begins, ends))
    return given


async def stored(game: Game, who: ObjectId) -> dict[str, Any]:
    found: dict[str, Any] = await game.database["characters"].find_one({"_id": who})
    return found


# Costs


async def test_energy_is_taken_and_comes_back_by_itself(game: Game) -> None:
    with clock.frozen() as now:
        ann = await add_settler(game)
        given = await deed(ann, cost=Cost(energy=30))
        assert given.energy_spent == 30
        assert (await stored(game, ann))["energy"] == 120
        now.advance(hours=1)
        assert (await load_participant(ann)).energy.value == 150
        assert (await stored(game, ann))["energy"] == 120  # nobody ticks


async def test_a_level_makes_a_deed_dearer_and_weather_too(game: Game) -> None:
    ann = await add_settler(game)
    await change(game, ann, level=26)
    assert (await deed(ann, cost=Cost(energy=10))).energy_spent == 15
    assert (await deed(ann, cost=Cost(energy=10, energy_percent=130))).energy_spent == 20


async def test_who_is_too_tired_is_told_when_there_will_be_enough(game: Game) -> None:
    with clock.frozen() as now:
        ann = await add_settler(game)
        await change(game, ann, energy=5, energyAt=clock.now())
        before = await fingerprint(game)
        with pytest.raises(NotEnoughEnergy) as refused:
            await deed(ann, cost=Cost(energy=10))
        facts = refused.value.facts
        assert (facts["have"], facts["need"], facts["retry_after"]) == (5, 10, 600)
        assert await fingerprint(game) == before
        now.advance(seconds=599)
        with pytest.raises(NotEnoughEnergy):
            await deed(ann, cost=Cost(energy=10))
        now.advance(seconds=1)
        assert (await deed(ann, cost=Cost(energy=10))).energy_spent == 10


async def test_what_costs_more_than_there_ever_is_promises_nothing(game: Game) -> None:
    ann = await add_settler(game)
    with pytest.raises(NotEnoughEnergy) as refused:
        await deed(ann, cost=Cost(energy=151))
    assert "ready_at" not in refused.value.facts


async def test_thirty_deeds_at_once_take_the_energy_of_ten(game: Game) -> None:
    with clock.frozen():
        ann = await add_settler(game)
        await change(game, ann, energy=100, energyAt=clock.now())
        results = await asyncio.gather(
            *(deed(ann, cost=Cost(energy=10), outcome=Outcome(dollars=3)) for _ in range(30)),
            return_exceptions=True,
        )
        assert sum(isinstance(result, Given) for result in results) == 10
        row = await stored(game, ann)
        assert (row["energy"], row["dollars"]) == (0, 30)
        assert (await audit()).clean


async def test_a_cost_in_money_or_goods_is_paid_or_nothing_happens(game: Game) -> None:
    await add_item("whiskey")
    ann = await add_settler(game, dollars=10)
    before = await fingerprint(game)
    with pytest.raises(InsufficientFunds):
        await deed(ann, cost=Cost(energy=5, dollars=11), outcome=Outcome(xp=10))
    assert await fingerprint(game) == before
    await deed(ann, cost=Cost(dollars=10), outcome=Outcome(items=(Line("whiskey", 2),)))
    given = await deed(ann, cost=Cost(items=(Line("whiskey", 2),)), outcome=Outcome(dollars=7))
    assert given.dollars == 7
    assert (await stored(game, ann))["dollars"] == 7
    assert (await audit()).clean


async def test_nobody_pays_with_the_last_of_the_health(game: Game) -> None:
    ann = await add_settler(game)
    with pytest.raises(TooWeak):
        await deed(ann, cost=Cost(health=100))
    await deed(ann, cost=Cost(health=99))
    assert (await stored(game, ann))["health"] == 1


# Growth


async def test_an_award_that_jumps_levels_pays_each_milestone_once(game: Game) -> None:
    ann = await add_settler(game)
    total = sum(growth.xp_to_next(level) for level in range(1, 12))
    given = await deed(ann, outcome=Outcome(xp=total))
    assert given.level == 12
    assert given.levels == list(range(2, 13))
    assert given.dollars == 500  # level 10; level 5 gives experience only
    row = await stored(game, ann)
    assert (row["level"], row["xp"], row["dollars"]) == (12, 300, 500)
    again = await deed(ann, outcome=Outcome(xp=10))
    assert again.dollars == 0
    assert (await audit()).clean


async def test_two_awards_at_once_lose_nothing(game: Game) -> None:
    ann = await add_settler(game)
    await asyncio.gather(*(deed(ann, outcome=Outcome(xp=7)) for _ in range(10)))
    assert (await stored(game, ann))["xp"] == 70


async def test_at_the_highest_level_experience_is_dropped(game: Game) -> None:
    ann = await add_settler(game)
    await change(game, ann, level=50, xp=0)
    assert (await deed(ann, outcome=Outcome(xp=100_000))).levels == []
    assert (await stored(game, ann))["xp"] == 0


async def test_a_skill_grows_and_toughens(game: Game) -> None:
    ann = await add_settler(game)
    await change(game, ann, health=50, healthAt=clock.now())
    given = await deed(ann, outcome=Outcome(skill_xp={"melee_combat": 162 + 305}))
    assert given.skills == {"melee_combat": 3}
    row = await stored(game, ann)
    assert row["skills"]["melee_combat"]["level"] == 3
    assert row["maxHealth"] == 102
    assert row["health"] == 52


async def test_a_skill_that_there_is_not_is_a_fault(game: Game) -> None:
    ann = await add_settler(game)
    with pytest.raises(ValueError, match="no skill 'juggling'"):
        await deed(ann, outcome=Outcome(skill_xp={"juggling": 5}))


async def test_a_combat_level_pays_once(game: Game) -> None:
    ann = await add_settler(game)
    given = await deed(ann, outcome=Outcome(combat_xp=3_398))
    assert (given.combat_level, given.dollars) == (25, 200 + 500)
    assert (await deed(ann, outcome=Outcome(combat_xp=1))).dollars == 0


# Money and goods


async def test_what_effects_add_is_explained_in_the_row(game: Game) -> None:
    ann = await add_settler(game)
    await deed(ann, outcome=Outcome(effects=(Effect("perk", {Stat.DOLLARS: 20, Stat.XP: 50}),)))
    given = await deed(ann, outcome=Outcome(dollars=100, xp=10))
    assert (given.dollars, given.xp) == (120, 15)
    row = await game.database["goldtransactions"].find_one({"source": "job_wage"})
    assert row["metadata"]["boost"]["base"] == 100
    assert row["metadata"]["boost"]["effects"] == 12_000


async def test_fights_pay_less_beyond_the_share_of_a_day(game: Game) -> None:
    with clock.frozen(datetime(2101, 5, 1, 12, tzinfo=UTC)) as now:
        ann = await add_settler(game)
        assert (await deed(ann, outcome=Outcome(dollars=5_000), of=FIGHT)).dollars == 5_000
        assert (await deed(ann, outcome=Outcome(dollars=1_000), of=FIGHT)).dollars == 250 + 75
        assert (await deed(ann, outcome=Outcome(dollars=1_000), of=FIGHT)).dollars == 100
        assert (await deed(ann, outcome=Outcome(dollars=1_000))).dollars == 1_000  # by work
        now.advance(days=1)
        assert (await deed(ann, outcome=Outcome(dollars=1_000), of=FIGHT)).dollars == 1_000


async def test_loot_that_finds_no_room_lies_on_the_ground_for_its_owner(game: Game) -> None:
    await add_item("anvil", weight=200)
    ann = await add_settler(game)
    given = await deed(ann, outcome=Outcome(items=(Line("anvil", 4),)), of=FIGHT)
    assert [(p.item, p.quantity) for p in given.items] == [("anvil", 2)]
    assert [(p.item, p.quantity) for p in given.waiting] == [("anvil", 2)]
    lying = await game.database["grounditems"].find_one({})
    assert (lying["reservedFor"], lying["quantity"]) == (ann, 2)
    assert (await audit()).clean


async def test_a_reward_that_finds_no_room_waits(game: Game) -> None:
    await add_item("anvil", weight=200)
    ann = await add_settler(game)
    quest = Deed(name="quest", found=ItemSource.QUEST_REWARD)
    given = await deed(ann, outcome=Outcome(items=(Line("anvil", 4),)), of=quest)
    assert given.waiting[0].quantity == 2
    assert await game.database["pendingrewards"].count_documents({"characterId": ann}) == 1
    assert (await audit()).clean


# Condition


async def test_effects_replace_by_name_and_are_pruned(game: Game) -> None:
    with clock.frozen() as now:
        ann = await add_settler(game)
        soon = clock.now() + timedelta(minutes=5)
        await deed(ann, outcome=Outcome(effects=(Effect("tea", {Stat.LUCK: 5}, until=soon),)))
        await deed(ann, outcome=Outcome(effects=(Effect("tea", {Stat.LUCK: 7}, until=soon),)))
        assert (await load_participant(ann)).percent(Stat.LUCK) == 7
        now.advance(minutes=5)
        assert (await load_participant(ann)).percent(Stat.LUCK) == 0
        await deed(ann, outcome=Outcome(effects=(Effect("hat", {Stat.BUY: -5}),)))
        assert [e["name"] for e in (await stored(game, ann))["effects"]] == ["hat"]
        await deed(ann, outcome=Outcome(effects=(Effect("hat", {}),)))
        assert (await stored(game, ann))["effects"] == []


async def test_the_twenty_fifth_effect_is_refused(game: Game) -> None:
    ann = await add_settler(game)
    many = tuple(Effect(f"e{n}", {Stat.LUCK: 1}) for n in range(24))
    await deed(ann, outcome=Outcome(effects=many))
    with pytest.raises(TooManyEffects):
        await deed(ann, outcome=Outcome(effects=(Effect("one more", {Stat.LUCK: 1}),)))


async def test_a_new_rate_leaves_what_was_under_way(game: Game) -> None:
    """30 an hour is a point in two minutes; half again as fast, one in 80 seconds."""
    with clock.frozen() as now:
        ann = await add_settler(game)
        await change(game, ann, energy=10, energyAt=clock.now())
        now.advance(seconds=90)
        hour = clock.now() + timedelta(hours=1)
        rest = Effect("rested", {Stat.ENERGY_REGEN: 50}, until=hour)
        await deed(ann, outcome=Outcome(effects=(rest,)))
        now.advance(seconds=29)
        assert (await load_participant(ann)).energy.value == 10
        now.advance(seconds=1)
        assert (await load_participant(ann)).energy.value == 11
        now.advance(seconds=80)
        assert (await load_participant(ann)).energy.value == 12


async def test_the_busy_slot_is_taken_and_freed(game: Game) -> None:
    ann = await add_settler(game)
    ends = clock.now() + timedelta(minutes=5)
    fight = Occupation(Activity.FIGHT, ObjectId(), ends)
    await deed(ann, begins=fight)
    assert (await load_participant(ann)).occupation == fight
    assert (await stored(game, ann))["isInCombat"] is True
    with pytest.raises(CharacterBusy):
        await deed(ann, begins=Occupation(Activity.GAME, ObjectId(), ends))
    await deed(ann, ends=True)
    assert (await load_participant(ann)).occupation is None
    assert (await stored(game, ann))["isInCombat"] is False


async def test_wounds_leave_marks(game: Game) -> None:
    ann = await add_settler(game)
    for number in range(22):
        await deed(ann, outcome=Outcome(scars=(Scar("cut", "arm", f"bear {number}"),)))
    row = await game.database["scarprogresses"].find_one({"characterId": ann})
    assert [scar["source"] for scar in row["scars"]] == [f"bear {n}" for n in range(2, 22)]


# Defeat


async def test_a_defeat_takes_its_toll_and_one_gets_up_by_oneself(game: Game) -> None:
    with clock.frozen() as now, dice.seeded(1):
        await add_item("whiskey")
        ann = await add_settler(game, dollars=1_000)
        await change(game, ann, xp=99)
        hub = ObjectId()
        place = (await stored(game, ann))["currentLocationId"]
        await game.database["locations"].update_one({"_id": place}, {"$set": {"regionId": "east"}})
        await game.database["locations"].insert_one(
            {"_id": hub, "locationId": "hub", "regionId": "east", "isZoneHub": True}
        )
        given = await deed(ann, outcome=Outcome(defeat=Defeat(kind=DefeatKind.COMBAT)))
        assert (given.lost_dollars, given.lost_xp, given.place) == (250, 4, hub)
        row = await stored(game, ann)
        assert (row["dollars"], row["xp"], row["health"]) == (750, 95, 100)
        person = await load_participant(ann)
        assert person.down_until == clock.now() + timedelta(seconds=5)
        now.advance(seconds=5)
        assert (await load_participant(ann)).down_until is None
        assert (await audit()).clean


async def test_health_that_comes_to_nothing_is_a_defeat_and_comes_back_by_half(game: Game) -> None:
    ann = await add_settler(game, dollars=100)
    given = await deed(ann, outcome=Outcome(health=-500))
    assert given.lost_dollars == 15
    assert (await stored(game, ann))["health"] == 50


async def test_goods_fall_where_one_falls_and_none_is_lost(game: Game) -> None:
    await add_item("whiskey")
    ann = await add_settler(game)
    await deed(ann, outcome=Outcome(items=(Line("whiskey", 20),)), of=FIGHT)
    felled = Outcome(defeat=Defeat(kind=DefeatKind.EXECUTION))
    dropped = 0
    for seed in range(12):
        with dice.seeded(seed):
            given = await deed(ann, outcome=felled)
        dropped += sum(pieces.quantity for pieces in given.dropped)
    assert dropped > 0
    lying = await game.database["grounditems"].find({}).to_list(None)
    assert sum(row["quantity"] for row in lying) == dropped
    assert (await audit()).clean


async def test_a_new_character_drops_nothing_for_a_day(game: Game) -> None:
    await add_item("whiskey")
    ann = await add_settler(game)
    await change(game, ann, createdAt=clock.now() - timedelta(hours=23))
    await deed(ann, outcome=Outcome(items=(Line("whiskey", 20),)), of=FIGHT)
    for seed in range(12):
        with dice.seeded(seed):
            given = await deed(ann, outcome=Outcome(defeat=Defeat(kind=DefeatKind.EXECUTION)))
        assert given.dropped == []


async def test_who_is_no_match_for_death_dies_once_and_keeps_what_it_had(game: Game) -> None:
    ann = await add_settler(game, dollars=1_000)
    await change(game, ann, level=10)
    deadly = Outcome(
        health=-1_000, defeat=Defeat(kind=DefeatKind.COMBAT, danger=100, cause="a bear")
    )
    given = Given()
    for seed in range(50):
        with dice.seeded(seed):
            given = await deed(ann, outcome=deadly)
        if given.dead:
            break
    assert given.dead
    grave = await game.database["graves"].find_one({"characterId": ann})
    assert grave["cause"] == "a bear"
    row = await stored(game, ann)
    assert row["isDead"] is True
    assert row["dollars"] > 0
    assert (await audit()).clean


async def test_what_cheats_death_is_used_up(game: Game) -> None:
    ann = await add_settler(game)
    await change(game, ann, level=10)
    await deed(
        ann, outcome=Outcome(effects=(Effect("bargain", {Stat.SURVIVE_DEATH: 1}, charges=60),))
    )
    deadly = Outcome(health=-1_000, defeat=Defeat(kind=DefeatKind.COMBAT, danger=100))
    for seed in range(20):
        with dice.seeded(seed):
            given = await deed(ann, outcome=deadly)
        assert not given.dead
    (effect,) = (await stored(game, ann))["effects"]
    assert effect["charges"] < 60


async def test_a_beginner_never_dies_for_good(game: Game) -> None:
    ann = await add_settler(game)
    await change(game, ann, level=9)
    for seed in range(20):
        with dice.seeded(seed):
            given = await deed(
                ann, outcome=Outcome(defeat=Defeat(kind=DefeatKind.COMBAT, danger=100))
            )
        assert not given.dead


# The law and the people


async def test_a_crime_is_wanted_priced_and_fined_in_one(game: Game) -> None:
    ann = await add_settler(game, dollars=30)
    crime = Deed(name="robbery", income=Source.CRIME_LOOT)
    given = await deed(
        ann,
        of=crime,
        outcome=Outcome(
            dollars=20,
            wanted=2,
            bounty=LawBounty("settler_alliance", 100, "robbery"),
            fine=80,
            standing={"settler_alliance": -5},
            conduct=("robbery",),
        ),
    )
    assert (given.wanted, given.fine, given.unpaid_fine, given.bounty) == (2, 50, 30, 130)
    assert given.standing == {"settler_alliance": -5}
    assert given.moral < 0
    row = await stored(game, ann)
    assert (row["dollars"], row["wanted"]["level"]) == (0, 2)
    assert row["standings"] == {"settler_alliance": -5}
    assert (await audit()).clean


async def test_whom_the_law_fells_and_wants_goes_to_jail_and_loses_nothing_else(game: Game) -> None:
    with clock.frozen() as now:
        ann = await add_settler(game, dollars=100)
        await deed(ann, outcome=Outcome(wanted=3))
        felled = Defeat(kind=DefeatKind.COMBAT, danger=100, lawful=True)
        given = await deed(ann, outcome=Outcome(health=-500, defeat=felled))
        assert given.jailed_until == clock.now() + timedelta(minutes=30)
        assert (given.lost_dollars, given.down_until) == (0, None)
        person = await load_participant(ann)
        assert person.jailed
        with pytest.raises(CharacterUnavailable):
            person.must_be_free()
        now.advance(minutes=30)
        (await load_participant(ann)).must_be_free()


async def test_what_is_lost_is_no_more_than_there_is(game: Game) -> None:
    ann = await add_settler(game, dollars=30)
    assert (await deed(ann, outcome=Outcome(dollars=-50))).lost_dollars == 30
    assert (await deed(ann, outcome=Outcome(dollars=-50))).lost_dollars == 0


# Round trips


async def test_all_of_it_for_two_is_a_read_for_each_and_one_write(game: Game) -> None:
    await add_item("whiskey")
    ann, bob = await add_settler(game, dollars=100), await add_settler(game, dollars=100)
    share = Outcome(
        dollars=10,
        items=(Line("whiskey", 1),),
        xp=10,
        skill_xp={"stealth": 5},
        combat_xp=5,
        energy=1,
        health=-1,
        effects=(Effect("tea", {Stat.LUCK: 5}),),
        scars=(Scar("cut", "arm", "bear"),),
        standing={"settler_alliance": 2},
        conduct=("robbery",),
        wanted=1,
        bounty=LawBounty("settler_alliance", 20, "robbery"),
        fine=5,
        place=(await stored(game, ann))["currentLocationId"],
    )

    @command
    async def meeting(one: ObjectId, other: ObjectId) -> None:
        people = await load_participants([one, other])
        await settle(FIGHT, *(Share(people[who], share, Cost(energy=5)) for who in (one, other)))

    await meeting(ann, bob)
    stats = embedded(game).stats
    stats.reset()
    await meeting(ann, bob)
    asked = stats.asked
    assert asked["bulkWrite"] == 1
    assert asked["find"] + asked["aggregate"] == 1 + 2  # the people; what multiplies, the packs
    assert asked.total() == 1 + 2 + 1 + 1  # and the commit
