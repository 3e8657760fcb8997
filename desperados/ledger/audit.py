"""The audit of what waits in holds and rewards: whose it is, and whether it still waits."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from bson import ObjectId

from desperados.engine.manifest.auditing import Check, Progress
from desperados.engine.manifest.reading import Row, batches, by_id, rows_by
from desperados.ledger.items.documents import ItemMovement
from desperados.ledger.items.holders import HolderKind
from desperados.ledger.items.sources import ItemSource
from desperados.ledger.money.accounts import BOOKS, AccountKind
from desperados.ledger.money.archive import ENTRIES
from desperados.ledger.money.audit import explained_since
from desperados.ledger.money.documents import (
    Currency,
    Hold,
    HoldOwner,
    HoldStatus,
    PendingReward,
)
from desperados.ledger.money.holds import held_in
from desperados.ledger.money.sources import Source

_OWNERS = {
    HoldOwner.CHARACTER: BOOKS[AccountKind.WALLET].collection,
    HoldOwner.GANG: BOOKS[AccountKind.TREASURY].collection,
    HoldOwner.CONTEST: "contests",
}
_ADOPTED = {Source.OPENING_BALANCE.value, ItemSource.OPENING_STOCK.value}
_CLAIMED = {Source.REWARD_CLAIMED.value, ItemSource.REWARD_CLAIMED.value}


async def check_holds(check: Check, tell: Progress) -> None:
    """What a hold says of itself is what lies in it, and its owner exists."""
    async for batch in batches(Hold.collection_name(), {}):
        check.examined += len(batch)
        tell(check.name, check.examined)
        for hold in batch:
            if problem := _problem_of(hold):
                check.report(f"holds/{hold['_id']}", problem)
        for kind, collection in _OWNERS.items():
            holds = [hold for hold in batch if hold.get("ownerKind", "character") == kind.value]
            there = await by_id(collection, list({hold["ownerId"] for hold in holds}))
            for hold in holds:
                if hold["ownerId"] not in there:
                    check.report(f"holds/{hold['_id']}", f"its {kind.value} is not there")


def _problem_of(hold: Row) -> str | None:
    held, status = held_in(hold), hold.get("status")
    full = any(held.values())
    if hold.get("ownerKind", "character") not in set(HoldOwner):
        return f"has an owner of the unknown kind {hold['ownerKind']!r}"
    if status is None:
        return None
    if status not in set(HoldStatus):
        return f"is in the unknown state {status!r}"
    if status == HoldStatus.OPEN.value:
        return None if full else "is open, but holds nothing"
    if full:
        return f"is {status}, but holds {held}"
    return None if hold.get("closedAt") is not None else f"is {status}, but not since when"


async def check_rewards(check: Check, tell: Progress) -> None:
    """Each reward is whose it was parked for, paid nobody else, and holds nothing once claimed."""
    since = await explained_since()
    async for batch in batches(PendingReward.collection_name(), {}):
        check.examined += len(batch)
        tell(check.name, check.examined)
        owners = {f"{AccountKind.PENDING.value}:{row['_id']}": row for row in batch}
        money = await rows_by(ENTRIES, "account", owners)
        goods = await rows_by([ItemMovement.collection_name()], "holder", owners)
        for name, reward in owners.items():
            where = f"pendingrewards/{reward['_id']}"
            for row in money[name]:
                _check_row(check, where, reward, row, "wallet", row["amount"], since)
            for row in goods[name]:
                _check_row(check, where, reward, row, HolderKind.PACK.value, row["quantity"], since)
            if reward.get("claimedAt") is not None and (left := _left_in(reward)):
                check.report(where, f"was claimed, but holds {left}")


def _check_row(
    check: Check,
    where: str,
    reward: Row,
    row: Row,
    kind: str,
    amount: int,
    since: datetime | None,
) -> None:
    """A row that fills a reward says whose it is; one that pays it out names the same character."""
    owner = reward["characterId"]
    if amount > 0 and row["source"] not in _ADOPTED:
        parked_for = row.get("owner")
        if parked_for is not None and parked_for != owner:
            check.report(where, f"is {owner}'s, but was parked for {parked_for}")
        if parked_for is None and since is not None and row["createdAt"] >= since:
            check.report(where, "was filled, but for nobody")
    if row["source"] in _CLAIMED and amount < 0 and row.get("counterparty") != f"{kind}:{owner}":
        check.report(where, f"is {owner}'s, but paid {row.get('counterparty')}")


def _left_in(reward: Row) -> dict[str, Any]:
    """What the ledgers know to lie in a reward."""
    rewards = reward.get("rewards") or {}
    left: dict[str, Any] = {}
    if reward.get("ledgerSeq") is not None:
        left |= {c.value: rewards[c.value] for c in Currency if rewards.get(c.value)}
    if reward.get("itemSeq") is not None:
        goods = {"items": rewards.get("items"), "uniques": reward.get("uniqueCount")}
        left |= {name: held for name, held in goods.items() if held}
    return left


async def owners_of(rows: Iterable[Row]) -> dict[str, ObjectId]:
    """Whose the accounts of these rows of money are, by the name of the account."""
    owners: dict[str, ObjectId] = {}
    asked: dict[AccountKind, dict[ObjectId, str]] = {
        AccountKind.PENDING: {},
        AccountKind.ESCROW: {},
    }
    for row in rows:
        name = account_of(row)
        kind, _, identity = name.partition(":")
        if row.get("owner") is not None:
            owners[name] = row["owner"]
        elif AccountKind(kind) in asked:
            asked[AccountKind(kind)][ObjectId(identity)] = name
        else:
            owners[name] = ObjectId(identity)
    for kind_, named in asked.items():
        field = "characterId" if kind_ is AccountKind.PENDING else "ownerId"
        for identity_, found in (await by_id(BOOKS[kind_].collection, list(named))).items():
            owners.setdefault(named[identity_], found[field])
    return owners


def account_of(row: Row) -> str:
    """The account of a row of money, as text."""
    wallet = row.get("characterId")
    return row["account"] if wallet is None else f"{AccountKind.WALLET.value}:{wallet}"
