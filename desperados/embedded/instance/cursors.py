"""Open cursors: what is left of an answer, handed out batch by batch."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from desperados.embedded.errors import CommandError
from desperados.embedded.instance.replies import CursorReply
from desperados.embedded.storage.store import Store

FIRST_BATCH = 101
MAX_BATCH_BYTES = 16 * 1024 * 1024
IDLE_SECONDS = 600.0


@dataclass(eq=False)
class Cursor:
    """The rest of an answer; `session` is the session that may ask for it."""

    namespace: str
    rest: Iterator[bytes]
    session: bytes | None
    last_use: float
    waiting: bytes | None = None

    def take(self, size: int | None) -> list[bytes]:
        """Up to `size` documents, and never more bytes than a reply can hold."""
        batch: list[bytes] = []
        room = MAX_BATCH_BYTES
        while size is None or len(batch) < size:
            raw = self.waiting if self.waiting is not None else next(self.rest, None)
            self.waiting = None
            if raw is None:
                break
            if batch and len(raw) > room:
                self.waiting = raw
                break
            batch.append(raw)
            room -= len(raw)
        return batch

    def exhausted(self) -> bool:
        """Whether nothing is left. Looks one document ahead."""
        if self.waiting is None:
            self.waiting = next(self.rest, None)
        return self.waiting is None


@dataclass
class Cursors:
    """All open cursors of a server, by number."""

    store: Store
    clock: Callable[[], float]
    open: dict[int, Cursor] = field(default_factory=dict)

    def begin(
        self,
        namespace: str,
        docs: Iterator[bytes],
        session: bytes | None,
        size: int | None,
        *,
        single: bool = False,
        snapshot: int | None = None,
    ) -> CursorReply:
        """The first batch of an answer; a cursor stays open when there is more.

        `snapshot`: the stamp at which `docs` reads, as long as the store keeps what was visible
        then; the rest is read when it is asked for. Without one it is read now: later writes
        must not show in it.
        """
        cursor = Cursor(namespace, docs, session, self.clock())
        batch = cursor.take(FIRST_BATCH if size is None else size)
        # A batch that was not filled is all there is; else look whether something is left.
        number = 0
        full = len(batch) >= (FIRST_BATCH if size is None else size) or cursor.waiting is not None
        if not single and full and not cursor.exhausted():
            if snapshot is not None:
                self.store.pin(cursor, snapshot)
            elif cursor.waiting is not None:
                rest = [cursor.waiting, *cursor.rest]
                cursor.waiting = None
                cursor.rest = iter(rest)
            number = self._number()
            self.open[number] = cursor
        return CursorReply(namespace, batch, number)

    def more(
        self, number: int, namespace: str, session: bytes | None, size: int | None
    ) -> CursorReply:
        """The next batch of an open cursor, which is closed when nothing is left."""
        cursor = self._find(number, namespace, session)
        cursor.last_use = self.clock()
        batch = cursor.take(size or None)
        left = not cursor.exhausted()
        if not left:
            self.close(number)
        return CursorReply(namespace, batch, number if left else 0, first=False)

    def _number(self) -> int:
        while True:
            number = random.getrandbits(62) + 1
            if number not in self.open:
                return number

    def _find(self, number: int, namespace: str, session: bytes | None) -> Cursor:
        cursor = self.open.get(number)
        if cursor is None:
            raise CommandError("CursorNotFound", f"cursor id {number} not found")
        if cursor.namespace != namespace:
            raise CommandError(
                "Unauthorized",
                f"Requested getMore on namespace '{namespace}', but "
                f"cursor belongs to a different namespace {cursor.namespace}",
            )
        if cursor.session is not None and session != cursor.session:
            raise CommandError(
                "Location50738",
                f"Cannot run getMore on cursor {number}, which was not created in this session",
                number=50738,
            )
        return cursor

    def close(self, number: int) -> bool:
        cursor = self.open.pop(number, None)
        if cursor is None:
            return False
        self.store.unpin(cursor)
        return True

    def close_session(self, session: bytes) -> None:
        for number in [n for n, c in self.open.items() if c.session == session]:
            self.close(number)

    def expire(self) -> None:
        now = self.clock()
        for number in [n for n, c in self.open.items() if now - c.last_use > IDLE_SECONDS]:
            self.close(number)
