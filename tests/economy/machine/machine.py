"""A state machine over every command of money and goods, with crowds, faults and retries.

A step is one to eight deeds (``machine_deeds``) at once, after a pause. Every call has an
idempotency key. Some are sent twice at the same moment, some again much later. Commands whose
answer is lost are sent again with the same key until there is an answer, as a good client does.
After every step the world must add up (``machine_checks``), and at the end ``ops.audit`` must find
nothing.

Hypothesis draws which deeds, when, and how many at once. Who, what and how much a deed chooses from
what there is, by a small seed of its own: so a history is drawn in few bytes and can be long, and a
deed stays meaningful when Hypothesis takes out others before it.

Dice, clock and faults follow from the drawn seed of the world. What does not is the order in which
sockets become ready: a failure among deeds at once may not come again, and Hypothesis then calls
it flaky. So the failing step tells its story in the notes of the exception itself.
"""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Awaitable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any, ClassVar

import hypothesis
from hypothesis import assume, note, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    rule,
    run_state_machine_as_test,
)
from pymongo.errors import ConnectionFailure

from desperados.assembly.jobs import JOBS
from desperados.economy.errors import ListingEnded
from desperados.economy.watch import alarms
from desperados.engine.errors import GameError, Unavailable
from desperados.engine.work import Jobs, PeriodicJob
from desperados.ledger.money.sources import Source
from tests.economy.machine.checks import Broken, Mirror, Seen, hold, whole_audit
from tests.economy.machine.deeds import DEEDS, Call, Deed
from tests.economy.machine.world import calm, open_world

LENGTH = 254  # steps of one history: more would not fit into what Hypothesis draws for an example
MOST_TRIES = 30
KEPT_ANSWERS = 40
DAYS_TO_THE_END = 30
COLLECTED = {
    source.value for source in (Source.WEALTH_TAX, Source.REVERSED_INCOME, Source.DEBT_REPAID)
}
# What was missed is made up for once, not for two days: more of the same shows nothing new.
WORK = tuple(
    replace(job, catch_up=min(job.catch_up, 1)) if isinstance(job, PeriodicJob) else job
    for job in JOBS
)

Drawn = tuple[Deed, int, bool]  # what, the seed of its choices, and whether it is sent twice

MINUTE, HOUR, DAY = 60, 3_600, 86_400
pauses = st.sampled_from(
    (*range(60), *range(0, 60, 2), *(MINUTE, 5 * MINUTE, 20 * MINUTE, HOUR) * 2, 3 * HOUR, 2 * DAY)
)
deeds = st.tuples(
    st.sampled_from([deed for deed, weight in DEEDS.items() for _ in range(weight)]),
    st.integers(0, 2**15 - 1),
    st.sampled_from((*(False,) * 9, True)),
)
crowds = st.sampled_from((*(1,) * 28, *range(2, 9))).flatmap(
    lambda size: st.lists(deeds, min_size=size, max_size=size)
)
workers = st.sampled_from((*(0,) * 28, 1, 2))
replays = st.sampled_from((0, 0, 0, 0, 1))


@dataclass
class Tally:
    """What all histories of a run did. Refusals are counted by their code."""

    steps: int = 0
    retried: int = 0
    done: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    broken: list[Exception] = field(default_factory=list)


class Town(RuleBasedStateMachine):
    """One history of a small town."""

    tally: ClassVar[Tally]

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.open = AsyncExitStack()
        self.keys = 0
        self.answers: deque[tuple[Call, str, Any]] = deque(maxlen=KEPT_ANSWERS)
        self.said: list[str] = []  # of the step at hand
        self.settled = 0  # listings that a late command settled, in this step
        self.sound = False

    @initialize(seed=st.integers(0, 2**24 - 1))
    def begin(self, seed: int) -> None:
        # Hypothesis begins with the simplest of all histories: one deed again and again.
        assume(seed)

        async def start() -> None:
            self.world = await self.open.enter_async_context(open_world(seed))
            self.mirror = Mirror(self.world)
            self.world.pieces = self.mirror.pieces

        self.runner.run(start())
        self.sound = True
        self.told(self.mirror.look())

    def teardown(self) -> None:
        try:
            if self.sound:
                self.tally.faults.update(self.world.storm.injected)
                self.told(self.end())
        finally:
            self.runner.run(self.open.aclose())
            self.runner.close()

    @rule(pause=pauses, drawn=crowds, workers=workers, replays=replays)
    def step(self, pause: int, drawn: list[Drawn], workers: int, replays: int) -> None:
        """``workers`` do the due work meanwhile; ``replays`` earlier calls are sent again."""
        self.told(self.take(pause, drawn, workers, replays))
        self.tally.steps += 1

    def told(self, work: Awaitable[Any]) -> None:
        """Do it, and tell what was said meanwhile."""
        self.said, self.settled = [], 0

        async def do() -> None:
            await work

        try:
            self.runner.run(do())
        except Exception as error:
            self.sound = False
            self.tally.broken.append(error)
            error.add_note("\n  ".join(("what was said before this:", *self.said)))
            raise
        for line in self.said:
            note(line)

    async def take(self, pause: int, drawn: list[Drawn], workers: int, replays: int) -> None:
        """Do a step, and see whether the world still adds up."""
        self.world.time.advance(seconds=pause, milliseconds=1)
        calls = [(deed(self.world, Random(seed)), twin) for deed, seed, twin in drawn]
        work = [self._together(call, 2 if twin else 1) for call, twin in calls if call]
        again = list(self.answers)[-replays:] if replays else []
        results = await asyncio.gather(
            *work,
            *(self._replay(*old) for old in again),
            *(self._work() for _ in range(workers)),
            return_exceptions=True,
        )
        for result in results:
            if isinstance(result, BaseException):
                raise result
        async with calm(self.world):
            seen = await self.mirror.look()
            if not workers:
                self._count(results[: len(work)], seen)
            if self.world.gone:
                await self.world.replace_the_gone()
                await self.mirror.look()

    async def _together(self, call: Call, copies: int) -> tuple[Call, Any] | None:
        """Send a call, at once in so many copies; returns it with its answer if it succeeded."""
        self.keys += 1
        key = f"key {self.keys}"
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
                self.tally.retried += 1
                self.said.append(f"{key} {call} -> lost: {lost!r}")
                continue
            except GameError as refusal:
                hold(refusal.status < 500, f"{call} failed: {refusal!r}")
                self.tally.refused[f"{name}: {refusal.code}"] += 1
                self.settled += isinstance(refusal, ListingEnded)
                self.said.append(f"{key} {call} -> {refusal.code}")
                return None
            self.tally.done[name] += 1
            self.said.append(f"{key} {call} -> {answer!r}"[:600])
            return (answer,)
        raise Broken(f"{call}: no answer after {MOST_TRIES} tries")

    async def _replay(self, call: Call, key: str, answer: Any) -> None:
        """An old call again: the same answer, and nothing else happens."""
        again = await self._attempt(call, key)
        hold(again == (answer,), f"{call} answered {answer!r}, and on {key} again {again!r}")

    async def _work(self) -> None:
        try:
            await Jobs(WORK).run_until_idle()
        except (Unavailable, ConnectionFailure):
            self.tally.retried += 1  # the worker goes on with the next poll

    def _count(self, results: Sequence[Any], seen: Seen) -> None:
        """Each success has left at most its own postings, each refusal none."""
        done = [result for result in results if result is not None]
        # What somebody owes is collected with what he does next, in that transaction.
        money = {done: sources for done, sources in seen.money.items() if not sources <= COLLECTED}
        for kind, found in (("money", money), ("items", seen.items)):
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

    def _no_false_alarms(self) -> None:
        """The hourly look of the game itself found nothing that no player can do."""
        for act in self.world.stored("auditlogs"):
            if act["action"] == alarms.FLAG:
                pattern = act["details"]["pattern"]
                hold(pattern not in (alarms.BROKEN_CHAIN, alarms.WRONG_SUPPLY), "alarm:", act)

    async def end(self) -> None:
        """Let all time run out, do all work, and look at everything."""
        async with calm(self.world):
            self.world.time.advance(days=DAYS_TO_THE_END)
            jobs = Jobs(WORK)
            await jobs.run_until_idle()
            hold(not any(jobs.failed.values()), "work failed:", jobs.failed)
            await self.mirror.look()
            self._no_false_alarms()
            hold(not self.mirror.active, "listings are never settled:", self.mirror.active)
            dead = [claim for claim in self.world.stored("jobclaims") if claim.get("dead")]
            hold(not dead, "work was given up:", dead)
            await whole_audit()


def play(
    tally: Tally, steps: int, *, seed: int | None = None, length: int = LENGTH, **options: Any
) -> None:
    """Histories of ``length`` steps, at least so many in all; the same ones for the same ``seed``.

    Raises:
        Broken: a rule does not hold.
        Flaky: one did not hold, but Hypothesis could not make it happen again.
    """

    class Part(Town):
        pass

    Part.tally = tally
    # Now and then Hypothesis ends a history early: then another one makes up for it.
    while tally.steps < steps:
        run_state_machine_as_test(  # type: ignore[no-untyped-call]
            Part if seed is None else hypothesis.seed(f"{seed}, {tally.steps}")(Part),
            settings=settings(
                max_examples=-(-(steps - tally.steps) // length),
                stateful_step_count=length + 1,  # Hypothesis counts the beginning as well
                derandomize=seed is not None,
                deadline=None,
                **options,
            ),
        )
