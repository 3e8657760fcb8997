"""Hunting that is cut off at any statement: nothing has happened, or all of it."""

from __future__ import annotations

import pytest

from desperados import economy
from desperados.crime.bounties import post_bounty
from desperados.crime.hunting import (
    abandon_contract,
    cancel_hire,
    confront_target,
    hire_hunter,
    rules,
    start_contract,
    track_target,
    trails,
)
from desperados.crime.hunting.contracts import expire_contract
from desperados.crime.hunting.door import hunter_arrives
from desperados.crime.hunting.lawmen import send_lawmen
from desperados.crime.hunting.trails import Way
from desperados.engine import clock
from desperados.engine.clock import FrozenClock
from desperados.law.consequences import LawBounty
from desperados.ledger.money.sources import Source
from desperados.play.shapes.questions import answer
from desperados.testing import World
from tests.combat.fights.test_cut_off import cut_everywhere
from tests.crime.hunting.grounds import (
    at_the_door,
    be_there,
    bounty_hunter,
    contract_of,
    dollars,
    employer_in,
    hunt_of,
    met,
    prey_in,
    ready,
)

KATE, DAN = "copper-kate", "dusty-dan"


async def test_contracts(world: World, time: FrozenClock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trails, "EVENT_PERCENT", 100)
    monkeypatch.setattr(trails, "chance", lambda *_: 100)
    pat = await bounty_hunter(world)
    assert await cut_everywhere(world, lambda: start_contract(pat, DAN)) >= 2
    assert await cut_everywhere(world, lambda: track_target(pat)) >= 2
    (question,) = await at_the_door(pat)
    option = question.options[0].code
    assert await cut_everywhere(world, lambda: answer(pat, question.id, option)) >= 2
    await ready(pat)
    assert await cut_everywhere(world, lambda: confront_target(pat, Way.NEGOTIATE)) >= 2
    assert await dollars(pat) > 600


async def test_guns_the_end_by_time_and_giving_up(world: World, time: FrozenClock) -> None:
    pat, bill = await bounty_hunter(world), await bounty_hunter(world)
    await start_contract(pat, DAN)
    await ready(pat)
    assert await cut_everywhere(world, lambda: confront_target(pat, Way.FIGHT)) >= 2
    assert await cut_everywhere(world, lambda: abandon_contract(pat)) >= 1
    await start_contract(bill, DAN)
    time.advance(days=2)
    contract = await contract_of(bill)
    assert await cut_everywhere(world, lambda: expire_contract(contract.id)) >= 1


async def test_hires(world: World, time: FrozenClock) -> None:
    jane, bill = await prey_in(world), await employer_in(world)
    assert await cut_everywhere(world, lambda: hire_hunter(bill, KATE, jane)) >= 2
    hunt = await hire_hunter(bill, "the-kid", jane)
    assert await cut_everywhere(world, lambda: cancel_hire(bill, hunt.id)) >= 2


@pytest.mark.parametrize("option", ["fight", "flee", "pay"])
async def test_the_door(
    world: World, time: FrozenClock, monkeypatch: pytest.MonkeyPatch, option: str
) -> None:
    jane, bill = await prey_in(world), await employer_in(world)
    cole = await employer_in(world)
    await post_bounty(cole, jane, 300)
    if option == "pay":
        await economy.earn(jane, 5_000, source=Source.STARTING_GRANT)
    hunt = await met(time, jane, bill, KATE)
    (question,) = await at_the_door(jane)
    monkeypatch.setattr(rules, "flee_chance", lambda *_: 0)
    assert await cut_everywhere(world, lambda: answer(jane, question.id, option)) >= 2
    assert (await hunt_of(hunt.id)).outcome == {
        "fight": None, "flee": "brought_in", "pay": "paid_off"
    }[option]  # fmt: skip


async def test_a_hunter_who_arrives_and_the_law_that_rides(
    world: World, time: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "SENT_PERCENT", 100)
    bounty = LawBounty("frontera", 5_000, "x")
    jane, bill = await prey_in(world, 5, bounty=bounty), await employer_in(world)
    assert await cut_everywhere(world, send_lawmen) >= 2
    hunt = await hunt_of((await hire_hunter(bill, KATE, jane)).id)
    assert hunt.encounter_at is not None
    time.advance(seconds=(hunt.encounter_at - clock.now()).total_seconds() + 1)
    await be_there(jane)
    assert await cut_everywhere(world, lambda: hunter_arrives(hunt.id)) >= 2
    assert len(await at_the_door(jane)) == 1
