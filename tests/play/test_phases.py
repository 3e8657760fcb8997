"""Phases: by the calendar, with a sum at the end, and each row paid once."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from bson import ObjectId
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule

from desperados.engine.errors import GameError
from desperados.engine.transactions import SETTLING_IN, transactional
from desperados.ledger.money import ledger
from desperados.ledger.money.accounts import wallet
from desperados.ledger.money.documents import Currency
from desperados.ledger.money.operations import OperationKind
from desperados.ledger.money.sources import Source
from desperados.play.shapes import phases
from desperados.play.shapes.phases import (
    Phase,
    add_score,
    next_change,
    pay_rows,
    phase_at,
    sums_at,
    sums_of,
)
from desperados.testing import World, hammer
from tests.play.machine import MONEY, Stage, play
from tests.play.parlour import Volunteer

BEGIN = datetime(2026, 3, 1, tzinfo=UTC)
DAYS = [
    Phase(name, BEGIN + timedelta(days=day))
    for name, day in (("muster", 0), ("war", 2), ("peace", 9))
]


@transactional
async def fights(row: ObjectId, points: int) -> None:
    add_score(Volunteer, row, points)


async def reward(row: Volunteer) -> None:
    await ledger.post(
        [ledger.mint(wallet(row.id), Currency.DOLLARS, row.score + 1, Source.CONTRACT_REWARD)],
        OperationKind.INCOME,
    )


async def enlist(world_people: list[ObjectId], war: str = "w") -> None:
    """Everybody has a row of its own; even ones fight for the blue."""
    for number, who in enumerate(world_people):
        await Volunteer(id=who, war=war, side="blue" if number % 2 == 0 else "grey").insert()


def test_the_phase_is_a_function_of_the_dates() -> None:
    instant = timedelta(milliseconds=1)
    assert phase_at(DAYS, BEGIN - instant) is None
    assert phase_at(DAYS, BEGIN) == "muster"
    assert phase_at(DAYS, BEGIN + timedelta(days=2) - instant) == "muster"
    assert phase_at(DAYS, BEGIN + timedelta(days=2)) == "war"
    assert phase_at(DAYS, BEGIN + timedelta(days=900)) == "peace"
    assert next_change(DAYS, BEGIN) == DAYS[1]
    assert next_change(DAYS, BEGIN + timedelta(days=9)) is None
    assert sums_at(BEGIN) == BEGIN + SETTLING_IN


@given(st.lists(st.integers(0, 1000), min_size=1, max_size=6, unique=True), st.integers(-5, 1005))
def test_a_phase_lasts_until_the_next_begins(starts: list[int], hour: int) -> None:
    dates = [Phase(str(start), BEGIN + timedelta(hours=start)) for start in sorted(starts)]
    now = BEGIN + timedelta(hours=hour)
    current, following = phase_at(dates, now), next_change(dates, now)
    begun = [start for start in sorted(starts) if start <= hour]
    assert current == (str(begun[-1]) if begun else None)
    assert following == next((phase for phase in dates if int(phase.name) > hour), None)


async def test_many_score_at_once_and_the_sum_is_of_all(parlour: World) -> None:
    people = [await parlour.character() for _ in range(3)]
    await enlist(people)
    turns = iter(people * 10)
    outcomes = await hammer(lambda: fights(next(turns), 2), 30)
    assert outcomes.done == 30
    assert await sums_of(Volunteer, {"war": "w"}) == {"blue": 40, "grey": 20}
    assert await sums_of(Volunteer, {"war": "another"}) == {}


async def test_each_row_is_paid_once_and_one_that_fails_keeps_no_other_waiting(
    parlour: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(phases, "BATCH", 2)
    people = [await parlour.character() for _ in range(5)]
    await enlist(people)
    where = {"war": "w"}

    async def refuses_one(row: Volunteer) -> None:
        await reward(row)
        if row.id == people[1]:
            raise GameError("not this one")

    with pytest.raises(GameError, match="not this one"):
        await pay_rows(Volunteer, where, refuses_one)
    unpaid = await Volunteer.load_many({**where, "paidAt": None}, limit=9)
    assert [row.id for row in unpaid] == [people[1]]
    outcomes = await hammer(lambda: pay_rows(Volunteer, where, reward), 4)
    assert sum(outcomes.answers) == 1
    characters = await parlour.game.database["characters"].find({}).to_list(None)
    assert [row["dollars"] for row in characters] == [101] * 5
    with pytest.raises(GameError):
        await fights(people[0], 1)  # what is paid scores no more


class Wars(Stage):
    """People score while they are paid, by workers who stop half-way."""

    async def begin(self) -> None:
        await enlist(self.people)
        self.scores = dict.fromkeys(self.people, 0)
        self.lights = True

    @rule(
        deeds=st.lists(st.tuples(st.integers(0, 3), st.integers(1, 5)), max_size=5),
        payers=st.sampled_from([0, 0, 0, 1, 2]),
        dark=st.integers(0, 3),
    )
    def happen(self, deeds: list[tuple[int, int]], payers: int, dark: int) -> None:
        works: list[Any] = [fights(self.people[who], points) for who, points in deeds]
        works += [self.pay(self.people[dark]) for _ in range(payers)]
        for (who, points), result in zip(deeds, self.at_once(*works), strict=False):
            if not isinstance(result, GameError):
                self.scores[self.people[who]] += points

    async def pay(self, dark: ObjectId) -> int:
        """Pay, until the lights go out at one of them."""

        async def until_dark(row: Volunteer) -> None:
            await reward(row)
            if row.id == dark:
                raise GameError("the lights went out")

        return await pay_rows(Volunteer, {"war": "w"}, until_dark)

    @invariant()
    def who_is_paid_was_paid_for_its_score(self) -> None:
        if self.people:
            self.run(self.check())

    async def check(self) -> None:
        rows = {row.id: row for row in await Volunteer.load_many({"war": "w"}, limit=9)}
        for who in self.people:
            assert rows[who].score == self.scores[who]
            paid = rows[who].score + 1 if rows[who].paid_at is not None else 0
            assert await self.dollars(who) == MONEY + paid
        sums = await sums_of(Volunteer, {"war": "w"})
        assert sum(sums.values()) == sum(self.scores.values())


def test_every_history_of_a_war_pays_each_row_once() -> None:
    play(Wars)
