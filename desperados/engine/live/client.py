"""The connections to Redis: how many, how long anything waits, and what becomes of a refusal.

One policy for all that Redis does not do:

- A connection that broke (a restart, a proxy that hung up) and a server that has become a replica
  cost one repetition on a fresh connection, at once; nobody notices. A repeated script may have run
  already: then one call is counted twice, and a limit is reached one call early.
- A script that the server does not know is sent whole (``state``).
- Everything else, and what fails again, refuses whoever asked (``Unavailable``, 503): full memory,
  loading its data, no right to the command, no answer in time, no free connection in time. No check
  is waved through because it could not be made.
- All of it is counted by kind in ``Game.live_failures``, and told in the log now and then.

Events are different: they are never sent a second time, and nobody waits for them (``pubsub``).
"""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

import structlog
from redis import exceptions
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from desperados.engine.errors import ConfigurationError
from desperados.engine.live.state import PROBE
from desperados.engine.settings import Settings

# The first that fits. More names than these must not come: each is a time series.
_KINDS: tuple[tuple[str, tuple[type[Exception], ...]], ...] = (
    ("noscript", (exceptions.NoScriptError,)),
    ("oom", (exceptions.OutOfMemoryError,)),
    ("readonly", (exceptions.ReadOnlyError,)),
    ("loading", (exceptions.BusyLoadingError,)),
    (
        "forbidden",
        (
            exceptions.AuthenticationError,
            exceptions.AuthorizationError,
            exceptions.NoPermissionError,
        ),
    ),
    ("timeout", (exceptions.TimeoutError, TimeoutError)),
    ("connection", (exceptions.ConnectionError, OSError)),
)
OTHER = "other"
QUIET_SECONDS = 10.0  # between two lines of the log
KINDS = (*(kind for kind, _ in _KINDS), OTHER)
_REPEATED = (exceptions.ConnectionError, exceptions.ReadOnlyError)

log = structlog.get_logger(__name__)


def kind_of(error: Exception) -> str:
    """What Redis, or the way to it, did: one of ``KINDS``."""
    return next((kind for kind, types in _KINDS if isinstance(error, types)), OTHER)


class CountingRedis(Redis):
    """A client that counts, by kind, what Redis did not do."""

    failures: Counter[str]
    _quiet_until = 0.0

    async def execute_command(self, *words: Any, **options: Any) -> Any:
        """Send a command; the answer."""
        untyped: Any = super()
        try:
            return await untyped.execute_command(*words, **options)
        except (exceptions.RedisError, OSError) as error:
            kind = kind_of(error)
            self.failures[kind] += 1
            if kind != "noscript":  # every start of a server begins with those
                self._tell(kind, error)
            raise

    def _tell(self, kind: str, error: Exception) -> None:
        """One line now and then, however many calls fail."""
        now = asyncio.get_running_loop().time()
        if now >= self._quiet_until:
            self._quiet_until = now + QUIET_SECONDS
            log.warning(
                "redis_fails", kind=kind, reason=str(error)[:200], so_far=self.failures[kind]
            )


class Pool(BlockingConnectionPool):
    """Connections, of which each is one call's; whoever finds all busy waits for one.

    The library's pool takes a lock and a timer for each call. Where a connection is free and nobody
    waits there is nothing to wait for, and a call costs a quarter less.
    """

    _waiting = 0

    async def get_connection(self, *names: Any, **options: Any) -> Any:
        """A connection that is open.

        Raises:
            redis.exceptions.ConnectionError: none was free in time, or it could not be opened.
        """
        untyped: Any = super()
        if not self._waiting and self.can_get_connection():
            connection = untyped.get_available_connection()
            try:
                await self.ensure_connection(connection)
            except BaseException:
                await self.release(connection)
                raise
            return connection
        self._waiting += 1
        try:
            return await untyped.get_connection(*names, **options)
        finally:
            self._waiting -= 1


def make_redis(settings: Settings, failures: Counter[str], *, repeats: bool = True) -> Any:
    """An asyncio client of Redis, or of a stand-in inside this process.

    Whoever finds all connections busy waits for one. With ``repeats`` a command whose connection
    broke is sent once more. ``failures`` counts what Redis did not do.

    Raises:
        ConfigurationError: the URL is none of Redis.
    """
    if settings.redis_url is None:
        from fakeredis import FakeAsyncRedis, FakeServer

        return FakeAsyncRedis(server=FakeServer(), decode_responses=True)
    try:
        pool = Pool.from_url(
            settings.redis_url,
            decode_responses=True,
            max_connections=settings.redis_connections,
            timeout=settings.redis_wait_queue_timeout,
            socket_timeout=settings.redis_socket_timeout,
            socket_connect_timeout=settings.redis_connect_timeout,
            # What takes too long is not asked again: it would only take longer.
            retry=Retry(NoBackoff(), 1 if repeats else 0, _REPEATED),
            retry_on_error=list(_REPEATED) if repeats else [],
        )
    except ValueError:  # its text may hold a part of the password
        raise ConfigurationError(
            "The Redis URL is not usable; it looks like redis://host:6379/0, rediss://... or "
            "unix:///path."
        ) from None
    client: Any = CountingRedis.from_pool(pool)
    client.failures = failures
    return client


async def close_redis(redis: Any) -> None:
    """Close the connections."""
    await redis.aclose()


async def probe(redis: Any) -> None:
    """Do what every request does: write. A server that only reads, or is full, answers pings.

    Raises:
        RedisError: it does not take writes now.
        OSError: it does not answer.
    """
    await redis.set(PROBE.name(), 1, ex=PROBE.seconds)
