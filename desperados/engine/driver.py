"""The one seam over the two driver stacks.

Beanie 2 stands on PyMongo's own asyncio client, Beanie 1.30 on Motor. They differ in what must be
awaited; every such difference is here, so that the rest of the package is written once.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import parse_qsl, urlsplit

import beanie
import pymongo
from bson.codec_options import CodecOptions, DatetimeConversion, TypeRegistry
from pymongo import ReadPreference
from pymongo.errors import PyMongoError
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

from desperados.engine.errors import ConfigurationError
from desperados.engine.storage.far_dates import FarDateDecoder

if TYPE_CHECKING:
    pass

T = TypeVar("T")

MOTOR = int(beanie.__version__.split(".")[0]) < 2
STACK = "motor" if MOTOR else "pymongo"
BULK_WRITE_WIRE_VERSION = 25  # MongoDB 8.0, the first with the client-level bulkWrite command

Document = dict[str, Any]


class _Codec(CodecOptions[Document]):
    """Options whose decoders serve everywhere: the driver leaves them out for its ``command``,
    which reads documents here like any other call."""

    def with_options(self, **options: Any) -> CodecOptions[Any]:
        if options.get("type_registry", self) is None:
            del options["type_registry"]
        return super().with_options(**options)


CODEC = _Codec(
    tz_aware=True,
    datetime_conversion=DatetimeConversion.DATETIME_AUTO,
    type_registry=TypeRegistry([FarDateDecoder()]),
)
"""How documents are read: dates in UTC, and every value so that it is written back as it was."""
_SNAPSHOT = ReadConcern("snapshot")
_MAJORITY = WriteConcern("majority")


def client_class() -> Any:
    """The client of the installed stack."""
    if MOTOR:
        from motor.motor_asyncio import AsyncIOMotorClient

        return AsyncIOMotorClient
    from pymongo import AsyncMongoClient

    return AsyncMongoClient


def make_client(url: str, **options: Any) -> Any:
    """A client of the installed stack. Nothing is sent before the first operation.

    ``options`` are the driver's; what the URL itself says goes before them.

    Raises:
        ConfigurationError: the URL is none that the driver understands.
    """
    try:
        said = {name.lower() for name, _ in parse_qsl(urlsplit(url).query)}
        options = {name: value for name, value in options.items() if name.lower() not in said}
        return client_class()(url, tz_aware=True, appname="desperados", **options)
    except (PyMongoError, ValueError) as error:
        raise ConfigurationError(f"The MongoDB URL is not usable: {error}") from None


def unhurried() -> AbstractContextManager[None]:
    """For a statement that takes as long as there is data, as building an index does: the client
    waits a day for its answer, not ``settings.mongodb_socket_timeout``."""
    return pymongo.timeout(86_400)


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
    """The database ``name``, read as CODEC says however the client was made.

    In what shape it has UUIDs is left to the client: each is written back as it was read.
    """
    theirs = client.codec_options
    if is_imitation(client):  # mongomock keeps Python's objects, and knows no more than zones
        options = theirs.with_options(tz_aware=True)
    else:
        options = CODEC._replace(uuid_representation=theirs.uuid_representation)
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
        read_concern=_SNAPSHOT,
        write_concern=_MAJORITY,
        read_preference=ReadPreference.PRIMARY,
        max_commit_time_ms=commit_milliseconds,
    )
    if inspect.isawaitable(result):
        await result


async def to_the_end(work: Awaitable[T]) -> T:
    """Await ``work`` to its end, even if this task is cancelled; the cancellation follows it.

    What cancels every task, as the end of the event loop does, ends the work, too.
    """
    future = asyncio.ensure_future(work)
    cancelled: asyncio.CancelledError | None = None
    while not future.done():
        try:
            await asyncio.wait([future])
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is not None:
        raise cancelled from (None if future.cancelled() else future.exception())
    return future.result()


async def in_transaction(operation: Awaitable[T]) -> T:
    """Await an operation of the driver that belongs to a transaction.

    What Motor does in a thread cannot be given up. Were it left behind by whoever is cancelled, it
    might be sent when the transaction is over, and outside of it: so its end is waited for.
    """
    return await (to_the_end(operation) if MOTOR else operation)


def is_imitation(client: Any) -> bool:
    """Whether a ready client is mongomock's, which has neither sessions nor transactions."""
    # mongomock-motor's classes claim to be Motor's; their bases tell.
    return any(
        kind.__module__.split(".")[0] in {"mongomock", "mongomock_motor"}
        for kind in type(client).__mro__
    )
