"""The clock of the game: its hours, weekdays, months, seasons and its moon. Pure; for everybody.

It runs four times as fast as the clock on the wall: whoever can play only in the evening meets
every hour of the day within a week. A day of the game is six hours, a week of seven days 42 hours,
a month of four weeks a week, a season three weeks, a year twelve. Opening hours, routes, weekdays,
seasons and the moon follow it; limits, taxes and cooldowns do not: these run on days of UTC.

Nothing stores the time and nothing ticks it: every process reads the same from the same moment.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

SPEED = 4  # minutes of the game in a minute
HOUR = timedelta(hours=1) / SPEED
DAYS_OF_MONTH, MONTHS_OF_YEAR, DAYS_OF_WEEK, HOURS_OF_DAY = 28, 12, 7, 24
HOURS_OF_WEEK = DAYS_OF_WEEK * HOURS_OF_DAY

# At this moment it is Monday, the first of June 1885, six in the morning.
ERA = datetime(2026, 1, 1, tzinfo=UTC)
_YEAR_OF_ERA, _DAYS_BEFORE_ERA, _HOUR_OF_ERA = 1885, 5 * DAYS_OF_MONTH, 6
_MINUTES_OF_DAY = HOURS_OF_DAY * 60
_DAYS_OF_YEAR = DAYS_OF_MONTH * MONTHS_OF_YEAR


class Season(StrEnum):
    """A quarter of the year; spring is March to May."""

    SPRING = "spring"
    SUMMER = "summer"
    FALL = "fall"
    WINTER = "winter"


class Period(StrEnum):
    """A part of the day."""

    MIDNIGHT = "midnight"  # 0 to 5
    DAWN = "dawn"  # to 7
    MORNING = "morning"  # to 12
    NOON = "noon"  # to 14
    AFTERNOON = "afternoon"  # to 17
    EVENING = "evening"  # to 21
    NIGHT = "night"


class Moon(StrEnum):
    """A phase of the moon: three and a half days each, from the first of the month."""

    NEW = "new"
    WAXING_CRESCENT = "waxing_crescent"
    FIRST_QUARTER = "first_quarter"
    WAXING_GIBBOUS = "waxing_gibbous"
    FULL = "full"
    WANING_GIBBOUS = "waning_gibbous"
    LAST_QUARTER = "last_quarter"
    WANING_CRESCENT = "waning_crescent"


_SEASONS = (Season.WINTER, Season.SPRING, Season.SUMMER, Season.FALL)
_PERIOD_ENDS = tuple(zip((5, 7, 12, 14, 17, 21, HOURS_OF_DAY), Period, strict=True))
_MOONS = tuple(Moon)


@dataclass(frozen=True, slots=True)
class GameTime:
    """A minute of the game: the day of the month is 1 to 28, the weekday 1 (Monday) to 7."""

    year: int
    month: int
    day: int
    hour: int
    minute: int

    @property
    def weekday(self) -> int:
        """1 is Monday; every month begins with one."""
        return (self.day - 1) % DAYS_OF_WEEK + 1

    @property
    def hour_of_week(self) -> int:
        """Hours since Monday, 0:00."""
        return (self.weekday - 1) * HOURS_OF_DAY + self.hour

    @property
    def season(self) -> Season:
        return _SEASONS[self.month % MONTHS_OF_YEAR // 3]

    @property
    def period(self) -> Period:
        return next(period for end, period in _PERIOD_ENDS if self.hour < end)

    @property
    def moon(self) -> Moon:
        return _MOONS[(self.day - 1) * len(_MOONS) // DAYS_OF_MONTH]


def game_time(moment: datetime) -> GameTime:
    """What the clock of the game shows at ``moment``."""
    minutes = (moment - ERA) // (HOUR / 60)
    days, minute_of_day = divmod(minutes + _HOUR_OF_ERA * 60, _MINUTES_OF_DAY)
    year, day_of_year = divmod(days + _DAYS_BEFORE_ERA, _DAYS_OF_YEAR)
    month, day = divmod(day_of_year, DAYS_OF_MONTH)
    hour, minute = divmod(minute_of_day, 60)
    return GameTime(_YEAR_OF_ERA + year, month + 1, day + 1, hour, minute)


def moment_of(year: int, month: int, day: int, hour: int = 0) -> datetime:
    """The moment at which an hour of the game begins."""
    days = (year - _YEAR_OF_ERA) * _DAYS_OF_YEAR + (month - 1) * DAYS_OF_MONTH + day - 1
    hours = (days - _DAYS_BEFORE_ERA) * HOURS_OF_DAY + hour - _HOUR_OF_ERA
    return ERA + hours * HOUR


def in_hours(moment: datetime, hours: int) -> datetime:
    """The moment at which ``hours`` more have struck: after 0, the last one that did."""
    return ERA + ((moment - ERA) // HOUR + hours) * HOUR


def next_hour(moment: datetime, hour: int) -> datetime:
    """When the clock strikes ``hour`` (0 to 23) for the first time after ``moment``."""
    ahead = (hour - game_time(moment).hour) % HOURS_OF_DAY
    return in_hours(moment, ahead or HOURS_OF_DAY)


def next_hour_of_week(moment: datetime, hour: int) -> datetime:
    """When the clock strikes ``hour`` of a week (0 is Monday, 0:00) first after ``moment``."""
    ahead = (hour - game_time(moment).hour_of_week) % HOURS_OF_WEEK
    return in_hours(moment, ahead or HOURS_OF_WEEK)
