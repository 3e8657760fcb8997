"""The lockout: ten wrong passwords close the login of an account for 30 minutes.

Names that nobody has are locked alike (in Redis, for there is no account to count on), or the lock
would tell which names exist.
"""

from __future__ import annotations

import hashlib
import math
from typing import NoReturn

from bson import ObjectId
from redis.exceptions import RedisError

from desperados.accounts import users
from desperados.accounts.audit import Action, Severity, record
from desperados.accounts.credentials import passwords
from desperados.accounts.documents import User
from desperados.accounts.errors import AccountLocked, InvalidCredentials
from desperados.accounts.rules import LOCK, MOST_FAILURES, Attempts, count_failure, fold
from desperados.engine import clock
from desperados.engine.commands import command
from desperados.engine.errors import RateLimited, Unavailable
from desperados.engine.game import current_game
from desperados.engine.live.state import RATE_WINDOW, count_call

STRANGERS = "unknown_login"


async def require_live_state() -> None:
    """Refuse a login while tokens cannot be checked: it would be of no use.

    Raises:
        Unavailable: Redis does not answer.
    """
    try:
        await current_game().redis.ping()
    except (RedisError, OSError) as error:
        raise Unavailable("The login does not work now; try again.", retry_after=1) from error


def refuse_locked(user: User) -> None:
    """Let nobody in while the lock holds, whatever the password.

    Raises:
        AccountLocked: it holds; ``retry_after`` says for how many seconds.
    """
    left = _attempts(user).lock_left(clock.now())
    if left is not None:
        raise _locked(left.total_seconds())


@command
async def count_wrong_password(user_id: ObjectId) -> None:
    """Count one wrong password; the tenth locks.

    Raises:
        AccountLocked: the account was locked before this one, which therefore does not count.
    """
    user = await User.get(user_id)
    if user is None:
        return
    refuse_locked(user)
    after = count_failure(_attempts(user), clock.now())
    change = {
        "failedLogins": after.failures,
        "lastFailedLoginAt": after.last_failure,
        "lockedUntil": after.locked_until,
    }
    users.stage_change(user_id, {"$set": change})
    if after.locked_until is not None:
        record(Action.ACCOUNT_LOCKOUT, user_id=user_id, severity=Severity.MEDIUM)


async def refuse_stranger(login: str, password: str) -> NoReturn:
    """Answer for a name that nobody has as for one that somebody has, lock and time included.

    Raises:
        InvalidCredentials: always, or
        AccountLocked: after ten of them.
        Unavailable: Redis does not answer.
    """
    game = current_game()
    # A digest: of bounded length, and what people type into login fields is not readable in Redis.
    subject = hashlib.sha256(fold(login).encode("utf-8", "surrogatepass")).hexdigest()
    key = RATE_WINDOW.name(name=STRANGERS, subject=subject)
    try:
        failures, left = int(await game.redis.get(key) or 0), int(await game.redis.ttl(key))
        if failures >= MOST_FAILURES and left > 0:
            raise _locked(left)
        await passwords.waste_time(password, game.settings)
        await count_call(game.redis, STRANGERS, subject, MOST_FAILURES, int(LOCK.total_seconds()))
    except AccountLocked:
        raise
    except RateLimited as error:
        raise _locked(error.facts["retry_after"]) from None
    except (RedisError, OSError) as error:
        raise Unavailable("The login does not work now; try again.", retry_after=1) from error
    raise InvalidCredentials


def _attempts(user: User) -> Attempts:
    return Attempts(user.failed_logins or 0, user.last_failed_login_at, user.locked_until)


def _locked(seconds: float) -> AccountLocked:
    return AccountLocked(retry_after=max(1, math.ceil(seconds)))
