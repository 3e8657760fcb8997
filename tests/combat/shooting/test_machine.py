"""Any history of shooting contests: entries, shots, absences, callings-off, several at once,
whenever a worker looks."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from bson import ObjectId
from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule

from desperados.combat import shooting
from desperados.combat.shooting.documents import (
    Shooter,
    ShootingContestStatus,
    ShootingRecord,
    ShootingTemplate,
)
from desperados.combat.shooting.staff import cancel_contest
from desperados.combat.shooting.stored import template_of
from tests.combat.purses import held_in, made_and_burned
from tests.combat.shooting.range import JOBS, stored
from tests.economy.market.market_world import add_item, give
from tests.play.machine import MONEY, Stage, play
from tests.worlds import STAFF

REASON = "for the test"
SUBSIDY, PRIZES = 60, [70, 40, 20]


class Contests(Stage):
    """Contests of five people who all stand at the range."""

    jobs = JOBS
    company = 5

    async def furnish(self) -> None:
        """The domains themselves."""

    async def begin(self) -> None:
        self.contests: list[ObjectId] = []
        place = ObjectId()
        await self.game.database["locations"].insert_one({"_id": place, "locationId": "range"})
        await add_item("navy", type="weapon", subtype="revolver", stackable=False, max_stack=1)
        fields: dict[str, Any] = {
            "when": {"hour": 1}, "fee": 30, "least": 2, "capacity": 4, "subsidy": SUBSIDY,
            "prizes": PRIZES, "weapons": ["revolver"],
            "rounds": [
                {"targets": ["silhouette_20", "bull_50"], "shots": 3, "seconds": 10, "advance": 2},
                {"targets": ["silhouette_20"], "shots": 1, "seconds": 10, "advance": 1},
            ],
        }  # fmt: skip
        await ShootingTemplate(id="match", name="M", location_id="range", **fields).insert()
        for who in self.people:
            await self.game.database["characters"].update_one(
                {"_id": who}, {"$set": {"currentLocationId": place}}
            )
            await give(who, "navy")

    @rule(crowd=st.integers(1, 5), wait=st.booleans())
    def announce(self, crowd: int, wait: bool) -> None:
        starts_at = self.now + timedelta(minutes=5, seconds=len(self.contests))
        view = self.run(
            shooting.create_contest(STAFF, template="match", starts_at=starts_at, reason=REASON)
        )
        self.contests.append(view.id)
        enter = shooting.register_shooter
        self.at_once(*(enter(who, view.id, "navy") for who in self.people[:crowd]))
        if wait:
            self.wait_for(301 + len(self.contests))
            self.work()

    @rule(
        data=st.data(),
        deeds=st.lists(
            st.tuples(
                st.integers(0, 4),
                st.sampled_from(["in", "out", "fire", "fire", "fire", "fire", "fire", "off"]),
            ),
            min_size=1,
            max_size=8,
        ),
    )
    def happen(self, data: st.DataObject, deeds: list[tuple[int, str]]) -> None:
        if not self.contests:
            return
        which = data.draw(st.sampled_from(sorted(self.contests)))
        calls: dict[str, Any] = {
            "in": lambda who: shooting.register_shooter(who, which, "navy"),
            "out": lambda who: shooting.withdraw_shooter(who, which),
            "fire": lambda who: self.fire(who, which),
            "off": lambda _: cancel_contest(STAFF, which, reason=REASON),
        }
        self.at_once(*(calls[deed](self.people[who]) for who, deed in deeds))

    async def fire(self, who: ObjectId, which: ObjectId) -> None:
        """Fire the next shot, or what would be it."""
        row = await Shooter.load_one({"contestId": which, "characterId": who})
        round_, number = (row.round, row.fired + 1) if row is not None else (1, 1)
        await shooting.fire(who, which, round_, number, "silhouette_20")

    @rule(seconds=st.sampled_from([1, 209.999, 210, 600]))
    def wait(self, seconds: float) -> None:
        self.wait_for(seconds)

    @rule()
    def worker(self) -> None:
        self.work()

    @invariant()
    def shots_places_and_coins_add_up(self) -> None:
        if self.people:
            self.run(self.check())

    async def check(self) -> None:
        held = 0
        for which in self.contests:
            found = await stored(which)
            assert found.contest_id is not None
            held += await held_in(found.contest_id)
            assert set(found.weapons) >= {str(who) for who in found.participants}
            rows = await Shooter.load_many({"contestId": which}, limit=64)
            for row in rows:
                for number, round_ in enumerate(found.rounds, start=1):
                    fired = [shot.number for shot in row.shots if shot.round == number]
                    assert fired == list(range(1, len(fired) + 1))
                    assert len(fired) <= round_.shots
            if found.status is ShootingContestStatus.ACTIVE:
                shots = found.rounds[-1].shots
                left = [row for row in rows if row.out is None and row.fired < shots]
                assert found.pending == len(left)
                assert {row.round for row in rows if row.out is None} == {found.round}
        carried = sum([await self.dollars(who) for who in self.people])
        assert carried + held == self.company * MONEY + await made_and_burned(self.game)

    def teardown(self) -> None:
        if self.people:
            for _ in range(3):
                self.wait_for(3_600)
                self.work()
            self.run(self.all_is_over())
        super().teardown()

    async def all_is_over(self) -> None:
        for which in self.contests:
            found = await stored(which)
            assert found.status is ShootingContestStatus.COMPLETE
            won = sum(one.prize for one in found.placements)
            if found.outcome == "finished":
                fees = 30 * len(found.participants)
                assert won == min(sum(PRIZES[: len(found.placements)]), fees + SUBSIDY)
                assert won <= fees + template_of(found).subsidy
            records = await ShootingRecord.load_many({"contestId": which}, limit=64)
            assert len(records) == len(found.placements)


def test_every_history_of_contests_ends_and_keeps_shots_and_coins() -> None:
    play(Contests)
