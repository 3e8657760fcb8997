"""Questions: one answer is heard, by whomever it is given, and something comes of it once."""

from datetime import timedelta
from typing import Any

import pytest
from bson import ObjectId
from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule

from desperados.engine import clock
from desperados.engine.clock import FrozenClock
from desperados.engine.errors import GameError, InvalidInput
from desperados.engine.live import events
from desperados.engine.transactions import transactional
from desperados.engine.work import Jobs
from desperados.play.shapes import answer, open_questions
from desperados.play.shapes.documents import Question
from desperados.play.shapes.errors import (
    QuestionClosed,
    QuestionNotFound,
    UnknownOption,
    UnknownPurpose,
)
from desperados.play.shapes.jobs import JOBS
from desperados.play.shapes.questions import answer_by_default, ask
from desperados.testing import World, hammer
from tests.play.machine import Stage, play
from tests.play.parlour import consequences
from tests.worlds import leave_the_world

WAYS = {"run": "Run for it", "stand": "Stand your ground", "pay": "Pay them off"}


@transactional
async def riddle(who: ObjectId, minutes: int = 5, **more: Any) -> Question:
    asked: dict[str, Any] = {"kind": "riddle", "options": WAYS, "default": "run", **more}
    return ask(
        who,
        asked["kind"],
        "Three riders block the road.",
        asked["options"],
        default=asked["default"],
        expires_at=clock.now() + timedelta(minutes=minutes),
    )


async def heard(world: World, question: Question) -> list[str]:
    return [row["option"] for row in await consequences(world.game, question.id)]


async def test_a_question_is_told_listed_answered_and_gone(parlour: World) -> None:
    jane = await parlour.character()
    async with events.listen(jane) as told:
        question = await riddle(jane)
        message = await anext(aiter(told))
    assert (message.event, message.data["questionId"]) == ("question:asked", str(question.id))
    later = await riddle(jane, minutes=9)
    (first, second) = (await open_questions(jane)).items
    assert (first.id, second.id) == (question.id, later.id)
    assert {option.code: option.text for option in first.options} == WAYS
    done = await answer(jane, question.id, "pay", key="k1")
    assert (done.status, done.answer) == ("answered", "pay")
    assert await answer(jane, question.id, "pay", key="k1") == done
    assert await heard(parlour, question) == ["pay"]
    assert [item.id for item in (await open_questions(jane)).items] == [later.id]
    with pytest.raises(QuestionClosed):
        await answer(jane, question.id, "run")


async def test_what_cannot_be_asked_or_answered_is_refused(parlour: World) -> None:
    jane, bill = await parlour.character(), await parlour.character()
    with pytest.raises(UnknownPurpose):
        await riddle(jane, kind="nonsense")
    for wrong in ({"default": "fly"}, {"options": {"run": "Run"}}):
        with pytest.raises(InvalidInput):
            await riddle(jane, **wrong)
    question = await riddle(jane)
    with pytest.raises(UnknownOption):
        await answer(jane, question.id, "fly")
    for who, which in ((bill, question.id), (jane, ObjectId())):
        with pytest.raises(QuestionNotFound):
            await answer(who, which, "run")
    assert await heard(parlour, question) == []


async def test_of_many_answers_one_is_heard(parlour: World) -> None:
    jane = await parlour.character()
    question = await riddle(jane)
    ways = iter([*WAYS, *WAYS])
    outcomes = await hammer(lambda: answer(jane, question.id, next(ways)), 6)
    assert outcomes.done == 1
    assert outcomes.refused == {"question_closed": 5}
    assert await heard(parlour, question) == [outcomes.answers[0].answer]


async def test_at_its_end_the_default_is_taken_and_no_answer_any_more(
    parlour: World, time: FrozenClock
) -> None:
    jane = await parlour.character()
    question = await riddle(jane)
    time.advance(minutes=5)
    with pytest.raises(QuestionClosed):
        await answer(jane, question.id, "pay")
    await Jobs(JOBS).run_until_idle()
    await answer_by_default(question.id)
    assert await heard(parlour, question) == ["run"]
    stored = await Question.load_one({"_id": question.id})
    assert stored is not None
    assert (stored.status, stored.answer) == ("defaulted", "run")


async def test_of_who_has_left_the_world_nothing_comes(parlour: World, time: FrozenClock) -> None:
    jane = await parlour.character()
    question = await riddle(jane)
    await leave_the_world(parlour.game, jane)
    time.advance(minutes=6)
    await Jobs(JOBS).run_until_idle()
    stored = await Question.load_one({"_id": question.id})
    assert stored is not None
    assert stored.status == "lapsed"
    assert await heard(parlour, question) == []


class Riddles(Stage):
    """Questions that are asked, answered by several at once, and run out while they are."""

    async def begin(self) -> None:
        self.open_until: dict[ObjectId, Any] = {}
        self.closed: dict[ObjectId, str] = {}
        self.whose: dict[ObjectId, ObjectId] = {}

    @rule(player=st.integers(0, 3), minutes=st.integers(1, 3))
    def ask(self, player: int, minutes: int) -> None:
        question = self.run(riddle(self.people[player], minutes))
        self.open_until[question.id] = question.expires_at
        self.whose[question.id] = self.people[player]

    @rule(
        data=st.data(),
        ways=st.lists(st.sampled_from([*WAYS, "fly"]), min_size=1, max_size=3),
        worker_too=st.booleans(),
    )
    def answer(self, data: st.DataObject, ways: list[str], worker_too: bool) -> None:
        if not self.whose:
            return
        which = data.draw(st.sampled_from(sorted(self.whose)))
        works: list[Any] = [answer(self.whose[which], which, way) for way in ways]
        if worker_too:
            works.append(answer_by_default(which))
        results = self.at_once(*works)[: len(ways)]
        given = [way for way, r in zip(ways, results, strict=True) if not isinstance(r, GameError)]
        until = self.open_until.get(which)
        if until is None or until <= self.now or not set(ways) & set(WAYS):
            assert given == []
            if worker_too and until is not None and until <= self.now:
                self.close(which, "run")
        else:
            (way,) = given
            self.close(which, way)

    def close(self, which: ObjectId, way: str) -> None:
        del self.open_until[which]
        self.closed[which] = way

    @rule(seconds=st.sampled_from([1, 59.999, 60, 120]))
    def wait(self, seconds: float) -> None:
        self.wait_for(seconds)

    @rule()
    def worker(self) -> None:
        self.work()
        for which in [w for w, until in self.open_until.items() if until <= self.now]:
            self.close(which, "run")

    @invariant()
    def one_thing_came_of_each_that_is_closed(self) -> None:
        for which in getattr(self, "whose", {}):
            rows = self.run(consequences(self.game, which))
            assert [row["option"] for row in rows] == [
                way for closed, way in self.closed.items() if closed == which
            ]


def test_every_history_of_a_question_has_one_answer() -> None:
    play(Riddles)
