"""What staff do about bounties, each act with its reason in the audit log."""

from __future__ import annotations

from bson import ObjectId

from desperados.accounts.acts import may_act
from desperados.accounts.documents import UserRole
from desperados.accounts.inputs import Reason
from desperados.characters.actor import load_actor
from desperados.crime.bounties.service import give_back
from desperados.crime.errors import BountyClosed, BountyNotFound
from desperados.engine.commands import command
from desperados.law.documents import Bounty, BountyStatus


@command
async def retract_bounty(
    staff: ObjectId, bounty_id: ObjectId, *, reason: Reason, key: str | None = None
) -> None:
    """Take a player's price off a head, with a row in the audit log. Its money goes back whole.

    Raises:
        BountyNotFound: there is no such price of a player.
        BountyClosed: it was collected or taken back.
        InvalidReason: the reason is not 5 to 500 characters.
        Forbidden: your rank is not above that of whoever pays.
        SelfDealing: it is one of yours.
        CharacterNotFound: whoever pays has left the world.
        KeyReused: the key was used with another request.
    """
    bounty = await Bounty.load_one({"_id": bounty_id})
    if bounty is None or bounty.issuer_id is None or bounty.hold_id is None:
        raise BountyNotFound()
    issuer = await load_actor(bounty.issuer_id)
    act = await may_act(
        staff,
        [issuer.user_id],
        needed=UserRole.MODERATOR,
        reason=reason,
        character_id=bounty.issuer_id,
    )
    if bounty.status is not BountyStatus.ACTIVE:
        raise BountyClosed(status=bounty.status)
    await give_back([bounty], BountyStatus.CANCELLED)
    act.note(
        "BOUNTY_RETRACTED",
        before={"amount": bounty.amount, "head": bounty.character_id},
        after={"amount": 0},
        character_id=bounty.issuer_id,
    )
