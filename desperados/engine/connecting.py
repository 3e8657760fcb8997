"""Opening a game, top to bottom: the database, live state, events, and what the server can do.

The engine knows no domain: it is handed the documents of the game, and what happens when a
character leaves the world.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import structlog
from pymongo.errors import ServerSelectionTimeoutError

from desperados.engine import dice, driver
from desperados.engine.errors import ConfigurationError, StorageFull, Unavailable
from desperados.engine.game import Followers, Game, Leaving, opened
from desperados.engine.idempotency import has_former_records
from desperados.engine.live import client as live
from desperados.engine.live.pubsub import Hub, Outbox
from desperados.engine.live.state import EVENTS
from desperados.engine.registered import Registered
from desperados.engine.settings import Mode, Settings, load_settings
from desperados.engine.staging import probe
from desperados.engine.storage.documents import Document, initialise, require_stored_names
from desperados.engine.storage.indexes import ensure_indexes, indexes_are_current

if TYPE_CHECKING:
    from desperados.embedded import EmbeddedServer  # loaded only where it runs

log = structlog.get_logger(__name__)

EMBEDDED_SCHEME = "embedded"


class Connecting(AbstractAsyncContextManager[Game]):
    """A game that is opened by ``async with``, and closed by whichever task leaves the block.

    It is no generator, and what it holds are none. An event loop closes the generators that were
    left behind each by itself, in no order: a block inside one that was left behind would be closed
    from several sides at once.
    """

    def __init__(self, opening: Callable[[AsyncExitStack], Awaitable[Game]]) -> None:
        self._opening = opening
        self._open = AsyncExitStack()

    async def __aenter__(self) -> Game:
        async with AsyncExitStack() as stack:
            game = await self._opening(stack)
            self._open = stack.pop_all()
        return game

    async def __aexit__(self, *error: Any) -> None:
        await self._open.__aexit__(*error)


def connect(
    url: str | None = None,
    redis_url: str | None = None,
    *,
    documents: Iterable[type[Document]],
    client: Any = None,
    embedded: EmbeddedServer | None = None,
    create_indexes: bool | None = None,
    leaving: Callable[[], Iterable[Leaving]] = tuple,
    followers: Callable[[], Followers] = dict,
    registered: Callable[[], Registered] = Registered,
    **settings: Any,
) -> AbstractAsyncContextManager[Game]:
    """Open a game.

    ``documents`` are the classes of all that is stored. ``url`` is a MongoDB URL, ``embedded://``
    or None (a database inside this process, in memory) or ``embedded:///path/file.db`` (the same,
    durable). ``redis_url`` None runs a stand-in for Redis in memory. ``client`` is a ready client
    of PyMongo Async, Motor or mongomock-motor instead of a URL; it stays open. ``embedded`` is an
    embedded server that has not been started, such as a fork of a prepared world; it is stopped at
    the end. Indexes that are missing are created, but in production mode only when
    ``create_indexes`` says so: there a start without them is refused, and `desperados migrate up`
    makes them. ``leaving`` gives what is done when a character leaves the world, ``followers`` who
    follows what happens, and ``registered`` what domains have said to the shapes of play. Further
    keywords are settings (see ``engine.settings``).

    Raises:
        ConfigurationError: a setting is unusable, or the server is no replica set.
        StorageFull: an embedded world cannot be opened for want of space.
    """

    async def opening(stack: AsyncExitStack) -> Game:
        if sum(source is not None for source in (url, client, embedded)) > 1:
            raise ConfigurationError(
                "Give connect() a url, a client or an embedded server, only one."
            )
        given = {"mongodb_url": url, "redis_url": redis_url, **settings}
        configured = _configured(embedded, given)
        raw_client, running = await _database(stack, configured, client, embedded)
        failures: Counter[str] = Counter()
        redis = live.make_redis(configured, failures)
        stack.push_async_callback(live.close_redis, redis)
        outbox, hub = _events(stack, configured, redis, failures)
        database = driver.database_of(raw_client, configured.database)
        game = Game(configured, raw_client, database, redis, outbox, hub, embedded=running)
        game.token_secret = _token_secret(configured)
        game.leaving = leaving
        game.followers = followers
        game.registered = registered
        game.live_failures = failures
        await _look_at_server(game)
        stack.enter_context(opened(game))
        await _prepare(game, list(documents), create_indexes)
        return game

    return Connecting(opening)


def _configured(embedded: EmbeddedServer | None, given: Mapping[str, Any]) -> Settings:
    """The settings: what is given, else what the environment says."""
    configured = load_settings(
        **{name: value for name, value in given.items() if value is not None}
    )
    if embedded is not None and configured.mode is Mode.PRODUCTION:
        raise ConfigurationError("Production mode needs a MongoDB, not an embedded server.")
    return configured


async def _database(
    stack: AsyncExitStack, settings: Settings, client: Any, embedded: EmbeddedServer | None
) -> tuple[Any, Any]:
    """The client and, where there is one, the embedded server; both closed at the end."""
    if client is not None:
        driver.check_client(client)
        return client, None
    url = settings.mongodb_url
    if embedded is None and (url is None or url.startswith(f"{EMBEDDED_SCHEME}:")):
        from desperados.embedded import EmbeddedServer

        embedded = EmbeddedServer(path=embedded_path(url))
    if embedded is not None:
        from desperados.embedded import DiskFull, EmbeddedError

        try:
            await embedded.start()
        except DiskFull as error:
            raise StorageFull(str(error)) from error
        except EmbeddedError as error:
            raise ConfigurationError(str(error)) from error
        stack.push_async_callback(embedded.stop)
        url = embedded.url
    assert url is not None
    opened = driver.make_client(url, **settings.mongodb_timeouts())
    stack.push_async_callback(driver.close_client, opened)
    return opened, embedded


def _token_secret(settings: Settings) -> str:
    given = settings.token_secret
    return given.get_secret_value() if given is not None else dice.token(48)


def embedded_path(url: str | None) -> str | None:
    """The file of an embedded world that this URL names; None for one in memory.

    Raises:
        ConfigurationError: it names a host.
    """
    if url is None:
        return None
    parts = urlsplit(url)
    if parts.netloc:
        raise ConfigurationError(
            f"{url!r} names a host; a durable world is embedded:///absolute/path.db "
            "(three slashes)."
        )
    return unquote(parts.path) or None


def _events(
    stack: AsyncExitStack, settings: Settings, redis: Any, failures: Counter[str]
) -> tuple[Outbox, Hub]:
    """What carries events; at the end those that wait are sent.

    A client of its own never repeats itself: an event comes once or not at all. A stand-in's
    connection cannot break, and only its own client knows it.
    """
    client = redis
    if settings.redis_url is not None:
        client = live.make_redis(settings, failures, repeats=False)
        stack.push_async_callback(live.close_redis, client)
    channel = EVENTS.name(world=settings.database)
    outbox, hub = Outbox(client, channel), Hub(client, channel)
    stack.push_async_callback(hub.close)
    stack.push_async_callback(outbox.close)
    return outbox, hub


async def _look_at_server(game: Game) -> None:
    """Learn what the server can do, and refuse one on which money could not move."""
    if driver.is_imitation(game.client):
        game.transactions = game.bulk_writes = game.joins = False
        log.warning("no_transactions", reason="mongomock has none; commands that need one refuse")
        return
    try:
        hello = await game.client.admin.command("hello")
    except ServerSelectionTimeoutError:
        # The driver's own text repeats the address, which may hold a password.
        raise Unavailable(
            "No MongoDB server can be reached at this URL: is it running, and is the address right?"
        ) from None
    if "setName" not in hello and hello.get("msg") != "isdbgrid":
        raise ConfigurationError(
            "This MongoDB server stands alone, and transactions need a replica set. Start it with "
            "--replSet rs0 and run rs.initiate() once (a set of one node is enough), or call "
            "connect() without a URL for the embedded engine."
        )
    new_enough = hello["maxWireVersion"] >= driver.BULK_WRITE_WIRE_VERSION
    game.bulk_writes = new_enough and await probe(game)
    # Before MongoDB 8 a sharded cluster has no lookups in transactions.
    game.joins = new_enough or "setName" in hello


async def _prepare(game: Game, classes: list[type[Document]], create_indexes: bool | None) -> None:
    """Bind the documents; create their indexes, or make sure that they are there."""
    require_stored_names()
    await initialise(classes)
    production = game.settings.mode is Mode.PRODUCTION
    if create_indexes or (create_indexes is None and not production):
        await ensure_indexes(game.database, classes)
    elif create_indexes is None and not await indexes_are_current(game.database, classes):
        raise ConfigurationError(
            "The indexes of this database are not those that this version declares. "
            "Run `desperados migrate up` (`desperados migrate status` shows what it would do)."
        )
    if create_indexes is not False:
        game.former_records = await has_former_records()
