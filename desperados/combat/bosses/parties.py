"""Who comes along against a boss.

A party is its invitations and nothing else: offers of one kind, for one boss and leader. Whoever
accepts one has agreed, and steps back by withdrawing; whoever has not set out in five minutes is
asked again. What is needed is looked at when they set out (``service.start_boss``), so that people
may agree first and meet then.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from bson import ObjectId
from pydantic import Field

from desperados.characters.actor import find_actors, load_actor
from desperados.combat.bosses.catalogue import BossCode, Foe, find_boss
from desperados.combat.bosses.errors import FoughtAlone, PartyFull, SameAccount
from desperados.combat.bosses.events import BossParty
from desperados.combat.bosses.views import MemberView, PartyView
from desperados.engine import clock
from desperados.engine.commands import command
from desperados.engine.live.events import push
from desperados.engine.views import Id
from desperados.play.shapes.documents import OPEN_OFFERS, Offer, OfferStatus
from desperados.play.shapes.offers import make_offer
from desperados.play.shapes.views import ProposalView, proposal_view

INVITATION = "boss"
"""Of the offers to come along."""
OPEN_FOR = timedelta(minutes=5)
MOST_INVITED = 20

MemberId = Annotated[Id, Field(description="the character that is asked to come along")]


def subject_of(boss: str, leader: ObjectId) -> str:
    """What the invitations of a leader against a boss are for."""
    return f"{boss}:{leader}"


@command
async def invite_to_boss(
    actor: ObjectId, boss: BossCode, member_id: MemberId, *, key: str | None = None
) -> ProposalView:
    """Ask somebody to come along against a boss. The invitation is open for five minutes, and for
    as long after it was accepted; as many are open at a time as the boss lets come.

    Raises:
        BossNotFound: there is no such boss.
        FoughtAlone: this boss is fought alone.
        PartyFull: so many were asked already as can come along.
        SameAccount: another character of that account was asked already.
        SelfOffer: both belong to one account.
        CharacterNotFound: there is no such character, or it has blocked the leader.
        CharacterUnavailable: one of the two is dead, or the other banned, or blocked by the leader.
        AlreadyOffered: the character was asked already.
        TooManyOffers: the leader has 20 open offers.
        KeyReused: the key was used with another request.
    """
    foe = await find_boss(boss)
    if foe.most < 2:
        raise FoughtAlone()
    asked = await _invitations(foe, actor)
    if len(asked) >= foe.most - 1:
        raise PartyFull(most=foe.most)
    people = await find_actors([member_id, *(offer.to_id for offer in asked)])
    others = {person.user_id for who, person in people.items() if who != member_id}
    if member_id in people and people[member_id].user_id in others:
        raise SameAccount(path="memberId")
    # Two that are asked at once meet at the leader's counter of open offers, and one looks again.
    offer = await make_offer(
        actor,
        member_id,
        INVITATION,
        subject_of(foe.code, actor),
        f"Come along against {foe.name}.",
        expires_at=clock.now() + OPEN_FOR,
        terms={"boss": foe.code},
    )
    return proposal_view(offer)


async def read_party(actor: ObjectId, boss: BossCode) -> PartyView:
    """Whom a character has asked to come along against a boss, and who has agreed.

    Raises:
        BossNotFound: there is no such boss.
        CharacterNotFound: there is no such character.
    """
    foe = await find_boss(boss)
    leader = await load_actor(actor)
    asked = await _invitations(foe, actor)
    people = await find_actors(offer.to_id for offer in asked) if asked else {}
    return PartyView(
        boss=foe.code,
        leader=leader.id,
        least=foe.least,
        most=foe.most,
        members=[
            MemberView(
                offer_id=offer.id,
                character_id=offer.to_id,
                name=people[offer.to_id].name,
                agreed=offer.status is OfferStatus.ACCEPTED,
                expires_at=offer.expires_at,
            )
            for offer in asked
            if offer.to_id in people
        ],
    )


async def joined(offer: Offer) -> None:
    """Tell a party who has agreed to come along; what an accepted invitation comes to by itself."""
    foe = await find_boss(offer.terms["boss"])
    for member in await _invitations(foe, offer.from_id):
        push(BossParty(boss=foe.code, leader=offer.from_id, joined=offer.to_id), to=member.to_id)


async def _invitations(foe: Foe, leader: ObjectId) -> list[Offer]:
    """The open invitations of a leader against a boss, in the order in which they were made."""
    now = clock.now()
    found = await Offer.load_many(
        {
            "kind": INVITATION,
            "subject": subject_of(foe.code, leader),
            "status": {"$in": OPEN_OFFERS},
        },
        sort=[("_id", 1)],
        limit=MOST_INVITED,
    )
    return [offer for offer in found if now < offer.expires_at]
