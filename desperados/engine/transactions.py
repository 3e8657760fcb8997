"""Ambient transactions: open one, and everything inside joins it without being told.

Limits: code inside does database work only (anything else goes into ``after_commit``), belongs to
one task, and is done within the server's transaction lifetime (60 s by default; the package gives
up after ``settings.transaction_deadline``).

How a failure is met, after the MongoDB manual's "Drivers API" page on transactions:

- ``TransientTransactionError`` (a write conflict, an election, a lost connection before the
  commit): nothing happened; ``@transactional`` runs the whole function again.
- ``UnknownTransactionCommitResult`` (the answer of a commit was lost): the commit is sent again;
  the server answers a repeated commit with its first result.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import inspect
import math
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, ParamSpec, TypeVar

import structlog
from pymongo.errors import PyMongoError

from desperados.engine import clock, dice, driver
from desperados.engine.errors import Contention, ForeignTask, GameError, TransactionsUnsupported
from desperados.engine.staging import StagedWrite, send

P = ParamSpec("P")
R = TypeVar("R")

BACKOFF_START = 0.002
BACKOFF_LIMIT = 0.25
# A row is dated when its command runs and seen when it commits. The server ends a transaction after
# 60 s, so what a clock of ours dates is there for everybody this much later.
SETTLING_IN = timedelta(minutes=1) + clock.SKEW

log = structlog.get_logger(__name__)


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
    writes: int = 0  # staged or sent so far
    closed: bool = False
    doomed: BaseException | None = None

    async def flush(self) -> None:
        """Send the staged writes now, in one round trip where the server can.

        Raises:
            DuplicateKeyError: a unique index refused an insert.
            GameError: a guarded update matched nothing; the error that its stager gave.
        """
        if self.staged:
            writes, self.staged = self.staged, []
            await send(self.game, self.session, writes)


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


@asynccontextmanager
async def transaction() -> AsyncIterator[Transaction]:
    """Join the open transaction, else run the block in one of its own.

    The block itself is not run again: a command that may meet others uses ``@transactional``.

    Raises:
        Contention: a conflict with another transaction, or no commit within the deadline.
        TransactionsUnsupported: the database has no transactions.
    """
    outer = current_transaction()
    if outer is not None:
        async with _joined(outer):
            yield outer
        return
    try:
        async with _outermost() as opened:
            yield opened
    except PyMongoError as error:
        if is_transient(error) or is_unknown_commit(error):
            raise Contention(retry_after=1) from error
        raise


@asynccontextmanager
async def snapshot() -> AsyncIterator[None]:
    """Read one moment of the database for as long as the block lasts; writing is refused.

    Not bound to the lifetime of a transaction (60 s), but to how long the server keeps history
    (``minSnapshotHistoryWindowInSeconds``, 300 s by default). Inside a transaction it joins that
    one's snapshot.

    Raises:
        TransactionsUnsupported: the database has no sessions.
    """
    if current_transaction() is not None:
        yield
        return
    game = _game()
    _require_transactions(game)
    session = await driver.start_session(game.client, snapshot=True)
    opened = Transaction(session, game, asyncio.current_task(), deadline=math.inf)
    token = _current.set(opened)
    try:
        yield
    finally:
        opened.closed = True
        _current.reset(token)
        await session.end_session()


def transactional(function: Callable[P, Awaitable[R]]) -> Callable[P, Awaitable[R]]:
    """Run the function in a transaction, again as a whole while it loses to others.

    The function must be safe to run again: it does database work only.

    Raises:
        Contention: it could not get through within ``settings.transaction_deadline``.
    """

    @functools.wraps(function)
    async def run(*args: P.args, **kwargs: P.kwargs) -> R:
        return await run_transaction(lambda: function(*args, **kwargs))

    return run


async def run_transaction(
    body: Callable[[], Awaitable[R]], before_retry: Callable[[], Awaitable[None]] | None = None
) -> R:
    """What ``@transactional`` does, for callers that look at the world between two attempts.

    ``before_retry`` runs outside the transaction before each attempt but the first; what it raises
    ends the loop.
    """
    outer = current_transaction()
    if outer is not None:
        async with _joined(outer):
            return await body()
    game = _game()
    deadline = time.monotonic() + game.settings.transaction_deadline
    attempt = 0
    while True:
        try:
            async with _outermost(deadline):
                return await body()
        except PyMongoError as error:
            if not is_transient(error):
                if is_unknown_commit(error):
                    raise Contention(
                        "The commit was sent but its answer is not known; "
                        "ask again with the same key to learn what happened.",
                        retry_after=1,
                    ) from error
                raise
            wait = min(BACKOFF_LIMIT, BACKOFF_START * 2**attempt) * dice.source().random()
            if time.monotonic() + wait > deadline:
                raise Contention(retry_after=1) from error
            game.conflicts += 1
            attempt += 1
            await asyncio.sleep(wait)
        if before_retry is not None:
            await before_retry()


def after_commit(function: Callable[..., Any], *args: Any, **kwargs: Any) -> None:
    """Call ``function`` (plain or async) once the outermost transaction has committed.

    If it aborts, the call is forgotten. What the function raises is logged and never undoes or
    repeats the commit. It must be called inside a transaction.
    """
    transaction = current_transaction()
    if transaction is None:
        raise GameError("after_commit was called outside a transaction.")
    transaction.callbacks.append(functools.partial(function, *args, **kwargs))


def stage(write: StagedWrite) -> None:
    """Add a write that leaves with the others before the next read, or with the commit."""
    transaction = current_transaction()
    if transaction is None:
        raise GameError("A write was staged outside a transaction.")
    transaction.staged.append(write)
    transaction.writes += 1


def is_transient(error: PyMongoError) -> bool:
    """Whether the server says that the whole transaction may be run again."""
    return error.has_error_label("TransientTransactionError")


def is_unknown_commit(error: PyMongoError) -> bool:
    """Whether it is not known if the commit happened."""
    return error.has_error_label("UnknownTransactionCommitResult")


def _game() -> Any:
    from desperados.engine.game import current_game

    return current_game()


def _require_transactions(game: Any) -> None:
    if not game.transactions:
        raise TransactionsUnsupported(
            "This database cannot run transactions, and this command must not run without one. "
            "Connect to a replica set, or call connect() without a URL for the embedded engine."
        )


@asynccontextmanager
async def _joined(outer: Transaction) -> AsyncIterator[None]:
    """A failure after a write dooms the whole: half an inner command must not be committed."""
    writes_before = outer.writes
    try:
        yield
    except BaseException as error:
        if outer.writes != writes_before:
            outer.doomed = outer.doomed or error
        raise


@asynccontextmanager
async def _outermost(deadline: float | None = None) -> AsyncIterator[Transaction]:
    game = _game()
    _require_transactions(game)
    deadline = deadline or time.monotonic() + game.settings.transaction_deadline
    session = await driver.start_session(game.client)
    opened = Transaction(session, game, asyncio.current_task(), deadline)
    token = _current.set(opened)
    try:
        await driver.start_transaction(
            session, max(1, int(game.settings.transaction_deadline * 1000))
        )
        try:
            yield opened
            if opened.doomed is not None:
                raise GameError(
                    "A part of this transaction failed after it had written; nothing was committed."
                ) from opened.doomed
            await opened.flush()
        except BaseException:
            await _abort(session)
            raise
        await _commit(session, deadline)
    finally:
        opened.closed = True
        _current.reset(token)
        await session.end_session()
    await _run_callbacks(opened.callbacks)


async def _commit(session: Any, deadline: float) -> None:
    """Commit; ask again while the answer is lost.

    Outcomes: committed; nothing happened (transient error, raised); the deadline passed while the
    outcome was unknown (raised, labelled UnknownTransactionCommitResult).
    """
    wait = BACKOFF_START
    while True:
        try:
            await session.commit_transaction()
        except PyMongoError as error:
            if not is_unknown_commit(error) or time.monotonic() + wait > deadline:
                raise
            await asyncio.sleep(wait)
            wait = min(BACKOFF_LIMIT, wait * 2)
        else:
            return


async def _abort(session: Any) -> None:
    """Tell the server; if it cannot be told, it aborts by itself when the session times out."""
    with contextlib.suppress(PyMongoError):
        await session.abort_transaction()


async def _run_callbacks(callbacks: list[Callable[[], Any]]) -> None:
    for callback in callbacks:
        try:
            result = callback()
            if inspect.isawaitable(result):
                await result
        except Exception:
            # The commit stands whatever its echo does: an error here must not look like a failure.
            log.exception("after_commit_failed", callback=repr(callback))
