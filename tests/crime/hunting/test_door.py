"""Hunters at the door: whom they meet, what can be done about them, and who is paid what."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from bson import ObjectId

from desperados import characters, economy, law
from desperados.combat.fights import queries as fights
from desperados.combat.fights.documents import CombatEncounter
from desperados.combat.fights.playing import FIGHTS
from desperados.crime.arrests import arrest_character
from desperados.crime.bounties import cancel_bounty, post_bounty
from desperados.crime.hunting import cancel_hire, hire_hunter, rules
from desperados.crime.hunting.documents import BountyHuntStatus
from desperados.crime.hunting.errors import HuntClosed
from desperados.engine import clock
from desperados.engine.clock import FrozenClock
from desperados.engine.errors import GameError
from desperados.engine.work import Jobs
from desperados.law.consequences import LawBounty, Sentence
from desperados.law.rules import Cause
from desperados.ledger.money.errors import InsufficientFunds
from desperados.ledger.money.sources import Source
from desperados.play.errors import NotEnoughEnergy
from desperados.play.shapes.games import due_job
from desperados.play.shapes.questions import answer
from desperados.testing import World
from tests.combat.fights.rings import attack, tilt
from tests.crime.arrests.posse import always, hunter_in
from tests.crime.hunting.grounds import (
    ROBBERY,
    at_the_door,
    be_there,
    dollars,
    employer_in,
    hunt_of,
    knock,
    met,
    prey_in,
    work,
)
from tests.law.courts import charge, prices, sentences, stored
from tests.world.people import change, energy

KATE, KID, MARY = "copper-kate", "the-kid", "bloody-mary"


async def held(world: World) -> int:
    rows = await world.game.database["holds"].find({"purpose": "bounty"}).to_list(None)
    return sum(row["held"].get("dollars", 0) for row in rows)


async def reply(jane: ObjectId, option: str) -> None:
    """Answer the hunter at the door."""
    (question,) = await at_the_door(jane)
    await answer(jane, question.id, option)


async def fight_of(jane: ObjectId) -> Any:
    """The fight with the hunter at the door."""
    await reply(jane, "fight")
    found = await CombatEncounter.load_one({"characterId": jane, "settledAt": None})
    assert found is not None
    return await fights.read_fight(jane, found.id)


def caught(monkeypatch: pytest.MonkeyPatch, *, always_caught: bool = True) -> None:
    """From now on nobody gets away, or everybody does."""
    monkeypatch.setattr(rules, "flee_chance", lambda *_: 0 if always_caught else 100)


async def test_who_is_there_is_asked_and_who_says_nothing_runs(
    world: World, time: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    jane, bill = await prey_in(world), await employer_in(world)
    hunt = await met(time, jane, bill, KATE)
    (question,) = await at_the_door(jane)
    assert [option.code for option in question.options] == ["fight", "flee", "pay"]
    assert (question.default, question.subject["price"]) == ("flee", 1_200)
    assert question.expires_at - clock.now() == timedelta(minutes=10)
    with pytest.raises(HuntClosed):
        await cancel_hire(bill, hunt.id)
    caught(monkeypatch, always_caught=False)
    time.advance(minutes=10)
    await work()
    found = await hunt_of(hunt.id)
    assert (found.status, found.outcome) == (BountyHuntStatus.ESCAPED, "fled")
    assert await dollars(bill) == 10_100 - 710
    assert await dollars(jane) == 100


async def test_nobody_is_met_who_has_done_nothing_since_the_hunter_came(
    world: World, time: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    jane, bill = await prey_in(world), await employer_in(world)
    hunt = await hire_hunter(bill, KATE, jane)
    time.advance(days=2)
    await work()
    assert await at_the_door(jane) == []
    waits = await hunt_of(hunt.id)
    assert waits.arrived_at is not None
    assert waits.encounter_at is not None
    assert (
        waits.arrived_at < clock.now() < waits.encounter_at <= clock.now() + timedelta(minutes=15)
    )
    await be_there(jane)
    time.advance(minutes=15)
    await work()
    assert len(await at_the_door(jane)) == 1


async def test_after_a_week_before_an_empty_house_a_hunter_gives_up(
    world: World, time: FrozenClock
) -> None:
    jane = await prey_in(world, 3, bounty=LawBounty("frontera", 5_000, "x"))
    bill = await employer_in(world)
    hunt = await hire_hunter(bill, KATE, jane)
    time.advance(days=2)
    await work()
    arrived = (await hunt_of(hunt.id)).arrived_at
    assert arrived is not None
    time.advance(seconds=(arrived + timedelta(days=7) - clock.now()).total_seconds() - 1)
    await work()
    assert (await hunt_of(hunt.id)).status is BountyHuntStatus.ACTIVE
    time.advance(minutes=15)
    await work()
    found = await hunt_of(hunt.id)
    assert (found.status, found.outcome) == (BountyHuntStatus.EXPIRED, "not_found")


@pytest.mark.parametrize("away", ["journey", "hide", "fight", "game", "jail", "down"])
async def test_who_is_not_at_home_is_waited_for(world: World, time: FrozenClock, away: str) -> None:
    jane, bill = await prey_in(world), await employer_in(world)
    hunt = await hire_hunter(bill, KATE, jane)
    found = await hunt_of(hunt.id)
    assert found.encounter_at is not None
    until = found.encounter_at + timedelta(minutes=30)
    if away == "jail":
        minutes = int((until - clock.now()).total_seconds()) // 60
        await charge(jane, jail=Sentence(Cause.CHEATING, min(1_440, minutes)))
    elif away == "down":
        await change(jane, downUntil=until)
    else:
        await change(jane, busy={"kind": away, "id": ObjectId(), "until": until})
    await knock(time, jane, found)
    assert await at_the_door(jane) == []
    time.advance(minutes=30)
    await be_there(jane)
    time.advance(minutes=15)
    await work()
    assert len(await at_the_door(jane)) == 1


async def test_all_that_follows_of_a_capture_follows_at_once(
    world: World, time: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    jane, bill = await prey_in(world), await employer_in(world)
    cole = await employer_in(world)
    await post_bounty(cole, jane, 300)
    hunt = await met(time, jane, bill, KATE)
    paid = 150 + 1_100 * 70 // 100
    assert hunt.hire_cost == paid
    caught(monkeypatch)
    await reply(jane, "flee")
    found = await hunt_of(hunt.id)
    assert (found.status, found.outcome) == (BountyHuntStatus.CAPTURED, "brought_in")
    assert (await dollars(bill), found.reward) == (10_100 - paid + 300 + 400, 700)
    assert await held(world) == 0
    collected = await prices(world.game, jane, "collected")
    assert {row["collectedBy"] for row in collected} == {bill}
    (sentence,) = await sentences(world.game, jane)
    assert (sentence["reason"], sentence["sentenceMinutes"]) == ("bounty_collection", 90)
    status = await law.status(jane)
    assert (status.wanted, status.bounty, status.rank) == (0, 0, "unknown")
    told = await world.game.database["notifications"].find({}).to_list(None)
    assert {(row["characterId"], row["data"]["text"]) for row in told} >= {
        (jane, "hunter.caught"),
        (bill, "hunter.done"),
        (cole, "bounty.collected"),
    }


async def test_who_pays_a_hunter_off_is_not_found_and_the_price_stays(
    world: World, time: FrozenClock
) -> None:
    jane, bill = await prey_in(world), await employer_in(world)
    hunt = await met(time, jane, bill, KATE)
    with pytest.raises(InsufficientFunds):
        await reply(jane, "pay")
    assert len(await at_the_door(jane)) == 1
    await economy.earn(jane, 1_100, source=Source.STARTING_GRANT)
    await reply(jane, "pay")
    assert await dollars(jane) == 0
    found = await hunt_of(hunt.id)
    assert (found.status, found.outcome) == (BountyHuntStatus.ESCAPED, "paid_off")
    assert (await law.status(jane)).bounty == 800
    assert await dollars(bill) == 10_100 - 710


async def test_some_hunters_take_no_money(world: World, time: FrozenClock) -> None:
    jane, bill = await prey_in(world), await employer_in(world)
    await world.game.database["characterkarmas"].update_one(
        {"characterId": bill},
        {"$set": {"moralReputation": 90, "moralAt": clock.now()}},
        upsert=True,
    )
    await met(time, jane, bill, MARY)
    (question,) = await at_the_door(jane)
    assert [option.code for option in question.options] == ["fight", "flee"]


async def test_who_beats_a_hunter_is_rid_of_him(world: World, time: FrozenClock) -> None:
    jane, bill = await prey_in(world), await employer_in(world)
    hunt = await met(time, jane, bill, KID)
    before = await energy(jane)
    fight = await fight_of(jane)
    assert await energy(jane) <= before - 15
    assert (await hunt_of(hunt.id)).status is BountyHuntStatus.ACTIVE
    await tilt(fight, foe=1)
    await attack(fight)
    found = await hunt_of(hunt.id)
    assert (found.status, found.outcome) == (BountyHuntStatus.ESCAPED, "hunter_defeated")
    after = await stored(world.game, jane)
    assert (after["combatXp"], after["busy"], after["isInJail"]) == (150, None, False)


async def test_who_loses_against_a_hunter_is_brought_in_alive(
    world: World, time: FrozenClock
) -> None:
    jane, bill = await prey_in(world), await employer_in(world)
    hunt = await met(time, jane, bill, KATE)
    fight = await fight_of(jane)
    await tilt(fight, health=1, foe=500)
    while fight.status == "active":
        fight = await attack(fight)
    found = await hunt_of(hunt.id)
    assert (found.status, found.outcome) == (BountyHuntStatus.CAPTURED, "brought_in")
    after = await stored(world.game, jane)
    assert (after["isInJail"], after["busy"], after.get("isDead", False)) == (True, None, False)
    assert after["health"] >= 1
    assert await dollars(jane) == 100  # a defeat that ends in jail takes nothing else
    assert await dollars(bill) == 10_100 - 710 + 400


async def test_a_fight_with_a_hunter_that_nobody_plays_ends_by_the_clock(
    world: World, time: FrozenClock
) -> None:
    jane, bill = await prey_in(world), await employer_in(world)
    hunt = await met(time, jane, bill, KATE)
    await fight_of(jane)
    time.advance(hours=1)
    await Jobs((due_job(FIGHTS),)).run_until_idle()
    assert (await hunt_of(hunt.id)).status is not BountyHuntStatus.ACTIVE
    assert (await stored(world.game, jane))["busy"] is None


async def test_who_is_too_tired_to_fight_may_still_run(
    world: World, time: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    jane, bill = await prey_in(world), await employer_in(world)
    await met(time, jane, bill, KATE)
    await change(jane, energy=10, energyAt=clock.now())
    with pytest.raises(NotEnoughEnergy):
        await reply(jane, "fight")
    caught(monkeypatch, always_caught=False)
    await reply(jane, "flee")


async def test_the_law_pays_the_employer_half_and_no_more_than_the_hunter_cost(
    world: World, time: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The Kid is cheap: what he cost bounds what the law pays, so friends earn nothing by it."""
    jane, bill = await prey_in(world), await employer_in(world)
    hunt = await met(time, jane, bill, KID)
    assert hunt.hire_cost == 50 + 240
    caught(monkeypatch)
    await reply(jane, "flee")
    assert await dollars(bill) == 10_100


async def test_the_law_pays_for_one_head_once_in_a_day_whoever_brings_it_in(
    world: World, time: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    jane, bill = await prey_in(world), await employer_in(world)
    hunt = await hire_hunter(bill, KATE, jane)
    found = await hunt_of(hunt.id)
    assert found.encounter_at is not None
    time.advance(seconds=(found.encounter_at - clock.now()).total_seconds() - 7_200)
    pat = await hunter_in(world)
    always(monkeypatch)
    assert (await arrest_character(pat, jane)).law_paid == 800
    time.advance(minutes=100)
    await charge(jane, wanted=3, bounty=ROBBERY)
    await knock(time, jane, found)
    caught(monkeypatch)
    await reply(jane, "flee")
    assert (await hunt_of(hunt.id)).reward == 0
    assert await dollars(bill) == 10_100 - 710


async def test_what_an_arrest_has_taken_a_hunter_does_not_come_for(
    world: World, time: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    jane, bill = await prey_in(world), await employer_in(world)
    hunt = await met(time, jane, bill, KATE)
    pat = await hunter_in(world)
    always(monkeypatch)
    assert (await arrest_character(pat, jane)).law_paid == 800
    await reply(jane, "flee")
    found = await hunt_of(hunt.id)
    assert (found.status, found.outcome) == (BountyHuntStatus.EXPIRED, "nothing_left")
    assert len(await sentences(world.game, jane)) == 1


@pytest.mark.parametrize("rival", ["arrest", "surrender", "cancel", "jail", "delete", "employer"])
async def test_whatever_else_happens_at_that_moment_everything_is_paid_once(
    world: World, time: FrozenClock, monkeypatch: pytest.MonkeyPatch, rival: str
) -> None:
    jane, bill = await prey_in(world), await employer_in(world)
    cole = await employer_in(world)
    pat = await hunter_in(world)
    await charge(jane, wanted=2)
    price = await post_bounty(cole, jane, 300)
    time.advance(days=1)
    await charge(jane, wanted=2)
    hunt = await met(time, jane, bill, KATE)
    always(monkeypatch)
    caught(monkeypatch)
    names = {who: (await stored(world.game, who))["name"] for who in (jane, bill)}
    rivals: dict[str, Callable[[], Awaitable[Any]]] = {
        "arrest": lambda: arrest_character(pat, jane),
        "surrender": lambda: law.surrender(jane),
        "cancel": lambda: cancel_bounty(cole, price.id),
        "jail": lambda: charge(jane, jail=Sentence(Cause.CHEATING)),
        "delete": lambda: characters.delete(jane, name=names[jane]),
        "employer": lambda: characters.delete(bill, name=names[bill]),
    }
    outcomes = await asyncio.gather(reply(jane, "flee"), rivals[rival](), return_exceptions=True)
    assert all(isinstance(o, GameError) for o in outcomes if isinstance(o, BaseException))
    rows = await sentences(world.game, jane)
    assert len([row for row in rows if row["status"] == "serving"]) <= 1
    found = await hunt_of(hunt.id)
    assert found.status is not BountyHuntStatus.ACTIVE or rival in ("jail", "surrender")
    ledger = world.game.database["goldtransactions"]
    paid_out = {"source": {"$in": ["bounty_collected", "bounty_released"]}, "amount": {"$gt": 0}}
    of_players = [row["amount"] async for row in ledger.find(paid_out)]
    assert sum(of_players) + await held(world) <= 300
    assert len(of_players) <= 1
    assert await ledger.count_documents({"source": "bounty_reward"}) <= 1


async def test_two_hunters_at_one_door_bring_in_once(
    world: World, time: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    jane = await prey_in(world, 3, bounty=LawBounty("frontera", 3_000, "x"))
    bill, cole = await employer_in(world), await employer_in(world)
    await post_bounty(await employer_in(world), jane, 300)
    one = await hire_hunter(bill, KATE, jane)
    two = await hire_hunter(cole, "el-cazador", jane)
    time.advance(days=1)
    await work()
    await be_there(jane)
    time.advance(minutes=15)
    await work()
    first, second = await at_the_door(jane)
    caught(monkeypatch)
    outcomes = await asyncio.gather(
        answer(jane, first.id, "flee"), answer(jane, second.id, "flee"), return_exceptions=True
    )
    assert all(isinstance(o, GameError) for o in outcomes if isinstance(o, BaseException))
    endings = sorted([str((await hunt_of(hunt.id)).outcome) for hunt in (one, two)])
    assert endings == ["brought_in", "nothing_left"]
    assert len(await sentences(world.game, jane)) == 1
    total = await dollars(bill) + await dollars(cole)
    left = total - 2 * 10_100 + one.hire_cost + two.hire_cost
    assert left == 300 + 3_000 * 9 // 10 // 2


async def test_three_days_without_a_worker_hurt_nobody(
    world: World, time: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The hunter came while nothing worked, and his prey has played since: it is asked."""
    jane = await prey_in(world, 5, bounty=LawBounty("frontera", 5_000, "x"))
    bill = await employer_in(world)
    hunt = await hire_hunter(bill, KATE, jane)
    time.advance(days=3)
    await be_there(jane)
    await work()
    (question,) = await at_the_door(jane)
    assert question.expires_at == clock.now() + rules.DECIDE_WITHIN
    assert question.subject["price"] == -(-5_000 * 729 // 1_000 * 3 // 2)
    time.advance(days=3)
    caught(monkeypatch)
    await work()
    found = await hunt_of(hunt.id)
    assert found.outcome == "brought_in"
    assert found.reward >= 0


async def test_who_came_and_went_while_no_worker_looked_is_not_taken_in_his_sleep(
    world: World, time: FrozenClock
) -> None:
    jane, bill = await prey_in(world), await employer_in(world)
    hunt = await hire_hunter(bill, KATE, jane)
    time.advance(days=1)
    await be_there(jane)
    time.advance(minutes=20)
    await work()
    assert await at_the_door(jane) == []
    assert (await hunt_of(hunt.id)).status is BountyHuntStatus.ACTIVE
    await be_there(jane)
    time.advance(minutes=15)
    await work()
    assert len(await at_the_door(jane)) == 1


async def test_whoever_dies_with_a_hunter_at_the_door_is_hunted_no_more(
    world: World, time: FrozenClock
) -> None:
    jane, bill = await prey_in(world), await employer_in(world)
    hunt = await met(time, jane, bill, KATE)
    await change(jane, isDead=True)
    time.advance(minutes=10)
    await work()
    found = await hunt_of(hunt.id)
    assert (found.status, found.outcome) == (BountyHuntStatus.EXPIRED, "nothing_left")
