"""The lives of deck games, against a model that plays them in memory: begun, played, overtaken by
the clock, two things at once, in any order; each settled once, with its stake."""

from __future__ import annotations

from typing import Any

from bson import ObjectId
from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule

from desperados.deck.documents import Action, ActionDeckSession, ActionResult
from desperados.deck.domain import DOMAIN
from desperados.deck.games import RULES
from desperados.deck.service import play as play_game
from desperados.deck.service import practice_game, start_action
from desperados.deck.sessions import DECK_GAME
from desperados.deck.views import DeckGameView
from desperados.engine.registered import Registered
from desperados.ledger.money.documents import Hold
from desperados.ledger.money.holds import held_in
from desperados.play.seeds import draws_of
from desperados.play.shapes import games
from desperados.play.shapes.rules import Move, Play
from tests.play.machine import Stage, play

DEEDS = {"brawl": "combat", "charm": "social", "whittle": "craft"}
PEOPLE = st.integers(0, 1)


class Tables(Stage):
    """Two people at their own games."""

    jobs = DOMAIN.jobs

    async def begin(self) -> None:
        self.game.registered = lambda: Registered(
            purposes=DOMAIN.purposes, games=DOMAIN.games, escrows=DOMAIN.escrows
        )
        for code, kind in DEEDS.items():
            await Action(
                id=code, name=code, type=kind, energy_cost=3, effects={"dollars": 10, "xp": 2}
            ).insert()
        self.plays: dict[ObjectId, tuple[ObjectId, Play]] = {}

    async def open_of(self, who: ObjectId) -> ActionDeckSession | None:
        return await ActionDeckSession.load_one({"characterId": who, "settledAt": None})

    def learn(self, shown: DeckGameView) -> None:
        """Begin to play a game in memory, too."""
        stored = self.run(ActionDeckSession.load_one({"_id": shown.id}))
        assert stored is not None
        model = Play.begin(
            RULES,
            stored.terms,
            draws_of(stored.seed),
            at=stored.started_at,
            closes_at=stored.closes_at,
            most_moves=DECK_GAME.most_moves,
        )
        self.plays[shown.id] = (stored.character_id, model)

    @rule(
        player=PEOPLE,
        deed=st.sampled_from([*DEEDS, "practice"]),
        stake=st.sampled_from([None, None, 10, 100]),
        twice=st.booleans(),
    )
    def start(self, player: int, deed: str, stake: int | None, twice: bool) -> None:
        who = self.people[player]
        works: list[Any] = [
            practice_game(who, "poker", 2) if deed == "practice" else start_action(who, deed, stake)
            for _ in range(1 + twice)
        ]
        begun = [one for one in self.at_once(*works) if isinstance(one, DeckGameView)]
        over = [one for one in begun if one.result is not None]
        assert len(begun) - len(over) <= 1  # a natural ends at once, and frees the seat
        for shown in begun:
            self.learn(shown)

    @rule(
        player=PEOPLE,
        choice=st.integers(0, 20),
        keep=st.lists(st.integers(0, 4), unique=True, max_size=5),
        behind=st.sampled_from([0, 0, 0, 1]),
        twice=st.booleans(),
        clock_too=st.booleans(),
    )
    def move(
        self,
        player: int,
        choice: int,
        keep: list[int],
        behind: int,
        twice: bool,
        clock_too: bool,
    ) -> None:
        who = self.people[player]
        found = self.run(self.open_of(who))
        if found is None:
            return
        _, model = self.plays[found.id]
        model.catch_up(self.now)
        if model.verdict is not None:
            return
        legal = sorted(RULES.legal(model.state, 0))
        name = legal[choice % len(legal)]
        cards = {"hold": keep, "draw": keep, "reroll": keep[:1]}.get(name)
        if "hold" not in legal:
            cards = None
        seen = model.version - behind
        works: list[Any] = [play_game(who, found.id, name, seen, cards) for _ in range(1 + twice)]
        if clock_too:
            works.append(games.expire(DECK_GAME, found.id))
        moved = self.at_once(*works)[: 1 + twice]
        done = [one for one in moved if isinstance(one, DeckGameView)]
        assert len(done) <= 1
        if done:
            about = {} if cards is None else {"cards": cards}
            model.move(Move(0, name, about, self.now), seen)
            assert done[0].version == model.version

    @rule(seconds=st.sampled_from([1, 59.999, 60, 60.001, 300, 900]))
    def wait(self, seconds: float) -> None:
        self.wait_for(seconds)

    @rule()
    def worker(self) -> None:
        self.work()

    @invariant()
    def each_game_is_where_the_model_was_or_is(self) -> None:
        for game_id, (who, model) in list(self.plays.items()):
            self.run(self.check(game_id, who, model))

    async def check(self, game_id: ObjectId, who: ObjectId, model: Play) -> None:
        stored = await ActionDeckSession.load_one({"_id": game_id})
        results = await ActionResult.load_many({"_id": game_id}, limit=2)
        assert stored is not None
        model.catch_up(self.now)
        cards = [*stored.deck, *stored.hand, *stored.state["discarded"], *stored.state["house"]]
        assert len(cards) == len(set(cards)) == 52
        hold = await Hold.load_one({"_id": stored.hold_id}) if stored.hold_id else None
        held = sum(held_in(hold.to_mongo()).values()) if hold is not None else 0
        if stored.settled_at is None:
            assert results == []
            assert stored.version <= model.version
            assert held == (stored.stake["held"] if stored.stake else 0)
            return
        assert model.verdict is not None
        assert held == 0
        ((result,), facts) = ([row.result for row in results], model.verdict.facts)
        assert stored.status == model.verdict.status
        won = facts["succeeded"] and facts["bailed"] is None
        assert result["succeeded"] is won
        if stored.deed is None:
            assert (result["dollars"], result["xp"], result["card"]) == (0, 0, None)
        elif won:
            assert result["dollars"] >= 10
        if stored.stake:
            assert result["stake"] == (stored.stake["win"] if won else -stored.stake["held"])

    @invariant()
    def nobody_sits_at_two_games_or_at_one_that_is_over(self) -> None:
        self.run(self.check_seats())

    async def check_seats(self) -> None:
        for who in self.people:
            open_now = await ActionDeckSession.load_many(
                {"characterId": who, "settledAt": None, "closesAt": {"$gt": self.now}}, limit=3
            )
            row = await self.game.database["characters"].find_one({"_id": who})
            assert row["energy"] >= 0
            assert row["dollars"] >= 0
            busy = row.get("busy")
            at_table = busy is not None and busy["until"] > self.now
            assert len(open_now) == at_table
            if at_table:
                assert busy["id"] == open_now[0].id


def test_deck_games_live_as_the_model_does() -> None:
    play(Tables)
