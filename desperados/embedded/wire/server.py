"""The server: its socket, its start, its housekeeping and its end.

It presents itself as the primary of a replica set of one member, and runs on the event loop of
whoever starts it. What happens to a command is in `dispatch`.

Not for production: one process, one core, all data in memory, no authentication.
"""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
import socket
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

from desperados.embedded.errors import CommandError, EmbeddedError
from desperados.embedded.instance.calls import Client
from desperados.embedded.instance.faults import Faults
from desperados.embedded.instance.instance import Instance
from desperados.embedded.storage.durability import SqliteJournal
from desperados.embedded.storage.ttl import SWEEP_SECONDS, expire_documents
from desperados.embedded.wire.addresses import at, usable
from desperados.embedded.wire.connection import Connection
from desperados.embedded.wire.dispatch import Dispatcher

log = logging.getLogger("desperados.embedded")

_SOCKET = "db.sock"
_LONGEST_SOCKET_PATH = 103  # bytes: macOS has room for 104 with the final zero, Linux for 108


class EmbeddedServer(Instance):
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
        super().__init__(
            Path(path) if path is not None else None,
            clock=clock,
            enable_test_commands=enable_test_commands,
            faults=faults,
            replica_set=replica_set,
            transaction_lifetime=transaction_lifetime,
        )
        self.host = host
        self.port = port
        self.connections: set[Connection] = set()
        self._dispatcher = Dispatcher(self)
        self._socket_dir: str | None = None
        self._listener: asyncio.AbstractServer | None = None
        self._journal: SqliteJournal | None = None
        self._keeper: asyncio.Task[None] | None = None

    def fork(self) -> EmbeddedServer:
        """A server in memory whose world begins as this one's is now; not started yet.

        It takes over what is committed (documents, collections, indexes), the clock and whether
        test commands are allowed; no sessions, cursors, counters, faults or file. From then on
        neither sees what the other writes. This server need not run: a world may be prepared,
        stopped, and forked as often as one likes.
        """
        other = EmbeddedServer(
            enable_test_commands=self.enable_test_commands,
            clock=self.clock,
            replica_set=self.replica_set,
            transaction_lifetime=self.sessions.lifetime,
        )
        self.store.fork(other.store)
        return other

    # Life --------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Open the file (if any) and listen.

        Raises `DamagedFile`, `DatabaseInUse`, or `EmbeddedError` when the file or the address
        cannot be used for another reason.
        """
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
        if self.port is None:
            self._socket_dir = self._make_socket_folder()
            if self._socket_dir is not None:
                self.address = f"{self._socket_dir}/{_SOCKET}"
                return await loop.create_unix_server(self._connect, self.address)
            log.warning(
                "no folder for a private socket (is every file system read-only?): listening on "
                "%s, where other users of this machine may connect",
                self.host,
            )
        try:
            tcp = await loop.create_server(self._connect, self.host, self.port or 0)
        except OSError as error:
            raise EmbeddedError(f"cannot listen there: {error.strerror}") from error
        # Where a name has addresses of both families, each took a free port of its own.
        listening = min(tcp.sockets, key=lambda each: each.family != socket.AF_INET)
        port = listening.getsockname()[1]
        self.address = at(self.host, port)
        return tcp

    def _make_socket_folder(self) -> str | None:
        """A new folder that only this user may enter, with a path that a socket's address holds."""
        parents = [None, "/tmp", "/dev/shm"]  # noqa: S108 - mkdtemp makes a folder of its own there
        if self.path is not None:
            parents.append(str(self.path.absolute().parent))
        for parent in parents:
            try:
                # None: where TMPDIR says, and an OSError where nothing there may be written.
                folder = tempfile.mkdtemp(prefix="desperados-", dir=parent)
            except OSError:
                continue
            if len(os.fsencode(f"{folder}/{_SOCKET}")) <= _LONGEST_SOCKET_PATH:
                return folder
            Path(folder).rmdir()
        return None

    @property
    def url(self) -> str:
        """What to give to a driver."""
        return self.urls[0]

    @property
    def urls(self) -> list[str]:
        """What to give to drivers: first to one on this host, then to those on others if the server
        listens on every address."""
        if self._socket_dir:
            hosts = [quote(self.address, safe="")]
        else:
            _, _, port = self.address.rpartition(":")
            hosts = [at(host, int(port)) for host in usable(self.host)]
        return [f"mongodb://{host}/?directConnection=true" for host in hosts]

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
        client = Client(self.connection_count, self.address)
        return Connection(client, self._dispatcher.handle, self.connections)

    async def _keep(self) -> None:
        """Housekeeping: expired documents, transactions, cursors and snapshots."""
        refusal = ""
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            try:
                self.housekeeping()
            except CommandError as error:
                if error.message != refusal:  # a disk is not full four times a second
                    log.warning("housekeeping has to wait: %s", error)
                refusal = error.message
            except Exception:
                log.exception("housekeeping failed")

    def housekeeping(self) -> None:
        """One round of what otherwise happens a few times a second."""
        for session in self.sessions.expire():
            self.cursors.close_session(session.id)
        self.cursors.expire()
        self.snapshots.expire()
        expire_documents(self.store, self.now())
