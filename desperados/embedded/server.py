"""The server: sockets, and the way of every command from message to answer.

It presents itself as the primary of a replica set of one member. It runs on the event loop of
whoever starts it; commands run one at a time, so each is atomic by itself, and only transactions
and waits let commands of several clients interleave.

Not for production: one process, one core, all data in memory, no authentication.
"""

from __future__ import annotations

import asyncio
import datetime
import logging
import shutil
import socket
import tempfile
import time
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

from bson import Int64, ObjectId, Timestamp

from desperados.embedded import (
    commands_bulk,
    commands_catalog,
    commands_read,
    commands_server,
    commands_write,
)
from desperados.embedded.answers import (
    ENDINGS,
    check_in_transaction,
    failure_reply,
    find_command,
    internal_error,
    labelled_concern,
    remembered,
    tell_snapshot,
    write_concern_error,
)
from desperados.embedded.calls import Call, Command, Reply
from desperados.embedded.connection import Answer, Connection, Hangup
from desperados.embedded.cursors import Cursor, Cursors
from desperados.embedded.durability import SqliteJournal
from desperados.embedded.errors import (
    CommandError,
    EmbeddedError,
)
from desperados.embedded.faults import Effect, FailPoints, Faults
from desperados.embedded.operators import Moment
from desperados.embedded.protocol import CursorReply, Request, encode, message, with_fields
from desperados.embedded.query import Query
from desperados.embedded.sessions import Session, Sessions, encode_receipt
from desperados.embedded.stats import Stats
from desperados.embedded.store import Store
from desperados.embedded.ttl import SWEEP_SECONDS, expire_documents
from desperados.embedded.values import Doc, is_number
from desperados.embedded.versions import Locked, Unit

log = logging.getLogger("desperados.embedded")

# Importing these modules enters their commands in the table.
_COMMAND_MODULES = (commands_bulk, commands_catalog, commands_read, commands_server, commands_write)

_LOCK_SECONDS = 30.0
_PIN_SECONDS = 300.0
_SNAPSHOT_READS = ("find", "aggregate", "distinct", "getMore", "explain")


class EmbeddedServer:
    """A development database inside the process.

    `path`: a SQLite file that every commit goes to; None keeps everything in memory.
    `port`: None for a private socket, 0 for any free port on `host`.
    `clock`: seconds since 1970, for TTL indexes, `$$NOW` and `$currentDate`.
    `enable_test_commands`: allows `configureFailPoint`. `faults`: a seeded storm of faults.
    """

    def __init__(
        self,
        path: str | Path | None = None,
        host: str = "127.0.0.1",
        port: int | None = None,
        enable_test_commands: bool = False,
        clock: Callable[[], float] = time.time,
        *,
        faults: Faults | None = None,
        replica_set: str = "desperados",
        transaction_lifetime: float = 60.0,
    ) -> None:
        self.path = Path(path) if path is not None else None
        self.host = host
        self.port = port
        self.enable_test_commands = enable_test_commands
        self.clock = clock
        self.faults = faults
        self.replica_set = replica_set
        self.fail_points = FailPoints()
        self.election_id = ObjectId()
        self.store = Store(int(time.time()))
        self.sessions = Sessions(self.store, time.monotonic, transaction_lifetime)
        self.cursors = Cursors()
        self.stats = Stats(self.store)
        self.connections: set[Connection] = set()
        self.connection_count = 0
        self.start_time = clock()
        self.started_at = self.now()
        self.address = ""
        self._pins: dict[int, float] = {}
        self._trailer: tuple[int, bytes] = (0, b"")
        self._socket_dir: str | None = None
        self._listener: asyncio.AbstractServer | None = None
        self._journal: SqliteJournal | None = None
        self._keeper: asyncio.Task[None] | None = None

    # Life --------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Open the file (if any) and listen. Raises `DamagedFile` or `DatabaseInUse`."""
        if self._listener is not None:
            raise EmbeddedError("the embedded server is running already")
        if self.path is not None:
            self._journal = SqliteJournal(self.path)
            try:
                self._journal.load(self.store, self.sessions)
            except BaseException:
                self._journal.close()
                self._journal = None
                raise
            self.store.journal = self._journal
        try:
            self._listener = await self._listen()
        except BaseException:
            self._close_journal()
            raise
        self._keeper = asyncio.get_running_loop().create_task(self._keep())
        log.warning(
            "embedded database for development and tests, not for production: %s (%s)",
            self.url,
            self.path if self.path is not None else "in memory",
        )

    async def _listen(self) -> asyncio.AbstractServer:
        loop = asyncio.get_running_loop()
        if self.port is None and hasattr(socket, "AF_UNIX"):
            self._socket_dir = tempfile.mkdtemp(prefix="desperados-")
            path = str(Path(self._socket_dir) / "db.sock")
            try:
                listener = await loop.create_unix_server(self._connect, path)
            except (OSError, NotImplementedError):
                shutil.rmtree(self._socket_dir, ignore_errors=True)
                self._socket_dir = None
            else:
                self.address = path
                return listener
        tcp = await loop.create_server(self._connect, self.host, self.port or 0)
        port = tcp.sockets[0].getsockname()[1]
        self.address = f"{self.host}:{port}"
        return tcp

    @property
    def url(self) -> str:
        """What to give to a driver."""
        host = quote(self.address, safe="") if self._socket_dir else self.address
        return f"mongodb://{host}/?directConnection=true"

    async def stop(self) -> None:
        """Stop listening, undo what is open, close the file, remove the socket."""
        if self._listener is None:
            return
        listener, self._listener = self._listener, None
        listener.close()
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.gather(self._keeper, return_exceptions=True)
        for connection in list(self.connections):
            connection.abort()
        for session in list(self.sessions.all.values()):
            self.sessions.forget(session)
        await asyncio.sleep(0)
        await listener.wait_closed()
        self._close_journal()
        if self._socket_dir is not None:
            shutil.rmtree(self._socket_dir, ignore_errors=True)
            self._socket_dir = None

    def _close_journal(self) -> None:
        if self._journal is not None:
            self.store.journal = None
            self._journal.close()
            self._journal = None

    async def __aenter__(self) -> EmbeddedServer:
        await self.start()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.stop()

    def _connect(self) -> Connection:
        self.connection_count += 1
        return Connection(self, self.connection_count)

    async def _keep(self) -> None:
        """Housekeeping: expired documents, transactions, cursors and snapshots."""
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            try:
                self.housekeeping()
            except Exception:
                log.exception("housekeeping failed")

    def housekeeping(self) -> None:
        """One round of what otherwise happens a few times a second."""
        now = time.monotonic()
        expire_documents(self.store, self.now())
        for session in self.sessions.expire():
            self.cursors.close_session(session.id)
        self.cursors.expire(now)
        for stamp in [stamp for stamp, end in self._pins.items() if end < now]:
            del self._pins[stamp]
            self.store.unpin(("pin", stamp))

    def now(self) -> datetime.datetime:
        moment = datetime.datetime.fromtimestamp(self.clock(), datetime.UTC)
        return moment.replace(tzinfo=None, microsecond=moment.microsecond // 1000 * 1000)

    def info(self) -> Doc:
        host, _, port = self.address.rpartition(":")
        return {
            "host": host or self.address,
            "port": int(port) if host else 0,
            "version": commands_server.VERSION,
            "gitVersion": "embedded",
        }

    # From message to answer ----------------------------------------------------------------------

    def handle(
        self, request: Request, connection: Connection
    ) -> Answer | Coroutine[Any, Any, Answer]:
        """The answer to a request, or a coroutine for it when the command has to wait."""
        name = next(iter(request.body), "")
        self.stats.commands[name] += 1
        effect: Effect | None = None
        if self.fail_points.armed:
            effect = self.fail_points.effect(
                name,
                request.body,
                connection.app_name,
                repeated=self.sessions.remembers(request.body),
            )
        if effect is None and self.faults is not None:
            effect = self.faults.effect(name, request.body)
        if effect is not None and effect.delay:
            return self._delayed(request, connection, name, effect)
        return self._serve(request, connection, name, effect)

    async def _delayed(
        self, request: Request, connection: Connection, name: str, effect: Effect
    ) -> Answer:
        await asyncio.sleep(effect.delay)
        answer = self._serve(request, connection, name, effect)
        return await answer if isinstance(answer, Coroutine) else answer

    def _serve(
        self, request: Request, connection: Connection, name: str, effect: Effect | None
    ) -> Answer | Coroutine[Any, Any, Answer]:
        if effect is not None and effect.close_before:
            raise Hangup
        try:
            reply: Reply = self._execute(request, connection, name, effect)
        except Locked as locked:
            return self._wait(request, connection, name, effect, locked)
        except CommandError as error:
            reply = failure_reply(error, name, request.body, effect)
        if effect is not None and effect.close_after:
            raise Hangup
        if not request.acknowledged:
            return None
        return self._encode(request, reply)

    async def _wait(
        self,
        request: Request,
        connection: Connection,
        name: str,
        effect: Effect | None,
        locked: Locked,
    ) -> Answer:
        """Run a command again each time that the transaction in its way has ended."""
        self.store.conflicts += 1
        limit = request.body.get("maxTimeMS")
        seconds = float(limit) / 1000 if is_number(limit) and limit else _LOCK_SECONDS
        deadline = time.monotonic() + seconds
        while True:
            try:
                await locked.owner.finished(max(0.0, deadline - time.monotonic()))
            except TimeoutError:
                error = CommandError("MaxTimeMSExpired", "operation exceeded time limit")
                return self._encode(request, failure_reply(error, name, request.body, effect))
            try:
                reply = self._execute(request, connection, name, effect)
            except Locked as again:
                locked = again
                continue
            except CommandError as error:
                reply = failure_reply(error, name, request.body, effect)
            if effect is not None and effect.close_after:
                raise Hangup
            return self._encode(request, reply) if request.acknowledged else None

    def _encode(self, request: Request, reply: Reply) -> bytes:
        body = reply.encode() if isinstance(reply, CursorReply) else encode(reply)
        stamp, trailer = self._trailer
        if stamp != self.store.clock:
            now = self.store.cluster_time
            trailer = encode(
                {
                    "$clusterTime": {
                        "clusterTime": now,
                        "signature": {"hash": b"\0" * 20, "keyId": Int64(0)},
                    },
                    "operationTime": now,
                }
            )
            self._trailer = (self.store.clock, trailer)
        return message(request, 0, with_fields(body, trailer))

    def _execute(
        self, request: Request, connection: Connection, name: str, effect: Effect | None
    ) -> Reply:
        body = request.body
        command = find_command(name, body, test_commands=self.enable_test_commands)
        if effect is not None and effect.error is not None:
            raise effect.error
        database = body.get("$db")
        if type(database) is not str or not database or any(c in database for c in ". $/\\\0"):
            raise CommandError("InvalidNamespace", f"Invalid database name: {database!r}")
        if command.admin and database != "admin":
            raise CommandError(
                "Unauthorized", f"{name} may only be run against the admin database."
            )
        session = self.sessions.get(body["lsid"]) if "lsid" in body else None
        reply = self._run(request, connection, command, name, database, session)
        concern = write_concern_error(body, command, name)
        if effect is not None and effect.write_concern_error is not None:
            concern = labelled_concern(reply, effect, body, name)
        if concern is not None:
            if isinstance(reply, CursorReply):
                reply.beside["writeConcernError"] = concern
            else:
                reply = {**reply, "writeConcernError": concern}
        return reply

    def _run(
        self,
        request: Request,
        connection: Connection,
        command: Command,
        name: str,
        database: str,
        session: Session | None,
    ) -> Reply:
        body = request.body
        moment = Moment(self.now(), self.store.cluster_time)
        if name in ENDINGS:
            unit: Unit | None = None
        elif session is None:
            if "txnNumber" in body:
                raise CommandError(
                    "InvalidOptions",
                    "Transaction number requires a session ID to also be specified",
                )
            unit = None
        else:
            unit = self.sessions.enter(session, body)
        if unit is not None:
            assert session is not None
            return self._run_in_transaction(
                Call(self, connection, request, name, body, database, session, unit, moment),
                command,
                session,
            )
        numbered = session is not None and "txnNumber" in body and name not in ENDINGS
        if numbered and not command.retryable:
            raise CommandError(
                "NotARetryableWriteCommand",
                "txnNumber may only be provided for multi-document transactions and "
                f"retryable write commands. autocommit:false was not provided, and "
                f"{name} is not a retryable write command.",
            )
        if numbered and session is not None and session.reply is not None:
            return session.reply
        unit = self._reader(name, body) or self.store.statement()
        call = Call(self, connection, request, name, body, database, session, unit, moment)
        try:
            reply = command.run(call)
            if numbered and session is not None:
                session.reply = remembered(reply)
                unit.receipt = (session.id, encode_receipt(session.number, session.reply))
            if command.writes:
                self.store.commit(unit)
        except BaseException as error:
            if numbered and session is not None:
                session.reply = None
            self.store.abort(unit)
            if isinstance(error, (CommandError, Locked)) or not isinstance(error, Exception):
                raise
            raise internal_error(name, error) from error
        if unit.snapshot is not None:
            tell_snapshot(reply, Timestamp(self.store.epoch, unit.snapshot))
        return reply

    def _run_in_transaction(self, call: Call, command: Command, session: Session) -> Reply:
        try:
            check_in_transaction(call, command)
            reply = command.run(call)
        except BaseException as error:
            self.sessions.abort(session)
            if isinstance(error, CommandError) or not isinstance(error, Exception):
                raise
            raise internal_error(call.name, error) from error
        if call.doomed:
            self.sessions.abort(session)
        return reply

    def _reader(self, name: str, body: Doc) -> Unit | None:
        """The unit of a read at a point in time (read concern "snapshot")."""
        concern = body.get("readConcern")
        if type(concern) is not dict or concern.get("level") != "snapshot":
            return None
        if name not in _SNAPSHOT_READS:
            raise CommandError(
                "InvalidOptions",
                f'Command {name} does not support {{ readConcern: {{ level: "snapshot" }} }}',
            )
        wanted = concern.get("atClusterTime")
        stamp = wanted.inc if isinstance(wanted, Timestamp) else self.store.clock
        if stamp < self.store.oldest_readable() and stamp not in self._pins:
            raise CommandError(
                "SnapshotTooOld", "Read timestamp is older than the oldest available timestamp."
            )
        self._pins[stamp] = time.monotonic() + _PIN_SECONDS
        self.store.pin(("pin", stamp), stamp)
        return Unit(stamp, multi=False)

    # What handlers ask for ---------------------------------------------------------------------

    def note(self, _call: Call, query: Query) -> None:
        self.stats.note(query)

    def open_cursor(
        self,
        call: Call,
        namespace: str,
        docs: Iterator[bytes],
        size: int | None,
        *,
        single: bool = False,
    ) -> CursorReply:
        session = call.session.id if call.session is not None else None
        return self.cursors.begin(
            Cursor(namespace, docs, session, time.monotonic()), size, single=single
        )

    def more(self, call: Call, number: int, namespace: str, size: int | None) -> CursorReply:
        session = call.session.id if call.session is not None else None
        cursor = self.cursors.find(number, namespace, session)
        cursor.last_use = time.monotonic()
        batch = cursor.take(size or None)
        left = not cursor.exhausted()
        if not left:
            self.cursors.close(number)
        return CursorReply(namespace, batch, number if left else 0, first=False)

    def close_cursor(self, number: int) -> bool:
        return self.cursors.close(number)

    def commit_transaction(self, session: Session, body: Doc) -> None:
        self.sessions.commit(session, body)

    def end_session(self, session: Session) -> None:
        self.cursors.close_session(session.id)
        self.sessions.forget(session)
