"""How often an account may call the market, and how much may wait for its characters."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from bson import ObjectId

from desperados.characters.actor import Actor, itself
from desperados.economy.corrections import debts
from desperados.economy.errors import GoodsWaiting
from desperados.economy.market import rules
from desperados.engine.allowances import Limit, Usage, usage_of
from desperados.engine.storage.reads import Read, together
from desperados.ledger.money.documents import PendingReward

MARKET_CALLS = Limit("market", 60, timedelta(hours=1))
CREATES = Limit("market_creates", rules.CREATES_AN_HOUR, timedelta(hours=1))
BIDS = Limit("market_bids", rules.BIDS_AN_HOUR, timedelta(hours=1))


async def count_calls(
    actor: Actor, *, creates: bool = False, bids: bool = False, brings: bool = False
) -> Usage:
    """Count this call against the limits of the hour, and collect what the actor owes.

    ``brings`` says that it may end with goods that wait for room.

    Raises:
        RateLimited: a limit is used up.
        GoodsWaiting: it brings goods, and too many wait already. Two calls at once may pass
            together: this bounds a store, and guards nothing.
    """
    limits = [(MARKET_CALLS, actor.user_id)]
    if creates:
        limits.append((CREATES, actor.id))
    if bids:
        limits.append((BIDS, actor.user_id))
    read, owed = usage_of(*limits), debts.owed_by(actor.id)
    await together(itself(actor), read, owed, *([_few_waiting(actor.id)] if brings else ()))
    usage = read.result
    for limit, whose in limits:
        usage.use(limit, whose)
    await debts.collect_first(owed)
    return usage


def _few_waiting(character_id: ObjectId) -> Read[None]:
    """That few lots wait for room in a pack, as a read that leaves with others."""

    def refuse_many(rows: list[dict[str, Any]]) -> None:
        if len(rows) >= rules.MOST_WAITING:
            raise GoodsWaiting(most=rules.MOST_WAITING)

    goods = {"$or": [{"rewards.items": {"$gt": []}}, {"uniqueCount": {"$gt": 0}}]}
    return Read(
        PendingReward,
        {"characterId": character_id, "claimedAt": None, "itemSeq": {"$gt": 0}, **goods},
        refuse_many,
        {"_id": 1},
        limit=rules.MOST_WAITING,
    )
