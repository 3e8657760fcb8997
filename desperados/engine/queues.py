"""Queues in front of hot documents: one call at a time, in the order in which they came.

A treasury or prize pool is one document, and of two transactions that write it at once one has
worked in vain. Sixty-four at once waste nearly everything. A call that waits its turn here wastes
nothing, and leaves the server to those who have other business.

Limits: a queue orders the calls of one process. Between processes write conflicts and retries
remain, so nothing may rely on a queue for its correctness.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from typing import Any
from weakref import WeakValueDictionary

from desperados.engine.errors import Contention
from desperados.engine.game import current_game

_Key = tuple[asyncio.AbstractEventLoop, Any]


# An entry lives as long as somebody waits or works. Locks belong to one event loop.
_turns: WeakValueDictionary[_Key, asyncio.Lock] = WeakValueDictionary()


@asynccontextmanager
async def in_turn(*values: Any) -> AsyncIterator[None]:
    """Wait until all who came earlier to the queues of ``values`` are done, then run the block.

    A value is the id of a document: whatever command names it, the queue is the same.

    Raises:
        Contention: the wait was longer than ``settings.transaction_deadline``.
    """
    # Everybody takes several in the same order, or two could wait for each other.
    queues = sorted(set(values), key=str)
    waits = any(_is_in_use(value) for value in queues)
    turns = [_turn_of(value) for value in queues]
    deadline = current_game().settings.transaction_deadline
    held: list[asyncio.Lock] = []
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


def _is_in_use(value: Any) -> bool:
    """Whether somebody works or waits in a queue; nobody waits for one that is not in use."""
    return (asyncio.get_running_loop(), value) in _turns


def _turn_of(value: Any) -> asyncio.Lock:
    """The lock of one queue; ``asyncio.Lock`` serves those who wait in their order."""
    key = (asyncio.get_running_loop(), value)
    turn = _turns.get(key)
    if turn is None:
        turn = _turns[key] = asyncio.Lock()
    return turn
