"""The open transaction of this task, which everything inside it joins without being told."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from pymongo.errors import PyMongoError

from desperados.engine.errors import (
    ForeignTask,
    GameError,
    ReadOnly,
    StorageFailed,
    StorageFull,
    Unavailable,
)
from desperados.engine.staging import StagedWrite, send

# By MongoDB's numbers: OutOfDiskSpace, FileStreamFailed.
_STORAGE_FAILURES: dict[Any, type[Unavailable]] = {14031: StorageFull, 39: StorageFailed}


class Rehearsed(Exception):
    """A rehearsal is over: what comes next would be written."""


@dataclass(slots=True)
class Transaction:
    """One open transaction: its session, its writes that were not sent yet, its callbacks."""

    session: Any
    game: Any
    owner: asyncio.Task[Any] | None
    deadline: float
    staged: list[StagedWrite] = field(default_factory=list)
    callbacks: list[Callable[[], Any]] = field(default_factory=list)
    events: list[Any] = field(default_factory=list)  # pushed together after the commit
    happenings: list[dict[str, Any]] = field(default_factory=list)  # rows for the outbox
    writes: int = 0  # staged or sent so far
    closed: bool = False
    read_only: bool = False
    rehearsal: bool = False
    doomed: BaseException | None = None
    notes: dict[str, tuple[int, Any]] = field(default_factory=dict)

    def note(self, name: str, read: Any) -> None:
        """Keep what was read for whoever needs it later, until this transaction writes."""
        self.notes[name] = (self.writes, read)

    def noted(self, name: str) -> Any:
        """What was kept, or None when there is nothing, or something was written since."""
        writes, read = self.notes.get(name, (0, None))
        return read if writes == self.writes else None

    async def flush(self, *, before_reading: str | None = None, writes: bool = False) -> None:
        """Send the staged writes now, in one round trip where the server can.

        Before a mere find in the collection ``before_reading`` they need not go unless one of them
        is to that collection: nothing else of them could be seen there. ``writes`` says that what
        follows is a write itself.

        A failure dooms the transaction: some of the writes may have been carried out.

        Raises:
            DuplicateKeyError: a unique index refused an insert.
            GameError: a guarded update matched nothing; the error that its stager gave. Or an
                earlier failure has doomed the transaction.
            Rehearsed: this is a rehearsal, and it has come to its first write.
        """
        self.require_sound()
        due = self.staged and (
            before_reading is None or any(w.collection == before_reading for w in self.staged)
        )
        if self.rehearsal and (due or writes):
            raise Rehearsed
        if due:
            leaving, self.staged = self.staged, []
            try:
                await send(self.game, self.session, leaving)
            except BaseException as error:
                self.doom(error)
                raise

    def doom(self, error: BaseException) -> None:
        """See to it that nothing of this transaction is committed, whoever swallows ``error``."""
        if self.doomed is None and self.session.in_transaction:
            self.doomed = error

    def require_sound(self) -> None:
        """Refuse to go on after a failure.

        Raises:
            PyMongoError: the failure itself, where running again as a whole may help.
            GameError: the transaction is doomed.
        """
        if self.doomed is None:
            return
        if isinstance(self.doomed, PyMongoError) and is_transient(self.doomed):
            raise self.doomed
        raise GameError(
            "A part of this transaction failed after it had written; nothing was committed."
        ) from self.doomed

    def require_writable(self) -> None:
        """Refuse a write that would be lost.

        Raises:
            ReadOnly: the block is a ``snapshot``.
        """
        if self.read_only:
            raise ReadOnly()


_current: ContextVar[Transaction | None] = ContextVar("desperados_transaction", default=None)


def current_transaction() -> Transaction | None:
    """The open transaction, or None.

    Raises:
        ForeignTask: another task opened it. A session serves one operation at a time, so
            ``asyncio.gather`` inside a transaction would corrupt it.
    """
    transaction = _current.get()
    if transaction is None or transaction.closed:
        return None
    if transaction.owner is not asyncio.current_task():
        raise ForeignTask(
            "This task did not open the transaction it was started in: "
            "await the calls one after the other instead of gathering them."
        )
    return transaction


def current_session() -> Any:
    """The session of the open transaction, or None."""
    transaction = current_transaction()
    return transaction.session if transaction is not None else None


@contextmanager
def entered(transaction: Transaction) -> Iterator[None]:
    """Make ``transaction`` the one that the block, and nothing after it, joins."""
    token = _current.set(transaction)
    try:
        yield
    finally:
        transaction.closed = True
        _current.reset(token)


def is_transient(error: PyMongoError) -> bool:
    """Whether the server says that the whole transaction may be run again."""
    return error.has_error_label("TransientTransactionError")


def storage_failure(error: PyMongoError) -> type[Unavailable] | None:
    """What it means if the server answers that it could not write to its disk; else None."""
    details = getattr(error, "details", None) or {}
    for failure in (details, *details.get("writeErrors", ())):
        found = _STORAGE_FAILURES.get(failure.get("code"))
        if found is not None:
            return found
    return None


def is_unknown_commit(error: PyMongoError) -> bool:
    """Whether it is not known if the commit happened."""
    return error.has_error_label("UnknownTransactionCommitResult")
