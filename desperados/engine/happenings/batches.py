"""Applying happenings: batches of a key, in order, exactly once for each follower.

In one transaction the oldest rows of a key (or of several) that wait for the follower are read,
applied, and the follower's name is struck off them. Whoever else has the same rows in hand writes
the same rows; one of the two runs again and finds them struck off. So it needs no lock, and what
holds a key for one worker (``engine.work``) only spares the others the trouble.

Rows are ordered by (at, _id). A row is dated when its command runs and seen when it commits, so
one may appear after a later one was applied. That happens only between commands that ran at the
same time, which have no order between them: what was committed before another command began is
applied before what that one did (as far as the clocks of the hosts agree). Commands of one
character meet at its tallies, so their happenings come in the order in which they took effect.

What must be exact for a span of time (the score of a war at its end) is added up when the span is
over for ``SETTLING_IN`` and nothing of it waits any more, as the market does with its hours.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Any

from desperados.engine import clock
from desperados.engine.happenings.documents import Happening
from desperados.engine.transactions import transactional

BATCH = 100
KEPT = timedelta(days=1)  # what all have applied, for whoever wants to know what happened

_ORDER = [("at", 1), ("_id", 1)]

Apply = Callable[[list[Happening]], Awaitable[Any]]


@transactional
async def apply_batch(follower: str, key: str, value: Any, apply: Apply) -> int:
    """Apply the oldest ``BATCH`` happenings that wait for ``follower`` and of which the field
    ``key`` has this value. Returns how many there were.

    ``apply`` gets them in their order, in the open transaction, and may be called again with the
    same ones if that meets another.
    """
    rows = await Happening.load_many({"waiting": follower, key: value}, sort=_ORDER, limit=BATCH)
    if rows:
        await apply(rows)
        await _strike(follower, rows)
    return len(rows)


@transactional
async def apply_rows(follower: str, key: str, ids: Sequence[Any], apply: Apply) -> None:
    """Apply those of some happenings that still wait for ``follower``, of several keys, in one
    transaction: most batches have few rows, and the transaction is what costs. ``apply`` is called
    for each key, whose rows must be its oldest, and does all of them or none.
    """
    where = {"_id": {"$in": list(ids)}, "waiting": follower}
    rows = await Happening.load_many(where, sort=_ORDER, limit=max(1, len(ids)))
    by_key: dict[Any, list[Happening]] = {}
    for row in rows:
        by_key.setdefault(getattr(row, key), []).append(row)
    for batch in by_key.values():
        await apply(batch)
    if rows:
        await _strike(follower, rows)


async def _strike(follower: str, rows: Sequence[Happening]) -> None:
    """Take the follower's name off rows of this transaction; those for whom nobody else waits get
    the date at which they expire. Each was read in this transaction, so if any has changed since,
    the write conflicts and all runs again."""
    last = [row.id for row in rows if row.waiting == [follower]]
    others = [row.id for row in rows if row.waiting != [follower]]
    struck: dict[str, Any] = {"$pull": {"waiting": follower}}
    if others:
        await Happening.collection().update_many({"_id": {"$in": others}}, struck)
    if last:
        expiry = {"$set": {"expiresAt": clock.now() + KEPT}}
        await Happening.collection().update_many({"_id": {"$in": last}}, {**struck, **expiry})
