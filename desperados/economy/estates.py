"""What becomes of a character's goods and money when it leaves the world for good.

Deletion waits for what others have a part in: for bids, investments and debts. The rest leaves the
world through named sinks, each domain's by its own hook. What waits as a pending reward, or comes
later, waits for ``KEPT`` days, in case somebody restores the character, and then leaves through the
same sinks.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

from bson import ObjectId

from desperados.characters.documents import Character
from desperados.economy.corrections import debts
from desperados.economy.documents import Debt, DebtStatus
from desperados.economy.errors import DebtsOpen, HoldsOpen
from desperados.economy.market import selling as market
from desperados.engine import clock
from desperados.engine.commands import command
from desperados.engine.errors import Contention
from desperados.engine.staging import StagedUpdate
from desperados.engine.storage.collection import find_all
from desperados.engine.storage.reads import alone
from desperados.engine.storage.streams import batches_by_id
from desperados.engine.transactions import stage
from desperados.ledger.items import ledger as items
from desperados.ledger.items.holders import pending as waiting_goods
from desperados.ledger.items.movement import ALL
from desperados.ledger.items.sources import ItemSource
from desperados.ledger.money import ledger
from desperados.ledger.money.accounts import Account, pending, vault
from desperados.ledger.money.documents import Currency, Hold, PendingReward
from desperados.ledger.money.operations import OperationKind
from desperados.ledger.money.sources import Source

KEPT = timedelta(days=30)
BATCH = 200


async def wind_up(character_id: ObjectId) -> None:
    """End what a character has begun, inside the transaction that deletes it: listings are taken
    back, debts are paid, and what is then left in the vault leaves the world.

    Raises:
        HoldsOpen: its money is in a bid, a stake or an investment.
        HasBids: somebody has bid for what it sells.
        DebtsOpen: it owes more than it has.
    """
    if await _has_open_holds(character_id):
        raise HoldsOpen
    await market.withdraw_listings(character_id)
    owed = debts.owed_by(character_id)
    await alone(owed)
    await debts.collect_first(owed)
    open_debt = {"debtorId": character_id, "status": DebtStatus.OPEN.value}
    if await Debt.collection().find_one(open_debt, {"_id": 1}) is not None:
        raise DebtsOpen
    burned = [
        ledger.burn(vault(character_id), currency, amount, Source.CHARACTER_DELETED)
        for currency, amount in (await _held(vault(character_id))).items()
        if amount
    ]
    if burned:
        await ledger.post(burned, OperationKind.ESTATE)


def _is_counted(reward: dict[str, Any]) -> bool:
    """Whether the ledgers know of everything that lies in a reward."""
    counts_goods = reward.get("itemSeq") is not None
    has_goods = bool((reward.get("rewards") or {}).get("items"))
    return counts_goods or (reward.get("ledgerSeq") is not None and not has_goods)


async def _held(account: Account) -> dict[Currency, int]:
    return await ledger.balances(account) or {}


async def _has_open_holds(character_id: ObjectId) -> bool:
    held = [{f"held.{currency.value}": {"$gt": 0}} for currency in Currency]
    found = await Hold.collection().find_one({"ownerId": character_id, "$or": held}, {"_id": 1})
    return found is not None


async def lapsed_rewards(period: datetime, after: ObjectId | None) -> AsyncIterator[ObjectId]:
    """What waits for characters that were deleted 30 days before ``period``, for the sweep.

    It reads what waits for anybody: full wallets and packs are few.
    """
    async for rows in batches_by_id(
        PendingReward.collection(),
        {"claimedAt": None},
        {"characterId": 1},
        after=after,
        size=BATCH,
    ):
        owners = list({row["characterId"] for row in rows})
        gone = await find_all(
            Character.collection(),
            {"_id": {"$in": owners}, "deletedAt": {"$lte": period - KEPT}},
            projection={"_id": 1},
            limit=len(owners),
        )
        graves = {row["_id"] for row in gone}
        for row in rows:
            if row["characterId"] in graves:
                yield row["_id"]


async def lapse_due(_period: datetime, reward_id: ObjectId) -> None:
    """End a reward that nobody can claim, for the sweep."""
    await lapse_reward(reward_id)


@command
async def lapse_reward(reward_id: ObjectId) -> None:
    """Let money and goods of one reward leave the world. The caller knows that nobody can claim it.

    What another program wrote, and neither ledger counts, is not touched.
    """
    reward = await PendingReward.collection().find_one({"_id": reward_id, "claimedAt": None})
    if reward is None or not _is_counted(reward):
        return
    account = pending(reward_id)
    money = [
        ledger.burn(account, currency, amount, Source.CHARACTER_DELETED)
        for currency, amount in (await _held(account)).items()
        if amount
    ]
    if money:
        await ledger.post(money, OperationKind.ESTATE)
    goods = waiting_goods(reward_id)
    held = await items.contents(goods)
    if held.stacks or held.uniques:
        await items.leave(
            ALL, from_=goods, source=ItemSource.CHARACTER_DELETED, actor=reward["characterId"]
        )
        return  # which also closes it
    stage(
        StagedUpdate(
            PendingReward.collection_name(),
            {"_id": reward_id, "claimedAt": None},
            {"$set": {"claimedAt": clock.now()}},
            otherwise=Contention(retry_after=1),
        )
    )
