"""Offers: nothing without consent, and every coin where it was when nothing came of it."""

from datetime import timedelta
from typing import Any

import pytest
from bson import ObjectId
from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule

from desperados.characters.errors import CharacterNotFound, CharacterUnavailable
from desperados.economy.errors import HoldsOpen
from desperados.engine import clock
from desperados.engine.clock import FrozenClock
from desperados.engine.errors import GameError
from desperados.engine.live import events
from desperados.engine.transactions import transactional
from desperados.engine.work import Jobs
from desperados.ledger.money import ledger
from desperados.ledger.money.accounts import escrow, wallet
from desperados.ledger.money.documents import Currency, HoldStatus
from desperados.ledger.money.errors import InsufficientFunds, InvalidAmount
from desperados.ledger.money.operations import OperationKind
from desperados.ledger.money.sources import Source
from desperados.play.shapes import (
    accept_offer,
    decline_offer,
    offers_made,
    offers_received,
    withdraw_offer,
)
from desperados.play.shapes.documents import Offer
from desperados.play.shapes.errors import (
    AlreadyOffered,
    OfferClosed,
    OfferNotFound,
    SelfOffer,
    TooManyOffers,
    UnknownPurpose,
)
from desperados.play.shapes.jobs import JOBS
from desperados.play.shapes.offers import Stake, expire_offer, make_offer, use
from desperados.testing import World, hammer
from tests.play.machine import MONEY, Stage, play
from tests.play.parlour import consequences
from tests.worlds import leave_the_world

MADE = 100  # what everybody has to begin with


@transactional
async def propose(
    sender: ObjectId,
    receiver: ObjectId,
    *,
    kind: str = "join",
    subject: str = "raid:1",
    amount: int = 0,
    minutes: int = 5,
) -> Offer:
    return await make_offer(
        sender,
        receiver,
        kind,
        subject,
        "Ride with us.",
        expires_at=clock.now() + timedelta(minutes=minutes),
        stake=Stake(amount) if amount else None,
    )


@transactional
async def capture(offer_id: ObjectId) -> None:
    """What was agreed comes about: the stake goes to who agreed."""
    offer = await Offer.load_one({"_id": offer_id})
    assert offer is not None
    if offer.hold_id is not None:
        held = escrow(offer.hold_id)
        await ledger.post(
            ledger.move(
                held, wallet(offer.to_id), Currency.DOLLARS, offer.amount, Source.STAKE_WON
            ),
            OperationKind.STAKE,
            closed={held: HoldStatus.CAPTURED},
        )
    use(offer)


async def dollars(world: World, who: ObjectId) -> int:
    row = await world.game.database["characters"].find_one({"_id": who})
    return int(row["dollars"])


async def status(offer: Offer) -> str:
    stored = await Offer.load_one({"_id": offer.id})
    assert stored is not None
    return stored.status.value


async def test_an_offer_is_told_listed_and_accepted(parlour: World) -> None:
    jane, bill = await parlour.character(), await parlour.character()
    async with events.listen(bill) as told:
        offer = await propose(jane, bill, amount=40)
        message = await anext(aiter(told))
    assert (message.event, message.data["offerId"]) == ("offer:made", str(offer.id))
    assert await dollars(parlour, jane) == MADE - 40
    (made,), (received,) = (await offers_made(jane)).items, (await offers_received(bill)).items
    assert made == received
    assert (made.id, made.amount, made.status) == (offer.id, 40, "pending")
    assert (await accept_offer(bill, offer.id, key="k")).status == "accepted"
    assert (await accept_offer(bill, offer.id, key="k")).status == "accepted"
    assert len(await consequences(parlour.game, offer.id)) == 1
    await capture(offer.id)
    assert (await dollars(parlour, jane), await dollars(parlour, bill)) == (MADE - 40, MADE + 40)
    assert (await offers_made(jane)).items == (await offers_received(bill)).items == []


@pytest.mark.parametrize("end", ["declined", "withdrawn", "stepped back", "expired", "lapsed"])
async def test_what_comes_to_nothing_gives_back_exactly_what_was_staked(
    parlour: World, time: FrozenClock, end: str
) -> None:
    jane, bill = await parlour.character(), await parlour.character()
    offer = await propose(jane, bill, amount=40)
    if end in ("stepped back", "lapsed"):
        await accept_offer(bill, offer.id)
    if end == "declined":
        await decline_offer(bill, offer.id)
    elif end == "withdrawn":
        await withdraw_offer(jane, offer.id)
    elif end == "stepped back":
        await withdraw_offer(bill, offer.id)
    else:
        time.advance(minutes=5)
        with pytest.raises(OfferClosed):
            await (accept_offer if end == "expired" else capture_by)(bill, offer.id)
        await Jobs(JOBS).run_until_idle()
    names = {"stepped back": "withdrawn", "lapsed": "expired"}
    assert await status(offer) == names.get(end, end)
    assert (await dollars(parlour, jane), await dollars(parlour, bill)) == (MADE, MADE)
    again = await propose(jane, bill, amount=40)
    assert await status(again) == "pending"


async def capture_by(_who: ObjectId, offer_id: ObjectId) -> None:
    await capture(offer_id)


async def test_consent_is_given_by_whom_it_is_asked_of_and_used_once(parlour: World) -> None:
    jane, bill, eve = [await parlour.character() for _ in range(3)]
    offer = await propose(jane, bill, amount=40)
    with pytest.raises(OfferClosed):
        await capture(offer.id)  # nobody has agreed
    for who in (jane, eve):
        for call in (accept_offer, decline_offer):
            with pytest.raises(OfferNotFound):
                await call(who, offer.id)
    with pytest.raises(OfferNotFound):
        await withdraw_offer(eve, offer.id)
    with pytest.raises(OfferClosed):
        await withdraw_offer(bill, offer.id)  # that is to decline it
    await accept_offer(bill, offer.id)
    outcomes = await hammer(lambda: capture(offer.id), 5)
    assert outcomes.done == 1
    assert set(outcomes.refused) <= {"offer_closed", "account_not_found"}
    for who in (jane, bill):
        with pytest.raises(OfferClosed):
            await withdraw_offer(who, offer.id)
    assert await dollars(parlour, bill) == MADE + 40


async def test_an_offer_that_is_used_at_once_is_over_when_it_is_accepted(parlour: World) -> None:
    jane, bill = await parlour.character(), await parlour.character()
    offer = await propose(jane, bill, kind="gift")
    await accept_offer(bill, offer.id)
    assert await status(offer) == "used"
    assert len(await consequences(parlour.game, offer.id)) == 1


async def test_who_may_offer_what_to_whom(parlour: World) -> None:
    owner = await parlour.account()
    jane, sister = [await parlour.character(of=owner) for _ in range(2)]
    bill, shy, shunned = [await parlour.character() for _ in range(3)]
    await parlour.game.database["friends"].insert_many(
        [
            {"requesterId": shy, "requesteeId": jane, "status": "blocked"},
            {"requesterId": jane, "requesteeId": shunned, "status": "blocked"},
        ]
    )
    for error, other in (
        (SelfOffer, jane),
        (SelfOffer, sister),
        (CharacterNotFound, shy),
        (CharacterUnavailable, shunned),
        (CharacterNotFound, ObjectId()),
    ):
        with pytest.raises(error):
            await propose(jane, other)
    with pytest.raises(UnknownPurpose):
        await propose(jane, bill, kind="nonsense")
    with pytest.raises(InsufficientFunds):
        await propose(jane, bill, amount=MADE + 1)
    with pytest.raises(InvalidAmount):
        await propose(jane, bill, amount=-5)
    assert await dollars(parlour, jane) == MADE


async def test_the_same_is_offered_once_at_a_time_whoever_does_it(parlour: World) -> None:
    jane, bill, cole = [await parlour.character() for _ in range(3)]
    senders = iter([jane, cole] * 4)
    outcomes = await hammer(lambda: propose(next(senders), bill, amount=10), 8)
    assert outcomes.done == 1
    assert outcomes.refused == {"already_offered": 7}
    await propose(jane, cole)
    await propose(jane, bill, subject="raid:2")
    with pytest.raises(AlreadyOffered):
        await propose(jane, bill, subject="raid:2")


async def test_a_character_has_twenty_offers_open(parlour: World) -> None:
    jane, bill = await parlour.character(), await parlour.character()
    offers = [await propose(jane, bill, subject=f"raid:{number}") for number in range(20)]
    with pytest.raises(TooManyOffers):
        await propose(jane, bill, subject="raid:20")
    await decline_offer(bill, offers[0].id)
    await propose(jane, bill, subject="raid:20")


async def test_who_has_staked_something_stays_and_who_left_consents_to_nothing(
    parlour: World, time: FrozenClock
) -> None:
    jane, bill = await parlour.character(), await parlour.character()
    await propose(jane, bill, amount=40)
    with pytest.raises(HoldsOpen):
        await leave_the_world(parlour.game, jane)
    await leave_the_world(parlour.game, bill)
    time.advance(minutes=6)
    await Jobs(JOBS).run_until_idle()
    assert await dollars(parlour, jane) == MADE


class Offers(Stage):
    """Offers with money in them, and everything that may happen to them, several things at once."""

    async def begin(self) -> None:
        self.offers: dict[ObjectId, Offer] = {}
        self.agreed: set[ObjectId] = set()
        self.used: set[ObjectId] = set()

    @rule(
        sender=st.integers(0, 3),
        receiver=st.integers(0, 3),
        amount=st.sampled_from([0, 1, 300]),
        minutes=st.integers(1, 3),
    )
    def offer(self, sender: int, receiver: int, amount: int, minutes: int) -> None:
        made = self.attempt(
            propose(self.people[sender], self.people[receiver], amount=amount, minutes=minutes)
        )
        if isinstance(made, Offer):
            self.offers[made.id] = made

    @rule(
        data=st.data(),
        deeds=st.lists(
            st.sampled_from(["accept", "decline", "withdraw", "leave", "use", "expire"]),
            min_size=1,
            max_size=4,
        ),
    )
    def happen(self, data: st.DataObject, deeds: list[str]) -> None:
        if not self.offers:
            return
        offer = self.offers[data.draw(st.sampled_from(sorted(self.offers)))]
        calls: dict[str, Any] = {
            "accept": lambda: accept_offer(offer.to_id, offer.id),
            "decline": lambda: decline_offer(offer.to_id, offer.id),
            "withdraw": lambda: withdraw_offer(offer.from_id, offer.id),
            "leave": lambda: withdraw_offer(offer.to_id, offer.id),
            "use": lambda: capture(offer.id),
            "expire": lambda: expire_offer(offer.id),
        }
        results = self.at_once(*(calls[deed]() for deed in deeds))
        for deed, result in zip(deeds, results, strict=True):
            if not isinstance(result, GameError):
                if deed == "accept":
                    assert offer.id not in self.agreed, "consent is given once"
                    self.agreed.add(offer.id)
                if deed == "use":
                    assert offer.id not in self.used, "consent is used once"
                    self.used.add(offer.id)

    @rule(seconds=st.sampled_from([1, 59.999, 60, 120]))
    def wait(self, seconds: float) -> None:
        self.wait_for(seconds)

    @rule()
    def worker(self) -> None:
        self.work()

    @invariant()
    def every_coin_is_where_it_belongs(self) -> None:
        if self.people:
            self.run(self.check())

    async def check(self) -> None:
        carried = dict.fromkeys(self.people, MONEY)
        for offer_id in self.offers:
            offer = await Offer.load_one({"_id": offer_id})
            assert offer is not None
            assert (offer.status == "used") == (offer_id in self.used)
            assert self.used <= self.agreed
            if offer.closed_at is None or offer_id in self.used:
                carried[offer.from_id] -= offer.amount
            if offer_id in self.used:
                carried[offer.to_id] += offer.amount
        assert {who: await self.dollars(who) for who in self.people} == carried


def test_every_history_of_offers_keeps_money_and_consent() -> None:
    play(Offers)
