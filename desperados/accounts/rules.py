"""The rules of accounts: formats and times. Pure functions."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime, timedelta
from typing import Any

from desperados.accounts.documents import UserStatus
from desperados.accounts.errors import (
    InvalidEmail,
    InvalidReason,
    InvalidTerm,
    InvalidUsername,
    WeakPassword,
)

USERNAME = re.compile(r"[A-Za-z0-9_]{3,30}")
RESERVED_NAMES = frozenset(
    {"admin", "moderator", "system", "bot", "null", "undefined", "test", "support"}
)
EMAIL_LENGTH = (5, 254)
PASSWORD_LENGTH = (8, 128)
REASON_LENGTH = (5, 500)

SESSIONS_PER_USER = 5
CLOCK_LEEWAY = timedelta(seconds=60)  # how far the clocks of two API processes may differ


def check_username(username: Any) -> str:
    """``username`` if it is 3 to 30 of A-Z, a-z, 0-9 and _, and not reserved.

    Raises:
        InvalidUsername: it is not.
    """
    if not isinstance(username, str) or not USERNAME.fullmatch(username):
        raise InvalidUsername(path="username")
    if fold(username) in RESERVED_NAMES:
        raise InvalidUsername("This username is reserved.", path="username")
    return username


def check_email(email: Any) -> str:
    """``email`` trimmed and in lower case: 5 to 254 characters, one @, a dot in its domain.

    Whether anybody reads mail there is not known from its form.

    Raises:
        InvalidEmail: it is not of this form.
    """
    if not isinstance(email, str) or len(email) > 2 * EMAIL_LENGTH[1]:
        raise InvalidEmail(path="email")
    address = fold(email)
    local, _, domain = address.partition("@")
    labels = domain.split(".")
    well_formed = (
        EMAIL_LENGTH[0] <= len(address) <= EMAIL_LENGTH[1]
        and bool(local)
        and "@" not in domain
        and len(labels) > 1
        and all(labels)
        and all(c.isprintable() and not c.isspace() for c in address)
    )
    if not well_formed:
        raise InvalidEmail(path="email")
    return address


def check_password(password: Any, *, username: str, email: str, path: str = "password") -> str:
    """``password`` if it is strong enough: 8 to 128 characters, upper, lower, digit.

    It must contain neither the username nor the part of the e-mail before the @ (where that is 3
    characters or longer: shorter ones are in half of all good passwords).

    Raises:
        WeakPassword: it is not; the text says why and never repeats it.
    """
    if not isinstance(password, str) or not (
        PASSWORD_LENGTH[0] <= len(password) <= PASSWORD_LENGTH[1]
    ):
        raise WeakPassword(path=path)
    if not password.isprintable():
        raise WeakPassword("A password has no control characters.", path=path)
    if not (
        any(c.isupper() for c in password)
        and any(c.islower() for c in password)
        and any(c.isdigit() for c in password)
    ):
        raise WeakPassword(path=path)
    folded = fold(password)
    for own in (fold(username), email.partition("@")[0]):
        if len(own) >= 3 and own in folded:
            raise WeakPassword("A password must not contain your name or e-mail.", path=path)
    return password


def fold(text: str) -> str:
    """The form in which names and addresses are compared: trimmed, composed, without case."""
    return unicodedata.normalize("NFKC", text).strip().casefold()


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
