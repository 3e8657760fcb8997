"""What the state machines of the shapes share: a small world, and a clock that they move."""

import asyncio
import os
from collections.abc import Awaitable, Coroutine
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, TypeVar

from bson import ObjectId
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, run_state_machine_as_test

from desperados.engine import clock, dice
from desperados.engine.errors import GameError
from desperados.engine.game import Game
from desperados.engine.work import Job, Jobs
from desperados.ops.audit import audit
from desperados.play.shapes.jobs import JOBS as SHARED
from tests.games import open_game
from tests.play import parlour
from tests.worlds import add_character

T = TypeVar("T")
MONEY = 1_000


class Stage(RuleBasedStateMachine):
    """A world with the parlour in it, people with money, and time that stands still."""

    jobs: tuple[Job, ...] = (*SHARED, *parlour.JOBS)
    company = 4

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.open = AsyncExitStack()
        # To come: the database removes by its own clock what has expired.
        self.now = datetime(2100, 3, 1, tzinfo=UTC)
        self.luck = Random(1876)
        self.people: list[ObjectId] = []

    @initialize()
    def settle(self) -> None:
        async def start() -> None:
            self.game: Game = await self.open.enter_async_context(open_game())
            await self.furnish()
            for _ in range(self.company):
                self.people.append(await add_character(self.game, dollars=MONEY))
            await self.begin()

        self.run(start())

    async def furnish(self) -> None:
        """What is registered in the world of a machine."""
        await parlour.furnish(self.game)

    async def begin(self) -> None:
        """What a machine needs besides."""

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Do something at the time of the machine."""

        async def at_that_time() -> T:
            with clock.frozen(self.now), dice.drawn_from(self.luck):
                return await work

        return self.runner.run(at_that_time())

    def attempt(self, work: Coroutine[Any, Any, T]) -> T | GameError:
        """Do something, or be refused."""

        async def outcome() -> T | GameError:
            try:
                return await work
            except GameError as refusal:
                return refusal

        return self.run(outcome())

    def at_once(self, *works: Awaitable[Any]) -> list[Any]:
        """Do several things at the same moment: results and refusals, in their order."""

        async def all_of_them() -> list[Any]:
            return await asyncio.gather(*works, return_exceptions=True)

        results = self.run(all_of_them())
        for result in results:
            if isinstance(result, BaseException) and not isinstance(result, GameError):
                raise result
        return results

    def wait_for(self, seconds: float) -> None:
        """Let time pass; nobody works meanwhile."""
        self.now += timedelta(seconds=seconds)

    def work(self) -> None:
        """Let a worker do what is due."""
        self.run(Jobs(self.jobs).run_until_idle())

    async def dollars(self, who: ObjectId) -> int:
        """What somebody carries."""
        row = await self.game.database["characters"].find_one({"_id": who})
        return int(row["dollars"])

    def teardown(self) -> None:
        async def end() -> None:
            report = await audit()
            assert report.clean, report.first

        try:
            if self.people:
                self.run(end())
        finally:
            self.runner.run(self.open.aclose())
            self.runner.close()


def play(machine: type[Stage]) -> None:
    """Run a machine: few histories, for each of them opens a world.

    ``DESPERADOS_MACHINE_EXAMPLES`` asks for so many others.
    """
    examples = int(os.environ.get("DESPERADOS_MACHINE_EXAMPLES", "8"))
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=50,
            deadline=None,
            # A history is not made shorter: that would take minutes.
            phases=(Phase.explicit, Phase.reuse, Phase.generate),
            suppress_health_check=list(HealthCheck),
        ),
    )
