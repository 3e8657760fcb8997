"""Dates as numbers and numbers as dates: milliseconds since 1970, UTC, without a zone."""

from __future__ import annotations

import datetime
import math
from typing import Any

from bson import DatetimeMS, Decimal128, Int64, ObjectId, Timestamp

from desperados.embedded.errors import CommandError, located
from desperados.embedded.values.numbers import INT64_MAX, INT64_MIN
from desperados.embedded.values.types import is_number, type_name

Date = datetime.datetime | DatetimeMS

_EPOCH = datetime.datetime.fromtimestamp(0, datetime.UTC).replace(tzinfo=None)
_MS = datetime.timedelta(milliseconds=1)


def is_date(value: Any) -> bool:
    return isinstance(value, (datetime.datetime, DatetimeMS))


def iso(value: Date) -> str:
    if isinstance(value, DatetimeMS):
        raise located(18537, "$dateToString is only defined on year 0-9999")
    return value.isoformat(timespec="milliseconds") + "Z"


def to_ms(value: Date) -> int:
    return int(value) if isinstance(value, DatetimeMS) else (value - _EPOCH) // _MS


def from_ms(milliseconds: float) -> Date:
    """The date so many milliseconds after 1970; OverflowError beyond 64 bits."""
    number = int(milliseconds)
    if not INT64_MIN <= number <= INT64_MAX:
        raise OverflowError
    try:
        return _EPOCH + datetime.timedelta(milliseconds=number)
    except OverflowError:
        # Outside of Python's years.
        return DatetimeMS(number)


def from_date(value: Any) -> Any:
    """A date as its milliseconds, anything else as it is."""
    return Int64(to_ms(value)) if is_date(value) else value


def to_date(value: Any) -> Date:
    """A date from what `$toDate` takes; ValueError for what it does not."""
    if is_date(value):
        return value  # type: ignore[no-any-return]
    if isinstance(value, ObjectId):
        return value.generation_time.replace(tzinfo=None)
    if isinstance(value, Timestamp):
        return value.as_datetime().replace(tzinfo=None)
    if type(value) is str:
        parsed = datetime.datetime.fromisoformat(value)
        return parsed.astimezone(datetime.UTC).replace(tzinfo=None) if parsed.tzinfo else parsed
    if type(value) is Decimal128:
        return from_ms(int(value.to_decimal()))
    if is_number(value) and type(value) is not int:
        return from_ms(value)
    raise ValueError


def add_dates(values: tuple[Any, ...]) -> Date:
    dates = [value for value in values if is_date(value)]
    if len(dates) > 1:
        raise located(16612, "only one date allowed in an $add expression")
    rest = sum(float(value) for value in values if not is_date(value))
    return _moved("$add", dates[0], math.floor(rest))


def subtract_dates(left: Date, right: Any) -> Any:
    if is_date(right):
        return Int64(to_ms(left) - to_ms(right))
    if is_number(right):
        return _moved("$subtract", left, -int(right))
    raise CommandError("TypeMismatch", f"can't $subtract {type_name(right)} from date")


def _moved(name: str, date: Date, milliseconds: int) -> Date:
    try:
        return from_ms(to_ms(date) + milliseconds)
    except OverflowError:
        raise CommandError("Overflow", f"date overflow in {name}") from None
