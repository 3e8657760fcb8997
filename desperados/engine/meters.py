"""Meters: numbers that grow or fall by themselves. Pure functions; nobody ticks.

A meter is a value and the moment up to which it counts; what it is at any later moment follows from
the rates in between. Energy, health, wanted levels and decay of every kind are meters.

A point that is under way takes the time of the rate that held when it began. So all moments are
whole milliseconds, however often a meter is read or written the result is the same to the last
point, and a change of rate neither gives nor takes any of a point that is under way.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

_MILLISECOND = timedelta(milliseconds=1)
_HOUR = 3_600_000  # milliseconds


@dataclass(frozen=True, slots=True)
class Rate:
    """One point in each ``interval``, towards the upper bound or, ``falling``, towards the lower.

    The interval is whole milliseconds. None stands still.
    """

    interval: timedelta | None
    falling: bool = False

    def __post_init__(self) -> None:
        if self.interval is not None and self.interval < _MILLISECOND:
            raise ValueError("A point takes a millisecond at least.")


STILL = Rate(None)


def per_hour(points: int, percent: int = 100, *, parts: int = 1) -> Rate:
    """``percent`` of ``points / parts`` points in an hour; the interval is rounded up, so that no
    meter is faster than it should be. Nothing, or less, stands still.
    """
    speed = points * percent
    if speed <= 0:
        return STILL
    return Rate(max(1, -(-_HOUR * 100 * parts // speed)) * _MILLISECOND)


@dataclass(frozen=True, slots=True)
class Span:
    """A rate, and until when it holds (not included); None: from then on for ever."""

    rate: Rate
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Meter:
    """``value`` points as of ``at``, between ``low`` and ``high``.

    A value outside the bounds (staff gave more than fits, or the bounds moved) stands still until
    it is used; it is not cut.
    """

    value: int
    at: datetime
    low: int
    high: int

    def after(self, now: datetime, spans: Sequence[Span]) -> Meter:
        """The meter at ``now``: its points by then, and since when the next one is under way.

        ``spans`` follow each other and reach beyond ``now``. An earlier moment changes nothing.
        """
        value, at = self.value, self.at
        for span in spans:
            if at >= now:
                break
            ends = now if span.until is None else span.until
            if at >= ends:
                continue
            interval = span.rate.interval
            room = max(0, value - self.low if span.rate.falling else self.high - value)
            if interval is None or room == 0:
                at = min(ends, now)  # nothing is under way
                continue
            begun = min(room, -((at - ends) // interval))  # points that begin before the end
            complete = min(begun, (now - at) // interval)
            value += -complete if span.rate.falling else complete
            at += complete * interval
            if complete < begun:
                break  # the next point is under way, at this rate
            if complete == room:
                at = max(at, min(ends, now))
        return replace(self, value=value, at=max(at, self.at))

    def changed(self, by: int) -> Meter:
        """With ``by`` points more or less, not beyond the bound on that side.

        The meter is as of now: whoever changes it has advanced it (``after``).
        """
        if by >= 0:
            value = max(self.value, min(self.high, self.value + by))
        else:
            value = min(self.value, max(self.low, self.value + by))
        return replace(self, value=value)

    def rerated(self, now: datetime, old: Rate, new: Rate) -> Meter:
        """The meter, which is as of ``now``, when its rate changes from ``old`` to ``new``: the
        point that is under way is complete at the moment at which it would have been.
        """
        room = self.value - self.low if old.falling else self.high - self.value
        if old.interval is None or new.interval is None or room <= 0:
            return replace(self, at=now)
        return replace(self, at=self.at + old.interval - new.interval)

    def reaches(self, target: int, now: datetime, spans: Sequence[Span]) -> datetime | None:
        """When the meter, which is as of ``now``, comes to ``target``; None if it never does."""
        value, at = self.value, self.at
        for span in spans:
            missing = value - target if span.rate.falling else target - value
            if missing <= 0:
                return max(at, now)
            if span.rate.interval is None:
                at = at if span.until is None else max(at, span.until)
                continue
            if span.until is None:
                return at + missing * span.rate.interval
            begun = max(0, -((at - span.until) // span.rate.interval))
            points = min(begun, missing)
            at += points * span.rate.interval
            value += -points if span.rate.falling else points
            if points == missing:
                return at
        return None
