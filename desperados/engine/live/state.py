"""Live state: every key that Redis may hold, what it means and how long it lives.

Redis holds only what may be lost. No balance and no right is ever read from it, and a guard whose
key cannot be read refuses (``Unavailable``) instead of letting everything pass.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from redis.exceptions import NoScriptError, RedisError

from desperados.engine.errors import GameError, RateLimited, Unavailable


@dataclass(frozen=True, slots=True)
class StateKey:
    """A pattern of keys. ``seconds`` is the time to live; None means that the writer gives it, 0
    that nothing is kept: the name of a channel."""

    pattern: str
    seconds: int | None
    meaning: str

    def name(self, **parts: object) -> str:
        """The key for these parts."""
        return self.pattern.format(**parts)


ACCESS_DENIED = StateKey("deny:{jti}", None, "a logged-out access token; its rest of life")
RATE_WINDOW = StateKey("rl:{name}:{subject}", None, "calls in the current window of a rate limit")
FAILURES = StateKey("fail:{name}:{subject}", None, "failures of a day or less, and their delay")
KNOWN_DEVICE = StateKey("device:{login}:{device}", 90 * 86_400, "from where a login succeeded")
# Channels know no database number: worlds that share a server are told apart by their names.
EVENTS = StateKey("events:{world}", 0, "the events of a world, each line with whom it concerns")
PROBE = StateKey("probe", 60, "that this server takes writes")

KEYS = (ACCESS_DENIED, RATE_WINDOW, FAILURES, KNOWN_DEVICE, EVENTS, PROBE)


@dataclass(frozen=True, slots=True)
class Window:
    """At most ``limit`` calls of ``subject`` in a fixed window of ``seconds``.

    The window starts at the first call and is never extended by later ones, or a player who keeps
    trying would be locked out for ever.
    """

    name: str
    subject: str
    limit: int
    seconds: int

    @property
    def key(self) -> str:
        """Where the calls are counted."""
        return RATE_WINDOW.name(name=self.name, subject=self.subject)


@dataclass(frozen=True, slots=True)
class Denial:
    """A key that lets nobody pass: where it is, the call is refused with ``error``."""

    key: str
    error: GameError


Check = Window | Denial

# One script is one step: no crash leaves a counter without an end, and none expires in between.
# What is not allowed stops it, so that later windows do not count the call. A denial is a window of
# no calls and no seconds.
_CHECK_ALL = """
local found = {}
for number, key in ipairs(KEYS) do
  local limit, seconds = tonumber(ARGV[2 * number - 1]), tonumber(ARGV[2 * number])
  if seconds == 0 then
    found[number] = redis.call('EXISTS', key)
  else
    redis.call('SET', key, 0, 'EX', seconds, 'NX')
    found[number] = redis.call('INCR', key)
  end
  if found[number] > limit then
    found[number + 1] = redis.call('TTL', key)
    break
  end
end
return found
"""
_GIVE_BACK = """
for _, key in ipairs(KEYS) do
  if redis.call('EXISTS', key) == 1 then redis.call('DECR', key) end
end
"""


async def check_calls(
    redis: Any, checks: Sequence[Check], note: Callable[[Window, int], None] | None = None
) -> None:
    """Make these checks in their order, in one round trip; the first that refuses ends it.

    ``note`` is told of each window that let the call pass, and how many calls are left in it.

    Raises:
        RateLimited: a limit was passed; ``retry_after`` says when its window ends.
        GameError: the error of a denial.
        Unavailable: Redis does not answer; the call is refused, not waved through.
    """
    limits: list[int] = []
    for check in checks:
        limits += (check.limit, check.seconds) if isinstance(check, Window) else (0, 0)
    found: list[int] = await run_script(redis, _CHECK_ALL, [check.key for check in checks], limits)
    for number, check in enumerate(checks):
        used = found[number]
        if isinstance(check, Denial):
            if used:
                raise check.error
        elif used > check.limit:
            wait = max(1, found[number + 1])
            raise RateLimited(
                f"At most {check.limit} calls of this kind in {check.seconds} s; wait {wait} s.",
                limit=check.limit,
                retry_after=wait,
                policy=(check.name.partition(":")[0], check.limit, check.seconds),
            )
        elif note is not None:
            note(check, check.limit - used)


async def give_back(redis: Any, windows: Sequence[Window]) -> None:
    """Take a call that was counted off these windows again, as far as they last.

    Raises:
        Unavailable: Redis does not answer.
    """
    await run_script(redis, _GIVE_BACK, [window.key for window in windows], ())


async def run_script(redis: Any, script: str, keys: Sequence[str], arguments: Sequence[int]) -> Any:
    """Run a script of ours; a server that does not have it yet gets it.

    Raises:
        Unavailable: Redis does not answer.
    """
    try:
        try:
            return await redis.evalsha(_digest(script), len(keys), *keys, *arguments)
        except NoScriptError:
            return await redis.eval(script, len(keys), *keys, *arguments)
    except (RedisError, OSError) as error:
        raise Unavailable("The live state does not answer.", retry_after=1) from error


@functools.cache
def _digest(script: str) -> str:
    """The name under which Redis keeps a script."""
    return hashlib.sha1(script.encode(), usedforsecurity=False).hexdigest()
