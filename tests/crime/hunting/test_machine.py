"""The life of contracts and hunts: what is over stays so, and every coin has a name.

Contracts, hires, doors, answers, arrests, the passing of time and the worker come in any order, and
some at the same moment. The audit at the end of each history says that no coin was lost.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from bson import ObjectId
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule

from desperados.combat.fights.documents import CombatEncounter
from desperados.combat.fights.playing import FIGHTS
from desperados.combat.fights.service import FightMove, move
from desperados.crime.arrests import arrest_character
from desperados.crime.bounties import post_bounty
from desperados.crime.hunting import (
    abandon_contract,
    cancel_hire,
    confront_target,
    hire_hunter,
    rules,
    start_contract,
    track_target,
)
from desperados.crime.hunting.documents import BountyHunt, BountyHuntStatus, LawContract
from desperados.crime.hunting.trails import Way
from desperados.engine.errors import GameError
from desperados.law.consequences import LawBounty
from desperados.play.shapes.documents import Question
from desperados.play.shapes.games import due_job
from desperados.play.shapes.jobs import JOBS as SHARED
from desperados.play.shapes.questions import answer
from desperados.testing.worlds import open_world
from tests.crime.hunting.grounds import DUE, employer_in
from tests.law.courts import charge
from tests.play.machine import Stage, play
from tests.world.people import change

people = st.integers(0, 2)
HUNTERS = ["copper-kate", "the-kid", "el-cazador", "old-grandfather", "iron-jack"]
TARGETS = ["dusty-dan", "el-diablo", "silent-sam"]
ACTIVE = BountyHuntStatus.ACTIVE.value


class Hunting(Stage):
    """Three who hunt each other, and outlaws of the land."""

    jobs = (*SHARED, *DUE, due_job(FIGHTS))

    @initialize()
    def settle(self) -> None:
        self.over: dict[ObjectId, dict[str, Any]] = {}

        async def start() -> None:
            world = await self.open.enter_async_context(open_world())
            self.game = world.game
            for _ in range(3):
                who = await employer_in(world, 20_000)
                await change(who, level=45, standings={"nahi_coalition": 90})
                bounty = LawBounty("settler_alliance", 800, "robbery")
                await charge(who, wanted=3, bounty=bounty)
                self.people.append(who)

        self.run(start())

    @rule(one=people, dollars=st.sampled_from([150, 800, 6_000]))
    def offend(self, one: int, dollars: int) -> None:
        bounty = LawBounty("settler_alliance", dollars, "robbery")
        self.at_once(charge(self.people[one], wanted=2, bounty=bounty))

    @rule(pair=st.permutations([0, 1, 2]), amount=st.sampled_from([100, 2_000]))
    def post(self, pair: list[int], amount: int) -> None:
        payer, head = (self.people[number] for number in pair[:2])
        self.at_once(post_bounty(payer, head, amount))

    @rule(one=people, outlaw=st.sampled_from(TARGETS), twice=st.booleans())
    def take(self, one: int, outlaw: str, twice: bool) -> None:
        who = self.people[one]
        made = self.at_once(*[start_contract(who, outlaw) for _ in range(1 + twice)])
        assert sum(not isinstance(it, GameError) for it in made) <= 1

    @rule(
        one=people,
        way=st.sampled_from(list(Way)),
        found=st.booleans(),
        rested=st.booleans(),
        twice=st.booleans(),
    )
    def follow(self, one: int, way: Way, found: bool, rested: bool, twice: bool) -> None:
        who = self.people[one]
        if rested:
            self.run(change(who, energy=150, energyAt=self.now, health=100, healthAt=self.now))
        if found:
            mine = {"characterId": who, "status": ACTIVE}
            self.run(LawContract.collection().update_one(mine, {"$set": {"progress": 80}}))
            self.at_once(*[confront_target(who, way) for _ in range(1 + twice)])
        else:
            self.at_once(track_target(who), *([abandon_contract(who)] if twice else []))

    @rule(pair=st.permutations([0, 1, 2]), hunter=st.sampled_from(HUNTERS))
    def hire(self, pair: list[int], hunter: str) -> None:
        one, two, prey = (self.people[number] for number in pair)
        self.at_once(hire_hunter(one, hunter, prey), hire_hunter(two, hunter, prey))

    @rule(number=st.integers(0, 9))
    def call_off(self, number: int) -> None:
        hunts = self.hunts()
        if hunts:
            hunt = hunts[number % len(hunts)]
            self.at_once(*[cancel_hire(hunt.hunter_id, hunt.id) for _ in range(2)])

    @rule(number=st.integers(0, 9), option=st.integers(0, 9), also=st.booleans())
    def reply(self, number: int, option: int, also: bool) -> None:
        asked = self.run(Question.load_many({"status": "open"}, limit=20))
        if not asked:
            return
        question = asked[number % len(asked)]
        code = question.options[option % len(question.options)].code
        who = question.character_id
        works: list[Any] = [answer(who, question.id, code)]
        if also:
            rival = next(other for other in self.people if other != who)
            works.append(arrest_character(rival, who))
        self.at_once(*works)

    @rule(wins=st.booleans())
    def shoot(self, wins: bool) -> None:
        fights = self.run(CombatEncounter.load_many({"settledAt": None}, limit=3))
        for fight in fights:
            side = "battle.foe.health" if wins else "battle.members.0.health"
            tilted = CombatEncounter.collection().update_one({"_id": fight.id}, {"$set": {side: 1}})
            self.run(tilted)
            self.at_once(move(fight.character_id, fight.id, FightMove.ATTACK, fight.version))

    @rule(number=st.integers(0, 9))
    def knock(self, number: int) -> None:
        """A hunter comes, and his prey is at home."""
        hunts = [hunt for hunt in self.hunts() if hunt.encounter_at is not None]
        if not hunts:
            return
        hunt = hunts[number % len(hunts)]
        assert hunt.encounter_at is not None
        self.now = max(self.now, hunt.encounter_at) + timedelta(seconds=1)
        self.run(change(hunt.target_id, lastActive=self.now))
        self.work()

    @rule(one=people)
    def be_about(self, one: int) -> None:
        self.run(change(self.people[one], lastActive=self.now))

    @rule(hours=st.sampled_from([0.1, 1, 9, 25, 80]))
    def wait(self, hours: float) -> None:
        self.wait_for(3_600 * hours)

    @rule()
    def worker(self) -> None:
        self.work()

    def hunts(self) -> list[BountyHunt]:
        return self.run(BountyHunt.load_many({"status": ACTIVE}, limit=50))

    @invariant()
    def nobody_hunts_or_is_hunted_more_than_may_be(self) -> None:
        if not self.people:
            return
        hunts = self.hunts()
        for who in self.people:
            on_it = [hunt.npc_hunter for hunt in hunts if hunt.target_id == who]
            of_his = [hunt.npc_hunter for hunt in hunts if hunt.hunter_id == who]
            assert len(on_it) == len(set(on_it)) <= rules.MOST_ON_A_TARGET
            assert len(of_his) == len(set(of_his))
        assert all(hunt.hunter_id != hunt.target_id for hunt in hunts)
        contracts = self.run(LawContract.load_many({"status": ACTIVE}, limit=50))
        assert len({contract.character_id for contract in contracts}) == len(contracts)
        assert all(0 <= contract.progress <= 100 for contract in contracts)

    @invariant()
    def what_is_over_stays_so(self) -> None:
        if self.people:
            self.run(self._compare())

    async def _compare(self) -> None:
        for model in (BountyHunt, LawContract):
            ended = {"status": {"$ne": ACTIVE}}
            async for row in model.collection().find(ended):
                assert self.over.setdefault(row["_id"], row) == row
                assert row.get("completedAt") or row.get("closedAt")

    @invariant()
    def whoever_serves_a_sentence_serves_one(self) -> None:
        if not self.people:
            return
        for who in self.people:
            serving = {"characterId": who, "status": "serving"}
            assert self.run(self.game.database["jailsentences"].count_documents(serving)) <= 1

    def teardown(self) -> None:
        """Nothing stays open for ever: some weeks later everything has an end."""
        if self.people:
            for _ in range(4):
                self.wait_for(8 * 24 * 3_600)
                self.work()
            assert self.hunts() == []
            assert self.run(LawContract.load_many({"status": ACTIVE}, limit=1)) == []
            assert self.run(CombatEncounter.load_many({"settledAt": None}, limit=1)) == []
        super().teardown()


def test_hunting_has_one_end_and_every_coin_a_name() -> None:
    play(Hunting)
