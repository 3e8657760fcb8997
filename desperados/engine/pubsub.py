"""What one process says and others hear, over Redis pub/sub: at once, or never.

The ``Outbox`` of a game says: it never holds up who speaks, and loses what Redis does not take. The
``Hub`` hears: one connection a process, however many listen. A ``Feed`` is one who listens. It gets
everything that reaches this process between its opening and its end, in order; when that cannot be
kept (it fell behind, or the connection broke), it ends, and whoever listened must look at the world
again.

Limits: a feed that has ``MOST_UNREAD`` letters before it ends; an outbox with ``MOST_WAITING``
letters loses further ones.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Iterable, Sequence
from contextvars import Context
from typing import Any, NamedTuple, Self

import structlog
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError

from desperados.engine.errors import Unavailable

MOST_WAITING = 10_000
MOST_UNREAD = 256
PUBLISH_SECONDS = 2.0
SUBSCRIBE_SECONDS = 2.0
SILENCE_SECONDS = 20.0  # after this long without a word Redis is asked whether it is there

log = structlog.get_logger(__name__)


class FellBehind(Unavailable):
    """You read more slowly than events came; look at the world again, then follow anew."""


class Interrupted(Unavailable):
    """Events may have been lost; look at the world again, then follow anew."""


class Letter(NamedTuple):
    """One text on one channel."""

    channel: str
    text: str


class Outbox:
    """Publishes in the background, in the order of ``put``. ``lost`` counts what never left."""

    def __init__(self, redis: Any) -> None:
        self.lost = 0
        self._redis = redis
        self._waiting: deque[Letter] = deque()
        self._task: asyncio.Task[None] | None = None
        self._failing = False

    def put(self, letters: Sequence[Letter]) -> None:
        """Publish these with the next round trip. Returns at once and never raises."""
        if len(self._waiting) + len(letters) > MOST_WAITING:
            self._lose(len(letters), "the outbox is full")
            return
        self._waiting.extend(letters)
        if self._task is None:
            # A context of its own: the speaker's holds his transaction and his request.
            self._task = asyncio.create_task(self._publish_all(), context=Context())

    async def close(self) -> None:
        """Publish what waits, for as long as one round trip may take."""
        if self._task is not None:
            await asyncio.wait([self._task], timeout=PUBLISH_SECONDS)
            if self._task is not None:
                self._task.cancel()
                await asyncio.gather(self._task, return_exceptions=True)
        if self._waiting:
            self._lose(len(self._waiting), "the game was closed")
            self._waiting.clear()

    async def _publish_all(self) -> None:
        try:
            while self._waiting:
                letters = tuple(self._waiting)
                self._waiting.clear()
                await self._publish(letters)
        finally:
            self._task = None

    async def _publish(self, letters: tuple[Letter, ...]) -> None:
        """One round trip. What fails is not sent again: it may have arrived."""
        try:
            async with asyncio.timeout(PUBLISH_SECONDS):
                pipe = self._redis.pipeline(transaction=False)
                for letter in letters:
                    pipe.publish(letter.channel, letter.text)
                await pipe.execute()
        except (RedisError, OSError) as error:  # TimeoutError is an OSError
            self._lose(len(letters), type(error).__name__)
        except asyncio.CancelledError:
            self._lose(len(letters), "the game was closed")
            raise
        else:
            self._failing = False

    def _lose(self, count: int, reason: str) -> None:
        self.lost += count
        if not self._failing:  # one line an outage, not one a letter
            self._failing = True
            log.warning("events_lost", reason=reason, lost=count)


class Feed:
    """One who listens to ``channels``: ``async with feed: letter = await feed.next()``."""

    def __init__(self, hub: Hub, channels: Iterable[str]) -> None:
        self.channels = tuple(channels)
        self._hub = hub
        self._unread: deque[Letter] = deque()
        self._arrived = asyncio.Event()
        self._over: Unavailable | None = None

    async def __aenter__(self) -> Self:
        """Listen. What is published from now on arrives.

        Raises:
            Unavailable: Redis does not answer.
        """
        await self._hub.join(self)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._hub.leave(self)

    async def next(self) -> Letter:
        """The next letter, when it comes.

        Raises:
            FellBehind: more than ``MOST_UNREAD`` letters were waiting.
            Interrupted: the connection to Redis broke.
        """
        while not self._unread:
            if self._over is not None:
                raise self._over
            self._arrived.clear()
            await self._arrived.wait()
        return self._unread.popleft()

    def take(self, letter: Letter) -> None:
        """The hub's side: put a letter before the listener."""
        if self._over is not None:
            return
        if len(self._unread) >= MOST_UNREAD:
            self._unread.clear()
            self.end(FellBehind(retry_after=1))
            return
        self._unread.append(letter)
        self._arrived.set()

    def end(self, reason: Unavailable) -> None:
        """The hub's side: nothing follows what was taken so far."""
        self._over = self._over or reason
        self._arrived.set()


class Hub:
    """Hears for all listeners of this process. Connected while there are any."""

    def __init__(self, redis: Any) -> None:
        self._redis = redis
        self._lock = asyncio.Lock()  # one subscribes or unsubscribes at a time
        self._feeds: dict[str, set[Feed]] = {}
        self._unconfirmed: set[str] = set()
        self._confirmed: asyncio.Future[None] | None = None
        self._pubsub: Any = None
        self._reader: asyncio.Task[None] | None = None

    def hears(self, channel: str) -> bool:
        """Whether anybody in this process listens to ``channel``."""
        return bool(self._feeds.get(channel))

    async def join(self, feed: Feed) -> None:
        """Let ``feed`` take what is published on its channels from now on.

        Raises:
            Unavailable: Redis does not answer.
        """
        async with self._lock:
            try:
                async with asyncio.timeout(SUBSCRIBE_SECONDS):
                    await self._subscribe([c for c in feed.channels if c not in self._feeds])
            except (RedisError, OSError) as error:
                raise Unavailable("Nothing can be heard now; try again.", retry_after=1) from error
            for channel in feed.channels:
                self._feeds.setdefault(channel, set()).add(feed)

    async def leave(self, feed: Feed) -> None:
        """Let ``feed`` take nothing any more."""
        for channel in feed.channels:
            self._feeds.get(channel, set()).discard(feed)
        async with self._lock:
            for channel in feed.channels:
                if channel in self._feeds and not self._feeds[channel]:
                    del self._feeds[channel]
                    await self._unsubscribe(channel)
            if not self._feeds:
                await self._disconnect()

    async def close(self) -> None:
        """End every feed and the connection."""
        async with self._lock:
            self._end_all("the game was closed")
            await self._disconnect()

    async def _subscribe(self, channels: list[str]) -> None:
        """Returns when Redis has confirmed: only then nothing is missed any more."""
        if not channels:
            return
        if self._reader is not None and self._reader.done():
            await self._disconnect()
        if self._pubsub is None:
            self._pubsub = self._redis.pubsub()
        self._unconfirmed = set(channels)
        self._confirmed = asyncio.get_running_loop().create_future()
        await self._pubsub.subscribe(*channels)
        if self._reader is None:
            self._reader = asyncio.create_task(self._read(self._pubsub), context=Context())
        await self._confirmed
        if self._reader.done():
            raise RedisConnectionError("The connection broke while it was being opened.")

    async def _unsubscribe(self, channel: str) -> None:
        with contextlib.suppress(RedisError, OSError):  # then the reader fails as well
            async with asyncio.timeout(SUBSCRIBE_SECONDS):
                await self._pubsub.unsubscribe(channel)

    async def _disconnect(self) -> None:
        reader, self._reader = self._reader, None
        pubsub, self._pubsub = self._pubsub, None
        if reader is not None:
            reader.cancel()
            await asyncio.gather(reader, return_exceptions=True)
        if pubsub is not None:
            with contextlib.suppress(RedisError, OSError):
                await pubsub.aclose()

    async def _read(self, pubsub: Any) -> None:
        """Hand out what arrives, until the connection breaks."""
        try:
            asked = False
            while self._pubsub is pubsub:  # a cancellation alone may get lost in `wait_for` (3.11)
                said = await pubsub.get_message(timeout=SILENCE_SECONDS)
                if said is not None:
                    asked = False
                    self._hand_out(said)
                elif asked:
                    raise RedisConnectionError("Redis does not answer.")
                else:
                    await pubsub.ping()
                    asked = True
        except (RedisError, OSError) as error:
            self._end_all(type(error).__name__)

    def _hand_out(self, said: dict[str, Any]) -> None:
        """One word of Redis.

        Outcomes: a letter, for all who listen to its channel; the confirmation of a subscription,
        awaited, or unawaited when the driver has connected again by itself: letters may have been
        lost in between.
        """
        channel = said["channel"]
        if said["type"] == "message":
            letter = Letter(channel, said["data"])
            for feed in tuple(self._feeds.get(channel, ())):
                feed.take(letter)
        elif said["type"] == "subscribe":
            if channel not in self._unconfirmed:
                raise RedisConnectionError("The connection broke and was made again.")
            self._unconfirmed.discard(channel)
            if not self._unconfirmed:
                self._settle()

    def _end_all(self, reason: str) -> None:
        feeds = set().union(*self._feeds.values())
        self._feeds.clear()
        if feeds:
            log.warning("events_interrupted", reason=reason, listeners=len(feeds))
        for feed in feeds:
            feed.end(Interrupted(retry_after=1))
        self._settle()

    def _settle(self) -> None:
        """Whoever subscribes waits no longer: all is confirmed, or the reader is over."""
        if self._confirmed is not None and not self._confirmed.done():
            self._confirmed.set_result(None)
