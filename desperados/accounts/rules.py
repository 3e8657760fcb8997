"""The rules of accounts: reasons and times. Pure functions."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from desperados.accounts.documents import UserStatus
from desperados.accounts.errors import InvalidReason, InvalidTerm

REASON_LENGTH = (5, 500)

SESSIONS_PER_USER = 5
CLOCK_LEEWAY = timedelta(seconds=60)  # how far the clocks of two API processes may differ


def check_reason(reason: Any) -> str:
    """``reason``, trimmed, if it is 5 to 500 characters.

    Raises:
        InvalidReason: it is not.
    """
    text = reason.strip() if isinstance(reason, str) else ""
    if not REASON_LENGTH[0] <= len(text) <= REASON_LENGTH[1]:
        raise InvalidReason(path="reason")
    return text


def refresh_expiry(
    now: datetime, family_started: datetime, token_days: int, family_days: int
) -> datetime:
    """When a refresh token ends that is issued now: slides, but never past its family's end."""
    return min(now + timedelta(days=token_days), family_started + timedelta(days=family_days))


def is_race(rotated_at: datetime, arrived_at: datetime) -> bool:
    """Whether a rotated token was presented by a request that was already on its way.

    Two tabs that refresh at the same moment are no theft: the second arrived before the first had
    rotated the token, so its sender could not know better. A token that comes after its rotation
    is one that its owner should have thrown away.
    """
    return rotated_at >= arrived_at


def check_term(status: UserStatus, until: datetime | None, now: datetime) -> None:
    """A suspension may have an end (without one it lasts until it is lifted); nothing else has.

    Raises:
        InvalidTerm: another status with an end, or an end that is not in the future.
    """
    if until is None:
        return
    if until.tzinfo is None:
        raise InvalidTerm("A time needs its zone; UTC is best.", path="until")
    if status is not UserStatus.SUSPENDED or until <= now:
        raise InvalidTerm(path="until")


def suspension_ended(status: UserStatus, until: datetime | None, now: datetime) -> bool:
    """Whether a timed suspension is over, though nobody has lifted it yet."""
    return status is UserStatus.SUSPENDED and until is not None and until <= now
