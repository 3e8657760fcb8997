"""Opening a game: the engine's ``connect`` with all documents of the game, and its content."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from desperados.assembly.documents import documents
from desperados.engine import connecting as engine
from desperados.engine.game import Followers, Game, Leaving
from desperados.engine.registered import Registered

if TYPE_CHECKING:
    from desperados.embedded import EmbeddedServer


def connect(
    url: str | None = None,
    redis_url: str | None = None,
    *,
    client: Any = None,
    embedded: EmbeddedServer | None = None,
    create_indexes: bool | None = None,
    seed: bool | Path = False,
    **settings: Any,
) -> AbstractAsyncContextManager[Game]:
    """Open a game.

    ``url`` is a MongoDB URL, ``embedded://`` or None (a database inside this process, in memory) or
    ``embedded:///path/file.db`` (the same, durable). ``redis_url`` None runs a stand-in for Redis
    in memory. ``client`` is a ready client of PyMongo Async, Motor or mongomock-motor instead of a
    URL; it stays open. ``embedded`` is an embedded server that has not been started, such as a fork
    of a prepared world; it is stopped at the end. Indexes that are missing are created, but in
    production mode only when ``create_indexes`` says so: there a start without them is refused, and
    `desperados migrate up` makes them. ``seed`` loads the content that comes with the package, or
    that of a folder. Further keywords are settings (see ``engine.settings``).

    Raises:
        ConfigurationError: a setting is unusable, or the server is no replica set.
        BrokenSeeds: the content of the folder is not in order.
    """

    async def opening(stack: AsyncExitStack) -> Game:
        game = await stack.enter_async_context(
            engine.connect(
                url,
                redis_url,
                documents=documents().values(),
                client=client,
                embedded=embedded,
                create_indexes=create_indexes,
                leaving=_leaving,
                followers=_followers,
                registered=_registered,
                **settings,
            )
        )
        if seed:
            from desperados import seeding

            await seeding.seed(seed if isinstance(seed, Path) else None)
        return game

    return engine.Connecting(opening)


def _leaving() -> Iterator[Leaving]:
    """What the domains do when a character leaves the world: those that stand on others let go
    first, and what they give back is there for those below. Found when somebody leaves, since the
    manifests bring all services with them."""
    from desperados.assembly.domains import domains

    for domain in reversed(domains()):
        yield from domain.leaving


def _followers() -> Followers:
    """Who follows what happens. Found when something happens, for the same reason."""
    from desperados.assembly.jobs import followers

    return followers()


def _registered() -> Registered:
    """What the domains have said to the shapes of play; found when something is first opened."""
    from desperados.assembly.registered import registered

    return registered()
