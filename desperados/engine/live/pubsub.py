"""What one process says and others hear, over Redis pub/sub: at once, or never.

A world has one channel. The ``Outbox`` of a game says: it never holds up who speaks, puts what was
said at about the same time into one word, and loses what Redis does not take. The ``Hub`` hears:
one connection a process, however many listen, which picks out what its listeners want. A ``Feed``
is one who listens. It gets everything that reaches this process between its opening and its end, in
order; when that cannot be kept (it fell behind, or the connection broke), it ends, and whoever
listened must look at the world again.

Limits: a feed ends when ``MOST_UNREAD`` letters wait for it; an outbox in which ``MOST_WAITING``
letters wait loses further ones.
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
BATCH = 1000
# A word costs as much as a dozen letters in it, so a busy process says one now and then. Nobody
# sees the difference, and who speaks into silence is heard at once.
PAUSE_SECONDS = 0.02
PUBLISH_SECONDS = 2.0
SUBSCRIBE_SECONDS = 2.0
SILENCE_SECONDS = 20.0  # after this long without a word Redis is asked whether it is there

log = structlog.get_logger(__name__)


class FellBehind(Unavailable):
    """You read more slowly than events came; look at the world again, then follow anew."""


class Interrupted(Unavailable):
    """Events may have been lost; look at the world again, then follow anew."""


class Letter(NamedTuple):
    """One line of text to one subject, which is a word without spaces."""

    subject: str
    text: str


class Outbox:
    """Publishes in the background, in the order of ``put``. ``lost`` counts what never left."""

    def __init__(self, redis: Any, channel: str) -> None:
        self.lost = 0
        self._redis = redis
        self._channel = channel
        self._waiting: deque[Letter] = deque()
        self._task: asyncio.Task[None] | None = None
        self._closing = asyncio.Event()
        self._failing = False

    def put(self, letters: Sequence[Letter]) -> None:
        """Publish these together. Returns at once and never raises."""
        if len(self._waiting) + len(letters) > MOST_WAITING:
            self._lose(len(letters), "the outbox is full")
            return
        self._waiting.extend(letters)
        if self._task is None:
            # A context of its own: the speaker's holds his transaction and his request.
            self._task = asyncio.create_task(self._publish_all(), context=Context())

    async def close(self) -> None:
        """Publish what waits, for as long as one round trip may take."""
        self._closing.set()
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
                count = min(len(self._waiting), BATCH)
                await self._publish([self._waiting.popleft() for _ in range(count)])
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(PAUSE_SECONDS):
                        await self._closing.wait()
        finally:
            self._task = None

    async def _publish(self, letters: list[Letter]) -> None:
        """One round trip. What fails is not sent again: it may have arrived."""
        word = "\n".join(f"{letter.subject} {letter.text}" for letter in letters)
        try:
            async with asyncio.timeout(PUBLISH_SECONDS):
                await self._redis.publish(self._channel, word)
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
    """One who listens to ``subjects``: ``async with feed: text = await feed.next()``."""

    def __init__(self, hub: Hub, subjects: Iterable[str]) -> None:
        self.subjects = tuple(subjects)
        self._hub = hub
        self._unread: deque[str] = deque()
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

    async def next(self) -> str:
        """The text of the next letter, when it comes.

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

    def take(self, text: str) -> None:
        """The hub's side: put a letter before the listener."""
        if self._over is not None:
            return
        if len(self._unread) >= MOST_UNREAD:
            self._unread.clear()
            self.end(FellBehind(retry_after=1))
            return
        self._unread.append(text)
        self._arrived.set()

    def end(self, reason: Unavailable) -> None:
        """The hub's side: nothing follows what was taken so far."""
        self._over = self._over or reason
        self._arrived.set()


class Hub:
    """Hears for all listeners of this process. Connected while there are any."""

    def __init__(self, redis: Any, channel: str) -> None:
        self._redis = redis
        self._channel = channel
        self._feeds: dict[str, set[Feed]] = {}
        self._lock = asyncio.Lock()  # one connects or disconnects at a time
        self._pubsub: Any = None
        self._reader: asyncio.Task[None] | None = None
        self._confirmed = asyncio.Event()

    def hears(self, subject: str) -> bool:
        """Whether anybody in this process listens to ``subject``."""
        return subject in self._feeds

    async def join(self, feed: Feed) -> None:
        """Let ``feed`` take what is published from now on.

        Raises:
            Unavailable: Redis does not answer.
        """
        async with self._lock:
            if self._reader is None or self._reader.done():
                await self._disconnect()
                try:
                    async with asyncio.timeout(SUBSCRIBE_SECONDS):
                        await self._connect()
                except (RedisError, OSError) as error:
                    await self._disconnect()
                    raise Unavailable(
                        "Nothing can be heard now; try again.", retry_after=1
                    ) from error
            for subject in feed.subjects:
                self._feeds.setdefault(subject, set()).add(feed)

    async def leave(self, feed: Feed) -> None:
        """Let ``feed`` take nothing any more."""
        for subject in feed.subjects:
            feeds = self._feeds.get(subject, set())
            feeds.discard(feed)
            if not feeds:
                self._feeds.pop(subject, None)
        async with self._lock:
            if not self._feeds:
                await self._disconnect()

    async def close(self) -> None:
        """End every feed and the connection."""
        async with self._lock:
            self._end_all("the game was closed")
            await self._disconnect()

    async def _connect(self) -> None:
        """Returns when Redis has confirmed: only then nothing is missed any more."""
        self._confirmed.clear()
        self._pubsub = self._redis.pubsub()
        await self._pubsub.subscribe(self._channel)
        self._reader = asyncio.create_task(self._read(self._pubsub), context=Context())
        await self._confirmed.wait()
        if self._reader.done():
            raise RedisConnectionError("The connection broke while it was being opened.")

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
        finally:
            self._confirmed.set()

    def _hand_out(self, said: dict[str, Any]) -> None:
        """One word of Redis.

        Outcomes: letters, for all who listen to their subjects; the confirmation of the
        subscription, or a second one when the driver has connected again by itself: letters may
        have been lost in between.
        """
        if said["type"] == "message":
            for line in said["data"].split("\n"):
                subject, _, text = line.partition(" ")
                for feed in tuple(self._feeds.get(subject, ())):
                    feed.take(text)
        elif said["type"] == "subscribe":
            if self._confirmed.is_set():
                raise RedisConnectionError("The connection broke and was made again.")
            self._confirmed.set()

    def _end_all(self, reason: str) -> None:
        feeds = set().union(*self._feeds.values())
        self._feeds.clear()
        if feeds:
            log.warning("events_interrupted", reason=reason, listeners=len(feeds))
        for feed in feeds:
            feed.end(Interrupted(retry_after=1))
