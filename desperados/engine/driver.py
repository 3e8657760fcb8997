"""The one seam over the two driver stacks.

Beanie 2 stands on PyMongo's own asyncio client, Beanie 1.30 on Motor. They differ in what must be
awaited; every such difference is here, so that the rest of the package is written once.

``SessionCollection`` is the second half of the seam: a collection that passes the session of the
open transaction to every operation, so that no call site can forget it.
"""

from __future__ import annotations

import asyncio
import functools
import inspect
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import beanie
from bson.codec_options import CodecOptions
from pymongo import ReadPreference
from pymongo.errors import ConnectionFailure, PyMongoError, ServerSelectionTimeoutError
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

from desperados.engine.errors import ConfigurationError

if TYPE_CHECKING:
    from desperados.engine.transactions import Transaction

MOTOR = int(beanie.__version__.split(".")[0]) < 2
STACK = "motor" if MOTOR else "pymongo"
BULK_WRITE_WIRE_VERSION = 25  # MongoDB 8.0, the first with the client-level bulkWrite command

Document = dict[str, Any]
CODEC: CodecOptions[Document] = CodecOptions(tz_aware=True)  # how documents are read


def client_class() -> Any:
    """The client of the installed stack."""
    if MOTOR:
        from motor.motor_asyncio import AsyncIOMotorClient

        return AsyncIOMotorClient
    from pymongo import AsyncMongoClient

    return AsyncMongoClient


def make_client(url: str, **options: Any) -> Any:
    """A client of the installed stack. Nothing is sent before the first operation.

    Raises:
        ConfigurationError: the URL is none that the driver understands.
    """
    try:
        return client_class()(url, tz_aware=True, appname="desperados", **options)
    except (PyMongoError, ValueError) as error:
        raise ConfigurationError(f"The MongoDB URL is not usable: {error}") from None


def check_client(client: Any) -> None:
    """Refuse a ready client that is of another kind than the installed stack's.

    Raises:
        ConfigurationError: it is.
    """
    kind = client_class()
    if not isinstance(client, kind) and not is_imitation(client):
        raise ConfigurationError(
            f"With Beanie {beanie.__version__} the client is a {kind.__name__}, "
            f"not a {type(client).__name__}."
        )


def database_of(client: Any, name: str) -> Any:
    """The database ``name``, read as CODEC says however the client was made."""
    options = client.codec_options.with_options(
        document_class=CODEC.document_class, tz_aware=CODEC.tz_aware, tzinfo=CODEC.tzinfo
    )
    return client.get_database(name, codec_options=options)


async def close_client(client: Any) -> None:
    """Close the sockets; ends open sessions on the server."""
    if MOTOR:
        # Motor's close waits for the server, which may live in this very loop.
        await asyncio.to_thread(client.close)
        return
    result = client.close()
    if inspect.isawaitable(result):
        await result


async def start_session(client: Any, *, snapshot: bool = False) -> Any:
    """A session for one transaction, or for reads of one snapshot."""
    result = client.start_session(snapshot=snapshot)
    return await result if inspect.isawaitable(result) else result


async def start_transaction(session: Any, commit_milliseconds: int) -> None:
    """Snapshot reads, majority writes, from the primary."""
    result = session.start_transaction(
        read_concern=ReadConcern("snapshot"),
        write_concern=WriteConcern("majority"),
        read_preference=ReadPreference.PRIMARY,
        max_commit_time_ms=commit_milliseconds,
    )
    if inspect.isawaitable(result):
        await result


def is_imitation(client: Any) -> bool:
    """Whether a ready client is mongomock's, which has neither sessions nor transactions."""
    # mongomock-motor's classes claim to be Motor's; their bases tell.
    return any(
        kind.__module__.split(".")[0] in {"mongomock", "mongomock_motor"}
        for kind in type(client).__mro__
    )


# Every operation that takes a session, by what it returns.
_AWAITED = frozenset(
    {
        "bulk_write",
        "count_documents",
        "delete_many",
        "delete_one",
        "distinct",
        "find_one",
        "find_one_and_delete",
        "find_one_and_replace",
        "find_one_and_update",
        "insert_many",
        "insert_one",
        "replace_one",
        "update_many",
        "update_one",
    }
)
_AGGREGATE = "aggregate"
_FIND = "find"
_FIND_ONE = "find_one"
WRITES = _AWAITED - {"count_documents", "distinct", "find_one"}


class SessionCollection:
    """A collection bound to the ambient transaction.

    Outside a transaction it is the driver's collection. Inside one, each operation carries the
    session, writes that were staged go first, and use from a task that did not open the
    transaction raises ``ForeignTask``.
    """

    __slots__ = ("_current", "_raw")

    def __init__(self, raw: Any, current: Callable[[], Transaction | None]) -> None:
        self._raw = raw
        self._current = current

    def __getattr__(self, name: str) -> Any:
        attribute = getattr(self._raw, name)
        if name == _FIND_ONE:
            return functools.partial(self._find_one, attribute)
        if name in _AWAITED:
            return functools.partial(self._awaited, attribute, name in WRITES)
        if name == _FIND:
            return functools.partial(self._find, attribute)
        if name == _AGGREGATE:
            return functools.partial(self._aggregate, attribute)
        return attribute

    async def _awaited(
        self, operation: Callable[..., Awaitable[Any]], writes: bool, *args: Any, **kwargs: Any
    ) -> Any:
        transaction = self._current()
        if transaction is not None:
            await transaction.flush()
            transaction.writes += writes
            kwargs["session"] = transaction.session
        return await operation(*args, **kwargs)

    def _find(self, operation: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        transaction = self._current()
        if transaction is None:
            return operation(*args, **kwargs)
        kwargs["session"] = transaction.session
        cursor = operation(*args, **kwargs)
        return FlushingCursor(cursor, transaction) if transaction.staged else cursor

    async def _find_one(
        self,
        operation: Callable[..., Awaitable[Any]],
        where: Any = None,
        projection: Any = None,
        *args: Any,
        **options: Any,
    ) -> Any:
        unusual = {name for name, value in options.items() if value is not None} - {"sort"}
        sort = options.get("sort")
        plain = isinstance(where, Mapping) and isinstance(projection, Mapping | None)
        if plain and isinstance(sort, list | None) and not unusual and not args:
            batch = await self._read(_find_command(self._raw.name, where, 1, projection, sort))
            if batch is not None:
                return batch[0] if batch else None
        return await self._awaited(operation, False, where, projection, *args, **options)

    async def first_batch(
        self,
        where: Mapping[str, Any],
        limit: int,
        projection: Mapping[str, Any] | None,
        sort: Sequence[tuple[str, int]] | None,
    ) -> list[Document] | None:
        """What a query finds, if a transaction is open and one batch holds it all; else None."""
        if self._current() is None:
            return None
        return await self._read(_find_command(self._raw.name, where, limit, projection, sort))

    async def aggregate_one(self, pipeline: Sequence[Mapping[str, Any]]) -> Document | None:
        """The one document that a pipeline gives, or None."""
        command = {"aggregate": self._raw.name, "pipeline": pipeline, "cursor": {}}
        found = await self._read(command)
        if found is None:
            found = await aggregate_all(self, list(pipeline))
        return found[0] if found else None

    async def _read(self, command: Document) -> list[Document] | None:
        """What a command reads, if one batch holds it all; else None.

        It goes without the driver's cursor, a quarter of what a read costs. A cursor could read
        again when the connection broke, or from another server. Inside a transaction neither is
        wanted. Outside, what fails in that way is None as well: the caller reads through a cursor.
        """
        transaction = self._current()
        database = self._raw.database
        options: dict[str, Any] = {"codec_options": database.codec_options}
        if transaction is None:
            options["read_preference"] = database.read_preference
            if concern := database.read_concern.document:
                command["readConcern"] = concern
        elif transaction.session.in_transaction:
            await transaction.flush()
            options["session"] = transaction.session
        else:
            return None  # a mere snapshot can be read again if the server changes
        try:
            answer = await database.command(command, **options)
        except (ConnectionFailure, NotImplementedError) as error:  # mongomock knows no commands
            if transaction is not None or isinstance(error, ServerSelectionTimeoutError):
                raise
            return None
        cursor = answer["cursor"]
        documents: list[Document] = cursor["firstBatch"]
        return documents if cursor["id"] == 0 else None

    def _aggregate(self, operation: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        # Beanie 2 awaits aggregate(), Beanie 1.30 does not: each gets what its driver gives.
        if MOTOR:
            return self._find(operation, *args, **kwargs)
        return self._awaited(operation, False, *args, **kwargs)


class FlushingCursor:
    """A cursor that sends the transaction's staged writes before it reads for the first time."""

    __slots__ = ("_cursor", "_transaction")

    def __init__(self, cursor: Any, transaction: Transaction) -> None:
        self._cursor = cursor
        self._transaction = transaction

    def __getattr__(self, name: str) -> Any:
        attribute = getattr(self._cursor, name)
        if not callable(attribute):
            return attribute

        @functools.wraps(attribute)
        def chained(*args: Any, **kwargs: Any) -> Any:
            result = attribute(*args, **kwargs)
            return self if result is self._cursor else result

        return chained

    async def to_list(self, *args: Any, **kwargs: Any) -> list[Any]:
        """All (or the given number of) documents that are left."""
        await self._transaction.flush()
        result: list[Any] = await self._cursor.to_list(*args, **kwargs)
        return result

    async def next(self) -> Any:
        """The next document."""
        await self._transaction.flush()
        return await self._cursor.next()

    async def __aiter__(self) -> AsyncIterator[Any]:
        await self._transaction.flush()
        async for document in self._cursor:
            yield document


def _find_command(
    collection: str,
    where: Mapping[str, Any],
    limit: int,
    projection: Any,
    sort: Sequence[tuple[str, int]] | None,
) -> Document:
    command: Document = {"find": collection, "filter": where, "limit": limit, "batchSize": limit}
    if projection is not None:
        command["projection"] = projection
    if sort is not None:
        command["sort"] = dict(sort)
    return command


def collection_of(name: str) -> SessionCollection:
    """The collection ``name`` of the current game.

    Raises:
        GameError: no game is connected.
    """
    from desperados.engine.game import current_game  # the game stands on this module

    return current_game().collection(name)


async def find_all(
    collection: Any,
    where: Mapping[str, Any],
    projection: Mapping[str, Any] | None = None,
    *,
    limit: int,
    sort: Sequence[tuple[str, int]] | None = None,
    **options: Any,
) -> list[Document]:
    """At most ``limit`` documents as a list, in one batch where they fit."""
    if isinstance(collection, SessionCollection) and not options:
        batch = await collection.first_batch(where, limit, projection, sort)
        if batch is not None:
            return batch
    cursor = collection.find(where, projection, sort=sort, limit=limit, batch_size=limit, **options)
    documents: list[Document] = await cursor.to_list(limit)
    return documents


async def aggregate_all(
    collection: Any, pipeline: list[Mapping[str, Any]], **kwargs: Any
) -> list[Document]:
    """The whole (small) answer of an aggregation; the pipeline itself must bound it."""
    cursor = collection.aggregate(pipeline, **kwargs)
    if inspect.isawaitable(cursor):
        cursor = await cursor
    documents: list[Document] = await cursor.to_list(None)
    return documents
