"""Wanted: how much the law wants somebody, 0 to 5, as a meter that falls by itself. Pure.

It falls by one in 24 hours since the last crime; effects make it quicker (``Stat.WANTED_FALL``).
In jail it stands still: going to jail moves the moment up to which it counts by the length of the
sentence, and leaving early moves it back. So the hours since the last level are kept.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from desperados.characters.effects import Stat, ends_of, percent
from desperados.characters.participant import Participant
from desperados.engine.meters import Meter, Rate, Span, per_hour
from desperados.law.rules import HOURS_TO_FALL, MOST_WANTED_LEVEL


def wanted_of(person: Participant, now: datetime) -> Meter:
    """The wanted level of ``person`` at ``now``."""
    wants = person.wants
    if wants is None:
        return Meter(0, now, 0, MOST_WANTED_LEVEL)
    since = wants.at if wants.last_crime_at is None else max(wants.at, wants.last_crime_at)
    level = max(0, min(MOST_WANTED_LEVEL, wants.level))
    return Meter(level, since, 0, MOST_WANTED_LEVEL).after(now, falling(person, since))


def falling(person: Participant, since: datetime) -> list[Span]:
    """How fast the level falls from ``since`` on: effects end meanwhile."""
    ends = ends_of(person.effects, Stat.WANTED_FALL, since)
    return [
        Span(_rate(person, start), end)
        for start, end in zip([since, *ends], [*ends, None], strict=True)
    ]


def _rate(person: Participant, moment: datetime) -> Rate:
    speed = 100 + percent(person.effects, Stat.WANTED_FALL, moment)
    return Rate(per_hour(1, speed, parts=HOURS_TO_FALL).interval, falling=True)


def stored(meter: Meter, last_crime_at: datetime | None) -> dict[str, Any]:
    """A wanted level as ``Character.wanted`` stores it."""
    row: dict[str, Any] = {"level": meter.value, "at": meter.at}
    if last_crime_at is not None:
        row["lastCrimeAt"] = last_crime_at
    return row


def last_crime_of(person: Participant) -> datetime | None:
    """When ``person`` last committed a crime that the law knows of."""
    return person.wants.last_crime_at if person.wants is not None else None


def paused(meter: Meter, by: timedelta) -> Meter:
    """The meter when it stands still for ``by``; a negative time takes that back."""
    return Meter(meter.value, meter.at + by, meter.low, meter.high)
