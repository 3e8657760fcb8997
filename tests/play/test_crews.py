"""Crews: everybody has agreed, everybody pays, and everything is shared."""

from datetime import timedelta
from typing import Any

import pytest
from bson import ObjectId
from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule

from desperados.characters.errors import CharacterUnavailable
from desperados.economy import service as economy
from desperados.engine import clock
from desperados.engine.transactions import transactional
from desperados.ledger.money.errors import InsufficientFunds
from desperados.ledger.money.sources import Source
from desperados.play.shapes import accept_offer, withdraw_offer
from desperados.play.shapes.crews import Crew, muster, pay_together, shares_of
from desperados.play.shapes.documents import Offer
from desperados.play.shapes.errors import CrewIncomplete
from desperados.play.shapes.offers import make_offer
from desperados.testing import World, hammer
from tests.play.machine import MONEY, Stage, play
from tests.worlds import leave_the_world

DUE = 10


@transactional
async def invite(leader: ObjectId, member: ObjectId, raid: str = "raid:1") -> Offer:
    end = clock.now() + timedelta(minutes=5)
    return await make_offer(leader, member, "join", raid, "Ride with us.", expires_at=end)


@transactional
async def set_out(leader: ObjectId, raid: str = "raid:1") -> Crew:
    crew = await muster(leader, "join", raid, least=2, most=4)
    await pay_together(crew, DUE, Source.SERVICE_FEE)
    return crew


async def dollars(world: World, *people: ObjectId) -> list[int]:
    rows = {
        row["_id"]: row["dollars"]
        for row in await world.game.database["characters"].find({}).to_list(None)
    }
    return [rows[who] for who in people]


async def test_who_agreed_sets_out_and_all_pay(parlour: World) -> None:
    jane, bill, cole, eve = [await parlour.character() for _ in range(4)]
    offers = {who: await invite(jane, who) for who in (bill, cole, eve)}
    with pytest.raises(CrewIncomplete):
        await set_out(jane)
    for who in (bill, eve):
        await accept_offer(who, offers[who].id)
    outcomes = await hammer(lambda: set_out(jane), 3)
    assert outcomes.done == 1
    assert outcomes.refused == {"crew_incomplete": 2}
    (crew,) = outcomes.answers
    assert [person.id for person in crew.people] == [jane, bill, eve]
    assert await dollars(parlour, jane, bill, cole, eve) == [90, 90, 100, 90]
    assert shares_of(crew, 101) == {jane: 35, bill: 33, eve: 33}
    assert shares_of(crew, 101, {jane: 2}) == {jane: 51, bill: 25, eve: 25}


async def test_when_one_cannot_pay_or_come_nobody_pays_and_all_have_still_agreed(
    parlour: World,
) -> None:
    jane, bill = await parlour.character(), await parlour.character()
    offer = await invite(jane, bill)
    await accept_offer(bill, offer.id)
    characters = parlour.game.database["characters"]
    await characters.update_one({"_id": bill}, {"$set": {"isInJail": True}})
    with pytest.raises(CharacterUnavailable):
        await set_out(jane)
    await characters.update_one({"_id": bill}, {"$set": {"isInJail": False}})
    await economy.spend(bill, 91, source=Source.SERVICE_FEE)
    with pytest.raises(InsufficientFunds):
        await set_out(jane)
    assert await dollars(parlour, jane, bill) == [100, 9]
    await economy.earn(bill, 1, source=Source.JOB_WAGE)
    await set_out(jane)
    assert await dollars(parlour, jane, bill) == [90, 0]


async def test_who_has_left_the_world_or_was_asked_by_another_is_not_of_the_crew(
    parlour: World,
) -> None:
    jane, bill, cole, eve = [await parlour.character() for _ in range(4)]
    for leader, who in ((jane, bill), (jane, cole), (eve, jane)):
        offer = await invite(leader, who)
        await accept_offer(who, offer.id)
    await leave_the_world(parlour.game, cole)
    crew = await set_out(jane)
    assert [person.id for person in crew.people] == [jane, bill]


class Crews(Stage):
    """People are invited, agree, step back, and the leader sets out, all at once."""

    async def begin(self) -> None:
        self.paid = 0
        self.used: set[ObjectId] = set()

    @rule(deeds=st.lists(st.tuples(st.integers(1, 3), st.sampled_from("iawg")), max_size=5))
    def happen(self, deeds: list[tuple[int, str]]) -> None:
        works: list[Any] = [self.deed(self.people[who], kind) for who, kind in deeds]
        for result in self.at_once(*works):
            if isinstance(result, Crew):
                assert result.members
                self.paid += len(result.people)
                consents = {consent.id for consent in result.consents}
                assert not consents & self.used, "consent is used once"
                self.used |= consents

    async def deed(self, who: ObjectId, kind: str) -> Any:
        leader = self.people[0]
        if kind == "i":
            return await invite(leader, who)
        if kind == "g":
            crew = await set_out(leader)
            assert {consent.id for consent in crew.consents} <= await self.consents()
            return crew
        offer = await Offer.load_one({"toId": who, "closedAt": None})
        if offer is None:
            return None
        return await (accept_offer if kind == "a" else withdraw_offer)(who, offer.id)

    async def consents(self) -> set[ObjectId]:
        """The offers whose acceptance has left its mark."""
        rows = await self.game.database["consequences"].find({"what": "offer"}).to_list(None)
        return {row["of"] for row in rows}

    @rule(seconds=st.sampled_from([1, 300]))
    def wait(self, seconds: float) -> None:
        self.wait_for(seconds)

    @rule()
    def worker(self) -> None:
        self.work()

    @invariant()
    def all_of_each_crew_paid_and_nobody_else(self) -> None:
        if not self.people:
            return
        carried = [self.run(self.dollars(who)) for who in self.people]
        assert 4 * MONEY - sum(carried) == self.paid * DUE


def test_every_history_of_a_crew_has_its_consent() -> None:
    play(Crews)
