"""Dates in aggregation expressions: parts, arithmetic, truncation, text."""

from __future__ import annotations

import calendar
import datetime
import zoneinfo
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from bson import DatetimeMS, Int64

from desperados.embedded.errors import CommandError, located
from desperados.embedded.expressions.operands import Function, absent
from desperados.embedded.values.moments import to_date
from desperados.embedded.values.types import type_name


def _zone(name: Any) -> datetime.tzinfo:
    if absent(name):
        return datetime.UTC
    if name[:1] in "+-":
        digits = name[1:].replace(":", "").ljust(4, "0")
        minutes = int(digits[:2]) * 60 + int(digits[2:4])
        return datetime.timezone(
            datetime.timedelta(minutes=-minutes if name[0] == "-" else minutes)
        )
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        raise located(40485, f'unrecognized time zone identifier: "{name}"') from None


def _local(date: Any, timezone: Any) -> datetime.datetime:
    try:
        moment = to_date(date)
    except ValueError:
        raise located(16006, f"can't convert from BSON type {type_name(date)} to Date") from None
    except OverflowError:
        raise _out_of_reach() from None
    if isinstance(moment, DatetimeMS):
        raise _out_of_reach()
    with _within_reach():
        return moment.replace(tzinfo=datetime.UTC).astimezone(_zone(timezone))


def _utc(moment: datetime.datetime) -> datetime.datetime:
    with _within_reach():
        return moment.astimezone(datetime.UTC).replace(tzinfo=None)


def _out_of_reach() -> CommandError:
    return CommandError(
        "CommandNotSupported",
        "the embedded server takes apart and moves dates of the years 1 to 9999 only",
    )


@contextmanager
def _within_reach() -> Iterator[None]:
    """Refuses arithmetic that leaves Python's years."""
    try:
        yield
    except (OverflowError, ValueError):
        raise _out_of_reach() from None


def _part(read: Callable[[datetime.datetime], int]) -> Function:
    def run(date: Any, timezone: Any = None) -> Any:
        return None if absent(date) else read(_local(date, timezone))

    return Function(run, 1, 1, ("date", "timezone"), positional=True)


_UNITS = {
    "millisecond": datetime.timedelta(milliseconds=1),
    "second": datetime.timedelta(seconds=1),
    "minute": datetime.timedelta(minutes=1),
    "hour": datetime.timedelta(hours=1),
    "day": datetime.timedelta(days=1),
    "week": datetime.timedelta(weeks=1),
}
_MONTHS = {"month": 1, "quarter": 3, "year": 12}


def _shift(moment: datetime.datetime, unit: str, amount: int) -> datetime.datetime:
    with _within_reach():
        if unit in ("day", "week"):
            return moment + _UNITS[unit] * amount
        if unit in _UNITS:
            step = _UNITS[unit] * amount
            return (moment.astimezone(datetime.UTC) + step).astimezone(moment.tzinfo)
        months = moment.year * 12 + moment.month - 1 + amount * _months(unit)
        year, month = divmod(months, 12)
        day = min(moment.day, calendar.monthrange(year, month + 1)[1])
        return moment.replace(year=year, month=month + 1, day=day)


def _months(unit: str) -> int:
    if unit not in _MONTHS:
        raise located(5439013, f"unknown time unit value: {unit}")
    return _MONTHS[unit]


def _date_add(sign: int) -> Callable[..., Any]:
    def run(startDate: Any, unit: Any, amount: Any, timezone: Any = None) -> Any:  # noqa: N803
        if absent(startDate) or absent(amount):
            return None
        return _utc(_shift(_local(startDate, timezone), unit, sign * int(amount)))

    return run


_DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


def _week_start(name: Any) -> int:
    return 6 if absent(name) else _DAYS.index(str(name).lower()[:3])


def _truncate(
    date: Any,
    unit: Any,
    binSize: Any = 1,  # noqa: N803
    timezone: Any = None,
    startOfWeek: Any = None,  # noqa: N803
) -> Any:
    if absent(date):
        return None
    moment = _local(date, timezone)
    size = int(binSize)
    # Bins are counted from 2000-01-01, as the server does.
    origin = datetime.datetime(2000, 1, 1, tzinfo=moment.tzinfo)
    if unit in _MONTHS:
        months = (moment.year - 2000) * 12 + moment.month - 1
        step = _MONTHS[unit] * size
        return _utc(_shift(origin, "month", months // step * step))
    if unit == "week":
        origin += datetime.timedelta(days=(_week_start(startOfWeek) - origin.weekday()) % 7)
    if unit not in _UNITS:
        _months(unit)
    step_length = _UNITS[unit] * size
    return _utc(origin + (moment - origin) // step_length * step_length)


def _difference(
    startDate: Any,  # noqa: N803
    endDate: Any,  # noqa: N803
    unit: Any,
    timezone: Any = None,
    startOfWeek: Any = None,  # noqa: N803
) -> Any:
    if absent(startDate) or absent(endDate):
        return None
    start = _truncate(startDate, unit, 1, timezone, startOfWeek)
    end = _truncate(endDate, unit, 1, timezone, startOfWeek)
    if unit in _UNITS:
        return Int64((end - start) // _UNITS[unit])
    begin, finish = _local(start, timezone), _local(end, timezone)
    months = (finish.year - begin.year) * 12 + finish.month - begin.month
    return Int64(months // _MONTHS[unit])


_FORMATS = {
    "d": "%d",
    "G": "%G",
    "H": "%H",
    "j": "%j",
    "m": "%m",
    "M": "%M",
    "S": "%S",
    "u": "%u",
    "U": "%U",
    "V": "%V",
    "Y": "%Y",
    "b": "%b",
    "B": "%B",
}


def _to_string(
    date: Any,
    format: Any = "%Y-%m-%dT%H:%M:%S.%LZ",  # noqa: A002
    timezone: Any = None,
    onNull: Any = None,  # noqa: N803
) -> Any:
    if absent(date):
        return onNull
    moment = _local(date, timezone)
    offset = int((moment.utcoffset() or datetime.timedelta()).total_seconds() // 60)
    result, letters = "", iter(format)
    for letter in letters:
        if letter != "%":
            result += letter
            continue
        code = next(letters, "")
        if code in _FORMATS:
            text = moment.strftime(_FORMATS[code])
            result += text.zfill(4) if code in "YG" else text
        elif code == "L":
            result += f"{moment.microsecond // 1000:03d}"
        elif code == "z":
            result += f"{'-' if offset < 0 else '+'}{abs(offset) // 60:02d}{abs(offset) % 60:02d}"
        elif code == "Z":
            result += str(offset)
        elif code == "w":
            result += str(moment.isoweekday() % 7 + 1)
        elif code == "%":
            result += "%"
        else:
            raise located(18536, f"Invalid format character '%{code}' in format string")
    return result


def _from_string(**arguments: Any) -> Any:
    text = arguments["dateString"]
    if absent(text):
        return arguments.get("onNull")
    try:
        pattern: Any = arguments.get("format")
        if absent(pattern):
            moment = datetime.datetime.fromisoformat(text)
        else:
            parse = datetime.datetime.strptime
            moment = parse(text, pattern.replace("%L", "%f"))
    except (ValueError, TypeError):
        if "onError" in arguments:
            return arguments["onError"]
        raise CommandError(
            "ConversionFailure", f"Error parsing date string '{text}'", number=241
        ) from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=_zone(arguments.get("timezone")))
    return _utc(moment)


_PARTS = ("year", "month", "day", "hour", "minute", "second", "millisecond", "timezone")


def _from_parts(**parts: Any) -> Any:
    zone = _zone(parts.pop("timezone", None))
    if any(map(absent, parts.values())):
        return None
    with _within_reach():
        moment = datetime.datetime(int(parts["year"]), 1, 1, tzinfo=zone)
        moment = _shift(moment, "month", int(parts.get("month", 1)) - 1)
        moment += datetime.timedelta(
            days=int(parts.get("day", 1)) - 1,
            hours=int(parts.get("hour", 0)),
            minutes=int(parts.get("minute", 0)),
            seconds=int(parts.get("second", 0)),
            milliseconds=int(parts.get("millisecond", 0)),
        )
    return _utc(moment)


def _to_parts(date: Any, timezone: Any = None, iso8601: Any = False) -> Any:
    if absent(date):
        return None
    moment = _local(date, timezone)
    clock = {
        "hour": moment.hour,
        "minute": moment.minute,
        "second": moment.second,
        "millisecond": moment.microsecond // 1000,
    }
    if iso8601:
        year, week, day = moment.isocalendar()
        return {"isoWeekYear": year, "isoWeek": week, "isoDayOfWeek": day, **clock}
    return {"year": moment.year, "month": moment.month, "day": moment.day, **clock}


DATE_FUNCTIONS: dict[str, Function] = {
    "$year": _part(lambda moment: moment.year),
    "$month": _part(lambda moment: moment.month),
    "$dayOfMonth": _part(lambda moment: moment.day),
    "$hour": _part(lambda moment: moment.hour),
    "$minute": _part(lambda moment: moment.minute),
    "$second": _part(lambda moment: moment.second),
    "$millisecond": _part(lambda moment: moment.microsecond // 1000),
    "$dayOfYear": _part(lambda moment: moment.timetuple().tm_yday),
    "$dayOfWeek": _part(lambda moment: moment.isoweekday() % 7 + 1),
    "$week": _part(lambda moment: int(moment.strftime("%U"))),
    "$isoWeek": _part(lambda moment: moment.isocalendar()[1]),
    "$isoWeekYear": _part(lambda moment: Int64(moment.isocalendar()[0])),
    "$isoDayOfWeek": _part(lambda moment: moment.isoweekday()),
    "$dateAdd": Function(_date_add(1), 3, 3, ("startDate", "unit", "amount", "timezone")),
    "$dateSubtract": Function(_date_add(-1), 3, 3, ("startDate", "unit", "amount", "timezone")),
    "$dateDiff": Function(
        _difference, 3, 3, ("startDate", "endDate", "unit", "timezone", "startOfWeek")
    ),
    "$dateTrunc": Function(_truncate, 2, 2, ("date", "unit", "binSize", "timezone", "startOfWeek")),
    "$dateToString": Function(_to_string, 1, 1, ("date", "format", "timezone", "onNull")),
    "$dateFromString": Function(
        _from_string, 1, 1, ("dateString", "format", "timezone", "onError", "onNull")
    ),
    "$dateFromParts": Function(_from_parts, 1, 1, _PARTS),
    "$dateToParts": Function(_to_parts, 1, 1, ("date", "timezone", "iso8601")),
}
