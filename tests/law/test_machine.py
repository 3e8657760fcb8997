"""Crimes, jail, bail, surrender and time in any order, beside a model that counts minutes."""

import asyncio
from collections.abc import Awaitable, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import ClassVar, TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from desperados import law
from desperados.engine import clock
from desperados.engine.work import Jobs
from desperados.law.consequences import LawBounty, Sentence
from desperados.law.jobs import JOBS
from desperados.law.rules import Cause
from desperados.testing import World, open_game
from tests.law.courts import charge, sentences, stored

T = TypeVar("T")
DAY = timedelta(days=1)
FACTIONS = ("settler_alliance", "frontera")
# Minutes before a step: none, or so many that a day, or a sentence, is just over or not quite.
PAUSES = st.sampled_from([0, 0, 1, 45, 299, 719, 721, 1_439, 1_440, 1_441, 4_320, 525_600])


@dataclass
class Price:
    """What a faction pays, and how long ago a tenth was taken."""

    amount: int
    age: timedelta = timedelta()


@dataclass
class Model:
    """What the law should have on somebody."""

    now: datetime
    level: int = 0
    free: timedelta = timedelta()  # at large since the last crime, or the last level that fell
    jailed_until: datetime | None = None
    served: int = 0  # minutes of the sentence, all in all
    prices: dict[str, Price] = field(default_factory=dict)

    @property
    def jailed(self) -> bool:
        return self.jailed_until is not None and self.now < self.jailed_until

    def wait(self, pause: timedelta) -> None:
        end = self.now + pause
        at_large = pause
        if self.jailed:
            assert self.jailed_until is not None
            at_large = max(timedelta(), end - self.jailed_until)
        self.now = end
        self.free += at_large
        while self.level and self.free >= DAY:
            self.level, self.free = self.level - 1, self.free - DAY
        if self.level == 0:
            self.free = timedelta()
        for faction, price in list(self.prices.items()):
            price.age += pause
            while price.amount >= 10 and price.age >= DAY:
                price.amount, price.age = price.amount * 9 // 10, price.age - DAY
            if price.amount < 10:
                del self.prices[faction]

    def crime(self, levels: int, faction: str, dollars: int) -> None:
        self.level, self.free = min(5, self.level + levels), timedelta()
        price = self.prices.setdefault(faction, Price(0))
        price.amount = max(10, price.amount + dollars)

    def jail(self, minutes: int, *, settles: bool) -> None:
        if not self.jailed:
            self.served, self.jailed_until = 0, self.now
        assert self.jailed_until is not None
        added = min(minutes, 1_440 - self.served)
        self.served += added
        self.jailed_until += timedelta(minutes=added)
        if settles:
            self.level, self.free = 0, timedelta()
            self.prices.clear()


class Outlaw(RuleBasedStateMachine):
    """One character, and whatever may happen to it."""

    runner: ClassVar[asyncio.Runner]
    world: ClassVar[World]

    def run(self, work: Awaitable[T]) -> T:
        async def at_the_time_of_the_model() -> T:
            with clock.frozen(self.model.now):
                return await work

        return self.runner.run(at_the_time_of_the_model())

    @initialize()
    def begin(self) -> None:
        # To come, by the clock of the database: it lets nothing of this expire.
        self.model = Model(datetime(2100, 3, 2, 9, tzinfo=UTC))
        self.who = self.run(self.world.character(place="red-gulch", dollars=900_000))

    def wait(self, pause: int) -> None:
        self.model.wait(timedelta(minutes=pause))

    @rule(
        pause=PAUSES,
        levels=st.integers(1, 3),
        faction=st.sampled_from(FACTIONS),
        dollars=st.integers(1, 2_000),
    )
    def crime(self, pause: int, levels: int, faction: str, dollars: int) -> None:
        self.wait(pause)
        verdict = self.run(
            charge(self.who, wanted=levels, bounty=LawBounty(faction, dollars, "robbery"))
        )
        self.model.crime(levels, faction, dollars)
        assert verdict.bounty == sum(price.amount for price in self.model.prices.values())

    @rule(pause=PAUSES)
    def lie_low(self, pause: int) -> None:
        self.wait(pause)
        self.run(charge(self.who, wanted=-1))
        self.model.level = max(0, self.model.level - 1)
        if self.model.level == 0:
            self.model.free = timedelta()

    @rule(pause=PAUSES, minutes=st.sampled_from([1, 300, 1_400]))
    def jail(self, pause: int, minutes: int) -> None:
        self.wait(pause)
        self.run(charge(self.who, jail=Sentence(Cause.CHEATING, minutes)))
        self.model.jail(minutes, settles=False)

    @rule(pause=PAUSES)
    def arrest(self, pause: int) -> None:
        self.wait(pause)
        minutes = 30 * max(1, self.model.level)
        self.run(charge(self.who, jail=Sentence(Cause.BOUNTY_COLLECTION)))
        self.model.jail(minutes, settles=True)

    @precondition(lambda self: self.model.level > 0 and not self.model.jailed)
    @rule()
    def give_up(self) -> None:
        minutes = 15 * self.model.level
        self.run(law.surrender(self.who))
        self.model.jail(minutes, settles=True)

    @precondition(lambda self: self.model.jailed)
    @rule()
    def pay(self) -> None:  # at once: later it may be over
        self.run(law.pay_bail(self.who, self.who))
        self.model.jailed_until = None

    @rule(pause=PAUSES)
    def work(self, pause: int) -> None:
        self.wait(pause)
        self.run(Jobs(JOBS).run_until_idle())

    @invariant()
    def it_is_as_the_model_says(self) -> None:
        if hasattr(self, "who"):
            self.run(self.check())

    async def check(self) -> None:
        model = self.model
        status = await law.status(self.who)
        assert status.wanted == model.level
        assert status.bounty == sum(price.amount for price in model.prices.values())
        assert {p.faction: p.amount for p in status.bounties} == {
            faction: price.amount for faction, price in model.prices.items()
        }
        ends_at = status.sentence.ends_at if status.sentence is not None else None
        assert ends_at == (model.jailed_until if model.jailed else None)
        rows = await sentences(self.world.game, self.who)
        serving = [row for row in rows if row["status"] == "serving"]
        assert len(serving) <= 1
        found = await stored(self.world.game, self.who)
        assert bool(found.get("isInJail")) == bool(serving)


@pytest.fixture
def runner() -> Iterator[asyncio.Runner]:
    """An event loop with a world in it, for tests that are not coroutines themselves."""
    with asyncio.Runner() as loop:
        stack = AsyncExitStack()
        game = loop.run(stack.enter_async_context(open_game(seeded=True)))
        Outlaw.world = World(game)
        yield loop
        assert loop.run(Outlaw.world.audit()).clean
        loop.run(stack.aclose())


def test_the_law_has_on_somebody_what_the_model_says(runner: asyncio.Runner) -> None:
    Outlaw.runner = runner
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        Outlaw,
        settings=settings(
            max_examples=10,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
