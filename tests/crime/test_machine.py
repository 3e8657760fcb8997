"""Prices, arrests, jail and time in any order, beside a model that counts coins and levels."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import ClassVar, TypeVar

import pytest
from bson import ObjectId
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from desperados import economy, law
from desperados.crime.arrests import arrest_character
from desperados.crime.bounties import bounties_on, cancel_bounty, post_bounty
from desperados.crime.bounties.rules import fee
from desperados.crime.jail import bribe_jailer, prison_labour, socialize
from desperados.crime.jobs import JOBS
from desperados.engine import clock
from desperados.engine.errors import GameError
from desperados.engine.work import Jobs
from desperados.law.consequences import LawBounty, Sentence
from desperados.law.jobs import JOBS as LAW_JOBS
from desperados.law.rules import Cause, rank_of
from desperados.testing import World, open_game
from tests.law.courts import charge, prices, sentences, stored
from tests.world.people import change

T = TypeVar("T")
WEEK, DAY = timedelta(days=7), timedelta(days=1)
PLACE = "red-gulch-sheriff"
PURSE = 20_000
PAUSES = st.sampled_from([0, 1, 61, 1_439, 1_441, 10_079, 10_081])
PAYERS = st.integers(0, 1)


@dataclass
class Price:
    """What a payer has put on the head: how much, and since when it stands."""

    id: ObjectId
    amount: int
    at: datetime


@dataclass
class Model:
    """Where the coins are. ``purses`` are those of the two who pay and of the hunter."""

    now: datetime
    standing: dict[int, Price] = field(default_factory=dict)
    purses: list[int] = field(default_factory=lambda: [PURSE + 100, PURSE + 100, 100])

    def settle_what_is_over(self) -> None:
        for payer, price in list(self.standing.items()):
            if self.now >= price.at + WEEK:
                self.purses[payer] += price.amount
                del self.standing[payer]

    @property
    def lying(self) -> int:
        """What lies on the head and is not over."""
        return sum(p.amount for p in self.standing.values() if self.now < p.at + WEEK)


class Chase(RuleBasedStateMachine):
    """An outlaw, a hunter, and two who pay."""

    runner: ClassVar[asyncio.Runner]
    world: ClassVar[World]

    def run(self, work: Awaitable[T]) -> T:
        async def at_the_time_of_the_model() -> T:
            with clock.frozen(self.model.now):
                return await work

        return self.runner.run(at_the_time_of_the_model())

    @initialize()
    def begin(self) -> None:
        self.model = Model(datetime(2100, 3, 2, 9, tzinfo=UTC))
        self.run(self.meet())

    async def meet(self) -> None:
        made = [await self.world.character(place=PLACE, dollars=PURSE) for _ in range(2)]
        self.payers = made
        self.hunter = await self.world.character(place=PLACE)
        self.outlaw = await self.world.character(place=PLACE, dollars=900_000)
        await change(self.outlaw, level=9)

    def wait(self, pause: int) -> None:
        self.model.now += timedelta(minutes=pause)

    @rule(pause=PAUSES, levels=st.integers(1, 4), dollars=st.integers(1, 900))
    def crime(self, pause: int, levels: int, dollars: int) -> None:
        self.wait(pause)
        bounty = LawBounty("frontera", dollars, "robbery")
        self.run(charge(self.outlaw, wanted=levels, bounty=bounty))

    @rule(pause=PAUSES, payer=PAYERS, amount=st.integers(100, 900))
    def post(self, pause: int, payer: int, amount: int) -> None:
        self.wait(pause)
        posted = self.attempt(post_bounty(self.payers[payer], self.outlaw, amount))
        if posted is None:
            return
        self.model.purses[payer] -= amount + fee(amount)
        before = self.model.standing.get(payer)
        total = amount + (before.amount if before is not None else 0)
        self.model.standing[payer] = Price(posted.id, total, self.model.now)
        assert posted.amount == total

    @rule(pause=PAUSES, payer=PAYERS)
    def cancel(self, pause: int, payer: int) -> None:
        self.wait(pause)
        price = self.model.standing.get(payer)
        if price is None:
            return
        done = self.attempt(cancel_bounty(self.payers[payer], price.id))
        assert (done is not None) is (self.model.now >= price.at + DAY)
        if done is not None:
            self.model.purses[payer] += price.amount
            del self.model.standing[payer]

    @rule(pause=PAUSES)
    def arrest(self, pause: int) -> None:
        self.wait(pause)
        self.run(self.bring_together())
        lying = self.model.lying
        got = self.attempt(arrest_character(self.hunter, self.outlaw))
        if got is None or not got.caught:
            return
        assert got.players_paid == lying
        self.model.purses[2] += lying + got.law_paid
        for payer, price in list(self.model.standing.items()):
            if self.model.now < price.at + WEEK:
                del self.model.standing[payer]
        assert self.run(law.status(self.outlaw)).wanted == 0

    async def bring_together(self) -> None:
        found = await stored(self.world.game, self.outlaw)
        await change(self.hunter, currentLocationId=found["currentLocationId"])

    @rule(pause=PAUSES)
    def give_up(self, pause: int) -> None:
        self.wait(pause)
        self.attempt(law.surrender(self.outlaw))

    @rule(pause=PAUSES, minutes=st.sampled_from([5, 300, 1_440]))
    def jail(self, pause: int, minutes: int) -> None:
        self.wait(pause)
        self.run(charge(self.outlaw, jail=Sentence(Cause.CHEATING, minutes)))

    @rule(pause=PAUSES, how=st.sampled_from(["bail", "bribe", "labour", "talk"]))
    def get_out(self, pause: int, how: str) -> None:
        self.wait(pause)
        deeds: dict[str, Callable[[], Awaitable[object]]] = {
            "bail": lambda: law.pay_bail(self.outlaw, self.outlaw),
            "bribe": lambda: bribe_jailer(self.outlaw, 20_000),
            "labour": lambda: prison_labour(self.outlaw),
            "talk": lambda: socialize(self.outlaw),
        }
        before = self.run(sentences(self.world.game, self.outlaw))
        done = self.attempt(deeds[how]())
        after = self.run(sentences(self.world.game, self.outlaw))
        if done is None:
            assert after == before

    @rule(pause=PAUSES)
    def work(self, pause: int) -> None:
        self.wait(pause)
        self.run(Jobs([*JOBS, *LAW_JOBS]).run_until_idle())
        self.model.settle_what_is_over()

    def attempt(self, deed: Awaitable[T]) -> T | None:
        """What comes of a deed, None if it is refused."""
        try:
            return self.run(deed)
        except GameError:
            return None

    @invariant()
    def it_is_as_the_model_says(self) -> None:
        if hasattr(self, "outlaw"):
            self.run(self.check())

    async def check(self) -> None:
        model, who = self.model, [*self.payers, self.hunter]
        assert [(await economy.balance(one)).dollars for one in who] == model.purses
        rows = await prices(self.world.game, self.outlaw)
        assert {row["issuerId"]: row["amount"] for row in rows if row.get("issuerId")} == {
            self.payers[payer]: price.amount for payer, price in model.standing.items()
        }
        found = await bounties_on(self.outlaw)
        of_players = sum(p.amount for p in found.prices if p.source == "player")
        assert of_players == model.lying
        assert found.rank == rank_of(found.total)
        assert len({row["wantedRank"] for row in rows}) <= 1
        serving = [
            row
            for row in await sentences(self.world.game, self.outlaw)
            if row["status"] == "serving"
        ]
        assert len(serving) <= 1
        for row in serving:
            assert 1 <= row["sentenceMinutes"] <= 1_440
            assert row["endsAt"] >= row["startedAt"]
        held = await stored(self.world.game, self.outlaw)
        assert bool(held.get("isInJail")) == bool(serving)


@pytest.fixture
def runner() -> Iterator[asyncio.Runner]:
    """An event loop with a world in it, for tests that are not coroutines themselves."""
    with asyncio.Runner() as loop:
        stack = AsyncExitStack()
        game = loop.run(stack.enter_async_context(open_game(seeded=True)))
        Chase.world = World(game)
        yield loop
        assert loop.run(Chase.world.audit()).clean
        loop.run(stack.aclose())


def test_each_coin_on_a_head_is_where_the_model_says(runner: asyncio.Runner) -> None:
    Chase.runner = runner
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        Chase,
        settings=settings(
            max_examples=6,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
