"""Queues in front of hot documents: one call at a time, in the order in which they came.

A treasury or prize pool is one document, and of two transactions that write it at once one has
worked in vain. Sixty-four at once waste nearly everything. A call that waits its turn here wastes
nothing, and leaves the server to those who have other business.

Nobody should wait for those who will be refused anyway. So of all calls of one actor, to whatever
queues, one at a time stands in line (``calls_of``): who sends hundreds waits for himself, and who
comes after him has one of his in front. And whoever was refused shows, before his next call stands
in line, that it would not be refused as well (``commands``). The others pay nothing for it.

Limits: a queue orders the calls of one process. Between processes write conflicts and retries
remain, so nothing may rely on a queue for its correctness.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from typing import Any
from weakref import WeakValueDictionary

from desperados.engine.errors import Contention, GameError
from desperados.engine.game import current_game

_Key = tuple[asyncio.AbstractEventLoop, Any]


class Turn(asyncio.Lock):
    """The lock of one queue, which serves those who wait in their order.

    ``refused`` is of the calls of one actor: whether the last of them was refused.
    """

    refused = False


# An entry lives as long as somebody waits or works. Locks belong to one event loop.
_turns: WeakValueDictionary[_Key, Turn] = WeakValueDictionary()


@asynccontextmanager
async def in_turn(*values: Any) -> AsyncIterator[None]:
    """Wait until all who came earlier to the queues of ``values`` are done, then run the block.

    A value is the id of a document: whatever command names it, the queue is the same.

    Raises:
        Contention: the wait was longer than ``settings.transaction_deadline``.
    """
    # Everybody takes several in the same order, or two could wait for each other.
    queues = sorted(set(values), key=str)
    waits = in_use(*queues)
    turns = [_turn_of(value) for value in queues]
    deadline = current_game().settings.transaction_deadline
    held: list[Turn] = []
    try:
        try:
            async with asyncio.timeout(deadline) if waits else nullcontext():
                for turn in turns:
                    await turn.acquire()
                    held.append(turn)
        except TimeoutError:
            raise Contention(retry_after=1) from None
        yield
    finally:
        for turn in held:
            turn.release()


@asynccontextmanager
async def calls_of(actor: Any) -> AsyncIterator[Turn]:
    """Wait until the earlier calls of ``actor`` are done, then run the block.

    What comes out of the block as a ``GameError`` is noted for the next of the waiting calls.

    Raises:
        Contention: the wait was longer than ``settings.transaction_deadline``.
    """
    calls = ("calls", actor)
    async with in_turn(calls):
        turn = _turn_of(calls)
        try:
            yield turn
        except GameError:
            turn.refused = True
            raise
        turn.refused = False


def in_use(*values: Any) -> bool:
    """Whether somebody works or waits in one of these queues; for others nobody has to wait."""
    loop = asyncio.get_running_loop()
    return any((loop, value) in _turns for value in values)


def _turn_of(value: Any) -> Turn:
    """The lock of one queue."""
    key = (asyncio.get_running_loop(), value)
    turn = _turns.get(key)
    if turn is None:
        turn = _turns[key] = Turn()
    return turn
