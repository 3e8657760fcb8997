"""The lives of fights against bosses, against a model that fights them in memory."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from bson import ObjectId
from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule

from desperados.combat.bosses.documents import BossEncounter
from desperados.combat.bosses.fights import BOSSES, LASTS
from desperados.combat.bosses.jobs import JOBS
from desperados.combat.bosses.parties import invite_to_boss
from desperados.combat.bosses.service import (
    BossMove,
    fight_boss,
    read_boss_fight,
    start_boss,
    tick,
)
from desperados.combat.bosses.views import BossFightView
from desperados.combat.domain import DOMAIN
from desperados.engine.errors import GameError
from desperados.engine.registered import Registered
from desperados.play.seeds import draws_of
from desperados.play.shapes import accept_offer
from desperados.play.shapes.jobs import JOBS as SHARED
from desperados.play.shapes.rules import Move, Play
from desperados.play.shapes.views import ProposalView
from tests.combat.bosses.hunts import small_boss
from tests.play.machine import Stage, play

BRUIN = "bruin"
MOVES = st.sampled_from([*[BossMove.ATTACK] * 6, BossMove.DEFEND, BossMove.FLEE])


class Bosses(Stage):
    """Four people who ask each other along, set out, strike, guard, flee, come late, die and are
    jailed, several at once."""

    jobs = (*SHARED, *JOBS)

    async def begin(self) -> None:
        self.plays: dict[ObjectId, tuple[list[ObjectId], Play]] = {}
        self.gone: set[ObjectId] = set()
        self.game.registered = lambda: Registered(
            purposes=DOMAIN.purposes, games=DOMAIN.games, offers=DOMAIN.offers
        )
        place = ObjectId()
        database = self.game.database
        await database["characters"].update_many(
            {"_id": {"$in": self.people}}, {"$set": {"currentLocationId": place, "level": 5}}
        )
        await database["locations"].insert_one({"_id": place, "locationId": "den"})
        await database["bosses"].insert_one(small_boss(BRUIN, "den", most=4, health=500))
        leader, *others = self.people
        for member in others:
            offer = await invite_to_boss(leader, BRUIN, member)
            await accept_offer(member, offer.id)
        await self.follow(await start_boss(leader, BRUIN))

    def catch_up(self, people: list[ObjectId], model: Play) -> None:
        absent = [seat for seat, who in enumerate(people) if who in self.gone]
        model.catch_up(self.now, absent)

    @rule(leader=st.integers(0, 3), member=st.integers(0, 3))
    def ask(self, leader: int, member: int) -> None:
        (offer,) = self.at_once(invite_to_boss(self.people[leader], BRUIN, self.people[member]))
        if isinstance(offer, ProposalView):
            self.at_once(accept_offer(self.people[member], offer.id))

    @rule(leaders=st.lists(st.integers(0, 3), min_size=1, max_size=3))
    def set_out(self, leaders: list[int]) -> None:
        begun = self.at_once(*(start_boss(self.people[leader], BRUIN) for leader in leaders))
        for fight in begun:
            if isinstance(fight, BossFightView):
                assert not self.gone & set(fight.game.players)
                self.run(self.follow(fight))

    async def follow(self, fight: BossFightView) -> None:
        """Fight in memory what has begun."""
        row = await self.stored(fight.game.id)
        model = Play.begin(
            BOSSES.rules,
            row["terms"],
            draws_of(row["seed"]),
            at=self.now,
            closes_at=self.now + LASTS,
            most_moves=BOSSES.most_moves,
        )
        self.plays[fight.game.id] = fight.game.players, model

    async def stored(self, fight: ObjectId) -> dict[str, Any]:
        row: dict[str, Any] = await BossEncounter.collection().find_one({"_id": fight})
        return row

    @rule(
        moves=st.lists(MOVES, min_size=4, max_size=4),
        some=st.sets(st.integers(0, 3), min_size=1),
        twice=st.booleans(),
        clock_too=st.booleans(),
    )
    def act(self, moves: list[BossMove], some: set[int], twice: bool, clock_too: bool) -> None:
        """Some of those who fight say at the same moment what they do, perhaps twice."""
        for fight, (people, model) in self.plays.items():
            self.catch_up(people, model)
            seats = [people.index(self.people[n]) for n in some if self.people[n] in people]
            seen, legal = model.version, {}
            for seat in seats:
                may = BOSSES.rules.legal(model.state, seat)
                legal[seat] = moves[seat] in may and people[seat] not in self.gone
            works: list[Any] = [
                fight_boss(people[seat], fight, moves[seat], seen, hold=[0])
                for seat in seats
                for _ in range(1 + twice)
            ]
            if clock_too:
                works.append(tick(fight))
            results = self.at_once(*works)
            for place, seat in enumerate(seats):
                made = results[place * (1 + twice) : (place + 1) * (1 + twice)]
                heard = [one for one in made if not isinstance(one, GameError)]
                tired = all(
                    isinstance(one, GameError) and one.code == "not_enough_energy" for one in made
                )
                assert len(heard) == (legal[seat] and not tired)
                if heard:
                    move, alone = moves[seat], {"hold": [0], "target": None}
                    about = alone if move is BossMove.ATTACK else {}
                    model.move(Move(seat, move.value, about, self.now), seen)
            self.catch_up(people, model)

    @rule(player=st.integers(0, 3), how=st.sampled_from(["isDead", "isInJail"]))
    def leave(self, player: int, how: str) -> None:
        """Die, or be jailed, in the middle of it."""
        who = self.people[player]
        if len(self.gone) < 2:
            for people, model in self.plays.values():
                self.catch_up(people, model)
            self.settle_what_is_absent()
            self.gone.add(who)
            change = {"$set": {how: True}}
            self.run(self.game.database["characters"].update_one({"_id": who}, change))

    @rule(seconds=st.sampled_from([1, 44.999, 45, 100]))
    def wait(self, seconds: float) -> None:
        for people, model in self.plays.values():
            self.catch_up(people, model)
        self.settle_what_is_absent()
        self.wait_for(seconds)

    def settle_what_is_absent(self) -> None:
        """The clock moves for who is not there when somebody looks: the model has just looked."""
        for fight in self.plays:
            self.at_once(tick(fight))

    @rule()
    def worker(self) -> None:
        self.work()

    @rule(player=st.integers(0, 3))
    def look(self, player: int) -> None:
        who = self.people[player]
        for fight, (people, _) in self.plays.items():
            if who in people:
                seen = self.run(read_boss_fight(who, fight))
                assert seen.game.seed is None or seen.game.status != "active"

    @invariant()
    def stored_fights_are_where_the_model_was_or_is(self) -> None:
        if self.people:
            self.run(self.check())

    async def check(self) -> None:
        ended = dict.fromkeys(self.people, 0)
        active: dict[ObjectId, ObjectId] = {}
        for fight, (people, model) in self.plays.items():
            row = await self.stored(fight)
            self.catch_up(people, model)
            assert 0 <= row["bossHealth"] <= row["bossMaxHealth"]
            assert row["bossHealth"] == row["battle"]["foe"]["health"]
            if row.get("settledAt") is None:
                assert row["version"] <= model.version
                outs = [member["out"] for member in row["battle"]["members"]]
                for seat, who in enumerate(people):
                    assert (outs[seat] == "fled") == (seat in row["left"])
                    if outs[seat] == "fled":
                        ended[who] += 1
                    else:
                        active[who] = fight
            else:
                assert model.verdict is not None
                assert (row["status"], row["drawn"]) == (model.verdict.status, model.draws.drawn)
                assert row["battle"] == model.state["battle"]
                for who in people:
                    ended[who] += 1
        records = {
            record["characterId"]: record
            for record in await self.game.database["bossrecords"].find({}).to_list(None)
        }
        for who in self.people:
            record = records.get(who, {})
            assert record.get("fights", 0) == ended[who]
            endings = [record.get(name, 0) for name in ("victories", "defeats", "fled")]
            assert sum(endings) == ended[who]
            person = await self.game.database["characters"].find_one({"_id": who})
            busy = person.get("busy")
            assert (busy["id"] if busy else None) == active.get(who)
            assert bool(person.get("isInCombat")) == (who in active)


def test_every_history_of_fights_against_bosses_has_one_outcome() -> None:
    assert timedelta(minutes=60) == LASTS
    play(Bosses)
