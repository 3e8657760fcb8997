"""Contests: places, fees and prizes, to the last coin, whoever stops half-way."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from bson import ObjectId
from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule
from pydantic import ValidationError

from desperados.economy.errors import HoldsOpen
from desperados.engine import clock
from desperados.engine.clock import FrozenClock
from desperados.engine.commands import command
from desperados.engine.errors import GameError, InvalidInput
from desperados.engine.transactions import transactional
from desperados.engine.work import Jobs
from desperados.ledger.money.errors import InsufficientFunds
from desperados.play.shapes import contest_steps
from desperados.play.shapes.contests import Rank, call_off, decide, enter, leave, open_contest
from desperados.play.shapes.documents import Contest, ContestEntry
from desperados.play.shapes.errors import (
    AlreadyEntered,
    ContestFull,
    ContestNotFound,
    EntriesClosed,
    NotEntered,
    UnknownPurpose,
    WrongStage,
)
from desperados.play.shapes.jobs import JOBS
from desperados.testing import World, hammer
from tests.play.machine import MONEY, Stage, play
from tests.play.parlour import consequences
from tests.worlds import leave_the_world

FEE = 33


@transactional
async def announce(fee: int = FEE, capacity: int = 4, *, kind: str = "race") -> Contest:
    starts_at = clock.now() + timedelta(hours=1)
    return open_contest(kind, ObjectId(), fee=fee, capacity=capacity, starts_at=starts_at)


@command(queue="contest_id")
async def join(actor: ObjectId, contest_id: ObjectId) -> None:
    await enter(contest_id, actor)


@command(queue="contest_id")
async def drop_out(actor: ObjectId, contest_id: ObjectId) -> None:
    await leave(contest_id, actor)


@transactional
async def judge(contest_id: ObjectId, ranking: Sequence[Rank], **how: Any) -> Contest:
    contest = await Contest.load_one({"_id": contest_id})
    weights = (50, 30, 20) if contest is not None and contest.entered > 2 else (70, 30)
    return await decide(contest_id, ranking, weights, **how)


cancel = transactional(call_off)


async def stored(contest: Contest) -> Contest:
    found = await Contest.load_one({"_id": contest.id})
    assert found is not None
    return found


async def dollars(world: World, *people: ObjectId) -> list[int]:
    rows = {
        row["_id"]: row["dollars"]
        for row in await world.game.database["characters"].find({}).to_list(None)
    }
    return [rows[who] for who in people]


async def begin(time: FrozenClock) -> None:
    time.advance(hours=1)
    await Jobs(JOBS).run_until_idle()


async def told(world: World, contest: Contest) -> list[str]:
    return [row["what"] for row in await consequences(world.game, contest.id)]


async def test_fees_go_into_a_pool_and_out_of_it_as_prizes(
    parlour: World, time: FrozenClock
) -> None:
    jane, bill, cole = people = [await parlour.character() for _ in range(3)]
    contest = await announce()
    for who in people:
        await join(who, contest.id)
    assert await dollars(parlour, *people) == [67, 67, 67]
    await begin(time)
    running = await stored(contest)
    assert (running.stage, running.gathered, running.due_at) == ("running", 99, None)
    await judge(contest.id, [bill, jane])
    await Jobs(JOBS).run_until_idle()
    end = await stored(contest)
    assert (end.stage, end.paid_out, end.closed_at) == ("complete", 99, time.at)
    # 50 and 30 of 80 parts: the third place was reached by nobody.
    assert await dollars(parlour, jane, bill, cole) == [67 + 37, 67 + 62, 67]
    assert await told(parlour, contest) == ["started", "ended"]
    entry = await ContestEntry.load_one({"contestId": contest.id, "characterId": bill})
    assert entry is not None
    assert (entry.place, entry.prize) == (1, 62)


async def test_who_leaves_gets_exactly_what_it_paid_and_may_come_again(parlour: World) -> None:
    jane = await parlour.character()
    contest = await announce(capacity=1)
    for _ in range(2):
        await join(jane, contest.id)
        with pytest.raises(AlreadyEntered):
            await join(jane, contest.id)
        outcomes = await hammer(lambda: drop_out(jane, contest.id), 4)
        assert outcomes.done == 1
        assert outcomes.refused == {"not_entered": 3}
        assert await dollars(parlour, jane) == [100]
    assert (await stored(contest)).entered == 0


async def test_a_crowd_gets_no_more_than_the_places_there_are(parlour: World) -> None:
    people = [await parlour.character() for _ in range(10)]
    contest = await announce(capacity=3)
    waiting = iter(people)
    outcomes = await hammer(lambda: join(next(waiting), contest.id), 10)
    assert outcomes.done == 3
    assert outcomes.refused == {"contest_full": 7}
    assert (await stored(contest)).entered == 3
    assert sorted(await dollars(parlour, *people)) == [67] * 3 + [100] * 7


async def test_an_account_has_one_place(parlour: World) -> None:
    owner = await parlour.account()
    jane, sister = [await parlour.character(of=owner) for _ in range(2)]
    contest = await announce()
    both = iter([jane, sister] * 2)
    outcomes = await hammer(lambda: join(next(both), contest.id), 4)
    assert outcomes.done == 1
    assert outcomes.refused == {"already_entered": 3}


@pytest.mark.parametrize("wrong", [{"fee": -1}, {"capacity": 0}])
async def test_a_contest_that_cannot_be_is_not_opened(
    parlour: World, wrong: dict[str, int]
) -> None:
    with pytest.raises(ValidationError):
        await announce(**wrong)


async def test_one_who_enters_many_times_at_once_has_one_place(parlour: World) -> None:
    jane = await parlour.character()
    contest = await announce(capacity=4)
    outcomes = await hammer(lambda: transactional(enter)(contest.id, jane), 5)
    assert outcomes.done == 1
    assert outcomes.refused == {"already_entered": 4}
    assert await dollars(parlour, jane) == [67]


@pytest.mark.parametrize("stage", ["open", "running", "too few"])
async def test_what_is_called_off_gives_everybody_back_exactly_what_it_paid(
    parlour: World, time: FrozenClock, stage: str
) -> None:
    people = [await parlour.character() for _ in range(1 if stage == "too few" else 3)]
    contest = await announce()
    for who in people:
        await join(who, contest.id)
    if stage != "open":
        await begin(time)
    if stage != "too few":
        await cancel(contest.id)
        await Jobs(JOBS).run_until_idle()
    end = await stored(contest)
    assert (end.stage, end.gathered) == ("cancelled", end.paid_out)
    assert await dollars(parlour, *people) == [100] * len(people)
    assert (await told(parlour, contest))[-1] == "cancelled"
    with pytest.raises(WrongStage):
        await cancel(contest.id)


async def test_what_cannot_be_is_refused(parlour: World, time: FrozenClock) -> None:
    jane, bill, eve = [await parlour.character() for _ in range(3)]
    with pytest.raises(UnknownPurpose):
        await announce(kind="nonsense")
    with pytest.raises(ContestNotFound):
        await join(jane, ObjectId())
    dear = await announce(fee=101)
    with pytest.raises(InsufficientFunds):
        await join(jane, dear.id)
    contest = await announce(capacity=2)
    with pytest.raises(NotEntered):
        await drop_out(jane, contest.id)
    with pytest.raises(WrongStage):
        await judge(contest.id, [jane])
    for who in (jane, bill):
        await join(who, contest.id)
    with pytest.raises(ContestFull):
        await join(eve, contest.id)
    with pytest.raises(HoldsOpen):
        await leave_the_world(parlour.game, jane)
    time.advance(hours=1)
    for call in (join, drop_out):
        with pytest.raises(EntriesClosed):
            await call(jane, contest.id)
    await Jobs(JOBS).run_until_idle()
    for ranking in ([], [jane, jane], [jane, eve]):
        with pytest.raises(InvalidInput):
            await judge(contest.id, ranking)


@pytest.mark.parametrize("end", ["prize", "refund"])
async def test_what_belongs_to_who_has_left_waits_and_lapses_with_it(
    parlour: World, time: FrozenClock, end: str
) -> None:
    jane, bill = people = [await parlour.character() for _ in range(2)]
    contest = await announce()
    for who in people:
        await join(who, contest.id)
    await begin(time)
    await leave_the_world(parlour.game, jane)
    await (judge(contest.id, [jane, bill]) if end == "prize" else cancel(contest.id))
    await Jobs(JOBS).run_until_idle()
    (waiting,) = await parlour.game.database["pendingrewards"].find({}).to_list(None)
    assert waiting["characterId"] == jane
    assert waiting["rewards"] == {"dollars": 47 if end == "prize" else FEE}


async def test_a_contest_without_a_fee_has_no_pool(parlour: World, time: FrozenClock) -> None:
    people = [await parlour.character() for _ in range(2)]
    contest = await announce(fee=0)
    for who in people:
        await join(who, contest.id)
    await begin(time)
    await judge(contest.id, people)
    await Jobs(JOBS).run_until_idle()
    end = await stored(contest)
    assert (end.stage, end.pool_id, end.gathered) == ("complete", None, 0)


async def run(world: World, time: FrozenClock, people: int, fee: int = FEE) -> Any:
    """A contest that is running, and who takes part."""
    inside = [await world.character() for _ in range(people)]
    contest = await announce(fee, capacity=people)
    for who in inside:
        await join(who, contest.id)
    await begin(time)
    return contest, inside


async def places(contest: Contest) -> list[int | None]:
    entries = await ContestEntry.load_many({"contestId": contest.id}, sort=[("_id", 1)], limit=10)
    return [entry.place for entry in entries]


async def test_who_shares_a_place_has_an_equal_part_of_what_they_fill(
    parlour: World, time: FrozenClock
) -> None:
    contest, people = await run(parlour, time, 4)
    jane, bill, cole, eve = people
    await judge(contest.id, [jane, (bill, cole), eve])
    await Jobs(JOBS).run_until_idle()
    # 132 by 50, and 30 and 20 for two: the second and third place are theirs together.
    assert await dollars(parlour, *people) == [67 + 66, 67 + 33, 67 + 33, 67]
    assert await places(contest) == [1, 2, 2, 4]


@pytest.mark.parametrize(
    ("how", "gathered", "out", "prizes"),
    [
        ({"subsidy": 51}, 150, 150, [75, 45, 30]),
        ({"subsidy": 51, "most": 120}, 120, 120, [60, 36, 24]),
        ({"subsidy": 51, "most": 60}, 99, 99, [30, 18, 12]),
        ({"subsidy": 1_000, "most": 99}, 99, 99, [51, 29, 19]),
    ],
)
async def test_the_world_adds_what_is_stated_and_takes_what_is_left_over(
    parlour: World,
    time: FrozenClock,
    how: dict[str, int],
    gathered: int,
    out: int,
    prizes: list[int],
) -> None:
    contest, people = await run(parlour, time, 3)
    await judge(contest.id, people, **how)
    await Jobs(JOBS).run_until_idle()
    end = await stored(contest)
    assert (end.stage, end.gathered, end.paid_out) == ("complete", gathered, out)
    assert await dollars(parlour, *people) == [67 + prize for prize in prizes]


async def test_the_world_can_pay_what_nobody_paid_for(parlour: World, time: FrozenClock) -> None:
    contest, people = await run(parlour, time, 2, fee=0)
    await judge(contest.id, people, subsidy=10)
    await Jobs(JOBS).run_until_idle()
    assert await dollars(parlour, *people) == [107, 103]


@pytest.mark.parametrize("losing", [1, 2])
async def test_what_is_forfeited_leaves_the_world(
    parlour: World, time: FrozenClock, losing: int
) -> None:
    contest, people = await run(parlour, time, 2)
    await judge(contest.id, people, forfeits=people[:losing], subsidy=7)
    await Jobs(JOBS).run_until_idle()
    end = await stored(contest)
    assert (end.stage, end.gathered - end.paid_out) == ("complete", 0)
    assert await dollars(parlour, *people) == ([67, 67 + 21] if losing == 1 else [67, 67])
    assert await places(contest) == [1, 2]


@pytest.mark.parametrize(("people", "stage"), [(3, "running"), (2, "cancelled")])
async def test_who_cannot_take_part_at_the_start_gets_back_what_it_paid(
    parlour: World, time: FrozenClock, monkeypatch: pytest.MonkeyPatch, people: int, stage: str
) -> None:
    inside = [await parlour.character() for _ in range(people)]
    contest = await announce()
    for who in inside:
        await join(who, contest.id)
    with monkeypatch.context() as patch:
        patch.setattr("tests.play.parlour.LAME", {inside[0]})
        await begin(time)
    end = await stored(contest)
    assert (end.stage, end.entered) == (stage, people - 1)
    left = 67 if stage == "running" else 100
    assert await dollars(parlour, *inside) == [100, *[left] * (people - 1)]


@pytest.mark.parametrize("end", ["prizes", "refunds"])
async def test_whoever_stops_between_two_batches_does_nothing_twice(
    parlour: World, time: FrozenClock, monkeypatch: pytest.MonkeyPatch, end: str
) -> None:
    """Each step is lost once after it was committed, and once before."""
    monkeypatch.setattr(contest_steps, "BATCH", 2)
    people = [await parlour.character() for _ in range(5)]
    contest = await announce(capacity=5)
    for who in people:
        await join(who, contest.id)
    time.advance(hours=1)
    await through_crashes(contest)
    await (judge(contest.id, people) if end == "prizes" else cancel(contest.id))
    await through_crashes(contest)
    over = await stored(contest)
    assert (over.gathered, over.paid_out) == (5 * FEE, 5 * FEE)
    kept = await dollars(parlour, *people)
    assert kept == ([150, 116, 100, 67, 67] if end == "prizes" else [100] * 5)


async def through_crashes(contest: Contest) -> None:
    """Do what is due, while two workers die at each step of it."""
    for _ in range(20):
        outcomes = await hammer(lambda: contest_steps._step(contest.id), 2)
        assert outcomes.refusals == ()
        await dies(contest)
    assert (await stored(contest)).due_at is None


@transactional
async def _step_and_die(contest: Contest) -> None:
    await contest_steps._step(contest.id)
    raise GameError("the lights went out")


async def dies(contest: Contest) -> None:
    with pytest.raises(GameError, match="lights"):
        await _step_and_die(contest)


class Contests(Stage):
    """Entries, leavings, starts, ends and callings-off, several at once."""

    async def begin(self) -> None:
        self.contests: dict[ObjectId, datetime] = {}

    @rule(
        fee=st.sampled_from([0, 1, FEE, FEE]),
        capacity=st.integers(1, 4),
        crowd=st.integers(0, 4),
    )
    def announce(self, fee: int, capacity: int, crowd: int) -> None:
        contest = self.run(announce(fee, capacity))
        self.contests[contest.id] = contest.starts_at
        if crowd:
            self.at_once(*(join(who, contest.id) for who in self.people[:crowd]))

    @rule(
        data=st.data(),
        deeds=st.lists(
            st.tuples(
                st.integers(0, 3), st.sampled_from(["in", "in", "in", "out", "off", "end", "go"])
            ),
            min_size=1,
            max_size=5,
        ),
    )
    def happen(self, data: st.DataObject, deeds: list[tuple[int, str]]) -> None:
        if not self.contests:
            return
        which = data.draw(st.sampled_from(sorted(self.contests)))
        calls: dict[str, Any] = {
            "in": lambda who: join(who, which),
            "out": lambda who: drop_out(who, which),
            "off": lambda who: cancel(which),
            "end": lambda who: judge(which, [who]),
            "go": lambda who: contest_steps.advance(which),
        }
        works = [calls[deed](self.people[who]) for who, deed in deeds]
        results = self.at_once(*works)
        if self.contests[which] <= self.now:
            for (_, deed), result in zip(deeds, results, strict=True):
                if deed in ("in", "out"):
                    assert isinstance(result, EntriesClosed)

    @rule(seconds=st.sampled_from([1, 3599.999, 3600]))
    def wait(self, seconds: float) -> None:
        self.wait_for(seconds)

    @rule()
    def worker(self) -> None:
        self.work()

    @invariant()
    def places_and_coins_add_up(self) -> None:
        if self.people:
            self.run(self.check())

    async def check(self) -> None:
        held = 0
        for which in self.contests:
            contest = await Contest.load_one({"_id": which})
            assert contest is not None
            entries = await ContestEntry.load_many({"contestId": which}, limit=100)
            inside = [e for e in entries if e.status.value in ("entered", "gathered")]
            assert len({entry.character_id for entry in inside}) == len(inside) <= contest.capacity
            held += sum(entry.paid for entry in inside if entry.status == "entered")
            held += contest.gathered - contest.paid_out
        assert sum([await self.dollars(who) for who in self.people]) == 4 * MONEY - held


def test_every_history_of_contests_keeps_places_and_coins() -> None:
    play(Contests)
