"""The lives of games of one seat, against a model that plays them in memory."""

from datetime import timedelta
from typing import Any

from bson import ObjectId
from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule

from desperados.engine.errors import GameError
from desperados.play.seeds import draws_of
from desperados.play.shapes import games
from desperados.play.shapes.rules import Move, Play
from tests.play.machine import Stage, play
from tests.play.parlour import PIG, PIGS, Pig, consequences, open_pig, play_pig


class Pigs(Stage):
    """Games that begin, move, are looked at and run out, in any order, and both at once."""

    async def begin(self) -> None:
        self.plays: dict[ObjectId, tuple[ObjectId, Play]] = {}

    def current(self, player: int) -> tuple[ObjectId, Play] | None:
        """The game that somebody is in, as it should be by now."""
        found = None
        for game, (who, model) in self.plays.items():
            model.catch_up(self.now)
            if who == self.people[player] and model.verdict is None:
                found = game, model
        return found

    @rule(player=st.integers(0, 3))
    def open_one(self, player: int) -> None:
        was = self.stuck(player)
        opened = self.attempt(open_pig(self.people[player]))
        if was:
            assert isinstance(opened, GameError)
            assert opened.code == "character_busy"
            return
        assert isinstance(opened, Pig)
        model = Play.begin(
            PIG,
            {},
            draws_of(opened.seed),
            at=self.now,
            closes_at=self.now + timedelta(minutes=2),
            most_moves=PIGS.most_moves,
        )
        self.plays[opened.id] = self.people[player], model

    def stuck(self, player: int) -> bool:
        """Whether somebody is in a game of which the end is not settled; its time is not over."""
        row = self.run(self.row_of(self.people[player]))
        busy = row.get("busy")
        return busy is not None and bool(busy["until"] > self.now)

    async def row_of(self, who: ObjectId) -> dict[str, Any]:
        row: dict[str, Any] = await self.game.database["characters"].find_one({"_id": who})
        return row

    @rule(
        player=st.integers(0, 3),
        name=st.sampled_from(["roll", "roll", "roll", "stop"]),
        behind=st.sampled_from([0, 0, 0, 1]),
        twice=st.booleans(),
        clock_too=st.booleans(),
    )
    def move(self, player: int, name: str, behind: int, twice: bool, clock_too: bool) -> None:
        found = self.current(player)
        if found is None:
            return
        game, model = found
        seen = model.version - behind
        works: list[Any] = [
            play_pig(self.people[player], game, name, seen) for _ in range(1 + twice)
        ]
        if clock_too:
            works.append(games.expire(PIGS, game))
        moved = self.at_once(*works)[: 1 + twice]
        done = [result for result in moved if not isinstance(result, GameError)]
        assert len(done) == (behind == 0)
        if done:
            about = {"times": 1} if name == "roll" else {}
            model.move(Move(0, name, about, self.now), seen)

    @rule(seconds=st.sampled_from([1, 9.999, 10, 10.001, 30, 119, 120]))
    def wait(self, seconds: float) -> None:
        self.wait_for(seconds)

    @rule()
    def worker(self) -> None:
        self.work()

    @rule(player=st.integers(0, 3))
    def look(self, player: int) -> None:
        for game, (who, model) in self.plays.items():
            if who == self.people[player]:
                model.catch_up(self.now)
                seen, _ = self.run(games.read(PIGS, who, game))
                assert (seen.version, seen.total) == (model.version, model.state["total"])

    @invariant()
    def stored_games_are_where_the_model_was_or_is(self) -> None:
        for game, (_, model) in list(self.plays.items()):
            self.run(self.check(game, model))

    async def check(self, game: ObjectId, model: Play) -> None:
        stored = await Pig.load_one({"_id": game})
        assert stored is not None
        came = await consequences(self.game, game)
        model.catch_up(self.now)
        if stored.settled_at is None:
            assert came == []
            assert stored.version <= model.version
        else:
            assert model.verdict is not None
            assert stored.status == model.verdict.status
            assert stored.drawn == model.draws.drawn
            assert [(row["status"], row["total"]) for row in came] == [
                (model.verdict.status, model.state["total"])
            ]


def test_every_history_of_games_has_one_outcome() -> None:
    play(Pigs)
