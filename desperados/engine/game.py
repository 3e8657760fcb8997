"""A running game: its database, its live state, its settings.

Services find their game without being handed it: the one that the current task connected to or,
where only one is open in the process, that one. Two games can live in one process.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from bson import ObjectId

from desperados.engine.errors import GameError
from desperados.engine.live.pubsub import Hub, Outbox
from desperados.engine.registered import Registered
from desperados.engine.settings import Settings
from desperados.engine.storage.collection import SessionCollection

Leaving = Callable[[ObjectId], Awaitable[None]]
"""Called inside the transaction in which a character leaves the world, with its id."""

Followers = Mapping[str, Sequence[tuple[str, str]]]
"""Who follows a happening, by its "name" or "name.tag": names of followers, each with the field
that is its key."""


@dataclass(slots=True, eq=False)
class Game:
    """What a service works on.

    ``database`` is the driver's own database object, ``redis`` an asyncio client, ``embedded`` the
    server inside this process or None. ``transactions``, ``bulk_writes`` and ``joins`` (lookups in
    a transaction) say what the database can do. ``former_records`` says whether clients' keys of
    before ``ClientKey`` are looked for. ``conflicts`` counts the transactions that were run again,
    ``live_failures`` what Redis did not do, by kind (``engine.live.client``).
    ``token_secret`` signs access tokens: the setting, else (in development) one made at this start,
    so that tokens end with it.
    ``admin`` is the database for commands about no other one. ``outbox`` sends events and ``hub``
    hears them. ``leaving`` gives what all domains do, in order, when a character leaves the world,
    ``followers`` who follows which happening; ``nudged`` are called with the names of followers
    for whom something was just committed. ``registered`` is what the domains have said to the
    shapes of play. ``content`` is what ``engine.storage.content`` keeps, ``owners`` to which
    accounts characters belong, as far as this process has seen it (``characters.ownership``).
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
    joins: bool = True
    former_records: bool = False
    conflicts: int = 0
    live_failures: Counter[str] = field(default_factory=Counter)
    leaving: Callable[[], Iterable[Leaving]] = tuple
    followers: Callable[[], Followers] = dict
    nudged: list[Callable[[Collection[str]], None]] = field(default_factory=list, repr=False)
    registered: Callable[[], Registered] = Registered
    token_secret: str = field(default="", repr=False)
    content: Any = field(default=None, repr=False)
    owners: dict[ObjectId, ObjectId] = field(default_factory=dict, repr=False)
    admin: Any = field(init=False, repr=False)
    _collections: dict[str, SessionCollection] = field(default_factory=dict)

    def __post_init__(self) -> None:
        # A client makes a new one each time it is asked.
        self.admin = self.client.admin

    def collection(self, name: str) -> SessionCollection:
        """The collection ``name``, bound to the ambient transaction."""
        found = self._collections.get(name)
        if found is None:
            found = SessionCollection(self.database[name])
            self._collections[name] = found
        return found

    @contextmanager
    def active(self) -> Iterator[Game]:
        """Make this the game that services of this task, and tasks it starts, work on."""
        token = _active.set(self)
        try:
            yield self
        finally:
            # Whoever leaves the block in another task has a context of its own, with nothing of
            # this one in it. The one that was left finds a closed game there, which counts as none.
            with suppress(ValueError):
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


@contextmanager
def opened(game: Game) -> Iterator[None]:
    """Let services find ``game`` for as long as the block lasts."""
    _open.append(game)
    try:
        with game.active():
            yield
    finally:
        _open.remove(game)


def collection_of(name: str) -> SessionCollection:
    """The collection ``name`` of the current game.

    Raises:
        GameError: no game is connected.
    """
    return current_game().collection(name)
