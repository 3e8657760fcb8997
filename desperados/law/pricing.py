"""The prices on a head: what a deed adds to them, what closes them, the rank of their sum. Pure.

All prices on one head have the same rank. So whoever changes one of them writes the rank of the sum
to the others, and changes the character, too (``settle`` does; ``releasing.meet`` does nothing
else): two at once meet there, and one of them counts again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bson import ObjectId

from desperados.engine import dice
from desperados.engine.errors import Contention
from desperados.engine.staging import StagedInsert, StagedUpdate, StagedWrite
from desperados.law import rules
from desperados.law.documents import Bounty, BountyStatus, BountyType
from desperados.law.rows import Price
from desperados.law.rules import Term

NOTHING_SETTLED = Term()


@dataclass(frozen=True, slots=True)
class Heads:
    """What lies on the head now, what of the law was collected, and the writes of both."""

    total: int
    collected: int
    writes: tuple[StagedWrite, ...]


Added = Mapping[str | None, list[tuple[str, int]]]
"""What each faction adds to its price: (for what, dollars)."""


def changed_prices(
    character_id: ObjectId,
    prices: Iterable[Price],
    more: Added,
    now: datetime,
    term: Term = NOTHING_SETTLED,
    by: ObjectId | None = None,
) -> Heads:
    """The prices on the head after a deed: closed, raised, new, and each with the rank of all.

    ``term`` says whether a sentence settles what the law pays, and what players do. What lies in
    their holds is then to be paid out in the same transaction, to whoever brought the prisoner in:
    ``by``.
    """
    added, settles = dict(more), term.settles
    collected = 0
    kept: list[tuple[Price, dict[str, Any]]] = []
    ended: list[StagedWrite] = []
    for price in prices:
        amount, since = price.at(now)
        of_law = price.of_the_law
        raised = added.pop(price.faction, None) if of_law and settles is None else None
        if of_law and settles is not None and amount > 0:
            collected += amount
            ended.append(closed(price, settles, now, amount, by))
        elif price.of_a_player and settles is not None and term.of_players and amount > 0:
            ended.append(closed(price, settles, now, amount, by))
        elif of_law and raised is None and amount == 0:
            ended.append(closed(price, BountyStatus.EXPIRED, now, 0))
        elif raised is not None:
            kept.append((price, _raised(price, amount, since, raised, now)))
        elif of_law and price.status is None:
            kept.append((price, _adopted(price, amount, since)))
        else:
            kept.append((price, {"amount": amount}))
    new = [_new(character_id, faction, more, now) for faction, more in added.items()]
    total = sum(row["amount"] for _, row in kept) + sum(row["amount"] for row in new)
    rank = rules.rank_of(total).value
    writes = [_ranked(price, row, rank) for price, row in kept if _differs(price, row, rank)]
    inserts = [StagedInsert(Bounty.collection_name(), {**row, "wantedRank": rank}) for row in new]
    return Heads(total, collected, (*ended, *writes, *inserts))


def _raised(
    price: Price, amount: int, since: datetime, more: list[tuple[str, int]], now: datetime
) -> dict[str, Any]:
    since = since if amount > 0 else now
    raised = max(rules.LEAST_BOUNTY, amount + sum(dollars for _, dollars in more))
    return {
        "amount": raised,
        "decayedAt": since,
        "expiresAt": rules.gone_at(raised, since),
        "lastCrimeAt": now,
        "crimes": [*price.crimes, *_told(more, now)][-rules.MOST_CRIMES_TOLD :],
    }


def _adopted(price: Price, amount: int, since: datetime) -> dict[str, Any]:
    """A price that another program wrote, as one of ours. It ends no later than it would have."""
    end = rules.gone_at(amount, since)
    return {
        "amount": amount,
        "decayedAt": since,
        "expiresAt": end if price.expires_at is None else min(end, price.expires_at),
        "status": BountyStatus.ACTIVE.value,
        "bountyType": BountyType.CRIME.value,
    }


def _new(
    character_id: ObjectId, faction: str | None, more: list[tuple[str, int]], now: datetime
) -> dict[str, Any]:
    amount = max(rules.LEAST_BOUNTY, sum(dollars for _, dollars in more))
    return {
        "_id": dice.new_id(),
        "characterId": character_id,
        "amount": amount,
        "reason": more[0][0],
        "lastCrimeAt": now,
        "expiresAt": rules.gone_at(amount, now),
        "status": BountyStatus.ACTIVE.value,
        "bountyType": BountyType.CRIME.value,
        "issuerFaction": faction,
        "crimes": _told(more, now),
        "decayedAt": now,
    }


def _told(more: list[tuple[str, int]], now: datetime) -> list[dict[str, Any]]:
    return [{"name": name, "at": now, "amount": dollars} for name, dollars in more]


def _differs(price: Price, change: Mapping[str, Any], rank: str) -> bool:
    return "decayedAt" in change or price.rank != rank


def _ranked(price: Price, change: Mapping[str, Any], rank: str) -> StagedUpdate:
    """The new rank, and what was added. What a day took stays with its moment: both or none."""
    changed = dict(change) if "decayedAt" in change else {}
    return _update(price, {**changed, "wantedRank": rank})


def closed(
    price: Price, status: BountyStatus, now: datetime, amount: int, by: ObjectId | None = None
) -> StagedUpdate:
    """That a price of ``amount`` came to its end; ``by`` is who collected it."""
    change = {"status": status.value, "closedAt": now, "amount": amount}
    return _update(price, change if by is None else {**change, "collectedBy": by})


def reranked(prices: Iterable[Price], rank: str) -> list[StagedUpdate]:
    """The rank of the sum, for those that have another one."""
    return [_update(price, {"wantedRank": rank}) for price in prices if price.rank != rank]


def raised_to(price: Price, change: Mapping[str, Any]) -> StagedUpdate:
    """A price of a player that pays more."""
    return _update(price, change)


def _update(price: Price, change: Mapping[str, Any]) -> StagedUpdate:
    return StagedUpdate(
        Bounty.collection_name(),
        {"_id": price.id, "status": price.status, "amount": price.stored},
        {"$set": dict(change)},
        otherwise=Contention(retry_after=1),
    )
