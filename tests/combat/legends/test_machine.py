"""Any story of some hunters: nobody forgets, nobody hunts twice at once, a trophy is given once."""

from __future__ import annotations

from typing import Any

from bson import ObjectId
from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule

from desperados.combat.legends import (
    HuntMove,
    hear_rumor,
    legendary_move,
    list_legends,
    search_clue,
    start_legendary_hunt,
)
from desperados.combat.legends.documents import (
    DiscoveryStage,
    HuntStatus,
    Legend,
    LegendaryCombatSession,
    LegendaryHunt,
)
from desperados.combat.legends.playing import HUNTS, JOBS, LEGEND
from desperados.combat.legends.settling import settle_hunt
from desperados.engine.errors import GameError
from desperados.engine.registered import Registered
from desperados.ledger.items.documents import ItemMovement
from desperados.ledger.items.holders import pack
from desperados.ledger.items.sources import ItemSource
from tests.economy.market.market_world import add_item
from tests.play.machine import Stage, play

BEAST: dict[str, Any] = {
    "creatureId": "beast",
    "name": "Beast",
    "locationId": "town",
    "level": 2,
    "health": 700,
    "attack": 15,
    "spread": 10,
    "danger": 0,
    "cooldownHours": 1,
    "phases": [{"below": 100}, {"below": 40, "damage": 200}],
    "abilities": [
        {"code": "bite", "name": "Bite", "kind": "dot", "power": 10, "effect": "bleed", "every": 3}
    ],
    "rumors": [{"npcId": f"teller-{n}", "text": f"rumor {n}"} for n in range(3)],
    "clues": [
        {"id": f"clue-{n}", "locationId": "town", "text": f"clue {n}", "difficulty": 1}
        for n in range(3)
    ],
    "trophy": "beast-head",
    "bonus": {"damage": 5},
    "reward": {"xp": 100},
    "drops": [],
    "__v": 0,
}
STAGES = list(DiscoveryStage)
WHO = st.integers(0, 1)


class Hunters(Stage):
    """Two hunters, and one beast with its tellers and traces in one town."""

    jobs = JOBS

    def __init__(self) -> None:
        super().__init__()
        self.seen: dict[ObjectId, LegendaryHunt] = {}

    async def begin(self) -> None:
        self.people = self.people[:2]
        place, database = ObjectId(), self.game.database
        self.game.registered = lambda: Registered(
            purposes={LEGEND: settle_hunt}, games={HUNTS.name: HUNTS}
        )
        await database["locations"].insert_one(
            {"_id": place, "locationId": "town", "isZoneHub": True}
        )
        await database["npcs"].insert_many(
            [{"_id": f"teller-{n}", "name": "Teller", "locationId": place} for n in range(3)]
        )
        await database[Legend.collection_name()].insert_one({**BEAST})
        await add_item("beast-head", stackable=False, max_stack=1)
        await self.rested(currentLocationId=place)
        # One of the two knows where it lives, so that stories come to a fight.
        await LegendaryHunt(
            character_id=self.people[0],
            creature_id="beast",
            discovery_stage=DiscoveryStage.LOCATED,
            clues_found=["clue-0", "clue-1"],
            rumors=["teller-0", "teller-1"],
            progress=90,
        ).insert()

    async def rested(self, **fields: Any) -> None:
        fresh = {"energy": 150, "energyAt": self.now, "health": 100, "healthAt": self.now}
        await self.game.database["characters"].update_many({}, {"$set": {**fresh, **fields}})

    @rule(who=WHO, npc=st.integers(0, 2))
    def hear(self, who: int, npc: int) -> None:
        self.attempt(hear_rumor(self.people[who], f"teller-{npc}"))

    @rule(who=WHO)
    def search(self, who: int) -> None:
        self.attempt(search_clue(self.people[who], "beast"))

    @rule(who=WHO)
    def search_twice_at_once(self, who: int) -> None:
        self.at_once(*(search_clue(self.people[who], "beast") for _ in range(2)))

    @rule(who=WHO)
    def learn_everything(self, who: int) -> None:
        """What takes a player a day."""
        for npc in range(3):
            self.attempt(hear_rumor(self.people[who], f"teller-{npc}"))
        for _ in range(4):
            self.attempt(search_clue(self.people[who], "beast"))
            self.wait_for(3_600)
        self.run(self.rested())

    @rule(who=WHO)
    def start_twice_at_once(self, who: int) -> None:
        fights = self.at_once(*(start_legendary_hunt(self.people[who], "beast") for _ in range(2)))
        assert sum(not isinstance(fight, GameError) for fight in fights) <= 1

    @rule(who=WHO, move=st.sampled_from(list(HuntMove)), times=st.integers(1, 6))
    def fight(self, who: int, move: HuntMove, times: int) -> None:
        for _ in range(times):
            fight = self.run(self.active(self.people[who]))
            if fight is None:
                return
            self.attempt(
                legendary_move(self.people[who], fight.id, move, fight.version, hold=[0, 1], card=0)
            )

    @rule(who=WHO)
    def hunt_to_the_end(self, who: int) -> None:
        self.wait_for(21_600)
        self.run(self.rested())
        self.attempt(start_legendary_hunt(self.people[who], "beast"))
        for _ in range(40):
            fight = self.run(self.active(self.people[who]))
            if fight is None:
                return
            # Both a blow and its twin, at the same version.
            self.at_once(
                *(
                    legendary_move(
                        self.people[who], fight.id, HuntMove.ATTACK, fight.version, hold=[]
                    )
                    for _ in range(2)
                )
            )

    @rule(seconds=st.sampled_from([1, 46, 1_800, 21_600]))
    def time_passes(self, seconds: int) -> None:
        self.wait_for(seconds)

    @rule()
    def everybody_rests(self) -> None:
        self.run(self.rested())

    @rule()
    def a_worker_works(self) -> None:
        self.work()

    async def active(self, who: ObjectId) -> LegendaryCombatSession | None:
        return await LegendaryCombatSession.load_one(
            {"characterId": who, "settledAt": None, "status": HuntStatus.ACTIVE.value}
        )

    @invariant()
    def hunts_go_forward(self) -> None:
        if self.people:
            self.run(self.check())

    async def check(self) -> None:
        hunts = await LegendaryHunt.load_many({}, limit=10)
        assert len({hunt.character_id for hunt in hunts}) == len(hunts)
        for hunt in hunts:
            before = self.seen.get(hunt.id)
            if before is not None:
                assert STAGES.index(hunt.discovery_stage) >= STAGES.index(before.discovery_stage)
                assert set(hunt.clues_found) >= set(before.clues_found)
                assert hunt.hunted >= before.hunted
                assert hunt.victories >= before.victories
            self.seen[hunt.id] = hunt
            assert await self.trophies(hunt.character_id) == int(hunt.hunted)
        for who in self.people:
            row = await self.game.database["characters"].find_one({"_id": who})
            going = await LegendaryCombatSession.load_many(
                {"characterId": who, "settledAt": None}, limit=5
            )
            assert len(going) <= 1
            busy = row.get("busy")
            assert [fight.id for fight in going] == ([busy["id"]] if busy else [])
            bonus = [e["stats"] for e in row.get("effects") or [] if e["name"] == "legendary_hunts"]
            assert bonus in ([], [{"damage": 5}])
            assert len(await list_legends(who)) <= 1

    async def trophies(self, who: ObjectId) -> int:
        """How many it has got; who falls later may lose it again."""
        rows = await ItemMovement.load_many(
            {"holder": str(pack(who)), "itemId": "beast-head", "source": ItemSource.SPOILS.value},
            limit=10,
        )
        return sum(row.quantity for row in rows)

    def teardown(self) -> None:
        if self.people:
            # However it stood: half an hour later nobody is in a fight.
            self.wait_for(1_800)
            self.work()
            for who in self.people:
                assert self.run(self.active(who)) is None
            self.run(self.check())
        super().teardown()


def test_every_story_of_hunters() -> None:
    play(Hunters)
