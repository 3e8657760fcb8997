"""Holds: money set aside for a bid, a stake, a trade or an investment until it is decided.

Reserve moves it from a wallet into the hold, release back, capture on to somebody else. All three
are legs of the caller's posting, so a hold opens or closes with whatever decides it or not at all.
What is held cannot be spent, because it is not in the wallet.
"""

from __future__ import annotations

from typing import Any

from bson import ObjectId

from desperados.engine import clock, dice
from desperados.ledger.money.accounts import Account, escrow
from desperados.ledger.money.documents import HoldPurpose


def new_hold(
    owner_id: ObjectId, purpose: HoldPurpose, reference: ObjectId
) -> tuple[Account, dict[str, Any]]:
    """An account for ``ledger.post(..., opened={account: document})``, and its document."""
    hold_id = dice.new_id()
    document: dict[str, Any] = {
        "_id": hold_id,
        "ownerId": owner_id,
        "purpose": purpose.value,
        "reference": reference,
        "held": {},
        "createdAt": clock.now(),
    }
    return escrow(hold_id), document
