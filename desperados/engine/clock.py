"""The one source of time. Nothing else in the package asks the system what time it is.

Times are timezone-aware UTC with millisecond precision, which is what BSON can hold: what was
written compares equal to what is read back.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta

# How far the clocks of our hosts, of the database's and of its monitor of expiry may be apart.
SKEW = timedelta(minutes=4)


class FrozenClock:
    """A clock that moves only when told to."""

    def __init__(self, at: datetime) -> None:
        self.at = to_milliseconds(at)

    def advance(self, seconds: float = 0, **units: float) -> datetime:
        """Move forward by ``seconds`` and by any of timedelta's other units."""
        self.at = to_milliseconds(self.at + timedelta(seconds=seconds, **units))
        return self.at


_frozen: ContextVar[FrozenClock | None] = ContextVar("desperados_clock", default=None)


def now() -> datetime:
    """The current time: UTC, aware, whole milliseconds."""
    frozen = _frozen.get()
    return frozen.at if frozen is not None else to_milliseconds(datetime.now(UTC))


def in_database() -> datetime | str:
    """This moment as an expression of a pipeline: by the database's own clock, or the frozen one.

    What many hosts must decide alike is decided by this clock, which they share.
    """
    frozen = _frozen.get()
    return frozen.at if frozen is not None else "$$NOW"


def to_milliseconds(moment: datetime) -> datetime:
    """Cut what BSON cannot store."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


@contextmanager
def frozen(at: datetime | None = None) -> Iterator[FrozenClock]:
    """Stop time at ``at`` (default: now) for this task and the tasks it starts."""
    clock = FrozenClock(at or datetime.now(UTC))
    token = _frozen.set(clock)
    try:
        yield clock
    finally:
        _frozen.reset(token)
