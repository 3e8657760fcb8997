"""Crowds: one command sent many times at once, and what came of it."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from desperados.engine.errors import GameError


@dataclass(frozen=True, slots=True)
class Outcomes:
    """``answers`` of the calls that were carried out; ``refusals`` of the others."""

    answers: tuple[Any, ...]
    refusals: tuple[GameError, ...]

    @property
    def done(self) -> int:
        """How many were carried out."""
        return len(self.answers)

    @property
    def refused(self) -> dict[str, int]:
        """How many were refused, by the code of the error."""
        return dict(Counter(refusal.code for refusal in self.refusals))


async def hammer(command: Callable[[], Awaitable[Any]], times: int) -> Outcomes:
    """Call ``command`` ``times`` times at once, and wait for all.

        outcomes = await hammer(lambda: economy.transfer(jane, bill, 60), 10)
        assert outcomes.done == 1
        assert outcomes.refused == {"insufficient_funds": 9}

    Raises:
        ExceptionGroup: errors that are no refusals of the game: faults.
    """
    results = await asyncio.gather(*(command() for _ in range(times)), return_exceptions=True)
    faults = [r for r in results if isinstance(r, BaseException) and not isinstance(r, GameError)]
    if faults:
        raise BaseExceptionGroup(f"{len(faults)} of {times} calls failed", faults)
    return Outcomes(
        tuple(result for result in results if not isinstance(result, GameError)),
        tuple(result for result in results if isinstance(result, GameError)),
    )
