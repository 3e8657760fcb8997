"""The total order and the equality of BSON values.

Every comparison in the engine goes through `order_key`: a tuple whose first member is the rank
of the BSON type and whose rest orders values within the type. Keys of values that MongoDB calls
equal (1, 1.0, NumberLong(1)) are equal and hash alike, so they also serve as dictionary keys.

https://www.mongodb.com/docs/manual/reference/bson-type-comparison-order/
"""

from __future__ import annotations

import datetime
import math
from collections.abc import Callable
from typing import Any, Final

from bson import (
    Binary,
    Code,
    DatetimeMS,
    DBRef,
    Decimal128,
    Int64,
    MaxKey,
    MinKey,
    ObjectId,
    Regex,
    Timestamp,
)

from desperados.embedded.errors import CommandError
from desperados.embedded.values.moments import Date, to_ms
from desperados.embedded.values.types import Doc, Fold, Key, Missing

NULL, NAN, NUMBER, STRING, OBJECT, ARRAY, BINARY = 5, 9, 10, 15, 20, 25, 30
OBJECT_ID, BOOLEAN, DATE, TIMESTAMP, REGEX, CODE = 35, 40, 45, 47, 50, 60
LOWEST, HIGHEST = -1, 127
NULL_KEY: Final[Key] = (NULL,)
NAN_KEY: Final[Key] = (NAN,)


def _float_key(value: float, _fold: Fold | None) -> Key:
    return (NUMBER, value) if value == value else NAN_KEY


def _decimal_key(value: Decimal128, _fold: Fold | None) -> Key:
    number = value.to_decimal()
    return NAN_KEY if number.is_nan() else (NUMBER, number)


def _document_key(value: Doc, fold: Fold | None) -> Key:
    parts: list[Any] = []
    for name, item in value.items():
        key = order_key(item, fold)
        parts.append((key[0], name, key))
    return (OBJECT, tuple(parts))


def _bytes_key(value: bytes, _fold: Fold | None) -> Key:
    return (BINARY, len(value), 0, value)


def _binary_key(value: Binary, _fold: Fold | None) -> Key:
    return (BINARY, len(value), value.subtype, bytes(value))


def _date_key(value: Date, _fold: Fold | None) -> Key:
    return (DATE, to_ms(value))


_BUILDERS: dict[type, Callable[[Any, Fold | None], Key]] = {
    int: lambda value, _fold: (NUMBER, value),
    Int64: lambda value, _fold: (NUMBER, value),
    float: _float_key,
    Decimal128: _decimal_key,
    str: lambda value, fold: (STRING, value if fold is None else fold(value)),
    ObjectId: lambda value, _fold: (OBJECT_ID, value.binary),
    datetime.datetime: _date_key,
    DatetimeMS: _date_key,
    bool: lambda value, _fold: (BOOLEAN, value),
    type(None): lambda _value, _fold: NULL_KEY,
    Missing: lambda _value, _fold: NULL_KEY,
    dict: _document_key,
    list: lambda value, fold: (ARRAY, tuple([order_key(item, fold) for item in value])),
    bytes: _bytes_key,
    Binary: _binary_key,
    Timestamp: lambda value, _fold: (TIMESTAMP, value.time, value.inc),
    Regex: lambda value, _fold: (REGEX, str(value.pattern), value.flags),
    Code: lambda value, _fold: (CODE, str(value)),
    MinKey: lambda _value, _fold: (LOWEST,),
    MaxKey: lambda _value, _fold: (HIGHEST,),
    DBRef: lambda value, fold: _document_key(dict(value.as_doc()), fold),
}


def order_key(value: Any, fold: Fold | None = None) -> Key:
    """The value's place in BSON's total order; `fold` turns strings to collation keys."""
    build = _BUILDERS.get(type(value))
    if build is None:
        raise CommandError("BadValue", f"cannot compare a value of type {type(value).__name__}")
    return build(value, fold)


def same(left: Any, right: Any) -> bool:
    """Whether two values are stored as the same bytes (equal, and of the same types)."""
    kind = type(left)
    if kind is not type(right):
        return False
    if kind is dict:
        return list(left) == list(right) and all(same(left[k], right[k]) for k in left)
    if kind is list:
        return len(left) == len(right) and all(map(same, left, right))
    if kind is float:
        return bool(left == right and math.copysign(1, left) == math.copysign(1, right)) or (
            left != left and right != right
        )
    if kind is Decimal128:
        return bool(left.bid == right.bid)
    return bool(left == right)
