"""Trade locks: staff bar a character from trade, for a while, while somebody looks into it.

A locked character may look around and take back what is its own: withdraw from the vault, redeem
an investment, claim a reward, cancel a listing or a trade. It may pay for services and is taxed. It
may not send, buy, sell, bid, list, trade, exchange, invest, deposit in a vault or a treasury, or
lay goods on the ground: whatever it has stays where staff can see it, and take it back. What it had
begun before runs to its end: its bids win, its listings sell, and the money lies in its wallet.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated

from bson import ObjectId
from pydantic import Field

from desperados.accounts.acts import may_act
from desperados.accounts.documents import UserRole
from desperados.accounts.inputs import Reason
from desperados.accounts.ranks import may_change_decision
from desperados.characters.actor import Actor, load_actor
from desperados.characters.documents import Character
from desperados.characters.errors import CharacterNotFound
from desperados.characters.rules import ALIVE
from desperados.economy.errors import NotLocked
from desperados.engine import clock
from desperados.engine.commands import command
from desperados.engine.errors import InvalidInput
from desperados.engine.staging import StagedUpdate
from desperados.engine.transactions import stage
from desperados.engine.views import Id, View

TRADE_LOCK = "tradeLockedUntil"
TRADE_LOCK_RANK = "tradeLockedAs"
# Until somebody lifts it, as far as anybody is concerned.
LONGEST = timedelta(days=3650)

Until = Annotated[
    datetime,
    Field(description="in the future, with its time zone", examples=["2027-01-31T12:00:00Z"]),
]


class TradeLockView(View):
    """Whether a character is barred from trade; ``locked_until`` is null if it is not."""

    character_id: Id
    locked_until: datetime | None


@command(queue="character_id")
async def lock_trade(
    staff: ObjectId,
    character_id: ObjectId,
    *,
    until: Until,
    reason: Reason,
    key: str | None = None,
) -> TradeLockView:
    """Bar a character from trade until a moment, with a row in the audit log.

    A later lock takes the place of an earlier one. What an admin has locked, or the game itself
    because the history of a wallet is broken, is an admin's to change.

    Raises:
        InvalidInput: the moment is not in the next ten years or has no time zone.
        InvalidReason: the reason is not 5 to 500 characters.
        Forbidden: your rank is not above that of the character's owner, or an admin has locked it.
        SelfDealing: it is a character of yours.
        CharacterNotFound: there is no such character.
        KeyReused: the key was used with another request.
    """
    now = clock.now()
    if not isinstance(until, datetime) or until.tzinfo is None or not now < until <= now + LONGEST:
        raise InvalidInput(
            "A lock ends in the next ten years, at a time with a zone.", path="until"
        )
    await _change_lock(staff, await load_actor(character_id), until, reason, "TRADE_LOCKED")
    return TradeLockView(character_id=character_id, locked_until=until)


@command(queue="character_id")
async def unlock_trade(
    staff: ObjectId, character_id: ObjectId, *, reason: Reason, key: str | None = None
) -> TradeLockView:
    """Let a character trade again, with a row in the audit log.

    Raises:
        InvalidReason: the reason is not 5 to 500 characters.
        NotLocked: the character is not barred from trade.
        Forbidden: your rank is not above that of the character's owner, or an admin has locked it.
        SelfDealing: it is a character of yours.
        CharacterNotFound: there is no such character.
        KeyReused: the key was used with another request.
    """
    locked = await load_actor(character_id)
    if locked.barred_until is None:
        raise NotLocked()
    await _change_lock(staff, locked, None, reason, "TRADE_UNLOCKED")
    return TradeLockView(character_id=character_id, locked_until=None)


async def trade_lock(character_id: ObjectId) -> TradeLockView:
    """Whether, and until when, a character is barred from trade.

    Raises:
        CharacterNotFound: there is no such character.
    """
    until = (await load_actor(character_id)).barred_until
    return TradeLockView(character_id=character_id, locked_until=until)


async def _change_lock(
    staff: ObjectId, target: Actor, until: datetime | None, reason: str, action: str
) -> None:
    """Lock or unlock as far as the rank of the staff goes, with a row."""
    act = await may_act(
        staff,
        [target.user_id],
        needed=UserRole.MODERATOR,
        reason=reason,
        character_id=target.id,
    )
    before = target.barred_until
    if before is not None:
        may_change_decision(act.rank, target.locked_as)
    bar(target.id, until, act.rank)
    act.note(action, before={"until": before}, after={"until": until}, character_id=target.id)


def bar(character_id: ObjectId, until: datetime | None, rank: UserRole | None = None) -> None:
    """Stage a lock until a moment, or its end. The caller leaves a row in the audit log.

    ``rank`` is that of who decided; without one it is the game's own decision.
    """
    fields = {TRADE_LOCK: until, TRADE_LOCK_RANK: rank and rank.value}
    change = {"$set": fields} if until is not None else {"$unset": dict.fromkeys(fields, "")}
    stage(
        StagedUpdate(
            Character.collection_name(),
            {"_id": character_id, **ALIVE},
            change,
            otherwise=CharacterNotFound(),
        )
    )
