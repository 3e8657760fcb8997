"""The outbox, in any order of commands, faults, deaths and repairs: each follower applies every
happening of a key once and in its order, and nothing expires that somebody still waits for."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Coroutine
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from bson import ObjectId
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from desperados.embedded import Faults
from desperados.engine import clock
from desperados.engine.errors import GameError
from desperados.engine.game import Game
from desperados.engine.happenings.documents import Happening
from desperados.engine.transactions import transaction
from desperados.engine.work import Jobs, dead_letters, job_statuses, revive
from desperados.engine.work.claims import BACKOFF_LIMIT, MOST_ATTEMPTS, Claims
from tests.engine.happenings.bells import follow_in, heard, listener, ring
from tests.games import open_game

START = datetime(2026, 3, 2, 12, tzinfo=UTC)
BELLS = [ObjectId(f"{number:024x}") for number in range(1, 4)]
MOMENT = timedelta(milliseconds=2)

bells = st.sampled_from(BELLS)
names = st.sampled_from(["ann", "bob"])


class Belfry(RuleBasedStateMachine):
    """Three bells, and two who listen: Ann to all, Bob to what is loud."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.cannot_bear: set[tuple[str, ObjectId]] = set()
        self.rung: dict[tuple[str, ObjectId], list[int]] = {
            (name, bell): [] for name in ("ann", "bob") for bell in BELLS
        }

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        self.game.embedded.faults = self.faults
        try:
            return self.runner.run(work)
        finally:
            self.game.embedded.faults = None
            self.time.advance(MOMENT.total_seconds())

    def _listener(self, name: str, *happenings: str) -> Any:
        base = listener(name, *happenings)

        async def apply(rows: list[Happening]) -> None:
            await base.apply(rows)
            if (name, rows[0].actor) in self.cannot_bear:
                raise ValueError("too loud")

        return replace(base, apply=apply)

    @initialize(seed=st.integers(0, 10**6), stormy=st.booleans())
    def begin(self, seed: int, stormy: bool) -> None:
        self.faults = Faults(seed, conflict_rate=0.05, lost_answer_after=0.03) if stormy else None
        self.followers = [self._listener("ann"), self._listener("bob", "bell.rung.loud")]
        self.frozen = clock.frozen(START)
        self.time = self.frozen.__enter__()

        async def start() -> Game:
            self.opened = open_game()
            return await self.opened.__aenter__()

        self.game = self.runner.run(start())
        follow_in(self.game, *self.followers)

    def teardown(self) -> None:
        if hasattr(self, "game"):
            self.run(self._settle_everything())
            self.runner.run(self.opened.__aexit__(None, None, None))
            self.frozen.__exit__(None, None, None)
        self.runner.close()

    async def _settle_everything(self) -> None:
        """When all is repaired and enough time has passed, everybody has heard everything."""
        self.cannot_bear.clear()
        for letter in await dead_letters():
            await revive(letter.id)
        for _ in range(3):
            self.time.advance(BACKOFF_LIMIT)
            await Jobs(self.followers).run_until_idle()
        for (name, bell), strokes in self.rung.items():
            assert await heard(self.game, name, bell) == strokes
        assert await Happening.load_one({"waiting": {"$ne": []}}) is None
        assert await self.game.database["jobclaims"].count_documents({}) == 0

    @rule(bell=bells, loud=st.booleans(), kept=st.booleans())
    def strike(self, bell: ObjectId, loud: bool, kept: bool) -> None:
        """A command, which may be given up after it has written all."""

        async def play() -> None:
            async with transaction():
                stroke = await ring(bell, *(["loud"] if loud else []))
                if not kept:
                    raise GameError("given up")
            # From here on it is committed.
            self._note(bell, stroke, loud)

        with contextlib.suppress(GameError):  # given up, or lost to a fault before its commit
            self.run(play())

    def _note(self, bell: ObjectId, stroke: int, loud: bool) -> None:
        self.rung["ann", bell].append(stroke)
        if loud:
            self.rung["bob", bell].append(stroke)

    @rule(count=st.integers(1, 3))
    def work(self, count: int) -> None:
        """Some workers at once do all they can."""

        async def all_of_them() -> None:
            await asyncio.gather(*(Jobs(self.followers).run_until_idle() for _ in range(count)))

        self.run(all_of_them())

    @rule(patience=st.integers(0, 12))
    def work_and_die(self, patience: int) -> None:
        """A worker that is killed somewhere in the middle, and leaves its claims behind."""

        async def die() -> None:
            task = asyncio.create_task(Jobs(self.followers).run_until_idle())
            for _ in range(patience * 8):
                await asyncio.sleep(0)
            task.cancel()
            await asyncio.wait([task])

        self.run(die())

    @rule(name=names, bell=bells)
    def die_with_a_claim(self, name: str, bell: ObjectId) -> None:
        """A worker that dies as soon as it has taken a key in hand."""
        self.run(Claims("dead").take_new(name, {f"{name}:{bell}": {"row": bell}}))

    @rule(name=names, bell=bells, bears=st.booleans())
    def fail_or_recover(self, name: str, bell: ObjectId, bears: bool) -> None:
        """What a follower does with a key fails from now on, or does not any more."""
        change = self.cannot_bear.discard if bears else self.cannot_bear.add
        change((name, bell))

    @rule(times=st.sampled_from([1, MOST_ATTEMPTS + 1]))
    def wait(self, times: int) -> None:
        """Hours pass, with somebody at work: what keeps failing is set aside."""

        async def go_on() -> None:
            for _ in range(times):
                self.time.advance(BACKOFF_LIMIT)
                await Jobs(self.followers).run_until_idle()

        self.run(go_on())

    @rule()
    def repair(self) -> None:
        """An operator revives what was set aside."""

        async def all_letters() -> None:
            for letter in await dead_letters():
                assert await revive(letter.id)

        self.run(all_letters())

    @invariant()
    def everybody_has_heard_a_beginning_of_what_happened(self) -> None:
        """In order, nothing twice, nothing left out; and what is left out waits."""
        if hasattr(self, "game"):
            self.runner.run(self._check())

    async def _check(self) -> None:
        for (name, bell), strokes in self.rung.items():
            known = await heard(self.game, name, bell)
            assert known == strokes[: len(known)]
            waiting = {"waiting": {"$in": [name, f"{name}:set-aside"]}, "actor": bell}
            left = await self.game.database["happenings"].count_documents(waiting)
            assert left == len(strokes) - len(known)
        rows = await self.game.database["happenings"].find({}).to_list(None)
        assert all(("expiresAt" in row) == (row["waiting"] == []) for row in rows)
        for status in await job_statuses(self.followers):
            assert status.dead or status.waiting is not None


TestBelfry = Belfry.TestCase
TestBelfry.settings = settings(
    max_examples=12,
    stateful_step_count=20,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
