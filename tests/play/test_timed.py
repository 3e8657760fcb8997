"""Timed work: collected once when it is ready, or called off before; never both."""

from datetime import timedelta
from typing import Any

import pytest
from bson import ObjectId
from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule

from desperados.engine import clock, dice
from desperados.engine.clock import FrozenClock
from desperados.engine.errors import GameError, NotFound
from desperados.engine.transactions import transactional
from desperados.ledger.money import ledger
from desperados.ledger.money.accounts import wallet
from desperados.ledger.money.documents import Currency
from desperados.ledger.money.operations import OperationKind
from desperados.ledger.money.sources import Source
from desperados.play.shapes.errors import AlreadyCollected, NotReady
from desperados.play.shapes.timed import cancel, collect, start
from desperados.testing import World, hammer
from tests.play.machine import MONEY, Stage, play
from tests.play.parlour import Kiln

CLAY, HOUR = 30, timedelta(hours=1)


async def _pay(who: ObjectId, amount: int, source: Source) -> None:
    await ledger.post(
        [ledger.Movement(wallet(who), Currency.DOLLARS, amount, source)],
        OperationKind.SPENDING if amount < 0 else OperationKind.INCOME,
    )


@transactional
async def fire(who: ObjectId) -> Kiln:
    await _pay(who, -CLAY, Source.SERVICE_FEE)
    now = clock.now()
    return start(
        Kiln(
            character_id=who,
            started_at=now,
            ready_at=now + HOUR,
            inputs={"dollars": CLAY},
            result={"dollars": dice.between(31, 60)},
        )
    )


@transactional
async def draw(who: ObjectId, kiln: ObjectId) -> int:
    work = await collect(Kiln, {"_id": kiln, "characterId": who})
    await _pay(who, work.result["dollars"], Source.JOB_WAGE)
    return int(work.result["dollars"])


@transactional
async def put_out(who: ObjectId, kiln: ObjectId) -> None:
    work = await cancel(Kiln, {"_id": kiln, "characterId": who})
    await _pay(who, work.inputs["dollars"], Source.JOB_WAGE)


async def test_work_is_collected_once_when_it_is_ready(parlour: World, time: FrozenClock) -> None:
    jane, bill = await parlour.character(), await parlour.character()
    kiln = await fire(jane)
    time.advance(3599.999)
    with pytest.raises(NotReady) as refusal:
        await draw(jane, kiln.id)
    assert refusal.value.facts == {"ready_at": kiln.ready_at.isoformat()}
    time.advance(0.001)
    with pytest.raises(NotFound):
        await draw(bill, kiln.id)
    with pytest.raises(AlreadyCollected):
        await put_out(jane, kiln.id)
    outcomes = await hammer(lambda: draw(jane, kiln.id), 5)
    assert outcomes.answers == (kiln.result["dollars"],)
    assert outcomes.refused == {"already_collected": 4}


async def test_what_is_called_off_gives_back_what_went_in(
    parlour: World, time: FrozenClock
) -> None:
    jane = await parlour.character()
    kiln = await fire(jane)
    time.advance(1800)
    outcomes = await hammer(lambda: put_out(jane, kiln.id), 5)
    assert outcomes.done == 1
    time.advance(1800)
    with pytest.raises(AlreadyCollected):
        await draw(jane, kiln.id)
    row = await parlour.game.database["characters"].find_one({"_id": jane})
    assert row["dollars"] == 100


class Kilns(Stage):
    """Fires that are lit, put out and emptied, and both in the instant in which they are ready."""

    async def begin(self) -> None:
        self.lit: dict[ObjectId, Kiln] = {}
        self.ended: dict[ObjectId, int] = {}

    @rule()
    def light(self) -> None:
        kiln = self.attempt(fire(self.people[0]))
        if isinstance(kiln, Kiln):
            self.lit[kiln.id] = kiln

    @rule(data=st.data(), deeds=st.lists(st.sampled_from("dp"), min_size=1, max_size=4))
    def end(self, data: st.DataObject, deeds: list[str]) -> None:
        if not self.lit:
            return
        kiln = self.lit[data.draw(st.sampled_from(sorted(self.lit)))]
        works: list[Any] = [
            (draw if deed == "d" else put_out)(self.people[0], kiln.id) for deed in deeds
        ]
        results = self.at_once(*works)
        done = [d for d, r in zip(deeds, results, strict=True) if not isinstance(r, GameError)]
        ready = kiln.ready_at <= self.now
        possible = ("d" if ready else "p") in deeds and kiln.id not in self.ended
        assert done == (["d" if ready else "p"] if possible else [])
        if done:
            self.ended[kiln.id] = kiln.result["dollars"] if ready else CLAY

    @rule(seconds=st.sampled_from([1, 3599.999, 3600]))
    def wait(self, seconds: float) -> None:
        self.wait_for(seconds)

    @invariant()
    def each_fire_has_cost_and_given_what_it_should(self) -> None:
        if self.people:
            carried = self.run(self.dollars(self.people[0]))
            assert carried == MONEY - CLAY * len(self.lit) + sum(self.ended.values())


def test_every_history_of_work_ends_it_once() -> None:
    play(Kilns)
