"""What a server is made of, as its commands see it: everything but its sockets and its file."""

from __future__ import annotations

import datetime
import time
from collections.abc import Callable, Sized
from pathlib import Path

from bson import ObjectId

from desperados.embedded.instance.cursors import Cursors
from desperados.embedded.instance.faults import FailPoints, Faults
from desperados.embedded.instance.stats import Stats
from desperados.embedded.storage.sessions import Session, Sessions
from desperados.embedded.storage.snapshots import Snapshots
from desperados.embedded.storage.store import Store
from desperados.embedded.values.limits import VERSION
from desperados.embedded.values.types import Doc


class Instance:
    """The one member of the replica set, and all that it keeps."""

    def __init__(
        self,
        path: Path | None,
        *,
        clock: Callable[[], float],
        enable_test_commands: bool,
        faults: Faults | None,
        replica_set: str,
        transaction_lifetime: float,
    ) -> None:
        self.path = path
        self.enable_test_commands = enable_test_commands
        self.clock = clock
        self.faults = faults
        self.replica_set = replica_set
        self.fail_points = FailPoints()
        self.election_id = ObjectId()
        self.store = Store(int(time.time()))
        self.sessions = Sessions(self.store, time.monotonic, transaction_lifetime)
        self.snapshots = Snapshots(self.store, time.monotonic)
        self.cursors = Cursors(self.store, time.monotonic)
        self.stats = Stats(self.store)
        self.connections: Sized = ()
        self.connection_count = 0
        self.start_time = clock()
        self.started_at = self.now()
        self.address = ""

    def end_session(self, session: Session) -> None:
        self.cursors.close_session(session.id)
        self.sessions.forget(session)

    def now(self) -> datetime.datetime:
        moment = datetime.datetime.fromtimestamp(self.clock(), datetime.UTC)
        return moment.replace(tzinfo=None, microsecond=moment.microsecond // 1000 * 1000)

    def info(self) -> Doc:
        host, _, port = self.address.rpartition(":")
        return {
            "host": host or self.address,
            "port": int(port) if host else 0,
            "version": VERSION,
            "gitVersion": "embedded",
        }
