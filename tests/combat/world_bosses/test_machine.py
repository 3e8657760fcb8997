"""Any story of a few raids: joined, hit by everybody at once, late workers, and paid once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from bson import ObjectId
from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule

from desperados.combat.world_bosses import attack_world_boss, join_world_boss, read_my_part
from desperados.combat.world_bosses.documents import (
    BossStatus,
    WorldBoss,
    WorldBossDefinition,
    WorldBossSession,
)
from desperados.combat.world_bosses.jobs import JOBS
from desperados.combat.world_bosses.settling import announce_world_bosses
from desperados.engine import clock
from desperados.engine.errors import GameError
from tests.play.machine import MONEY, Stage, play

BOSS: dict[str, Any] = {
    "bossId": "gila",
    "name": "Gila",
    "locationId": "town",
    "level": 2,
    "health": 200,
    "damage": 900,  # some 36 a hand: people fall
    "defense": 0,
    "minutes": 10,
    "players": 2,
    "mostPlayers": 3,
    "leastShare": 5,
    "firstKill": 50,
    "comes": {"weekdays": [1, 2, 3, 4, 5, 6, 7], "hour": 20},
    "phases": [
        {"name": "one", "below": 100, "damage": 100, "answers": ["bite"]},
        {"name": "two", "below": 50, "damage": 150, "answers": ["tail"]},
    ],
    "__v": 0,
}
ORDER = [BossStatus.ANNOUNCED, BossStatus.ACTIVE, BossStatus.DEFEATED]
WHO = st.integers(0, 3)


class Raids(Stage):
    """Four people, of whom three may fight at once; a boss every evening."""

    jobs = JOBS

    def __init__(self) -> None:
        super().__init__()
        self.seen: dict[ObjectId, WorldBoss] = {}

    async def begin(self) -> None:
        place = ObjectId()
        database = self.game.database
        await database["locations"].insert_one({"_id": place, "locationId": "town"})
        await database["characters"].update_many({}, {"$set": {"currentLocationId": place}})
        await database[WorldBossDefinition.collection_name()].insert_one({**BOSS})
        self.now = self.now.replace(hour=20)
        with clock.frozen(self.now):
            await announce_world_bosses(self.now)
            coming = await self.coming()
            assert coming is not None
            await join_world_boss(self.people[0], coming.id)

    async def coming(self) -> WorldBoss | None:
        found = await WorldBoss.load_many({}, sort=[("startsAt", -1)], limit=1)
        return found[0] if found else None

    @rule(who=WHO)
    def join(self, who: int) -> None:
        coming = self.run(self.coming())
        if coming is not None:
            answer = self.attempt(join_world_boss(self.people[who], coming.id))
            if not isinstance(answer, GameError):
                assert len(answer.cards) == 5

    @rule(who=WHO, hold=st.lists(st.integers(0, 4), unique=True, max_size=5))
    def hit(self, who: int, hold: list[int]) -> None:
        coming = self.run(self.coming())
        if coming is None:
            return
        before = self.attempt(read_my_part(self.people[who], coming.id))
        blow = self.attempt(attack_world_boss(self.people[who], coming.id, hold))
        if not isinstance(blow, GameError) and not isinstance(before, GameError):
            assert blow.part.damage == before.damage + blow.damage
            assert 0 <= blow.damage <= coming.health
            assert blow.boss_health == coming.health - blow.damage

    @rule()
    def everybody_hits(self) -> None:
        self.wait_for(15)
        coming = self.run(self.coming())
        if coming is not None:
            twice = [*self.people, *self.people]
            blows = self.at_once(*(attack_world_boss(who, coming.id, []) for who in twice))
            done = [blow for blow in blows if not isinstance(blow, GameError)]
            assert len({blow.part.id for blow in done if hasattr(blow.part, "id")}) in (
                0,
                len(done),
            )
            assert sum(blow.damage for blow in done) <= coming.health

    @rule(seconds=st.sampled_from([1, 15, 120, 600, 86_400]))
    def time_passes(self, seconds: int) -> None:
        self.wait_for(seconds)

    @rule()
    def a_worker_works(self) -> None:
        self.work()

    @invariant()
    def what_was_dealt_is_gone_and_what_was_won_is_there(self) -> None:
        if self.people:
            self.run(self.check())

    async def check(self) -> None:
        won = 0
        for coming in await WorldBoss.load_many({}, limit=100):
            rows = await WorldBossSession.load_many({"appearanceId": coming.id}, limit=10)
            dealt = sum(int(row.damage_dealt) for row in rows)
            assert dealt == coming.total_damage == coming.max_health - coming.health
            assert coming.health >= 0
            assert len(rows) == coming.participants <= 3
            assert all(0 <= row.health <= row.max_health and row.falls <= 3 for row in rows)
            won += sum(row.dollars for row in rows)
            self.goes_forward(coming)
            if coming.settled_at is not None:
                assert all(row.paid_at is not None for row in rows)
            elif coming.closed_at is None:
                assert all(row.paid_at is None for row in rows)
        # Defeats take dollars; a combat level may bring 200. The ledger is audited at the end.
        held = sum([await self.dollars(who) for who in self.people])
        assert held <= 4 * (MONEY + 200) + won

    def goes_forward(self, coming: WorldBoss) -> None:
        before = self.seen.get(coming.id)
        if before is not None:
            assert coming.phase >= before.phase
            assert coming.total_damage >= before.total_damage
            if before.closed_at is not None:
                assert (coming.status, coming.health) == (before.status, before.health)
            else:
                last = BossStatus.ESCAPED
                order = [*ORDER[:2], last if coming.status is last else BossStatus.DEFEATED]
                assert order.index(coming.status) >= order.index(before.status)
        assert coming.ends_at - coming.starts_at == timedelta(minutes=10)
        self.seen[coming.id] = coming

    def teardown(self) -> None:
        if self.people:
            # However it stood: when its time is over, it is settled.
            self.wait_for(600)
            self.work()
            self.run(self.check())
            assert all(
                coming.settled_at is not None
                for coming in self.seen.values()
                if coming.ends_at <= self.now
            )
        super().teardown()


def test_every_story_of_raids() -> None:
    play(Raids)
