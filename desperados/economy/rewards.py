"""Rewards that wait: money that a full wallet could not take, until its owner makes room.

Each waiting reward is an account of the ledger. Claiming moves as much as the wallets can hold;
the rest goes on waiting. A reward that was claimed stays as the end of its chain of rows. Goods in
a reward are the inventory's to list and to hand out.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from bson import ObjectId

from desperados.characters.errors import CharacterNotFound
from desperados.characters.notices.writing import notify
from desperados.economy.errors import AlreadyClaimed, RewardNotFound, WalletFull
from desperados.economy.events import WAITING
from desperados.engine import clock
from desperados.engine.commands import command
from desperados.engine.staging import StagedUpdate
from desperados.engine.storage.paging import read_page
from desperados.engine.transactions import stage
from desperados.engine.views import Cursor, Id, Limit, Page, View
from desperados.ledger.money import ledger
from desperados.ledger.money.accounts import BOOKS, AccountKind, pending, wallet
from desperados.ledger.money.documents import Currency, PendingReward
from desperados.ledger.money.operations import OperationKind
from desperados.ledger.money.rules import CAPS
from desperados.ledger.money.sources import Source
from desperados.ledger.rewards import RewardState, state_of

_HOLDS_MONEY = {
    "$or": [{field: {"$gt": 0}} for field in BOOKS[AccountKind.PENDING].fields.values()]
}


class RewardView(View):
    """Money that waits. ``source`` says what it was for; ``money`` is what is left of it, and
    ``has_goods`` whether goods wait with it."""

    id: Id
    source: str
    money: dict[Currency, int]
    has_goods: bool
    created_at: datetime
    expires_at: datetime | None


class ClaimView(View):
    """What a claim brought, and what goes on waiting for room."""

    reward_id: Id
    claimed: dict[Currency, int]
    waiting: dict[Currency, int]
    operation: Id
    at: datetime


@command(queue="actor")
async def claim_reward(
    actor: ObjectId, reward_id: ObjectId, *, key: str | None = None
) -> ClaimView:
    """Take the money of a waiting reward, as much of it as the wallet has room for.

    Raises:
        RewardNotFound: there is no such reward of this character, or it has expired.
        AlreadyClaimed: it was claimed, or there is no money left in it.
        WalletFull: the wallet has no room for any of it.
        CharacterNotFound: there is no such character.
        KeyReused: the key was used with another request.
    """
    reward = await PendingReward.collection().find_one({"_id": reward_id, "characterId": actor})
    state = None if reward is None else state_of(reward, clock.now())
    if state is None or state is RewardState.EXPIRED:
        raise RewardNotFound()
    waiting = _money(reward)
    if state is RewardState.CLAIMED or not waiting:
        raise AlreadyClaimed()
    account, owner = pending(reward_id), wallet(actor)
    held = await ledger.balances(owner)
    if held is None:
        raise CharacterNotFound()
    taken = {
        currency: min(amount, CAPS[currency] - held[currency])
        for currency, amount in waiting.items()
        if held[currency] < CAPS[currency]
    }
    if not taken:
        raise WalletFull(waiting={currency.value: amount for currency, amount in waiting.items()})
    posted = await ledger.post(
        [
            movement
            for currency, amount in taken.items()
            for movement in ledger.move(
                account, owner, currency, amount, Source.REWARD_CLAIMED, reference=reward_id
            )
        ],
        OperationKind.CLAIM,
        missing={account: RewardNotFound()},
    )
    left = {
        currency: amount - taken.get(currency, 0)
        for currency, amount in waiting.items()
        if amount > taken.get(currency, 0)
    }
    if not left and not _goods(reward):
        stage(
            StagedUpdate(
                PendingReward.collection_name(),
                {"_id": reward_id, "claimedAt": None},
                {"$set": {"claimedAt": posted.at}},
                otherwise=AlreadyClaimed(),
            )
        )
    return ClaimView(
        reward_id=reward_id,
        claimed=taken,
        waiting=left,
        operation=posted.operation,
        at=posted.at,
    )


def tell_waiting(posted: ledger.Posted, actor: ObjectId) -> None:
    """Tell all but who acts, and has the answer, what found no room in their wallets."""
    for (account, currency), amount in posted.parked.items():
        if account.kind is AccountKind.WALLET and account.id != actor:
            notify(account.id, WAITING, amount=amount, currency=currency.value)


async def list_rewards(
    actor: ObjectId, *, limit: Limit = 50, after: Cursor | None = None
) -> Page[RewardView]:
    """The money that waits for a character, the oldest first.

    Raises:
        InvalidInput: the limit is not 1 to 100, or the cursor is not one of this list.
    """
    return await read_page(
        PendingReward.collection(),
        {"characterId": actor, "claimedAt": None, **_HOLDS_MONEY},
        sort="createdAt",
        limit=limit,
        after=after,
        view=_view,
    )


def _money(reward: dict[str, Any]) -> dict[Currency, int]:
    """The money that is left in a reward."""
    book = BOOKS[AccountKind.PENDING]
    held = {currency: book.balance(reward, currency) for currency in book.fields}
    return {currency: amount for currency, amount in held.items() if amount > 0}


def _goods(reward: dict[str, Any]) -> bool:
    """Whether the inventory has stacks or unique items in this reward."""
    rewards = reward.get("rewards")
    stacks = rewards.get("items") if isinstance(rewards, dict) else None
    return bool(stacks) or bool(reward.get("uniqueCount"))


def _view(reward: dict[str, Any]) -> RewardView:
    return RewardView(
        id=reward["_id"],
        source=reward.get("source", ""),
        money=_money(reward),
        has_goods=_goods(reward),
        created_at=reward["createdAt"],
        expires_at=reward.get("expiresAt"),
    )
