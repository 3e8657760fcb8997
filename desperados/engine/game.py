"""A running game: its database, its live state, its settings. ``connect`` builds it, top to bottom.

Services find their game without being handed it: the one that the current task connected to or,
where only one is open in the process, that one. Two games can live in one process.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlsplit

import structlog
from bson import ObjectId
from pymongo.errors import ServerSelectionTimeoutError

from desperados.engine import dice, driver
from desperados.engine.driver import SessionCollection
from desperados.engine.errors import ConfigurationError, GameError, Unavailable
from desperados.engine.live import state
from desperados.engine.live.pubsub import Hub, Outbox
from desperados.engine.settings import Mode, Settings, load_settings
from desperados.engine.transactions import current_transaction

log = structlog.get_logger(__name__)

EMBEDDED_SCHEME = "embedded"

Leaving = Callable[[ObjectId], Awaitable[None]]
"""Called inside the transaction in which a character leaves the world, with its id."""


@dataclass(slots=True, eq=False)
class Game:
    """What a service works on.

    ``database`` is the driver's own database object, ``redis`` an asyncio client, ``embedded`` the
    server inside this process or None. ``transactions`` and ``bulk_writes`` say what the database
    can do. ``conflicts`` counts the transactions that were run again. ``token_secret`` signs access
    tokens: the setting, else (in development) one made at this start, so that tokens end with it.
    ``outbox`` sends events and ``hub`` hears them. ``leaving`` gives what all domains do, in order,
    when a character leaves the world.
    """

    settings: Settings
    client: Any
    database: Any
    redis: Any
    outbox: Outbox
    hub: Hub
    embedded: Any = None
    transactions: bool = True
    bulk_writes: bool = True
    conflicts: int = 0
    leaving: Callable[[], Iterable[Leaving]] = tuple
    token_secret: str = field(default="", repr=False)
    _collections: dict[str, SessionCollection] = field(default_factory=dict)

    def collection(self, name: str) -> SessionCollection:
        """The collection ``name``, bound to the ambient transaction."""
        found = self._collections.get(name)
        if found is None:
            found = SessionCollection(self.database[name], current_transaction)
            self._collections[name] = found
        return found

    @contextmanager
    def active(self) -> Iterator[Game]:
        """Make this the game that services of this task, and tasks it starts, work on."""
        token = _active.set(self)
        try:
            yield self
        finally:
            _active.reset(token)


_active: ContextVar[Game | None] = ContextVar("desperados_game", default=None)
_open: list[Game] = []


def current_game() -> Game:
    """The game that this task works on.

    Raises:
        GameError: none is connected, or several are and the task did not say which.
    """
    game = _active.get()
    if game is not None and game in _open:
        return game
    if len(_open) == 1:
        return _open[0]
    if not _open:
        raise GameError("No game is connected: use `async with desperados.connect() as game:`.")
    raise GameError("Several games are open: use `with game.active():` to say which one is meant.")


@asynccontextmanager
async def connect(
    url: str | None = None,
    redis_url: str | None = None,
    *,
    client: Any = None,
    create_indexes: bool | None = None,
    leaving: Callable[[], Iterable[Leaving]] = tuple,
    **settings: Any,
) -> AsyncIterator[Game]:
    """Open a game.

    ``url`` is a MongoDB URL, ``embedded://`` or None (a database inside this process, in memory) or
    ``embedded:///path/file.db`` (the same, durable). ``redis_url`` None runs a stand-in for Redis
    in memory. ``client`` is a ready client of PyMongo Async, Motor or mongomock-motor instead of a
    URL; it stays open. Indexes that are missing are created, but in production mode only when
    ``create_indexes`` says so: there a start without them is refused, and `desperados migrate up`
    makes them. Further keywords are settings (see ``engine.settings``).

    Raises:
        ConfigurationError: a setting is unusable, or the server is no replica set.
    """
    if client is not None and url is not None:
        raise ConfigurationError("Give connect() either a url or a client, not both.")
    given = {"mongodb_url": url, "redis_url": redis_url, **settings}
    configured = load_settings(
        **{name: value for name, value in given.items() if value is not None}
    )
    async with (
        _database(configured, client) as (raw_client, embedded),
        _redis(configured) as redis,
        _events(configured, redis) as (outbox, hub),
    ):
        database = driver.database_of(raw_client, configured.database)
        game = Game(configured, raw_client, database, redis, outbox, hub, embedded=embedded)
        game.token_secret = _token_secret(configured)
        game.leaving = leaving
        await _look_at_server(game)
        _open.append(game)
        try:
            with game.active():
                await _prepare(game, create_indexes)
                yield game
        finally:
            _open.remove(game)


@asynccontextmanager
async def _database(settings: Settings, client: Any) -> AsyncIterator[tuple[Any, Any]]:
    """The client and, where there is one, the embedded server; both closed at the end."""
    if client is not None:
        driver.check_client(client)
        yield client, None
        return
    url = settings.mongodb_url
    embedded = None
    if url is None or url.startswith(f"{EMBEDDED_SCHEME}:"):
        from desperados.embedded import EmbeddedError, EmbeddedServer

        embedded = EmbeddedServer(path=_embedded_path(url))
        try:
            await embedded.start()
        except EmbeddedError as error:
            raise ConfigurationError(str(error)) from error
        url = embedded.url
    opened = driver.make_client(url)
    try:
        yield opened, embedded
    finally:
        await driver.close_client(opened)
        if embedded is not None:
            await embedded.stop()


def _token_secret(settings: Settings) -> str:
    given = settings.token_secret
    return given.get_secret_value() if given is not None else dice.token(48)


def _embedded_path(url: str | None) -> str | None:
    if url is None:
        return None
    parts = urlsplit(url)
    if parts.netloc:
        raise ConfigurationError(
            f"{url!r} names a host; a durable world is embedded:///absolute/path.db "
            "(three slashes)."
        )
    return unquote(parts.path) or None


@asynccontextmanager
async def _redis(settings: Settings) -> AsyncIterator[Any]:
    redis = state.make_redis(settings.redis_url)
    try:
        yield redis
    finally:
        await state.close_redis(redis)


@asynccontextmanager
async def _events(settings: Settings, redis: Any) -> AsyncIterator[tuple[Outbox, Hub]]:
    """What carries events; at the end those that wait are sent.

    A client of its own never repeats itself: an event comes once or not at all. A stand-in's
    connection cannot break, and only its own client knows it.
    """
    url = settings.redis_url
    client = redis if url is None else state.make_redis(url, repeats=False)
    channel = state.EVENTS.name(world=settings.database)
    outbox, hub = Outbox(client, channel), Hub(client, channel)
    try:
        yield outbox, hub
    finally:
        await outbox.close()
        await hub.close()
        if client is not redis:
            await state.close_redis(client)


async def _look_at_server(game: Game) -> None:
    """Learn what the server can do, and refuse one on which money could not move."""
    if driver.is_imitation(game.client):
        game.transactions = game.bulk_writes = False
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
    game.bulk_writes = hello["maxWireVersion"] >= driver.BULK_WRITE_WIRE_VERSION


async def _prepare(game: Game, create_indexes: bool | None) -> None:
    """Bind the documents; create their indexes, or make sure that they are there."""
    from desperados.assembly.documents import documents
    from desperados.engine.storage.documents import initialise
    from desperados.engine.storage.indexes import ensure_indexes, indexes_are_current

    classes = documents().values()
    await initialise(classes)
    production = game.settings.mode is Mode.PRODUCTION
    if create_indexes or (create_indexes is None and not production):
        await ensure_indexes(game.database, classes)
    elif create_indexes is None and not await indexes_are_current(game.database, classes):
        raise ConfigurationError(
            "The indexes of this database are not those that this version declares. "
            "Run `desperados migrate up` (`desperados migrate status` shows what it would do)."
        )
