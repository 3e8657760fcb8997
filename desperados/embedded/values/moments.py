"""Dates as numbers and numbers as dates: milliseconds since 1970, UTC, without a zone."""

from __future__ import annotations

import datetime
import math
from typing import Any

from bson import Decimal128, Int64, ObjectId, Timestamp

from desperados.embedded.errors import CommandError, located
from desperados.embedded.values.types import is_number, type_name

_EPOCH = datetime.datetime.fromtimestamp(0, datetime.UTC).replace(tzinfo=None)
_MS = datetime.timedelta(milliseconds=1)


def is_date(value: Any) -> bool:
    return isinstance(value, datetime.datetime)


def iso(value: datetime.datetime) -> str:
    return value.strftime("%Y-%m-%dT%H:%M:%S.") + f"{value.microsecond // 1000:03d}Z"


def to_ms(value: datetime.datetime) -> int:
    return (value - _EPOCH) // _MS


def from_ms(milliseconds: float) -> datetime.datetime:
    return _EPOCH + datetime.timedelta(milliseconds=int(milliseconds))


def from_date(value: Any) -> Any:
    """A date as its milliseconds, anything else as it is."""
    return Int64(to_ms(value)) if is_date(value) else value


def to_date(value: Any) -> datetime.datetime:
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


def add_dates(values: tuple[Any, ...]) -> datetime.datetime:
    dates = [value for value in values if is_date(value)]
    if len(dates) > 1:
        raise located(16612, "only one date allowed in an $add expression")
    rest = sum(float(value) for value in values if not is_date(value))
    return dates[0] + datetime.timedelta(milliseconds=math.floor(rest))  # type: ignore[no-any-return]


def subtract_dates(left: datetime.datetime, right: Any) -> Any:
    if is_date(right):
        return Int64((left - right) // _MS)
    if is_number(right):
        return left - datetime.timedelta(milliseconds=int(right))
    raise CommandError("TypeMismatch", f"can't $subtract {type_name(right)} from date")
