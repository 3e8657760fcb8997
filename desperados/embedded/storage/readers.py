"""Who still reads at which point in time, and the versions that are kept for them."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable

from desperados.embedded.storage.collection import Collection

Place = tuple[Collection, int]


class Readers:
    """The snapshots that are open. Each is held by somebody, at a stamp of the store's clock."""

    def __init__(self) -> None:
        self._held: dict[object, int] = {}
        self._stamps: list[int] = []
        self._kept: dict[int, set[Place]] = {}

    def open(self, holder: object, stamp: int) -> None:
        if holder not in self._held:
            self._held[holder] = stamp
            insort(self._stamps, stamp)

    def close(self, holder: object) -> Iterable[Place]:
        """End a snapshot; the records with versions that were kept for it, to be looked at."""
        stamp = self._held.pop(holder, None)
        if stamp is None:
            return ()
        at = bisect_left(self._stamps, stamp)
        del self._stamps[at]
        if at < len(self._stamps) and self._stamps[at] == stamp:
            return ()
        return self._kept.pop(stamp, ())

    def keep(self, place: Place, low: int, high: int) -> bool:
        """Whether somebody reads at a stamp from `low` on and before `high`, for whom the record
        must stay as it is. It is looked at again when one of them ends."""
        at = bisect_left(self._stamps, high) - 1
        if at < 0 or self._stamps[at] < low:
            return False
        self._kept.setdefault(self._stamps[at], set()).add(place)
        return True
