"""The life of a traveller: at a place, on the way, or asked; one energy, one arrival.

A model knows where the traveller is, what is paid and how often it has arrived. Commands, answers,
the passing of time and the worker come in any order, and some at the same moment.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from desperados.characters.participant import load_participant
from desperados.characters.tallies.documents import Tally
from desperados.engine.errors import GameError
from desperados.play.shapes import questions
from desperados.play.shapes.jobs import JOBS as SHARED
from desperados.testing.worlds import open_world
from desperados.world.jobs import JOBS
from desperados.world.places import read_place
from desperados.world.travel import travel
from desperados.world.travel.documents import Journey
from tests.play.machine import Stage, play
from tests.world.people import change
from tests.world.skies import order

# Roads between three places far out: one takes time, and all of them are dangerous.
PLACES = ("dusty-trail", "the-wastes", "coyotes-crossroads")
KNOWN_DEFAULT = timedelta(minutes=30)


class Travels(Stage):
    """One traveller of level 40 that never tires, and does not fall."""

    jobs = (*SHARED, *JOBS)

    @initialize()
    def settle(self) -> None:
        self.run(self._start())
        self.here = PLACES[0]
        self.arriving: tuple[str, Any] | None = None
        self.asked: tuple[Any, str, Any] | None = None  # question, target, end
        self.paid = self.journeys = 0

    async def _start(self) -> None:
        world = await self.open.enter_async_context(open_world())
        self.game = world.game
        await order(world, "clear")
        self.traveller = await world.character(place=PLACES[0])
        self.people.append(self.traveller)
        await self.refresh()

    async def refresh(self) -> None:
        await change(
            self.traveller,
            level=40,
            energy=10_000,
            maxEnergy=10_000,
            energyAt=self.now,
            health=10_000,
            maxHealth=10_000,
            healthAt=self.now,
            downUntil=None,
        )

    # What may happen

    @rule(to=st.sampled_from(PLACES))
    def go(self, to: str) -> None:
        before = self.energy()
        self.went(to, self.attempt(travel(self.traveller, to)), before)

    @rule(goals=st.lists(st.sampled_from(PLACES), min_size=2, max_size=3))
    def go_at_once(self, goals: list[str]) -> None:
        before = self.energy()
        results = self.at_once(*(travel(self.traveller, to) for to in goals))
        done = [pair for pair in zip(goals, results, strict=True) if _done(pair[1])]
        # Two may both go where the first way takes no time.
        for to, result in sorted(done, key=lambda pair: -pair[1].energy):
            self.went(to, result, before)
            before = result.energy
        if not done:
            assert self.energy() == before

    def went(self, target: str, result: Any, before: int) -> None:
        self.catch_up()
        if not _done(result):
            assert isinstance(result, GameError)
            assert self.energy() == before
            return
        assert self.asked is None
        assert self.arriving is None
        assert self.here != target
        assert result.energy == before - result.energy_spent
        self.paid += result.energy_spent
        if result.question is not None:
            self.asked = (result.question, target, self.now + KNOWN_DEFAULT)
        elif result.arrives_at is not None:
            self.arriving = (target, result.arrives_at)
        else:
            self.here = target
            self.journeys += 1

    @precondition(lambda self: self.asked is not None)
    @rule(which=st.integers(0, 5), twice=st.booleans())
    def answer(self, which: int, twice: bool) -> None:
        self.catch_up()
        if self.asked is None:
            return
        question, target, end = self.asked
        (asked,) = self.run(questions.open_questions(self.traveller)).items
        option = asked.options[which % len(asked.options)].code
        if twice:
            results = self.at_once(
                *(questions.answer(self.traveller, question, option) for _ in range(2))
            )
        else:
            results = [self.attempt(questions.answer(self.traveller, question, option))]
        done = [result for result in results if _done(result)]
        assert len(done) <= 1
        if self.now >= end:
            assert not done
        if done:
            self.asked = None
            self.see_what_came(target)

    @rule(seconds=st.sampled_from([1, 60, 82, 600, 1_800]))
    def wait(self, seconds: int) -> None:
        self.wait_for(seconds)
        self.run(self.refresh())

    @rule()
    def due(self) -> None:
        was = self.asked
        self.work()
        if was is not None and self.now >= was[2]:
            self.asked = None
            self.see_what_came(was[1])
        self.catch_up()

    # What must be

    def see_what_came(self, target: str) -> None:
        """After an answer: through, on the way, or back where it was."""
        row = self.run(self.row())
        busy = row.get("busy")
        place = self.run(read_place(row["currentLocationId"]))
        assert place is not None
        if busy is not None and busy["until"] > self.now:
            assert place.code == target
            self.arriving = (target, busy["until"])
        elif place.code == target:
            self.here = target
            self.journeys += 1
        else:
            assert place.code == self.here
        self.run(self.refresh())

    def catch_up(self) -> None:
        """What the clock alone does."""
        if self.arriving is not None and self.now >= self.arriving[1]:
            self.here = self.arriving[0]
            self.journeys += 1
            self.arriving = None

    def energy(self) -> int:
        return self.run(load_participant(self.traveller)).energy.value

    async def row(self) -> dict[str, Any]:
        found: dict[str, Any] = await self.game.database["characters"].find_one(
            {"_id": self.traveller}
        )
        return found

    @invariant()
    def the_traveller_is_where_the_model_is(self) -> None:
        if not self.people:
            return
        self.catch_up()
        place = self.run(read_place(self.run(self.row())["currentLocationId"]))
        assert place is not None
        assert place.code == (self.arriving[0] if self.arriving else self.here)

    @invariant()
    def every_arrival_is_noted_once_and_none_too_early(self) -> None:
        if not self.people:
            return
        self.catch_up()
        journeys = self.run(Journey.load_many({"characterId": self.traveller}, limit=100))
        for journey in journeys:
            assert journey.arrived_at is None or journey.arrived_at >= journey.arrives_at
        tally = self.run(Tally.load_one({"characterId": self.traveller}))
        visits = sum(
            int(times)
            for name, times in (tally.counts if tally else {}).items()
            if name.startswith("place%2Ereached")
        )
        unnoted = sum(j.arrived_at is None and j.arrives_at <= self.now for j in journeys)
        assert visits + unnoted == self.journeys


def _done(result: Any) -> bool:
    return not isinstance(result, BaseException)


def test_a_traveller_is_at_one_place_pays_once_and_arrives_once() -> None:
    play(Travels)
