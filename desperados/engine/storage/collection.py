"""Collections that carry the ambient transaction, and reads that are bounded.

``SessionCollection`` passes the session of the open transaction to every operation, so that no call
site can forget it.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from pymongo.errors import OperationFailure, PyMongoError, ServerSelectionTimeoutError

from desperados.engine import clock, driver
from desperados.engine.ambient import Transaction, current_transaction
from desperados.engine.driver import MOTOR, Document
from desperados.engine.storage.far_dates import FarDate, name_places

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
_MOMENT = "momentOfTheRead"
_AGGREGATE = "aggregate"
_FIND = "find"
_FIND_ONE = "find_one"
# What reading again would not change.
_FINAL = (OperationFailure, ServerSelectionTimeoutError)
WRITES = _AWAITED - {"count_documents", "distinct", "find_one"}


class SessionCollection:
    """A collection bound to the ambient transaction.

    Outside a transaction it is the driver's collection. Inside one, each operation carries the
    session, writes that were staged go first, and use from a task that did not open the
    transaction raises ``ForeignTask``.
    """

    __slots__ = ("_raw",)

    def __init__(self, raw: Any) -> None:
        self._raw = raw

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
        transaction = current_transaction()
        if transaction is None:
            return await operation(*args, **kwargs)
        if writes:
            transaction.require_writable()
        await transaction.flush(writes=writes)
        transaction.writes += writes
        kwargs["session"] = transaction.session
        try:
            return await driver.in_transaction(operation(*args, **kwargs))
        except BaseException as error:
            # The server has given the transaction up; or nobody knows what became of the write.
            if writes or isinstance(error, PyMongoError):
                transaction.doom(error)
            raise

    def _find(self, operation: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        transaction = current_transaction()
        if transaction is None:
            return operation(*args, **kwargs)
        transaction.require_sound()
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
        where = options.pop("filter", where)  # by this name, too
        unusual = {name for name, value in options.items() if value is not None} - {"sort"}
        sort = options.get("sort")
        plain = isinstance(where, Mapping) and isinstance(projection, Mapping | None)
        if plain and isinstance(sort, list | None) and not unusual and not args:
            batch = await self._read(_find_command(self._raw.name, where, 1, projection, sort))
            if batch is not None:
                return placed(batch, self._raw.name)[0] if batch else None
        return await self._awaited(operation, False, where, projection, *args, **options)

    async def first_batch(
        self,
        where: Mapping[str, Any],
        limit: int,
        projection: Mapping[str, Any] | None,
        sort: Sequence[tuple[str, int]] | None,
    ) -> list[Document] | None:
        """What a query finds, if a transaction is open and one batch holds it all; else None."""
        if current_transaction() is None:
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
        transaction = current_transaction()
        database = self._raw.database
        options: dict[str, Any] = {"codec_options": database.codec_options}
        if transaction is None:
            options["read_preference"] = database.read_preference
            if concern := database.read_concern.document:
                command["readConcern"] = concern
        elif transaction.session.in_transaction:
            # What an aggregation reads is not only in this collection.
            await transaction.flush(before_reading=command.get("find"))
            options["session"] = transaction.session
        else:
            return None  # a mere snapshot can be read again if the server changes
        try:
            asked = database.command(command, **options)
            answer = await (asked if transaction is None else driver.in_transaction(asked))
        except (PyMongoError, NotImplementedError) as error:  # mongomock knows no commands
            if transaction is not None:
                transaction.doom(error)  # the server has given it up
                raise
            if isinstance(error, _FINAL):
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
    projection: Mapping[str, Any] | None,
    sort: Sequence[tuple[str, int]] | None,
) -> Document:
    command: Document = {"find": collection, "filter": where, "limit": limit, "batchSize": limit}
    if projection is not None:
        command["projection"] = projection
    if sort is not None:
        command["sort"] = dict(sort)
    return command


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
            return placed(batch, collection.name)
    cursor = collection.find(where, projection, sort=sort, limit=limit, batch_size=limit, **options)
    return placed(await cursor.to_list(limit), collection.name)


def placed(documents: list[Document], collection: str) -> list[Document]:
    """The documents; dates in them that are beyond the calendar know their row."""
    if FarDate.met:
        for document in documents:
            name_places(document, collection, document.get("_id"))
    return documents


async def find_dated(collection: Any, where: Mapping[str, Any]) -> tuple[Document, datetime] | None:
    """The first document that matches, and the moment of the read by the database's own clock."""
    pipeline: list[Mapping[str, Any]] = [
        {"$match": where},
        {"$limit": 1},
        {"$addFields": {_MOMENT: clock.in_database()}},
    ]
    for document in await aggregate_all(collection, pipeline):
        return document, document.pop(_MOMENT)
    return None


async def aggregate_all(
    collection: Any, pipeline: list[Mapping[str, Any]], **kwargs: Any
) -> list[Document]:
    """The whole (small) answer of an aggregation; the pipeline itself must bound it."""
    cursor = collection.aggregate(pipeline, **kwargs)
    if inspect.isawaitable(cursor):
        cursor = await cursor
    documents: list[Document] = await cursor.to_list(None)
    return documents
