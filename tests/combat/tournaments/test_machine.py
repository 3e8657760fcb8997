"""Any history of tournaments: joining, leaving, playing, staying away, calling off, disqualifying,
several at once, whenever a worker looks."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from bson import ObjectId
from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule

from desperados.combat import tournaments
from desperados.combat.tournaments.documents import TournamentMatch, TournamentStatus
from desperados.combat.tournaments.rules import Bracket
from desperados.combat.tournaments.staff import disqualify
from tests.combat.purses import held_in, made_and_burned
from tests.combat.tournaments.field import JOBS, stored
from tests.play.machine import MONEY, Stage, play
from tests.worlds import STAFF

REASON = "for the test"


class Tournaments(Stage):
    """Tournaments of six people."""

    jobs = JOBS
    company = 6

    async def furnish(self) -> None:
        """The domains themselves."""

    async def begin(self) -> None:
        self.tournaments: list[ObjectId] = []

    @rule(
        fee=st.sampled_from([0, 1, 33, 33]),
        capacity=st.integers(2, 8),
        guarantee=st.sampled_from([0, 0, 7]),
        crowd=st.integers(2, 6),
        wait=st.booleans(),
    )
    def announce(self, fee: int, capacity: int, guarantee: int, crowd: int, wait: bool) -> None:
        view = self.run(
            tournaments.create_tournament(
                STAFF,
                name="The Machine Open",
                capacity=capacity,
                starts_at=self.now + timedelta(minutes=5),
                entry_fee=fee,
                guarantee=guarantee,
                reason=REASON,
            )
        )
        self.tournaments.append(view.id)
        self.at_once(*(tournaments.join_tournament(who, view.id) for who in self.people[:crowd]))
        if wait:
            self.wait_for(300)
            self.work()

    @rule(
        data=st.data(),
        deeds=st.lists(
            st.tuples(
                st.integers(0, 5),
                st.sampled_from(
                    ["in", "out", "play", "play", "play", "play", "play", "off", "gone"]
                ),
            ),
            min_size=1,
            max_size=6,
        ),
    )
    def happen(self, data: st.DataObject, deeds: list[tuple[int, str]]) -> None:
        if not self.tournaments:
            return
        which = data.draw(st.sampled_from(sorted(self.tournaments)))
        calls: dict[str, Any] = {
            "in": lambda who: tournaments.join_tournament(who, which),
            "out": lambda who: tournaments.leave_tournament(who, which),
            "play": self.play,
            "off": lambda _: tournaments.cancel_tournament(STAFF, which, reason=REASON),
            "gone": lambda who: disqualify(STAFF, which, who, reason=REASON),
        }
        self.at_once(*(calls[deed](self.people[who]) for who, deed in deeds))

    async def play(self, who: ObjectId) -> None:
        """Play every hand that is to be played."""
        for match in (await tournaments.my_matches(who)).items:
            if match.legal:
                await tournaments.play_match(who, match.id, [0, 1], match.version)

    @rule(seconds=st.sampled_from([1, 299.999, 300, 600]))
    def wait(self, seconds: float) -> None:
        self.wait_for(seconds)

    @rule()
    def worker(self) -> None:
        self.work()

    @invariant()
    def places_brackets_and_coins_add_up(self) -> None:
        if self.people:
            self.run(self.check())

    async def check(self) -> None:
        held = 0
        for which in self.tournaments:
            found = await stored(which)
            assert found.contest_id is not None
            held += await held_in(found.contest_id)
            assert len(set(found.participants)) == len(found.participants)
            if found.status is TournamentStatus.REGISTRATION:
                paid = found.entry_fee * len(found.participants)
                assert found.prize_pool == paid + found.guarantee
            if found.bracket:
                await self.check_bracket(which)
        carried = sum([await self.dollars(who) for who in self.people])
        assert carried + held == self.company * MONEY + await made_and_burned(self.game)

    async def check_bracket(self, which: ObjectId) -> None:
        found = await stored(which)
        bracket = Bracket.of(found.bracket, found.disqualified)
        matches = await TournamentMatch.load_many({"tournamentId": which}, limit=100)
        assert len({frozenset((m.player1_id, m.player2_id)) for m in matches}) == len(matches)
        for match in matches:
            assert match.winner_id in (match.player1_id, match.player2_id, None)
            if match.settled_at is not None and found.outcome != "cancelled":
                slot = bracket.slots[match.round][match.match_number - 1]
                assert slot == (match.winner_id or "nobody")
        if found.status is TournamentStatus.ACTIVE:
            playing = {(m.round, m.match_number) for m in matches if m.settled_at is None}
            assert playing == {pairing[:2] for pairing in bracket.pairings()}
            assert not bracket.is_over

    def teardown(self) -> None:
        if self.people:
            for _ in range(12):  # windows: nothing is left that does not end by itself
                self.wait_for(600)
                self.work()
            self.run(self.all_is_over())
        super().teardown()

    async def all_is_over(self) -> None:
        for which in self.tournaments:
            assert (await stored(which)).status is TournamentStatus.COMPLETE
        assert sum([await self.dollars(who) for who in self.people]) == (
            self.company * MONEY + await made_and_burned(self.game)
        )


def test_every_history_of_tournaments_ends_and_keeps_places_and_coins() -> None:
    play(Tournaments)
