"""What waits for room: the one place that parks money or goods, and the one rule of claiming.

Money that a full wallet cannot take and goods that a full pack cannot take wait as a pending
reward, in either ledger. Rewards of other programs lie in the same collection; they may carry an
end, ours wait for ever. Once ours are claimed they are kept for 90 days; those of others stay.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from bson import ObjectId

from desperados.engine import clock, dice

REWARDS = "pendingrewards"


class RewardState(StrEnum):
    """Whether a reward may be claimed."""

    WAITING = "waiting"
    CLAIMED = "claimed"
    EXPIRED = "expired"


def new_reward(owner: ObjectId, source: str, *, goods: bool = False) -> dict[str, Any]:
    """The document of a reward for a character, still empty: a ledger puts money or goods in."""
    return {
        "_id": dice.new_id(),
        "characterId": owner,
        "rewardType": "items" if goods else "currency",
        "rewards": {},
        "source": source,
        "vanishes": True,
        "createdAt": clock.now(),
    }


def state_of(reward: Mapping[str, Any], now: datetime) -> RewardState:
    """Whether a stored reward, of ours or of another program, may be claimed at ``now``.

    What was claimed or has expired is paid to nobody again, whatever still lies in it.
    """
    if reward.get("claimedAt") is not None:
        return RewardState.CLAIMED
    expires_at = reward.get("expiresAt")
    if expires_at is not None and expires_at <= now:
        return RewardState.EXPIRED
    return RewardState.WAITING
