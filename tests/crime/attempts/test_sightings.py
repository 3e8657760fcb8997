"""Witnesses: what a player saw is told, kept quiet, or forgotten, once."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from bson import ObjectId

from desperados import economy, law
from desperados.crime.attempts import (
    my_sightings,
    past_crimes,
    report_crime,
    silence_witness,
    told_of_me,
)
from desperados.crime.attempts.views import SightingView, SilenceMethod
from desperados.crime.errors import NotThere, OneOfUs, SightingClosed, SightingNotFound
from desperados.crime.jobs import JOBS
from desperados.engine.clock import FrozenClock
from desperados.engine.errors import GameError
from desperados.engine.work import Jobs
from desperados.law.errors import NotAtOffice
from desperados.ledger.money.errors import InsufficientFunds
from desperados.play.errors import NotEnoughEnergy
from desperados.testing import Luck, World, hammer
from tests.crime.attempts.heists import NOON, OLD, SQUARE, steal, thief
from tests.law.courts import prices
from tests.world.people import change, energy, place_id

BOUNTY = 50


class Seen:
    """A thief, who succeeded, and a player who saw it; nobody else."""

    def __init__(self, world: World, thief: ObjectId, witness: ObjectId, view: SightingView):
        self.world, self.thief, self.witness, self.account = world, thief, witness, view.id

    async def to_the_office(self) -> None:
        await change(self.witness, currentLocationId=await place_id("red-gulch-sheriff"))


async def seen(
    world: World,
    time: FrozenClock,
    luck: Luck,
    monkeypatch: pytest.MonkeyPatch,
    *,
    wins: bool = True,
) -> Seen:
    time.at = NOON
    await world.game.database["npcs"].update_many({}, {"$set": {"kind": "combat"}})
    jane, pat = await thief(world), await thief(world, lastActive=NOON)
    luck.next(1, BOUNTY)
    await steal(monkeypatch, jane, wins=wins)
    (view,) = (await my_sightings(pat)).items
    return Seen(world, jane, pat, view)


async def dollars(character: ObjectId) -> int:
    return (await economy.balance(character)).dollars


async def test_what_only_players_saw_the_law_does_not_know(
    world: World, time: FrozenClock, luck: Luck, monkeypatch: pytest.MonkeyPatch
) -> None:
    it = await seen(world, time, luck, monkeypatch)
    (done,) = (await past_crimes(it.thief)).items
    assert (done.seen, done.known, done.minutes) == (True, False, 0)
    assert (await law.status(it.thief)).wanted == 0
    (view,) = (await told_of_me(it.thief)).items
    assert (view.witness_id, view.wanted, view.bounty) == (it.witness, 1, BOUNTY)
    assert view.hush_money == 25
    assert view.expires_at == NOON + timedelta(days=1)
    notices = world.game.database["notifications"].find({"characterId": it.witness})
    told = await notices.to_list(None)
    assert [row["data"]["text"] for row in told] == ["crime.witnessed"]


async def test_a_report_brings_it_before_the_law_once(
    world: World, time: FrozenClock, luck: Luck, monkeypatch: pytest.MonkeyPatch
) -> None:
    it = await seen(world, time, luck, monkeypatch)
    with pytest.raises(NotAtOffice):
        await report_crime(it.witness, it.account)
    await it.to_the_office()
    with pytest.raises(SightingNotFound):
        await report_crime(it.thief, it.account)
    outcomes = await hammer(lambda: report_crime(it.witness, it.account), 4)
    assert (outcomes.done, outcomes.refused) == (1, {"sighting_closed": 3})
    status = await law.status(it.thief)
    assert (status.wanted, status.bounty, status.sentence) == (1, BOUNTY, None)
    (price,) = await prices(world.game, it.thief)
    assert [crime["name"] for crime in price["crimes"]] == ["steal_from_market"]
    karma = await world.game.database["characterkarmas"].find_one({"characterId": it.witness})
    assert karma["moralReputation"] > 0
    assert (await my_sightings(it.witness)).items == []


async def test_what_a_failure_brought_already_no_report_brings_again(
    world: World, time: FrozenClock, luck: Luck, monkeypatch: pytest.MonkeyPatch
) -> None:
    it = await seen(world, time, luck, monkeypatch, wins=False)
    assert (await law.status(it.thief)).wanted == 1
    await it.to_the_office()
    got = await report_crime(it.witness, it.account)
    assert (got.wanted, got.bounty) == (0, BOUNTY)
    status = await law.status(it.thief)
    assert (status.wanted, status.bounty) == (1, BOUNTY)


async def test_a_bribe_goes_to_the_witness_who_then_says_nothing(
    world: World, time: FrozenClock, luck: Luck, monkeypatch: pytest.MonkeyPatch
) -> None:
    it = await seen(world, time, luck, monkeypatch)
    purse = await dollars(it.thief)
    got = await silence_witness(it.thief, it.account, SilenceMethod.BRIBE)
    assert (got.quiet, got.paid) == (True, 25)
    assert await dollars(it.thief) == purse - 25
    assert await dollars(it.witness) == 125
    await it.to_the_office()
    with pytest.raises(SightingClosed):
        await report_crime(it.witness, it.account)
    assert (await law.status(it.thief)).wanted == 0


async def test_a_threat_helps_or_makes_it_worse(
    world: World, time: FrozenClock, luck: Luck, monkeypatch: pytest.MonkeyPatch
) -> None:
    it = await seen(world, time, luck, monkeypatch)
    before = await energy(it.thief)
    luck.next(41)
    got = await silence_witness(it.thief, it.account, SilenceMethod.THREAT)
    assert (got.quiet, got.chance) == (False, 40)
    assert await energy(it.thief) == before - 10
    assert (await law.status(it.thief)).wanted == 1
    with pytest.raises(SightingClosed):
        await silence_witness(it.thief, it.account, SilenceMethod.THREAT)


async def test_a_threat_that_helps_closes_it(
    world: World, time: FrozenClock, luck: Luck, monkeypatch: pytest.MonkeyPatch
) -> None:
    it = await seen(world, time, luck, monkeypatch)
    luck.next(40)
    assert (await silence_witness(it.thief, it.account, SilenceMethod.THREAT)).quiet
    assert (await law.status(it.thief)).wanted == 0


async def test_a_witness_is_kept_quiet_in_person_and_for_what_one_has(
    world: World, time: FrozenClock, luck: Luck, monkeypatch: pytest.MonkeyPatch
) -> None:
    it = await seen(world, time, luck, monkeypatch)
    with pytest.raises(SightingNotFound):
        await silence_witness(it.witness, it.account, SilenceMethod.BRIBE)
    await change(it.thief, energy=9, energyAt=time.at)
    luck.next(1)
    with pytest.raises(NotEnoughEnergy):
        await silence_witness(it.thief, it.account, SilenceMethod.THREAT)
    await it.to_the_office()
    with pytest.raises(NotThere):
        await silence_witness(it.thief, it.account, SilenceMethod.THREAT)
    await world.game.database["witnessaccounts"].update_one(
        {"_id": it.account}, {"$set": {"pending.bounty": 10_000}}
    )
    with pytest.raises(InsufficientFunds):
        await silence_witness(it.thief, it.account, SilenceMethod.BRIBE)


async def test_a_report_and_a_bribe_at_once_do_one_thing(
    world: World, time: FrozenClock, luck: Luck, monkeypatch: pytest.MonkeyPatch
) -> None:
    it = await seen(world, time, luck, monkeypatch)
    await it.to_the_office()
    done = await asyncio.gather(
        report_crime(it.witness, it.account),
        silence_witness(it.thief, it.account, SilenceMethod.BRIBE),
        return_exceptions=True,
    )
    assert sum(isinstance(d, GameError) for d in done) == 1
    paid, wanted = await dollars(it.witness) == 125, (await law.status(it.thief)).wanted == 1
    assert paid != wanted


async def test_nobody_gives_away_his_own(
    world: World, time: FrozenClock, luck: Luck, monkeypatch: pytest.MonkeyPatch
) -> None:
    it = await seen(world, time, luck, monkeypatch)
    await it.to_the_office()
    gang = ObjectId()
    for who in (it.thief, it.witness):
        await change(who, gangId=gang)
    with pytest.raises(OneOfUs):
        await report_crime(it.witness, it.account)
    for who in (it.thief, it.witness):
        await change(who, gangId=None)


async def test_an_own_character_is_no_witness(
    world: World, time: FrozenClock, luck: Luck, monkeypatch: pytest.MonkeyPatch
) -> None:
    time.at = NOON
    await world.game.database["npcs"].update_many({}, {"$set": {"kind": "combat"}})
    owner = await world.account()
    jane, sister = [await world.character(of=owner, place=SQUARE) for _ in range(2)]
    for who in (jane, sister):
        await change(who, createdAt=OLD, lastActive=NOON)
    luck.next(1, BOUNTY)
    await steal(monkeypatch, jane, wins=True)
    assert (await my_sightings(sister)).items == []
    assert (await law.status(jane)).wanted == 1  # somebody in the crowd


async def test_after_a_day_it_is_forgotten(
    world: World, time: FrozenClock, luck: Luck, monkeypatch: pytest.MonkeyPatch
) -> None:
    it = await seen(world, time, luck, monkeypatch)
    await it.to_the_office()
    time.advance(days=1)
    with pytest.raises(SightingClosed):
        await report_crime(it.witness, it.account)
    await Jobs(JOBS).run_until_idle()  # sightings_expire
    rows: list[dict[str, Any]] = await world.game.database["witnessaccounts"].find({}).to_list(None)
    assert [row["status"] for row in rows] == ["expired"]
