"""Reads at a point in time, outside of transactions (read concern "snapshot")."""

from __future__ import annotations

from collections.abc import Callable

from bson import Timestamp

from desperados.embedded.errors import CommandError
from desperados.embedded.storage.store import Store
from desperados.embedded.storage.units import Unit
from desperados.embedded.values.types import Doc

_PIN_SECONDS = 300.0
_READS = ("find", "aggregate", "distinct", "getMore", "explain")


class Snapshots:
    """The points in time that clients have read at, each kept readable for a while."""

    def __init__(self, store: Store, clock: Callable[[], float]) -> None:
        self._store = store
        self._clock = clock
        self._ends: dict[int, float] = {}

    def unit(self, name: str, body: Doc) -> Unit | None:
        """The unit of a command that asks for a snapshot; None for any other command."""
        concern = body.get("readConcern")
        if type(concern) is not dict or concern.get("level") != "snapshot":
            return None
        if name not in _READS:
            raise CommandError(
                "InvalidOptions",
                f'Command {name} does not support {{ readConcern: {{ level: "snapshot" }} }}',
            )
        wanted = concern.get("atClusterTime")
        stamp = wanted.inc if isinstance(wanted, Timestamp) else self._store.clock
        # Between two that are pinned nothing is kept.
        if stamp < self._store.clock and stamp not in self._ends:
            raise CommandError(
                "SnapshotTooOld", "Read timestamp is older than the oldest available timestamp."
            )
        self._ends[stamp] = self._clock() + _PIN_SECONDS
        self._store.pin(("pin", stamp), stamp)
        return Unit(stamp, multi=False)

    def expire(self) -> None:
        now = self._clock()
        for stamp in [stamp for stamp, end in self._ends.items() if end < now]:
            del self._ends[stamp]
            self._store.unpin(("pin", stamp))
