"""When things are held that come again and again: by the calendar of days in UTC. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time


@dataclass(frozen=True, slots=True)
class Schedule:
    """At an hour (0 to 23, UTC) of every day, or of those days of the week (1 is Monday), of the
    month and in the month that it names."""

    hour: int
    weekday: int | None = None
    day: int | None = None
    month: int | None = None

    def on(self, day: date) -> datetime | None:
        """The moment on this day; None if it is not a day of it."""
        named = ((self.weekday, day.isoweekday()), (self.day, day.day), (self.month, day.month))
        if any(wanted not in (None, found) for wanted, found in named):
            return None
        return datetime.combine(day, time(self.hour), tzinfo=UTC)
