"""Offers: what needs the consent of another, who accepts it, declines it, or lets it lapse.

A domain makes an offer inside its command (``make_offer``) and registers in its manifest what is
called when it is accepted (``offers``: kind -> ``accepted(offer)``). That may use the offer at
once, or leave it accepted until what was agreed comes about; then whoever needs the consent uses
it (``use``), which succeeds once. Until then either side may step back.

Money in an offer lies in a hold from the start. It goes back whole when the offer is declined,
withdrawn or over; who uses the offer empties the hold in a posting of its own.

Limits: a character has 20 offers open at a time. Who is blocked, or of the same account, is offered
nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from bson import ObjectId
from pymongo.errors import DuplicateKeyError

from desperados.characters.actor import (
    itself,
    load_actor,
    load_actors,
    not_banned,
    refuse_banned,
    refuse_blocked,
)
from desperados.characters.errors import CharacterNotFound
from desperados.engine import clock
from desperados.engine.allowances import Places
from desperados.engine.ambient import current_transaction
from desperados.engine.commands import command
from desperados.engine.errors import Contention
from desperados.engine.game import current_game
from desperados.engine.live.events import push
from desperados.engine.registered import Consequence
from desperados.engine.staging import StagedInsert, StagedUpdate
from desperados.engine.storage.collection import find_all
from desperados.engine.storage.paging import read_page
from desperados.engine.storage.reads import together
from desperados.engine.transactions import stage
from desperados.engine.views import Cursor, Limit, Page
from desperados.ledger.money import ledger
from desperados.ledger.money.accounts import escrow, wallet
from desperados.ledger.money.documents import Currency, HoldPurpose, HoldStatus
from desperados.ledger.money.holds import new_hold
from desperados.ledger.money.operations import OperationKind
from desperados.ledger.money.rules import check_amount
from desperados.ledger.money.sources import Source
from desperados.play.shapes.documents import OPEN_OFFERS, Offer, OfferStatus
from desperados.play.shapes.errors import (
    AlreadyOffered,
    OfferClosed,
    OfferNotFound,
    SelfOffer,
    TooManyOffers,
    UnknownPurpose,
)
from desperados.play.shapes.events import OfferChanged, OfferMade
from desperados.play.shapes.views import ProposalView, proposal_view
from desperados.social.blocks import blocks_between

OPEN = Places("open offers", 20, TooManyOffers)


class Stake(NamedTuple):
    """Money that lies in an offer while it is open, more than none."""

    amount: int
    currency: Currency = Currency.DOLLARS
    purpose: HoldPurpose = HoldPurpose.STAKE


async def make_offer(
    sender: ObjectId,
    receiver: ObjectId,
    kind: str,
    subject: str,
    text: str,
    *,
    expires_at: datetime,
    terms: Mapping[str, Any] | None = None,
    stake: Stake | None = None,
) -> Offer:
    """Offer something to another character, inside the open transaction; returns the offer.

    ``subject`` is what it is for: the same is offered to the same character once at a time.
    ``terms`` are what ``accepted`` must know.

    Raises:
        UnknownPurpose: nobody has registered ``kind``.
        SelfOffer: both are one character, or belong to one account.
        CharacterNotFound: there is no such character, or it has blocked the sender.
        CharacterUnavailable: one of the two is dead, or the other banned, or blocked by the sender.
        TradeLocked: the staff bar the sender from trade, and there is a stake.
        TooNew: the sender is too young to stake anything.
        InvalidAmount: the stake is no amount of coins.
        InsufficientFunds: the sender carries less than the stake.
        AlreadyOffered: the same is offered to this character already.
        TooManyOffers: the sender has 20 open offers.
    """
    _consequence(kind)
    if sender == receiver:
        raise SelfOffer(path="receiver")
    unknown = {receiver: CharacterNotFound(path="receiver")}
    people = await load_actors([sender, receiver], unknown)
    if people[sender].user_id == people[receiver].user_id:
        raise SelfOffer(path="receiver")
    for person in people.values():
        person.must_be_alive()
    if stake is not None:
        check_amount(stake.amount, stake.currency)
        people[sender].must_be_able_to_give()
    other = {"receiver": people[receiver]}
    blocks = blocks_between(sender, [receiver])
    await together(itself(people[sender]), not_banned(other), blocks)
    refuse_blocked(blocks.result, other, unknown)
    same = {"kind": kind, "subject": subject, "toId": receiver}
    if await Offer.collection().find_one({**same, "status": {"$in": OPEN_OFFERS}}, {"_id": 1}):
        raise AlreadyOffered()
    place = await OPEN.find(sender, lambda: _count_open(sender))
    offer = Offer(
        kind=kind,
        from_id=sender,
        to_id=receiver,
        subject=subject,
        text=text,
        terms=dict(terms or {}),
        created_at=clock.now(),
        expires_at=expires_at,
    )
    if stake is not None:
        await _hold(offer, stake)
    stage(StagedInsert(Offer.collection_name(), offer.to_mongo()))
    place.take(expires_at)
    push(
        OfferMade(offer_id=offer.id, kind=kind, from_id=sender, text=text, expires_at=expires_at),
        to=receiver,
    )
    await _unique()
    return offer


async def _unique() -> None:
    """Send what is staged, so that a second offer of the same is refused in its own words."""
    transaction = current_transaction()
    assert transaction is not None
    try:
        await transaction.flush()
    except DuplicateKeyError:
        raise AlreadyOffered() from None


@command
async def accept_offer(
    actor: ObjectId, offer_id: ObjectId, *, key: str | None = None
) -> ProposalView:
    """Accept an offer. What comes of it by itself is done at once.

    Raises:
        OfferNotFound: there is no such offer, or it was made to somebody else.
        OfferClosed: it was answered or withdrawn, or its time is over.
        CharacterUnavailable: one of the two is dead, or the other one is banned.
        CharacterNotFound: one of the two is not there any more.
        KeyReused: the key was used with another request.
    """
    offer = await _load_pending(actor, offer_id)
    people = await load_actors([actor, offer.from_id])
    for person in people.values():
        person.must_be_alive()
    await refuse_banned({"offerId": people[offer.from_id]})
    accepted = _change(offer, OfferStatus.ACCEPTED)
    await _consequence(offer.kind)(accepted)
    return proposal_view(accepted)


@command
async def decline_offer(
    actor: ObjectId, offer_id: ObjectId, *, key: str | None = None
) -> ProposalView:
    """Decline an offer. Its money goes back whole.

    Raises:
        OfferNotFound: there is no such offer, or it was made to somebody else.
        OfferClosed: it was answered or withdrawn, or its time is over.
        CharacterNotFound: there is no such character.
        KeyReused: the key was used with another request.
    """
    offer = await _load_pending(actor, offer_id)
    await load_actor(actor)
    return proposal_view(await _close(offer, OfferStatus.DECLINED))


@command
async def withdraw_offer(
    actor: ObjectId, offer_id: ObjectId, *, key: str | None = None
) -> ProposalView:
    """Step back: from an offer that one made, or from one that one has accepted, while nothing has
    come of it. Its money goes back whole.

    Raises:
        OfferNotFound: there is no such offer, or the character has no part in it.
        OfferClosed: it was declined, withdrawn or used, or its time is over.
        CharacterNotFound: there is no such character.
        KeyReused: the key was used with another request.
    """
    offer = await Offer.load_one({"_id": offer_id})
    if offer is None or actor not in (offer.from_id, offer.to_id):
        raise OfferNotFound()
    await load_actor(actor)
    mine = actor == offer.from_id or offer.status is OfferStatus.ACCEPTED
    if not mine or not _is_open(offer):
        raise OfferClosed(status=offer.status.value)
    return proposal_view(await _close(offer, OfferStatus.WITHDRAWN))


@command
async def expire_offer(offer_id: ObjectId) -> None:
    """End an offer whose time is over; for the job. It does nothing where that was done."""
    offer = await Offer.load_one({"_id": offer_id})
    if offer is not None and offer.closed_at is None and clock.now() >= offer.expires_at:
        await _close(offer, OfferStatus.EXPIRED)


def use(offer: Offer) -> None:
    """Stage that what was agreed comes about: of all who try, one succeeds. A hold of the offer is
    to be emptied by a posting of the same transaction.

    Outcomes of the update: used; not found, when it is not accepted (any more); a write conflict,
    when somebody steps back at this moment (the transaction runs again).

    Raises:
        OfferClosed: it is not accepted, or its time is over.
    """
    if offer.status is not OfferStatus.ACCEPTED or clock.now() >= offer.expires_at:
        raise OfferClosed(status=offer.status.value)
    _change(offer, OfferStatus.USED)


async def accepted_offers(kind: str, subject: str, *, most: int) -> list[Offer]:
    """Who has agreed to something and may still step back, in the order in which it was offered."""
    found = await Offer.load_many(
        {"kind": kind, "subject": subject, "status": OfferStatus.ACCEPTED.value},
        sort=[("_id", 1)],
        limit=most,
    )
    return [offer for offer in found if _is_open(offer)]


async def offers_made(
    actor: ObjectId, *, limit: Limit = 50, after: Cursor | None = None
) -> Page[ProposalView]:
    """The open offers that a character has made, newest first.

    Raises:
        CharacterNotFound: there is no such character.
        InvalidInput: the limit is not 1 to 100, or the cursor is not one of this list.
    """
    return await _offers(actor, "fromId", limit, after)


async def offers_received(
    actor: ObjectId, *, limit: Limit = 50, after: Cursor | None = None
) -> Page[ProposalView]:
    """The open offers that were made to a character, newest first.

    Raises:
        CharacterNotFound: there is no such character.
        InvalidInput: the limit is not 1 to 100, or the cursor is not one of this list.
    """
    return await _offers(actor, "toId", limit, after)


async def _offers(actor: ObjectId, side: str, limit: int, after: str | None) -> Page[ProposalView]:
    await load_actor(actor)
    return await read_page(
        Offer.collection(),
        {side: actor, "closedAt": None},
        sort="-createdAt",
        limit=limit,
        after=after,
        view=lambda row: proposal_view(Offer.hydrate(row)),
    )


async def _load_pending(actor: ObjectId, offer_id: ObjectId) -> Offer:
    offer = await Offer.load_one({"_id": offer_id, "toId": actor})
    if offer is None:
        raise OfferNotFound()
    if offer.status is not OfferStatus.PENDING or not _is_open(offer):
        raise OfferClosed(status=offer.status.value)
    return offer


def _is_open(offer: Offer) -> bool:
    return offer.closed_at is None and clock.now() < offer.expires_at


async def _count_open(sender: ObjectId) -> int:
    mine = await find_all(
        Offer.collection(), {"fromId": sender, "closedAt": None}, {"_id": 1}, limit=OPEN.most
    )
    return len(mine)


async def _hold(offer: Offer, stake: Stake) -> None:
    """Take the stake out of the sender's wallet."""
    account, hold = new_hold(offer.from_id, stake.purpose, offer.id)
    giver = wallet(offer.from_id)
    await ledger.post(
        ledger.move(
            giver, account, stake.currency, stake.amount, Source.STAKE_HELD, reference=offer.id
        ),
        OperationKind.STAKE,
        opened={account: hold},
    )
    offer.currency, offer.amount = stake.currency, stake.amount
    offer.hold_purpose, offer.hold_id = stake.purpose, account.id


async def _close(offer: Offer, status: OfferStatus) -> Offer:
    """End an offer of which nothing has come: its money goes back whole."""
    if offer.hold_id is not None:
        assert offer.currency is not None
        held, owner = escrow(offer.hold_id), wallet(offer.from_id)
        await ledger.post(
            ledger.move(held, owner, offer.currency, offer.amount, Source.STAKE_RELEASED, offer.id),
            OperationKind.STAKE,
            closed={held: HoldStatus.RELEASED},
        )
    return _change(offer, status)


def _change(offer: Offer, status: OfferStatus) -> Offer:
    """Stage the next state of an offer; the last one gives its place back.

    Outcomes: changed; not found or a write conflict, when the other side, or the clock, was quicker
    (the transaction runs again).
    """
    changed: dict[str, Any] = {"status": status.value}
    if status is not OfferStatus.ACCEPTED:
        changed["closedAt"] = clock.now()
        OPEN.give_back(offer.from_id)
    stage(
        StagedUpdate(
            Offer.collection_name(),
            {"_id": offer.id, "status": offer.status.value},
            {"$set": changed},
            otherwise=Contention(retry_after=1),
        )
    )
    for side in (offer.from_id, offer.to_id):
        push(OfferChanged(offer_id=offer.id, kind=offer.kind, status=status.value), to=side)
    return Offer.hydrate({**offer.to_mongo(), **changed})


def _consequence(kind: str) -> Consequence:
    consequence = current_game().registered().offers.get(kind)
    if consequence is None:
        raise UnknownPurpose(f"No domain has registered offers of the kind {kind!r}.")
    return consequence
