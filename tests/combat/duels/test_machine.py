"""The life of duels: no coin is lost or made, nobody is in two, and what is over stays so.

Challenges, answers, moves, the passing of time and the worker come in any order, and some at the
same moment.
"""

from __future__ import annotations

from collections.abc import Awaitable
from random import Random
from typing import Any, TypeVar

from bson import ObjectId
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule

from desperados.combat.duels import (
    accept_duel,
    cancel_duel,
    challenge_duel,
    decline_duel,
    play_duel,
)
from desperados.combat.duels.documents import (
    OPEN_DUELS,
    Duel,
    DuelSession,
    DuelStatus,
    DuelType,
)
from desperados.combat.duels.game.table import Table
from desperados.combat.duels.jobs import JOBS
from desperados.combat.duels.playing import DUELS
from desperados.combat.duels.rules import RULES
from desperados.engine.errors import GameError
from desperados.ledger.money.documents import Hold
from desperados.play.shapes import games
from desperados.play.shapes.jobs import JOBS as SHARED
from desperados.testing.worlds import open_world
from tests.combat.duels.playing import arguments_for
from tests.combat.duels.ring import dollars, duelist, stored
from tests.play.machine import Stage, play

people = st.integers(0, 2)
T = TypeVar("T")
ANSWERS = {"accept": accept_duel, "decline": decline_duel, "cancel": cancel_duel}
HELD = {DuelStatus.PENDING: 1, DuelStatus.ACCEPTED: 2, DuelStatus.ACTIVE: 2}


async def as_coroutine(work: Awaitable[T]) -> T:
    return await work


class Duels(Stage):
    """Three who fight for honour, rating and money."""

    jobs = (*SHARED, *JOBS)

    @initialize()
    def settle(self) -> None:
        async def start() -> None:
            world = await self.open.enter_async_context(open_world())
            self.game = world.game
            for _ in range(3):
                self.people.append(await duelist(world))
            self.coins = sum([await dollars(who) for who in self.people])

        self.over: dict[ObjectId, dict[str, Any]] = {}
        self.run(start())

    def duels(self, *statuses: str) -> list[Duel]:
        return self.run(Duel.load_many({"status": {"$in": list(statuses)}}, limit=20))

    @rule(one=people, other=people, kind=st.sampled_from(list(DuelType)), twice=st.booleans())
    def challenge(self, one: int, other: int, kind: DuelType, twice: bool) -> None:
        wager = 100 if kind is DuelType.WAGER else 0
        pair = (self.people[one], self.people[other])
        calls = [challenge_duel(*pair, kind=kind, wager=wager)]
        if twice:
            calls.append(challenge_duel(*reversed(pair), kind=kind, wager=wager))
        made = [found for found in self.at_once(*calls) if not isinstance(found, GameError)]
        assert len(made) <= 1

    @rule(pair=st.permutations([0, 1, 2]), kind=st.sampled_from(list(DuelType)))
    def agree(self, pair: list[int], kind: DuelType) -> None:
        """Two of them agree, if nothing is in their way."""
        one, other = (self.people[number] for number in pair[:2])
        wager = 100 if kind is DuelType.WAGER else 0
        made = self.attempt(as_coroutine(challenge_duel(one, other, kind=kind, wager=wager)))
        if not isinstance(made, GameError):
            self.attempt(as_coroutine(accept_duel(other, made.id)))

    @rule(number=st.integers(0, 9), ways=st.lists(st.sampled_from(sorted(ANSWERS)), min_size=1))
    def answer(self, number: int, ways: list[str]) -> None:
        open_ = self.duels(DuelStatus.PENDING.value)
        if not open_:
            return
        duel = open_[number % len(open_)]
        calls = [
            ANSWERS[way](duel.challenger_id if way == "cancel" else duel.defender_id, duel.id)
            for way in ways[:3]
        ]
        done = [found for found in self.at_once(*calls) if not isinstance(found, GameError)]
        assert len(done) <= 1

    @rule(
        number=st.integers(0, 2**32),
        moves=st.integers(1, 40),
        twice=st.booleans(),
        clock_too=st.booleans(),
    )
    def moves(self, number: int, moves: int, twice: bool, clock_too: bool) -> None:
        luck = Random(number)
        for _ in range(moves):
            going = self.duels(DuelStatus.ACCEPTED.value, DuelStatus.ACTIVE.value)
            if not going:
                return
            self.move(luck, luck.choice(going).id, twice, clock_too)

    def move(self, luck: Random, duel: ObjectId, twice: bool, clock_too: bool) -> None:
        game = self.run(DuelSession.load_one({"_id": duel}))
        assert game is not None
        seat = luck.choice(sorted(RULES.turn(game.state)))
        names = sorted(RULES.legal(game.state, seat))
        if luck.random() < 0.9:  # whoever plays at all seldom gives up
            names = [name for name in names if name not in ("forfeit", "withdraw")]
        name = luck.choice(names)
        about = arguments_for(Table.of(game.state), seat, name, luck)
        who = game.seats[seat].character_id
        works: list[Any] = [
            play_duel(who, duel, name, version=game.version, **about) for _ in range(1 + twice)
        ]
        if clock_too:
            works.append(games.expire(DUELS, duel))
        self.at_once(*works)
        after = self.run(DuelSession.load_one({"_id": duel}))
        assert after is not None
        assert len(after.moves) >= len(game.moves)

    @rule(seconds=st.sampled_from([1, 30, 59.999, 60, 61, 300]))
    def wait(self, seconds: float) -> None:
        self.wait_for(seconds)

    @rule()
    def worker(self) -> None:
        self.work()

    @invariant()
    def no_coin_is_lost_or_made(self) -> None:
        self.run(self.check())

    async def check(self) -> None:
        holds = await Hold.collection().find({"status": "open"}).to_list(None)
        held = sum(int(hold["held"].get("dollars", 0)) for hold in holds)
        carried = sum([await dollars(who) for who in self.people])
        assert carried + held == self.coins
        rows = await Duel.collection().find({}).to_list(None)
        duels = [Duel.hydrate(row) for row in rows]
        assert held == sum(duel.wager * HELD.get(duel.status, 0) for duel in duels)
        for row in rows:
            if row["status"] not in OPEN_DUELS:
                assert self.over.setdefault(row["_id"], row) == row
        playing = {
            side
            for duel in duels
            if duel.status in (DuelStatus.ACCEPTED, DuelStatus.ACTIVE)
            for side in duel.players
        }
        going = [d for d in duels if d.status in (DuelStatus.ACCEPTED, DuelStatus.ACTIVE)]
        assert len(playing) == 2 * len(going)
        for who in self.people:
            busy = (await stored(who))["busy"] if who in playing else None
            assert (busy is not None) == (who in playing)


def test_every_history_of_duels_keeps_every_coin() -> None:
    play(Duels)
