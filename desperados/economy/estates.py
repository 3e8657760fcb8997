"""What becomes of a character's goods and money when it leaves the world for good.

Listings are cancelled with their bids released, debts are paid, and whatever the character then
holds leaves the world through named sinks: wallet, vault and pack. What waits as a pending reward,
and what comes later (an auction that was won, a bid that comes back), waits for ``KEPT`` days, in
case somebody restores the character, and then leaves through the same sinks.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from bson import ObjectId

from desperados.characters.documents import Character
from desperados.characters.errors import CharacterNotFound
from desperados.economy import debts
from desperados.economy.errors import HoldsOpen
from desperados.economy.market import selling as market
from desperados.engine import clock
from desperados.engine.collection import find_all
from desperados.engine.commands import command
from desperados.engine.errors import Contention
from desperados.engine.staging import StagedUpdate
from desperados.engine.transactions import stage
from desperados.ledger.items import ledger as items
from desperados.ledger.items.holders import pack
from desperados.ledger.items.holders import pending as waiting_goods
from desperados.ledger.items.movement import ALL
from desperados.ledger.items.sources import ItemSource
from desperados.ledger.money import ledger
from desperados.ledger.money.accounts import Account, pending, vault, wallet
from desperados.ledger.money.documents import Currency, Hold, PendingReward
from desperados.ledger.money.sources import Source

KEPT = timedelta(days=30)
BATCH = 200


async def wind_up(character_id: ObjectId) -> None:
    """Empty everything that a character holds, inside the transaction that deletes it.

    Raises:
        CharacterNotFound: there is no such character.
        HoldsOpen: its money is in a bid, a stake or an investment.
        ItemLocked: something it carries cannot be taken off it now.
    """
    if await _has_open_holds(character_id):
        raise HoldsOpen
    await market.withdraw_listings(character_id)
    await debts.collect_from(character_id)
    await items.leave(
        ALL, from_=pack(character_id), source=ItemSource.CHARACTER_DELETED, actor=character_id
    )
    if await ledger.balances(wallet(character_id)) is None:
        raise CharacterNotFound
    burned = [
        ledger.burn(account, currency, amount, Source.CHARACTER_DELETED)
        for account in (wallet(character_id), vault(character_id))
        for currency, amount in (await _held(account)).items()
        if amount
    ]
    if burned:
        await ledger.post(burned)


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


async def lapse_rewards(period: datetime) -> None:
    """End what has waited for characters that were deleted 30 days before ``period``; for the job.

    It reads what waits for anybody: full wallets and packs are few.
    """
    last = ObjectId("0" * 24)
    while True:
        rows = await find_all(
            PendingReward.collection(),
            {"claimedAt": None, "_id": {"$gt": last}},
            projection={"characterId": 1},
            sort=[("_id", 1)],
            limit=BATCH,
        )
        owners = list({row["characterId"] for row in rows})
        gone = await find_all(
            Character.collection(),
            {"_id": {"$in": owners}, "deletedAt": {"$lte": period - KEPT}},
            projection={"_id": 1},
            limit=max(1, len(owners)),
        )
        graves = {row["_id"] for row in gone}
        for row in rows:
            if row["characterId"] in graves:
                await lapse_reward(row["_id"])
        if len(rows) < BATCH:
            return
        last = rows[-1]["_id"]


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
        await ledger.post(money)
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
