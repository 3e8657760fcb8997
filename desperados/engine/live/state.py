"""Live state: every key that Redis may hold, what it means and how long it lives.

Redis holds only what may be lost. No balance and no right is ever read from it, and a guard whose
key cannot be read refuses (``Unavailable``) instead of letting everything pass.
"""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import Any

from redis.exceptions import RedisError

from desperados.engine.errors import ConfigurationError, RateLimited, Unavailable


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
# Channels know no database number: worlds that share a server are told apart by their names.
EVENTS = StateKey("events:{world}", 0, "the events of a world, each line with whom it concerns")

KEYS = (ACCESS_DENIED, RATE_WINDOW, EVENTS)


def make_redis(url: str | None, *, repeats: bool = True) -> Any:
    """An asyncio client of Redis at ``url``, or of a stand-in inside this process.

    With ``repeats`` a command whose connection broke is sent again, perhaps for the second time.

    Raises:
        ConfigurationError: the URL is none of Redis.
    """
    if url is None:
        from fakeredis import FakeAsyncRedis, FakeServer

        return FakeAsyncRedis(server=FakeServer(), decode_responses=True)
    from redis.asyncio import Redis
    from redis.asyncio.retry import Retry
    from redis.backoff import NoBackoff

    options: dict[str, Any] = {} if repeats else {"retry": Retry(NoBackoff(), 0)}
    try:
        return Redis.from_url(url, decode_responses=True, **options)
    except ValueError:  # its text may hold a part of the password
        raise ConfigurationError(
            "The Redis URL is not usable; it looks like redis://host:6379/0, rediss://... or "
            "unix:///path."
        ) from None


async def close_redis(redis: Any) -> None:
    """Close the connections."""
    await redis.aclose()


async def ping(redis: Any) -> bool:
    """Whether Redis answers."""
    result = redis.ping()
    return bool(await result if inspect.isawaitable(result) else result)


async def count_call(redis: Any, name: str, subject: str, limit: int, window: int) -> int:
    """Count one call against ``limit`` calls in a fixed window of ``window`` seconds.

    The window starts at the first call and is never extended by later ones, or a player who keeps
    trying would be locked out for ever. Counter and expiry are set in one step, so that no crash
    leaves a counter without an end.

    Returns how many calls are left.

    Raises:
        RateLimited: the limit was passed; ``retry_after`` says when the window ends.
        Unavailable: Redis does not answer; the call is refused, not waved through.
    """
    key = RATE_WINDOW.name(name=name, subject=subject)
    try:
        async with redis.pipeline(transaction=True) as pipe:
            pipe.set(key, 0, ex=window, nx=True)
            pipe.incr(key)
            pipe.ttl(key)
            _, used, left = await pipe.execute()
    except (RedisError, OSError) as error:
        raise Unavailable("The rate limiter does not answer.", retry_after=1) from error
    if used > limit:
        raise RateLimited(
            f"At most {limit} calls of this kind in {window} s; wait {max(1, left)} s.",
            limit=limit,
            retry_after=max(1, int(left)),
        )
    return int(limit - used)
