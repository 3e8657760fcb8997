"""Ambient transactions: open one, and everything inside joins it without being told.

Limits: code inside does database work only (anything else goes into ``after_commit``), belongs to
one task, and is done within the server's transaction lifetime (60 s by default; the package gives
up after ``settings.transaction_deadline``).

How a failure is met, after the MongoDB manual's "Drivers API" page on transactions:

- ``TransientTransactionError`` (a write conflict, an election, a lost connection before the
  commit): nothing happened; ``@transactional`` runs the whole function again.
- ``UnknownTransactionCommitResult`` (the answer of a commit was lost): the commit is sent again;
  the server answers a repeated commit with its first result.

A task that is cancelled while its transaction commits gets its ``CancelledError`` once the commit
and what follows it are done: a caller that gives up takes back nothing that is decided. Before the
commit, cancelling aborts.
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
from datetime import timedelta
from typing import Any, ParamSpec, TypeVar

import structlog
from pymongo.errors import PyMongoError

from desperados.engine import clock, dice, driver
from desperados.engine.ambient import (
    Rehearsed,
    Transaction,
    current_transaction,
    entered,
    is_transient,
    is_unknown_commit,
)
from desperados.engine.errors import Contention, GameError, TransactionsUnsupported
from desperados.engine.game import Game, current_game
from desperados.engine.staging import StagedWrite

P = ParamSpec("P")
R = TypeVar("R")

BACKOFF_START = 0.002
BACKOFF_LIMIT = 0.25
ABORT_PATIENCE = 2.0
# A row is dated when its command runs and seen when it commits. The server ends a transaction after
# 60 s, so what a clock of ours dates is there for everybody this much later.
SETTLING_IN = timedelta(minutes=1) + clock.SKEW

log = structlog.get_logger(__name__)


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
    one's snapshot, in which the writes of before are seen.

    Raises:
        TransactionsUnsupported: the database has no sessions.
        ReadOnly: from whatever writes in the block, at once: a staged write, a command, a callback
            or an event for after a commit that will not come.
    """
    outer = current_transaction()
    if outer is not None:
        before, outer.read_only = outer.read_only, True
        try:
            yield
        finally:
            outer.read_only = before
        return
    game = current_game()
    _require_transactions(game)
    session = await driver.start_session(game.client, snapshot=True)
    opened = Transaction(session, game, asyncio.current_task(), deadline=math.inf, read_only=True)
    try:
        with entered(opened):
            yield
    finally:
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
    game = current_game()
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


async def rehearse(body: Callable[[], Awaitable[Any]]) -> None:
    """Run ``body`` up to where it would first send a write, and forget all of it.

    What it raises is what it would be refused with at this moment, as far as reading shows it; that
    the server cannot be asked shows when it is done in earnest.
    """
    with contextlib.suppress(Rehearsed, PyMongoError):
        async with _outermost() as opened:
            opened.rehearsal = True
            await body()
            raise Rehearsed


def after_commit(function: Callable[..., Any], *args: Any, **kwargs: Any) -> None:
    """Call ``function`` (plain or async) once the outermost transaction has committed.

    If it aborts, the call is forgotten. What the function raises is logged and never undoes or
    repeats the commit. It must be called inside a transaction.
    """
    transaction = current_transaction()
    if transaction is None:
        raise GameError("after_commit was called outside a transaction.")
    transaction.require_writable()
    transaction.callbacks.append(functools.partial(function, *args, **kwargs))


def stage(write: StagedWrite) -> None:
    """Add a write that leaves with the others before the next read, or with the commit."""
    transaction = current_transaction()
    if transaction is None:
        raise GameError("A write was staged outside a transaction.")
    transaction.require_writable()
    transaction.staged.append(write)
    transaction.writes += 1


def _require_transactions(game: Game) -> None:
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
    game = current_game()
    _require_transactions(game)
    deadline = deadline or time.monotonic() + game.settings.transaction_deadline
    session = await driver.start_session(game.client)
    opened = Transaction(session, game, asyncio.current_task(), deadline)
    try:
        with entered(opened):
            await driver.start_transaction(
                session, max(1, int(game.settings.transaction_deadline * 1000))
            )
            try:
                yield opened
                await opened.flush()
            except BaseException:
                await driver.to_the_end(_abort(session))
                raise
            await driver.to_the_end(_finish(opened))
    finally:
        await session.end_session()


async def _finish(opened: Transaction) -> None:
    """Commit, then do what waits for the commit."""
    await _commit(opened.session, opened.deadline)
    opened.closed = True  # what follows is outside the transaction
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
    """Tell the server. If it cannot be told, or is too slow, it aborts by itself when the lifetime
    of the transaction is over: nobody who gave up waits for it as long as for an answer."""
    with contextlib.suppress(PyMongoError, TimeoutError):
        async with asyncio.timeout(ABORT_PATIENCE):
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
