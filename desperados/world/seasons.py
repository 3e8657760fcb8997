"""What the hour, the moon, the season, the month and the holidays do. Pure; for everybody.

All of it is read from the clock of the game. A factor of 1 changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from desperados.world.clock import (
    HOUR,
    HOURS_OF_DAY,
    GameTime,
    Moon,
    Period,
    Season,
    game_time,
    moment_of,
)


@dataclass(frozen=True, slots=True)
class PeriodFactors:
    """Of a part of the day: how much is seen of a crime, and how much the people are about.

    ``safety`` of the roads is for display: that the night is dangerous is a rule of travel.
    """

    detection: float
    activity: float
    safety: float


PERIODS: Mapping[Period, PeriodFactors] = {
    Period.DAWN: PeriodFactors(0.7, 0.3, 0.8),
    Period.MORNING: PeriodFactors(1, 0.8, 1),
    Period.NOON: PeriodFactors(1, 0.6, 1),
    Period.AFTERNOON: PeriodFactors(1, 1, 1),
    Period.EVENING: PeriodFactors(0.8, 1, 0.9),
    Period.NIGHT: PeriodFactors(0.5, 0.5, 0.6),
    Period.MIDNIGHT: PeriodFactors(0.3, 0.2, 0.4),
}

# How much is seen of a crime by the light of the moon.
MOONLIGHT: Mapping[Moon, float] = {
    Moon.NEW: 0.5,
    Moon.WAXING_CRESCENT: 0.7,
    Moon.FIRST_QUARTER: 0.85,
    Moon.WAXING_GIBBOUS: 1,
    Moon.FULL: 1.3,
    Moon.WANING_GIBBOUS: 1,
    Moon.LAST_QUARTER: 0.85,
    Moon.WANING_CRESCENT: 0.7,
}
_DARK = frozenset({Period.NIGHT, Period.MIDNIGHT})


@dataclass(frozen=True, slots=True)
class SeasonFactors:
    """Of a season: ``speed`` of travel (0.5 takes twice as long), danger of the roads, energy that
    anything costs, and how much the people are about."""

    speed: float
    danger: float
    energy: float
    activity: float


SEASONS: Mapping[Season, SeasonFactors] = {
    Season.SPRING: SeasonFactors(0.85, 0.9, 1, 1.1),
    Season.SUMMER: SeasonFactors(1.1, 1.2, 1.15, 0.9),
    Season.FALL: SeasonFactors(1.15, 1, 0.95, 1.15),
    Season.WINTER: SeasonFactors(0.7, 1.5, 1.2, 0.7),
}
# How dangerous a month is, from January; 5 is an ordinary one.
_MONTHS = (7, 6, 5, 4, 5, 6, 7, 8, 4, 6, 5, 6)
_ORDINARY = 5


def month_danger(month: int) -> float:
    """What a month (1 to 12) multiplies danger by: 0.98 to 1.06."""
    return 1 + (_MONTHS[month - 1] - _ORDINARY) / 50


def light_of(time: GameTime) -> float:
    """How much is seen of a crime at this hour; after dark the moon counts."""
    seen = PERIODS[time.period].detection
    return seen * MOONLIGHT[time.moon] if time.period in _DARK else seen


@dataclass(frozen=True, slots=True)
class Holiday:
    """A day of the year on which the world is another. ``price`` multiplies what shops ask,
    ``mood`` and ``regen`` are percent that are added to the mood of the people and to what comes
    back of energy; an event begins with ``event_chance`` (0 to 1); ``combat`` multiplies damage."""

    code: str
    month: int
    day: int
    price: float
    mood: int
    regen: int
    event_chance: float
    combat: float = 1


HOLIDAYS = (
    Holiday("new-years-day", 1, 1, 0.9, 15, 10, 0.2),
    Holiday("valentines", 2, 14, 1.2, 10, 5, 0.15),
    Holiday("st-patricks", 3, 17, 1, 20, -5, 0.25, combat=1.1),
    Holiday("easter", 4, 15, 0.95, 15, 10, 0.15),
    Holiday("independence", 7, 4, 1.1, 25, 15, 0.3),
    Holiday("halloween", 10, 28, 1, 5, 0, 0.5, combat=1.2),
    Holiday("dia-de-muertos", 11, 2, 1.1, 10, 5, 0.3),
    Holiday("thanksgiving", 11, 24, 1.15, 20, 20, 0.15),
    Holiday("christmas-eve", 12, 24, 1.3, 25, 10, 0.25, combat=0.5),
    Holiday("christmas", 12, 25, 0.8, 30, 15, 0.2, combat=0.3),
    Holiday("new-years-eve", 12, 28, 1.2, 20, -10, 0.3, combat=1.15),
)
_BY_DATE = {(holiday.month, holiday.day): holiday for holiday in HOLIDAYS}


def holiday_of(time: GameTime) -> Holiday | None:
    """The holiday that is on a day, if it is one."""
    return _BY_DATE.get((time.month, time.day))


def holidays_from(moment: datetime) -> Iterator[tuple[Holiday, datetime]]:
    """The holidays of a year to come with the moments at which they begin, the one that is on
    included."""
    time = game_time(moment)
    for year in (time.year, time.year + 1):
        for holiday in HOLIDAYS:
            passed = (holiday.month, holiday.day) < (time.month, time.day)
            if passed == (year > time.year):
                yield holiday, moment_of(year, holiday.month, holiday.day)


DAY = HOURS_OF_DAY * HOUR
"""How long a holiday lasts."""
