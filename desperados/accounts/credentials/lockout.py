"""The lockout: whoever tries wrong passwords waits, and the owner of the account does not.

A try is counted by what was typed, never by the account: whether a name exists, and which address
belongs to which name, has no part in it. So known and unknown names wait alike, at equal cost.

===================  ==================================  ==========================
who tries            is counted by                       waits after
===================  ==================================  ==========================
a known device       login and device                    10 failures in a day
anybody else         network, if it is of the internet   100 in a quarter of an hour
                     login and network                   10 in a day
                     login                               50 in a day
===================  ==================================  ==========================

A device is a network and a user agent; it is known for 90 days after the right password came from
it. What strangers do does not keep it out, nor does it end a session: there the password may be
changed at any time, and wrong guesses count against that session alone. A network adds at most its
ten to a login's fifty: two addresses do not lock a name for those who come from elsewhere. Success
counts against nobody.

Limits: who commands many networks can make an owner wait on a device that is new.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable
from dataclasses import dataclass

from bson import ObjectId
from redis.exceptions import RedisError

from desperados.accounts.audit import Action, Severity, record
from desperados.accounts.callers import Principal, is_public, network_of, origin
from desperados.accounts.errors import AccountLocked
from desperados.engine.errors import Unavailable
from desperados.engine.game import current_game
from desperados.engine.live.failures import Failures, count_failure, delay_left
from desperados.engine.live.state import KNOWN_DEVICE
from desperados.engine.transactions import transactional

QUARTER, DAY = 15 * 60, 24 * 60 * 60
DEVICE, ADDRESS = "device", "address"
FREE, FREE_OF_A_LOGIN, FREE_OF_A_NETWORK = 10, 50, 100


@dataclass(frozen=True, slots=True)
class Attempt:
    """A try at a password, and what it is counted by."""

    counters: tuple[Failures, ...]

    async def refuse_too_early(self) -> None:
        """Let nobody try while a delay holds, whatever the password.

        Raises:
            AccountLocked: it holds; ``retry_after`` says for how many seconds.
            Unavailable: Redis does not answer.
        """
        left = await delay_left(current_game().redis, self.counters)
        if left > 0:
            raise _locked(left)

    async def failed(self, user_id: ObjectId | None) -> None:
        """Count a wrong password of a user, or of a name that nobody has.

        Raises:
            AccountLocked: others failed meanwhile and a delay holds; this one does not count.
            Unavailable: Redis does not answer.
        """
        left, used_up = await count_failure(current_game().redis, self.counters)
        if left > 0:
            raise _locked(left)
        if used_up:
            await _note(user_id, [counter.name for counter in used_up])

    async def forget(self) -> None:
        """Forget the failures of who has now shown the right password.

        What a login has failed from many networks stays: an owner who comes and goes does not set
        those free who try meanwhile.

        Raises:
            Unavailable: Redis does not answer.
        """
        own = [counter.key for counter in self.counters if counter.name in (DEVICE, ADDRESS)]
        await _ask("delete", *own)


def login_attempt(login: str, *, known: bool) -> Attempt:
    """A try to log in, of a caller who comes from a ``known`` device or not."""
    typed, caller = _digest(login), origin()
    if known:
        return Attempt((Failures(DEVICE, f"{typed}:{_device()}", FREE, DAY),))
    network = _digest(network_of(caller.ip or ""))
    counters = [
        Failures(ADDRESS, f"{typed}:{network}", FREE, DAY),
        Failures("login", typed, FREE_OF_A_LOGIN, DAY),
    ]
    # From a proxy that nobody has named comes everybody.
    if is_public(caller.ip):
        counters.insert(0, Failures("network", network, FREE_OF_A_NETWORK, QUARTER))
    return Attempt(tuple(counters))


def session_attempt(principal: Principal) -> Attempt:
    """A try at the current password by somebody who is logged in."""
    return Attempt((Failures("session", str(principal.family), FREE, DAY),))


async def is_known(login: str) -> bool:
    """Whether this login has succeeded from the caller's device in the last 90 days.

    Raises:
        Unavailable: Redis does not answer.
    """
    return bool(await _ask("exists", _known_device(login)))


async def remember_device(logins: Iterable[str]) -> None:
    """Know the caller's device from now on, for each of these logins.

    Raises:
        Unavailable: Redis does not answer.
    """
    for login in logins:
        await _ask("set", _known_device(login), 1, ex=KNOWN_DEVICE.seconds)


@transactional
async def _note(user_id: ObjectId | None, counters: list[str]) -> None:
    """A row of the trail: whose it is where that is known, and for unknown names all the same."""
    record(
        Action.ACCOUNT_LOCKOUT,
        user_id=user_id,
        severity=Severity.MEDIUM,
        details={"counters": counters},
    )


def _known_device(login: str) -> str:
    return KNOWN_DEVICE.name(login=_digest(login), device=_device())


def _device() -> str:
    caller = origin()
    return _digest(f"{network_of(caller.ip or '')}\0{caller.user_agent}")


def _digest(text: str) -> str:
    """Of bounded length; and what people type into login fields is not readable in Redis."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


async def _ask(command: str, *arguments: object, **options: object) -> object:
    """One command of Redis.

    Raises:
        Unavailable: it does not answer; nobody logs in while tokens cannot be checked either.
    """
    try:
        return await getattr(current_game().redis, command)(*arguments, **options)
    except (RedisError, OSError) as error:
        raise Unavailable("The login does not work now; try again.", retry_after=1) from error


def _locked(seconds: float) -> AccountLocked:
    return AccountLocked(retry_after=max(1, math.ceil(seconds)))
