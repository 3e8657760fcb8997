"""Contracts on outlaws of the land: one at a time, followed, confronted, paid once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from bson import ObjectId

from desperados import characters, economy
from desperados.characters.errors import CharacterUnavailable
from desperados.combat.fights import queries as fights
from desperados.crime.hunting import (
    abandon_contract,
    confront_target,
    list_outlaws,
    my_contracts,
    start_contract,
    track_target,
    trails,
)
from desperados.crime.hunting.documents import BountyHuntStatus, LawContract
from desperados.crime.hunting.errors import (
    ContractOpen,
    NoContract,
    NotReady,
    OutlawNotFound,
    TargetGone,
    TrailWaits,
)
from desperados.crime.hunting.trails import LEADS, Way
from desperados.engine import clock
from desperados.engine.clock import FrozenClock
from desperados.engine.errors import GameError
from desperados.ledger.money.errors import InsufficientFunds
from desperados.ledger.money.sources import Source
from desperados.play.errors import NotEnoughEnergy
from desperados.play.requirements.errors import LevelTooLow, MoralsTooLow
from desperados.play.shapes.questions import answer
from desperados.testing import World, hammer
from desperados.testing.luck import Luck
from tests.combat.fights.rings import attack, tilt
from tests.crime.hunting.grounds import (
    at_the_door,
    bounty_hunter,
    contract_of,
    dollars,
    ready,
    work,
)
from tests.world.people import change, energy, stored

DAN = "dusty-dan"


async def on_the_trail(world: World, target: str = DAN, **found: int) -> ObjectId:
    """A hunter with a contract who has found the outlaw."""
    pat = await bounty_hunter(world)
    await start_contract(pat, target)
    await ready(pat, **found)
    return pat


async def met_on_the_trail(pat: ObjectId, luck: Luck, lead: str) -> ObjectId:
    """Something happens on the trail; the id of the question."""
    while True:
        luck.next(100, 1)
        if (await track_target(pat)).event == lead:
            (question,) = await at_the_door(pat)
            return question.id
        (question,) = await at_the_door(pat)
        await answer(pat, question.id, question.default)
        await change(pat, energy=150, energyAt=clock.now())


async def test_a_contract_runs_for_its_time_and_is_one_at_a_time(
    world: World, time: FrozenClock
) -> None:
    pat = await bounty_hunter(world)
    view = await start_contract(pat, DAN)
    assert (view.target, view.status, view.progress, view.clues) == (DAN, "active", 0, 0)
    assert view.deadline - view.started_at == timedelta(hours=24)
    with pytest.raises(ContractOpen):
        await start_contract(pat, "whiskey-jack")
    time.advance(hours=24)
    with pytest.raises(NoContract):
        await track_target(pat)
    # Nobody has noted yet that it is over; that keeps nobody from the next one.
    await start_contract(pat, "whiskey-jack")
    page = await my_contracts(pat)
    assert [(c.target, c.status, c.outcome) for c in page.items] == [
        ("whiskey-jack", "active", None),
        (DAN, "expired", "out_of_time"),
    ]


async def test_a_contract_has_its_refusals(world: World, time: FrozenClock) -> None:
    pat = await bounty_hunter(world, level=19)
    with pytest.raises(LevelTooLow):
        await start_contract(pat, DAN)
    with pytest.raises(OutlawNotFound):
        await start_contract(pat, "nobody")
    with pytest.raises(OutlawNotFound):
        await start_contract(pat, {"$ne": None})  # type: ignore[arg-type]
    await change(pat, level=50)
    await world.game.database["characterkarmas"].update_one(
        {"characterId": pat},
        {"$set": {"moralReputation": -21, "moralAt": clock.now()}},
        upsert=True,
    )
    with pytest.raises(MoralsTooLow):
        await start_contract(pat, "el-diablo")
    for deed in (track_target(pat), confront_target(pat, Way.AMBUSH), abandon_contract(pat)):
        with pytest.raises(NoContract):
            await deed
    await change(pat, isDead=True)
    with pytest.raises(CharacterUnavailable):
        await start_contract(pat, DAN)


async def test_the_same_outlaw_is_free_again_a_day_after_the_last_contract(
    world: World, time: FrozenClock
) -> None:
    pat = await bounty_hunter(world)
    await start_contract(pat, DAN)
    time.advance(hours=1)
    view = await abandon_contract(pat)
    assert (view.status, view.outcome) == ("expired", "abandoned")
    time.advance(hours=24, seconds=-1)
    with pytest.raises(TargetGone) as gone:
        await start_contract(pat, DAN)
    assert gone.value.facts["ready_at"] == (clock.now() + timedelta(seconds=1)).isoformat()
    time.advance(seconds=1)
    assert (await start_contract(pat, DAN)).status == "active"


async def test_of_two_contracts_at_once_one_begins(world: World, time: FrozenClock) -> None:
    pat = await bounty_hunter(world)
    targets = [DAN, "whiskey-jack", "silent-sam", "red-wolf"]
    outcomes = await hammer(lambda: start_contract(pat, targets.pop()), 4)
    assert (outcomes.done, outcomes.refused) == (1, {"contract_open": 3})
    assert await LawContract.collection().count_documents({"status": "active"}) == 1


async def test_the_same_key_takes_one_contract_and_pays_once(
    world: World, time: FrozenClock, luck: Luck
) -> None:
    pat = await bounty_hunter(world)
    first = await start_contract(pat, DAN, key="paper")
    assert await start_contract(pat, DAN, key="paper") == first
    await ready(pat)
    luck.next(1, 1, 900)
    won = await confront_target(pat, Way.AMBUSH, key="now")
    assert await confront_target(pat, Way.AMBUSH, key="now") == won
    assert await dollars(pat) == 100 + won.dollars


async def test_a_time_on_the_trail_costs_energy_and_brings_nearer(
    world: World, time: FrozenClock, luck: Luck
) -> None:
    pat = await bounty_hunter(world, level=20)
    await start_contract(pat, DAN)
    luck.next(100, 26)
    view = await track_target(pat)
    assert (view.gained, view.event, view.contract.progress) == (12, None, 12)
    assert view.energy_spent == 150 - await energy(pat) >= 15
    await ready(pat, progress=95)
    luck.next(120, 26)
    view = await track_target(pat)
    assert (view.gained, view.contract.progress) == (5, 100)
    await change(pat, energy=14, energyAt=clock.now())
    with pytest.raises(NotEnoughEnergy):
        await track_target(pat)


async def test_something_on_the_trail_waits_for_an_answer(
    world: World, time: FrozenClock, luck: Luck
) -> None:
    pat = await bounty_hunter(world)
    await start_contract(pat, DAN)
    question = await met_on_the_trail(pat, luck, "witness")
    for deed in (track_target(pat), confront_target(pat, Way.AMBUSH)):
        with pytest.raises(TrailWaits):
            await deed
    before = await contract_of(pat)
    await answer(pat, question, "pay")
    after = await contract_of(pat)
    assert (after.clues, after.progress, after.question_id) == (
        before.clues + 1, before.progress, None
    )  # fmt: skip
    assert await dollars(pat) == 75


async def test_who_has_no_money_for_a_witness_is_refused_and_may_answer_otherwise(
    world: World, time: FrozenClock, luck: Luck
) -> None:
    pat = await bounty_hunter(world)
    await start_contract(pat, DAN)
    question = await met_on_the_trail(pat, luck, "witness")
    await economy.spend(pat, 76, source=Source.ALMS)
    with pytest.raises(InsufficientFunds):
        await answer(pat, question, "pay")
    await answer(pat, question, "leave")
    assert (await contract_of(pat)).question_id is None


async def test_on_a_trail_nobody_dies(world: World, time: FrozenClock, luck: Luck) -> None:
    pat = await bounty_hunter(world)
    await start_contract(pat, DAN)
    question = await met_on_the_trail(pat, luck, "gang")
    await change(pat, health=5, healthAt=clock.now())
    luck.next(100)
    await answer(pat, question, "fight")
    after = await stored(pat)
    assert (after["health"], after.get("isDead", False)) == (1, False)


@pytest.mark.parametrize("lead", sorted(LEADS))
async def test_what_nobody_decides_is_decided_after_an_hour(
    world: World, time: FrozenClock, luck: Luck, lead: str
) -> None:
    pat = await bounty_hunter(world)
    await start_contract(pat, DAN)
    await met_on_the_trail(pat, luck, lead)
    await ready(pat, progress=50)
    time.advance(hours=1)
    await work()
    after = await contract_of(pat)
    turn = LEADS[lead].choices[LEADS[lead].default].success
    assert (after.progress, after.clues, after.question_id) == (50 + turn.progress, 0, None)
    assert await dollars(pat) == 100


async def test_an_outlaw_is_confronted_from_75_on(world: World, time: FrozenClock) -> None:
    pat = await on_the_trail(world, progress=74)
    with pytest.raises(NotReady):
        await confront_target(pat, Way.AMBUSH)
    assert await energy(pat) == 150
    await ready(pat, progress=75)
    assert (await confront_target(pat, Way.AMBUSH)).energy_spent >= 20


async def test_a_success_pays_and_ends_the_contract(
    world: World, time: FrozenClock, luck: Luck
) -> None:
    pat = await on_the_trail(world)
    luck.next(50 - 25 // 3 + 15, 70, 700)  # the last of each that does
    got = await confront_target(pat, Way.AMBUSH)
    assert (got.chance, got.succeeded, got.alive, got.dollars) == (57, True, True, 840)
    assert got.contract.status is BountyHuntStatus.CAPTURED
    assert await dollars(pat) == 940
    after = await stored(pat)
    assert after["standings"]["settler_alliance"] >= 5
    karma = await world.game.database["characterkarmas"].find_one({"characterId": pat})
    assert karma["moralReputation"] > 0
    with pytest.raises(NoContract):
        await confront_target(pat, Way.AMBUSH)


async def test_who_is_brought_in_dead_pays_no_more(
    world: World, time: FrozenClock, luck: Luck
) -> None:
    pat = await on_the_trail(world)
    luck.next(57, 71, 700)
    got = await confront_target(pat, Way.AMBUSH)
    assert (got.alive, got.dollars, got.contract.status) == (False, 700, BountyHuntStatus.KILLED)
    pat = await on_the_trail(world)
    luck.next(1, 900)
    assert (await confront_target(pat, Way.NEGOTIATE)).alive


async def test_a_failure_costs_progress_or_lets_the_outlaw_go(
    world: World, time: FrozenClock, luck: Luck
) -> None:
    pat = await on_the_trail(world, progress=80)
    luck.next(100, 26)
    got = await confront_target(pat, Way.NEGOTIATE)
    assert (got.succeeded, got.dollars, got.contract.progress) == (False, 0, 60)
    await ready(pat)
    luck.next(100, 25)
    got = await confront_target(pat, Way.AMBUSH)
    assert (got.contract.status, got.contract.outcome) == (BountyHuntStatus.ESCAPED, "gone")
    with pytest.raises(TargetGone):
        await start_contract(pat, DAN)
    assert await dollars(pat) == 100


async def test_of_confrontations_at_once_one_is_paid(
    world: World, time: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    pat = await on_the_trail(world)
    monkeypatch.setattr(trails, "chance", lambda *_: 100)
    outcomes = await hammer(lambda: confront_target(pat, Way.NEGOTIATE), 4)
    assert (outcomes.done, outcomes.refused) == (1, {"no_contract": 3})
    assert await dollars(pat) == 100 + outcomes.answers[0].dollars


async def test_guns_open_a_fight_that_decides(world: World, time: FrozenClock, luck: Luck) -> None:
    pat = await on_the_trail(world, clues=1)
    begun = await confront_target(pat, Way.FIGHT)
    assert begun.fight_id is not None
    assert (begun.succeeded, begun.chance, begun.dollars) == (None, None, 0)
    fight = await fights.read_fight(pat, begun.fight_id)
    with pytest.raises(CharacterUnavailable):
        await confront_target(pat, Way.AMBUSH)
    await tilt(fight, foe=1)
    await attack(fight)
    after = await contract_of(pat)
    assert after.status in (BountyHuntStatus.CAPTURED, BountyHuntStatus.KILLED)
    assert 600 <= after.reward <= 900 * 12 // 10
    assert await dollars(pat) == 100 + after.reward
    assert (await stored(pat))["busy"] is None


async def test_who_loses_a_fight_falls_and_the_trail_grows_cold(
    world: World, time: FrozenClock
) -> None:
    pat = await on_the_trail(world)
    begun = await confront_target(pat, Way.FIGHT)
    assert begun.fight_id is not None
    fight = await fights.read_fight(pat, begun.fight_id)
    await tilt(fight, health=1, foe=500)
    while fight.status == "active":
        fight = await attack(fight)
    after = await contract_of(pat)
    assert after.status is BountyHuntStatus.ESCAPED or after.progress == 55
    assert await dollars(pat) <= 100
    assert (await stored(pat))["downUntil"] is not None


async def test_of_a_contract_that_ended_during_the_fight_nothing_is_paid(
    world: World, time: FrozenClock
) -> None:
    pat = await on_the_trail(world)
    time.advance(hours=23, minutes=59, seconds=50)
    begun = await confront_target(pat, Way.FIGHT)
    assert begun.fight_id is not None
    fight = await fights.read_fight(pat, begun.fight_id)
    time.advance(seconds=15)
    await tilt(fight, foe=1)
    await attack(fight)
    await work()
    after = await contract_of(pat)
    assert (after.status, after.outcome, after.reward) == ("expired", "out_of_time", 0)
    assert await dollars(pat) == 100


@pytest.mark.parametrize("rival", ["abandon", "expire", "delete"])
async def test_whatever_else_ends_it_at_that_moment_there_is_one_end(
    world: World, time: FrozenClock, monkeypatch: pytest.MonkeyPatch, rival: str
) -> None:
    pat = await world.character("Pat", place="red-gulch")
    await change(pat, level=40)
    await start_contract(pat, DAN)
    await ready(pat)
    if rival == "expire":
        time.advance(hours=24, seconds=-1)
    monkeypatch.setattr(trails, "chance", lambda *_: 100)
    rivals: dict[str, Callable[[], Awaitable[Any]]] = {
        "abandon": lambda: abandon_contract(pat),
        "expire": work,
        "delete": lambda: characters.delete(pat, name="Pat"),
    }
    outcomes = await asyncio.gather(
        confront_target(pat, Way.NEGOTIATE), rivals[rival](), return_exceptions=True
    )
    assert all(isinstance(o, GameError) for o in outcomes if isinstance(o, BaseException))
    ended = await contract_of(pat)
    if rival != "delete":
        assert await dollars(pat) == 100 + ended.reward
    if rival != "expire":
        assert ended.status is not BountyHuntStatus.ACTIVE


async def test_after_three_days_without_a_worker_contracts_are_over(
    world: World, time: FrozenClock, luck: Luck
) -> None:
    pat = await bounty_hunter(world)
    await start_contract(pat, DAN)
    await met_on_the_trail(pat, luck, "camp")
    time.advance(days=3)
    await work()
    after = await contract_of(pat)
    assert (after.status, after.outcome) == ("expired", "out_of_time")
    assert await at_the_door(pat) == []


async def test_everybody_sees_on_whom_there_are_contracts(world: World) -> None:
    found = {outlaw.target: outlaw for outlaw in await list_outlaws()}
    assert len(found) == 11
    dan = found[DAN]
    assert (dan.least_reward, dan.most_reward, dan.xp, dan.level, dan.energy, dan.hours) == (
        600, 900, 200, 20, 15, 24
    )  # fmt: skip
