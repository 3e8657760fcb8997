"""Holds: money set aside for a bid, a stake, a bounty ... until something is decided.

A hold opens with the posting that fills it and closes with the posting that empties it, so its
state changes with the money or not at all:

    open -> released    all of it went back to its owner (less a penalty, perhaps)
    open -> captured    it went to somebody else
    open -> lapsed      it left the world

All are legs of the caller's posting: ``ledger.post(..., opened={account: document})`` and
``ledger.post(..., closed={account: HoldStatus.RELEASED})``. A posting that leaves a hold empty must
say how it ended. A closed hold takes part in no posting any more. What is held cannot be spent,
because it is in no wallet.

A closed hold is kept for ``KEPT`` and then vanishes. Its rows stay: they say whose it was, and that
nothing was left in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from bson import ObjectId

from desperados.engine import clock, dice
from desperados.ledger.money.accounts import Account, escrow
from desperados.ledger.money.documents import HoldOwner, HoldPurpose, HoldStatus

KEPT = timedelta(days=90)


def new_hold(
    owner_id: ObjectId,
    purpose: HoldPurpose,
    reference: ObjectId,
    *,
    owner_kind: HoldOwner = HoldOwner.CHARACTER,
) -> tuple[Account, dict[str, Any]]:
    """An account for ``ledger.post(..., opened={account: document})``, and its document."""
    hold_id = dice.new_id()
    document: dict[str, Any] = {
        "_id": hold_id,
        "ownerKind": owner_kind.value,
        "ownerId": owner_id,
        "purpose": purpose.value,
        "reference": reference,
        "held": {},
        "status": HoldStatus.OPEN.value,
        "createdAt": clock.now(),
    }
    return escrow(hold_id), document


def held_in(hold: Mapping[str, Any] | None) -> dict[str, int]:
    """What lies in a stored hold, by currency; nothing where there is none."""
    held = (hold or {}).get("held") or {}
    return {name: int(amount or 0) for name, amount in held.items()}


def is_open(hold: Mapping[str, Any]) -> bool:
    """Whether a stored hold is open. Older rows do not say so: those are, while they hold money."""
    status = hold.get("status")
    return any(held_in(hold).values()) if status is None else status == HoldStatus.OPEN.value
