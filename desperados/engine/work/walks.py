"""Walks: how a worker goes through the rows of a sweep.

A period's walk is in the hands of one worker, whose claim keeps the position. Its rows are read a
few at a time and claimed together; each is then done, or fails, by itself. What failed is tried
again apart from the walk, which goes on. If the worker dies, the walk goes on from the last
position in other hands, and the rows that it had claimed get their turn when their claims run out.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from desperados.engine.work.claims import Claims, is_held
from desperados.engine.work.finding import BATCH, due_periods
from desperados.engine.work.kinds import Sweep, piece


@dataclass(slots=True)
class Walk:
    """One period of a sweep in hand. ``position`` is the last row that had its turn."""

    sweep: Sweep
    period: datetime
    position: Any
    name: str = field(init=False)
    _rows: AsyncIterator[Any] = field(init=False)

    def __post_init__(self) -> None:
        self.name = piece(self.sweep, self.period)
        self._rows = self.sweep.rows(self.period, self.position)

    async def next_rows(self) -> dict[str, Any]:
        """The next rows by the names of their claims; fewer than ``BATCH`` are the last."""
        rows: dict[str, Any] = {}
        while len(rows) < BATCH and (row := await anext(self._rows, None)) is not None:
            rows[piece(self.sweep, self.period, row)] = row
        return rows


async def begin_walk(sweep: Sweep, claims: Claims) -> Walk | None:
    """Take the first period that is due, if nobody has it in hand; it goes on where it was left."""
    for period, known in await due_periods(sweep):
        if is_held(known):
            return None
        claim = await claims.take(sweep.name, piece(sweep, period), period=period)
        return Walk(sweep, period, claim.get("position")) if claim is not None else None
    return None
