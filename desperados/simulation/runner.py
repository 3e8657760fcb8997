"""The run itself: time passes, somebody makes a move, due work is done. Then all is looked at."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from desperados.assembly.jobs import JOBS
from desperados.characters.errors import CharacterUnavailable
from desperados.engine import clock, dice
from desperados.engine.errors import ConfigurationError
from desperados.engine.manifest.bots import Arguments, Player
from desperados.engine.storage.collection import find_all
from desperados.engine.work import Jobs
from desperados.engine.work.documents import JobClaim
from desperados.ops.audit import audit
from desperados.simulation.digest import digest
from desperados.simulation.faults import Fault, Trap, drawn
from desperados.simulation.moves import KEY, Move, all_moves, in_random_order
from desperados.simulation.population import settle
from desperados.simulation.setup import Setup
from desperados.simulation.summary import Broken, Summary, Tally, flows_since
from desperados.simulation.worlds import Where, World, open_world

BETWEEN_WORK = timedelta(minutes=10)  # in the world: due work is looked for so often
MOST_TOLD = 5
MEET = 4  # players at a time
MOVES_TOGETHER = 12  # on the mean, before others come
SHORT = 6  # as many short pauses are a usual one
MOMENT = 0.001
MOST_TRIES = 12  # of bots that have nothing to do at the moment

Watch = Callable[[datetime, float], None]
"""Told after each step: the time in the world, and which part of all time is over."""
Trace = Callable[[str], None]
"""Told each line of the trace."""


async def simulate(
    setup: Setup,
    where: Where = None,
    *,
    watch: Watch = lambda _at, _part: None,
    trace: Trace = lambda _line: None,
) -> Summary:
    """Play as ``setup`` says, in the world at a URL, which keeps what was played, in that of an
    embedded server that was not started, or (None) in one in memory.

    Bots play only the accounts that they register. The first call that fails ends the play: one
    that raises what is no refusal of the game, or a refusal that its docstring does not name. What
    there is by then is audited all the same.

    Raises:
        ConfigurationError: the world is in production, or faults are asked for on a MongoDB server,
            which lets no one decide what befalls a statement.
    """
    async with open_world(where, setup.seed) as world:
        if setup.faults and world.trap is None:
            raise ConfigurationError("Faults need an embedded world.")
        began = world.time.at
        run = Run(setup, world, trace=trace)
        broken = None
        try:
            await run.play(watch)
        except _Failed as failed:
            broken = failed.broken
        return Summary(
            setup=setup,
            began=began,
            ended=world.time.at,
            tally=run.tally,
            flows=await flows_since(began),
            audit=await audit(),
            contents=await digest(),
            broken=broken,
        )


class _Failed(Exception):
    """Something happened that should not."""

    def __init__(self, broken: Broken) -> None:
        self.broken = broken


class AnotherAnswer(AssertionError):
    """The same key got two answers."""


class WorkFailed(Exception):
    """Due work raised something; the text is what its claims say."""


async def _why(jobs: list[str]) -> WorkFailed:
    rows = await find_all(JobClaim.collection(), {"job": {"$in": jobs}}, limit=MOST_TOLD)
    return WorkFailed("; ".join(f"{row['_id']}: {row['error']}" for row in rows if "error" in row))


async def _never(_seconds: float) -> None:
    """How the worker waits before it renews its claims: no time passes while it works."""
    await asyncio.Event().wait()


@dataclass
class Run:
    """One play in an open world."""

    setup: Setup
    world: World
    trace: Trace
    tally: Tally = field(default_factory=Tally)

    def __post_init__(self) -> None:
        self.moves = all_moves()
        self.met: Fault | None = None  # by the call at hand
        self.jobs = Jobs(JOBS, pause=_never)
        self.worked_at = self.world.time.at

    async def play(self, watch: Watch) -> None:
        """Until the time is over; the last due work is done at the very end.

        Raises:
            _Failed: a call or due work failed.
        """
        time, began = self.world.time, self.world.time.at
        company = await settle(self.setup, time)
        end = began + self.setup.length
        # The same few play for a while, so that they meet; then others, after a long pause.
        mean = self.setup.between_moves
        short = mean / SHORT
        long = MOVES_TOGETHER * (mean - short)
        while time.at < end:
            for _ in range(dice.roll(2 * MOVES_TOGETHER - 1)):
                if time.at < end:
                    self.tally.steps += 1
                    await self._move(dice.choice(company[:MEET]))
                    await self._pass(MOMENT + dice.uniform(0, 2 * short), end)
                    watch(time.at, (time.at - began) / self.setup.length)
            dice.shuffle(company)
            await self._pass(dice.uniform(0, 2 * long), end)
        await self._work()
        await self.jobs.tell()

    async def _pass(self, seconds: float, end: datetime) -> None:
        """Let time pass, at most until the end; the due work is done on the way."""
        time = self.world.time
        until = min(end, time.at + timedelta(seconds=seconds))
        while (following := self.worked_at + BETWEEN_WORK) <= until:
            time.at = max(time.at, following)
            await self._work()
        time.at = clock.to_milliseconds(until)

    async def _work(self) -> None:
        """Do all that is due, and let what has expired go."""
        self.worked_at = self.world.time.at
        await self.jobs.run_until_idle()
        self.world.expire()
        self.tally.work.update({job: n - self.tally.work[job] for job, n in self.jobs.done.items()})
        failed = [job for job, count in self.jobs.failed.items() if count]
        if failed:
            raise self._failure("the worker", ", ".join(failed), await _why(failed))

    async def _move(self, player: Player) -> None:
        """The player does the first thing that chance names and that can be done."""
        open_to_him = [move for move in self.moves if move.is_open_to(player)]
        for number, move in enumerate(in_random_order(open_to_him)):
            if number == MOST_TRIES:
                break
            try:
                arguments = await move.bot.plan(player)
            except CharacterUnavailable:
                arguments = None  # who lies down, or sits, does not see what is around it
            except Exception as error:
                raise self._failure(player.name, f"the plan of {move.name}", error) from error
            if arguments is not None:
                await self._carry_out(player, move, arguments)
                return
        self.tally.idle += 1

    async def _carry_out(self, player: Player, move: Move, arguments: Arguments) -> None:
        said, self.met = move.told(arguments), None
        try:
            answer = await self._asked(player, move, arguments)
        except move.refusals as refusal:
            self.tally.refused[move.name, refusal.code] += 1
            self._tell(player, said, refusal.code)
            return
        except Exception as error:
            self._tell(player, said, repr(error))
            raise self._failure(player.name, said, error) from error
        self.tally.done[move.name] += 1
        self._tell(player, said, "done")
        await move.bot.learn(player, arguments, answer)

    async def _asked(self, player: Player, move: Move, arguments: Arguments) -> Any:
        """The answer to a call, whatever befalls it on the way."""
        key = {KEY: dice.token(8)} if move.keyed else {}

        def call() -> Awaitable[Any]:
            return move.bot.command(*move.actor(player), **arguments, **key)

        trap = self.world.trap
        fault = drawn(self.setup.faults, keyed=move.keyed) if move.writes else None
        if fault is None or trap is None:
            return await call()
        if fault is Fault.LOST_ANSWER:
            return await self._twice(call)
        return await self._under(fault, trap, call)

    async def _twice(self, call: Callable[[], Awaitable[Any]]) -> Any:
        """The answer to a call whose answer is lost, and which is sent again.

        Raises:
            AnotherAnswer: it is another one the second time.
        """
        answer = await call()
        self._meet(Fault.LOST_ANSWER)
        again = await call()
        if again != answer:
            raise AnotherAnswer(f"{answer!r}, and then to the same key {again!r}")
        return answer

    async def _under(self, fault: Fault, trap: Trap, call: Callable[[], Awaitable[Any]]) -> Any:
        """The answer to a call that may meet ``fault``; who was cut off asks once more."""

        async def asked() -> Any:
            return await call()

        task = asyncio.create_task(asked())
        trap.set(fault, task)
        try:
            await asyncio.wait([task])
        finally:
            if trap.take_away():
                self._meet(fault)
        if task.cancelled():
            return await call()
        return task.result()

    def _meet(self, fault: Fault) -> None:
        self.met = fault
        self.tally.faults[fault] += 1

    def _failure(self, who: str, call: str, error: BaseException) -> _Failed:
        return _Failed(Broken(self.tally.steps, self.world.time.at, who, call, error))

    def _tell(self, player: Player, said: str, outcome: str) -> None:
        line = f"{self.tally.steps:>7} {self.world.time.at:%m-%d %H:%M:%S} {player.name}: {said}"
        met = f" ({self.met})" if self.met is not None else ""
        self.trace(f"{line} -> {outcome}{met}")
