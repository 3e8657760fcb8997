"""A state machine over every command of money and goods, with crowds, faults and retries.

A plan is a list of steps, drawn from a seed; a step is one to eight deeds (``machine_deeds``) at
once, after a pause. Every call has an idempotency key. Some are sent twice at the same moment, some
again much later. Commands whose answer is lost are sent again with the same key until there is an
answer, as a good client does. After every step the world must add up (``machine_checks``), every
``AUDIT`` steps and at the end ``ops.audit`` must find nothing.

Why not ``hypothesis.stateful``: the bugs that are left need a long history (thousands of rows,
hundreds of listings), and Hypothesis shrinks only what it can draw from one small buffer; it would
also open a world for every forty steps. Here a run is as long as one likes. Deeds choose by a seed
of their own, so a plan stays meaningful when steps are taken out of it: ``shrink`` does just that.

A run follows from its seed: dice, clock and faults come from it. What does not is the order in
which sockets become ready, so a failure among deeds at once may need a few tries to come again.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections import Counter, deque
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from pymongo.errors import ConnectionFailure

from desperados.economy.errors import ListingEnded
from desperados.engine.errors import GameError, Unavailable
from desperados.engine.jobs import Jobs
from desperados.jobs import JOBS
from tests.economy.machine_checks import Broken, Mirror, Seen, hold, whole_audit
from tests.economy.machine_deeds import DEEDS, Call
from tests.economy.machine_world import World, calm, open_world

AUDIT = 250
CROWD = 8
MOST_TRIES = 30
KEPT_ANSWERS = 40


@dataclass(frozen=True, slots=True)
class Step:
    """What happens at once, after ``pause`` seconds. Each deed has a seed; a twin is sent twice."""

    pause: float
    deeds: tuple[tuple[int, bool], ...]
    workers: int = 0  # that do the due work meanwhile
    replays: int = 0  # earlier calls that are sent again


Plan = Sequence[Step]


def draw_plan(seed: int, length: int) -> Plan:
    """The plan of a seed."""
    chance = Random(seed)
    return [_draw_step(chance) for _ in range(length)]


def _draw_step(chance: Random) -> Step:
    kind = chance.random()
    pause = chance.uniform(0, 60)
    if kind < 0.02:
        pause = chance.uniform(3_600, 3 * 86_400)
    elif kind < 0.15:
        pause = chance.uniform(60, 3_600)
    crowd = 1 if chance.random() < 0.6 else chance.randint(2, CROWD)
    return Step(
        pause,
        tuple((chance.getrandbits(48), chance.random() < 0.1) for _ in range(crowd)),
        workers=chance.choices((0, 1, 2), (93, 4, 3))[0],
        replays=1 if chance.random() < 0.2 else 0,
    )


@dataclass
class Machine:
    """One run. ``done`` and ``refused`` count commands by name, and refusals by their code."""

    world: World
    mirror: Mirror
    chance: Random
    done: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    retried: int = 0
    faults: dict[str, int] = field(default_factory=dict)
    keys: int = 0
    answers: deque[tuple[Call, str, Any]] = field(
        default_factory=lambda: deque(maxlen=KEPT_ANSWERS)
    )
    said: list[str] = field(default_factory=list)  # of the step at hand
    settled: int = 0  # listings that a late command settled, in this step

    async def take(self, step: Step) -> None:
        """Do a step, and see whether the world still adds up."""
        self.world.time.advance(seconds=step.pause, milliseconds=1)
        self.said, self.settled = [], 0
        calls = [(call, twin) for seed, twin in step.deeds if (call := self._choose(seed))]
        work = []
        for call, twin in calls:
            self.keys += 1
            key = f"key {self.keys}"
            work.append(self._together(call, key, 2 if twin else 1))
        again = list(self.answers)[-step.replays :] if step.replays else []
        replays = [self._replay(*old) for old in again]
        workers = [Jobs(JOBS).run_until_idle() for _ in range(step.workers)]
        results = await asyncio.gather(
            *work, *replays, *(self._work(worker) for worker in workers), return_exceptions=True
        )
        for result in results:
            if isinstance(result, BaseException):
                raise result
        async with calm(self.world):
            seen = await self.mirror.look()
            if not step.workers:
                self._count(results[: len(work)], seen)
            if self.world.gone:
                self.world.time.advance(milliseconds=1)
                await self.world.replace_the_gone()
                await self.mirror.look()

    def _choose(self, seed: int) -> Call | None:
        chance = Random(seed)
        deed = chance.choices(list(DEEDS), list(DEEDS.values()))[0]
        return deed(self.world, chance)

    async def _together(self, call: Call, key: str, copies: int) -> tuple[Call, Any] | None:
        """Send a call, at once in so many copies; returns it with its answer if it succeeded."""
        outcomes = await asyncio.gather(
            *(self._attempt(call, key) for _ in range(copies)), return_exceptions=True
        )
        answers = []
        for outcome in outcomes:
            if isinstance(outcome, BaseException):
                raise outcome
            if outcome is not None:
                answers.append(outcome[0])
        if not answers:
            return None
        hold(all(answer == answers[0] for answer in answers), f"{call}: two answers to {key}")
        call.learn(answers[0])
        self.answers.append((call, key, answers[0]))
        return call, answers[0]

    async def _attempt(self, call: Call, key: str) -> tuple[Any] | None:
        """The answer in a tuple, or None for a refusal; the same key until one of them is known."""
        name = call.function.__name__
        for _ in range(MOST_TRIES):
            try:
                answer = await call.function(*call.args, **call.kwargs, key=key)
            except (Unavailable, ConnectionFailure) as lost:
                self.retried += 1
                self.said.append(f"{key} {call} -> lost: {lost!r}")
                continue
            except GameError as refusal:
                hold(refusal.status < 500, f"{call} failed: {refusal!r}")
                self.refused[f"{name}: {refusal.code}"] += 1
                self.settled += isinstance(refusal, ListingEnded)
                self.said.append(f"{key} {call} -> {refusal.code}")
                return None
            self.done[name] += 1
            self.said.append(f"{key} {call} -> {answer!r}"[:600])
            return (answer,)
        raise Broken(f"{call}: no answer after {MOST_TRIES} tries")

    async def _replay(self, call: Call, key: str, answer: Any) -> None:
        """An old call again: the same answer, and nothing else happens."""
        again = await self._attempt(call, key)
        hold(again == (answer,), f"{call} answered {answer!r}, and on {key} again {again!r}")

    async def _work(self, work: Awaitable[Any]) -> None:
        try:
            await work
        except (Unavailable, ConnectionFailure):
            self.retried += 1  # the worker goes on with the next poll

    def _count(self, results: Sequence[Any], seen: Seen) -> None:
        """Each success has left at most its own postings, each refusal none."""
        done = [result for result in results if result is not None]
        for kind, found in (("money", seen.money), ("items", seen.items)):
            most = sum(getattr(call, kind) for call, _ in done) + self.settled
            hold(
                len(found) <= most,
                f"{len(found)} postings of {kind} {list(found.values())}, but at most {most} are "
                "accounted for",
            )
        for call, answer in done:
            operation = getattr(answer, "operation", None)
            if operation is not None:
                hold(
                    operation in seen.money or operation in seen.items,
                    f"{call} answered with operation {operation}, which left no row",
                )

    async def end(self) -> None:
        """Let all time run out, do all work, and look at everything."""
        async with calm(self.world):
            for _ in range(3):
                self.world.time.advance(days=10)
                jobs = Jobs(JOBS)
                await jobs.run_until_idle()
                await self.mirror.look()
                hold(not any(jobs.failed.values()), "work failed:", jobs.failed)
            hold(not self.mirror.active, "listings are never settled:", self.mirror.active)
            dead = await self.world.game.database["jobclaims"].find({"dead": True}).to_list(None)
            hold(not dead, "work was given up:", dead)
            await whole_audit()


@dataclass
class Failed(Exception):
    """A run that broke a rule, and all that is needed to see it again."""

    seed: int
    at: int
    plan: Plan
    cause: BaseException
    said: list[str]

    def __str__(self) -> str:
        said = "\n  ".join(self.said)
        return (
            f"seed {self.seed}, step {self.at}: {type(self.cause).__name__}: {self.cause}\n"
            f"again: python -m tests.economy.machine {self.seed} {self.at + 1}\n"
            f"the step said:\n  {said}"
        )


async def run(
    seed: int,
    plan: Plan,
    *,
    faults: bool = True,
) -> Machine:
    """Carry out a plan in a new world.

    Raises:
        Failed: a rule was broken, or a command failed in a way that no player should see.
    """
    async with open_world(seed, faults=faults) as world:
        machine = Machine(world, Mirror(world), Random(seed))
        world.pieces = machine.mirror.pieces
        at = -1
        try:
            async with calm(world):
                await machine.mirror.look(since_ever=True)
            for at, step in enumerate(plan):
                await machine.take(step)
                if at % AUDIT == AUDIT - 1:
                    async with calm(world):
                        await whole_audit()
            machine.faults = dict(world.server.faults.injected) if world.server.faults else {}
            await machine.end()
        except Exception as cause:
            raise Failed(seed, at, plan[: at + 1], cause, machine.said) from cause
        return machine


async def shrink(failure: Failed, *, seconds: float = 60, **options: Any) -> Failed:
    """A shorter plan that fails too: take out halves, quarters, ... for as long as time allows.

    Delta debugging: A. Zeller, R. Hildebrandt, Simplifying and Isolating Failure-Inducing Input,
    IEEE Transactions on Software Engineering 28 (2002).
    """
    until = time.monotonic() + seconds
    best, size = failure, max(1, len(failure.plan) // 2)
    while size and time.monotonic() < until:
        start = 0
        while start < len(best.plan) and time.monotonic() < until:
            shorter = [*best.plan[:start], *best.plan[start + size :]]
            try:
                await run(best.seed, shorter, **options)
            except Failed as found:
                best = found
            else:
                start += size
        size //= 2
    return best


async def main(seed: int, length: int) -> None:
    """Run a seed, and shrink what fails."""
    began = time.perf_counter()
    try:
        machine = await run(seed, draw_plan(seed, length))
    except Failed as failure:
        print(failure)
        shorter = await shrink(failure, seconds=300)
        print(f"\n{len(shorter.plan)} of {len(failure.plan)} steps are enough:\n{shorter}")
        for step in shorter.plan:
            print(step)
        raise SystemExit(1) from None
    print(f"{length} steps in {time.perf_counter() - began:.1f} s, {machine.retried} sent again")
    print(f"{machine.world.game.conflicts} conflicts, faults: {machine.faults}")
    for counter in (machine.done, machine.refused):
        print("\n" + "\n".join(f"{count:6} {name}" for name, count in counter.most_common()))


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2])))
