"""The lives of fights, against a model that fights them in memory."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from bson import ObjectId
from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule

from desperados.combat.domain import DOMAIN
from desperados.combat.fights import queries
from desperados.combat.fights.documents import CombatEncounter
from desperados.combat.fights.playing import FIGHTS, JOBS
from desperados.combat.fights.rules import COMBAT_XP, LASTS
from desperados.combat.fights.service import FightMove, move, start_encounter
from desperados.combat.fights.views import FightView
from desperados.engine.errors import GameError
from desperados.engine.registered import Registered
from desperados.play.seeds import draws_of
from desperados.play.shapes import games
from desperados.play.shapes.rules import Move, Play
from tests.play.machine import Stage, play

FOES = {"pup": (1, 30, 1), "brute": (3, 400, 8)}


class Fights(Stage):
    """Fights that begin, are fought, looked at and left to the clock, in any order, and several
    things at once."""

    jobs = JOBS

    async def begin(self) -> None:
        self.plays: dict[ObjectId, tuple[ObjectId, Play]] = {}
        self.game.registered = lambda: Registered(purposes=DOMAIN.purposes, games=DOMAIN.games)
        place = ObjectId()
        people = {"_id": {"$in": self.people}}
        await self.game.database["characters"].update_many(
            people, {"$set": {"currentLocationId": place}}
        )
        await self.game.database["locations"].insert_one({"_id": place, "locationId": "ring"})
        for code, (level, health, difficulty) in FOES.items():
            await self.game.database["npcs"].insert_one(
                {
                    "_id": code,
                    "kind": "combat",
                    "type": "outlaw",
                    "name": code,
                    "locationId": place,
                    "level": level,
                    "hp": health,
                    "difficulty": difficulty,
                    "loot": {"dollars": 3},
                    "respawnMinutes": 1,
                }
            )

    def current(self, player: int) -> tuple[ObjectId, Play] | None:
        """The fight that somebody is in, as it should be by now."""
        found = None
        for fight, (who, model) in self.plays.items():
            model.catch_up(self.now)
            if who == self.people[player] and model.verdict is None:
                found = fight, model
        return found

    @rule(player=st.integers(0, 3), foe=st.sampled_from(sorted(FOES)), twice=st.booleans())
    def draw(self, player: int, foe: str, twice: bool) -> None:
        who = self.people[player]
        begun = self.at_once(*(start_encounter(who, foe) for _ in range(1 + twice)))
        fights = [fight for fight in begun if isinstance(fight, FightView)]
        assert len(fights) <= 1
        for fight in fights:
            row = self.run(self.stored(fight.id))
            model = Play.begin(
                FIGHTS.rules,
                row["terms"],
                draws_of(row["seed"]),
                at=self.now,
                closes_at=self.now + LASTS,
                most_moves=FIGHTS.most_moves,
            )
            self.plays[fight.id] = who, model

    async def stored(self, fight: ObjectId) -> dict[str, Any]:
        row: dict[str, Any] = await CombatEncounter.collection().find_one({"_id": fight})
        return row

    @rule(
        player=st.integers(0, 3),
        name=st.sampled_from(["attack", "attack", "attack", "defend", "flee", "hold"]),
        hold=st.lists(st.integers(0, 4), unique=True, max_size=5),
        behind=st.sampled_from([0, 0, 0, 1]),
        clock_too=st.booleans(),
    )
    def act(self, player: int, name: str, hold: list[int], behind: int, clock_too: bool) -> None:
        found = self.current(player)
        if found is None:
            return
        fight, model = found
        seen = model.version - behind
        legal = name in FIGHTS.rules.legal(model.state, 0) and seen >= model.turn_from
        works: list[Any] = [move(self.people[player], fight, FightMove(name), seen, hold)]
        if clock_too:
            works.append(games.expire(FIGHTS, fight))
        moved = self.at_once(*works)[0]
        assert isinstance(moved, GameError) != legal
        if legal:
            about = {"hold": hold} if name in {"attack", "hold"} else {}
            model.move(Move(0, name, about, self.now), seen)

    @rule(seconds=st.sampled_from([1, 29.999, 30, 61, 400]))
    def wait(self, seconds: float) -> None:
        self.wait_for(seconds)

    @rule()
    def worker(self) -> None:
        self.work()

    @rule(player=st.integers(0, 3))
    def look(self, player: int) -> None:
        for fight, (who, model) in self.plays.items():
            if who == self.people[player]:
                model.catch_up(self.now)
                seen = self.run(queries.read_fight(who, fight))
                assert seen.version == model.version
                (member,) = seen.table["members"]
                assert member["health"] == model.state["player"]["health"]

    @invariant()
    def stored_fights_are_where_the_model_was_or_is(self) -> None:
        self.run(self.check())

    async def check(self) -> None:
        won = dict.fromkeys(self.people, 0)
        active: dict[ObjectId, ObjectId] = {}
        for fight, (who, model) in self.plays.items():
            row = await self.stored(fight)
            model.catch_up(self.now)
            assert 0 <= row["enemy"]["health"] <= row["enemy"]["maxHealth"]
            assert row["expiresAt"] >= self.now
            if row.get("settledAt") is None:
                assert row["version"] <= model.version
                active[who] = fight
            else:
                assert model.verdict is not None
                assert (row["status"], row["drawn"]) == (model.verdict.status, model.draws.drawn)
                assert row["enemy"] == model.state["enemy"]
                if row["status"] == "victory":
                    won[who] += COMBAT_XP * FOES[row["enemy"]["npcId"]][0]
        for who in self.people:
            person = await self.game.database["characters"].find_one({"_id": who})
            assert person.get("combatXp", 0) == won[who]
            busy = person.get("busy")
            assert (busy["id"] if busy else None) == active.get(who)
            assert bool(person.get("isInCombat")) == (who in active)
            assert 0 <= person["health"] <= person["maxHealth"]


def test_every_history_of_fights_has_one_outcome() -> None:
    assert timedelta(minutes=30) == LASTS
    play(Fights)
