"""Games of several seats: turns, moves that nobody else sees, and who is not there."""

from dataclasses import replace
from typing import Any

import pytest
from bson import ObjectId
from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule

from desperados.characters.actor import load_actors
from desperados.engine.clock import FrozenClock
from desperados.engine.errors import GameError, InvalidInput
from desperados.engine.transactions import transactional
from desperados.engine.work import Jobs
from desperados.play.shapes import games
from desperados.play.shapes.errors import GameMoved, GameNotFound, NotYourTurn
from desperados.play.shapes.tables import game_view, may_sit_together
from desperados.testing import World, hammer
from tests.play.machine import Stage, play
from tests.play.parlour import GUESSES, JOBS, Guess, choose, consequences, open_guess


async def stored(table: Guess) -> Guess:
    found = await Guess.load_one({"_id": table.id})
    assert found is not None
    return found


async def test_who_moves_at_the_same_time_needs_not_have_seen_the_others(parlour: World) -> None:
    jane, bill = await parlour.character(), await parlour.character()
    table = await open_guess(jane, bill)
    await choose(jane, table.id, 6, 0)
    await choose(bill, table.id, 3, 0)
    assert (await stored(table)).state == {"round": 2, "chosen": [None, None], "points": [1, 0]}
    with pytest.raises(GameMoved):
        await choose(jane, table.id, 6, 1)
    await choose(jane, table.id, 6, 2)
    with pytest.raises(NotYourTurn):
        await choose(jane, table.id, 5, 2)


async def test_each_sees_the_table_from_its_own_seat(parlour: World) -> None:
    jane, bill, eve = [await parlour.character() for _ in range(3)]
    table = await choose(jane, (await open_guess(jane, bill)).id, 6, 0)
    shown = [game_view(GUESSES, table, seat) for seat in (0, 1, None)]
    assert [view.table["chosen"] for view in shown] == [
        [6, None],
        ["hidden", None],
        ["hidden", None],
    ]
    assert [view.legal for view in shown] == [[], ["choose"], []]
    assert {(view.seed, view.seed_hash) for view in shown} == {(None, table.seed_hash)}
    with pytest.raises(GameNotFound):
        await games.read(GUESSES, eve, table.id)
    with pytest.raises(GameNotFound):
        await choose(eve, table.id, 1, 1)


async def test_those_who_play_are_told_of_each_step(parlour: World, time: FrozenClock) -> None:
    jane, bill = await parlour.character(), await parlour.character()
    table = await open_guess(jane, bill)
    told: list[int] = []
    kind = replace(GUESSES, moved=lambda game: told.append(game.version))
    await transactional(games.move)(kind, jane, table.id, "choose", version=0, about={"number": 6})
    await games.expire(kind, table.id)
    assert told == [1]
    time.advance(seconds=20)
    await games.expire(kind, table.id)
    assert told == [1, 2]


async def test_nobody_sits_at_a_table_twice(parlour: World) -> None:
    owner = await parlour.account()
    jane, sister = [await parlour.character(of=owner) for _ in range(2)]
    people = await load_actors([jane, sister])
    with pytest.raises(InvalidInput):
        may_sit_together([people[jane], people[sister]])


async def test_all_choose_at_once_and_each_choice_counts(parlour: World) -> None:
    people = [await parlour.character() for _ in range(4)]
    table = await open_guess(*people)
    waiting = iter([*people, *people])
    outcomes = await hammer(lambda: choose(next(waiting), table.id, 2, 0), 8)
    assert outcomes.done == 4
    assert sum(outcomes.refused.values()) == 4
    assert (await stored(table)).state["round"] == 2


async def test_for_who_is_not_there_the_clock_chooses_and_nobody_waits(
    parlour: World, time: FrozenClock
) -> None:
    jane, bill = await parlour.character(), await parlour.character()
    table = await open_guess(jane, bill)
    await parlour.game.database["characters"].update_one({"_id": bill}, {"$set": {"isDead": True}})
    for version in (0, 2, 4):
        table = await choose(jane, table.id, 4, version)
    assert (table.status, table.state["points"]) == ("complete", [3, 0])
    assert [move.seat for move in table.moves if move.auto] == [1, 1, 1]
    (came,) = await consequences(parlour.game, table.id)
    assert came["points"] == [3, 0]


async def test_two_who_let_the_time_pass_lose_it_in_the_order_of_their_seats(
    parlour: World, time: FrozenClock
) -> None:
    jane, bill = await parlour.character(), await parlour.character()
    table = await open_guess(jane, bill)
    await choose(bill, table.id, 5, 0)
    time.advance(60)
    await Jobs(JOBS).run_until_idle()
    end = await stored(table)
    assert (end.status, end.state["points"]) == ("complete", [0, 1])
    assert [move.seat for move in end.moves] == [1, 0, 0, 1, 0, 1]


class Tables(Stage):
    """A table of four at which people choose, die, wait, and look too late."""

    async def begin(self) -> None:
        table = await open_guess(*self.people)
        self.table, self.dead = table.id, set[ObjectId]()
        self.chosen: list[tuple[int, int]] = []  # the seat and the number of who was heard

    @rule(
        choices=st.lists(st.tuples(st.integers(0, 3), st.integers(1, 6)), min_size=1, max_size=5),
        clock_too=st.booleans(),
    )
    def choose(self, choices: list[tuple[int, int]], clock_too: bool) -> None:
        version = self.run(self.stored()).version
        works: list[Any] = [
            choose(self.people[seat], self.table, number, version) for seat, number in choices
        ]
        if clock_too:
            works.append(games.expire(GUESSES, self.table))
        results = self.at_once(*works)[: len(choices)]
        for choice, result in zip(choices, results, strict=True):
            if not isinstance(result, GameError):
                assert self.people[choice[0]] not in self.dead
                self.chosen.append(choice)

    async def stored(self) -> Guess:
        found = await Guess.load_one({"_id": self.table})
        assert found is not None
        return found

    @rule(seat=st.integers(0, 3))
    def die(self, seat: int) -> None:
        who = self.people[seat]
        self.dead.add(who)
        change = {"$set": {"isDead": True}}
        self.run(self.game.database["characters"].update_one({"_id": who}, change))

    @rule(seconds=st.sampled_from([1, 19.999, 20, 45]))
    def wait(self, seconds: float) -> None:
        self.wait_for(seconds)

    @rule()
    def worker(self) -> None:
        self.work()

    @invariant()
    def nobody_was_heard_who_had_not_chosen_and_everybody_once_a_round(self) -> None:
        if not self.people:
            return
        table = self.run(self.stored())
        heard = [(move.seat, move.about["number"]) for move in table.moves if not move.auto]
        assert sorted(heard) == sorted(self.chosen)
        for begin in range(0, len(table.moves), 4):
            seats = [move.seat for move in table.moves[begin : begin + 4]]
            assert len(set(seats)) == len(seats)
        over = table.settled_at is not None
        assert over == (table.state["round"] > 3)
        came = self.run(consequences(self.game, self.table))
        assert [row["points"] for row in came] == ([table.state["points"]] if over else [])


def test_every_history_of_a_table_has_one_outcome() -> None:
    play(Tables)
