"""BSON values: their total order, their equality, their types and their numbers.

Every comparison in the engine goes through `order_key`: a tuple whose first member is the rank
of the BSON type and whose rest orders values within the type. Keys of values that MongoDB calls
equal (1, 1.0, NumberLong(1)) are equal and hash alike, so they also serve as dictionary keys.

https://www.mongodb.com/docs/manual/reference/bson-type-comparison-order/
"""

from __future__ import annotations

import datetime
import decimal
import math
import re
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

Doc = dict[str, Any]
Key = tuple[Any, ...]
Fold = Callable[[str], Any]


class Missing:
    """The value of a field that is not there; MongoDB tells it from null in places."""

    def __repr__(self) -> str:
        return "MISSING"

    def __bool__(self) -> bool:
        return False


MISSING: Final = Missing()

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


def _far_date_key(value: DatetimeMS, _fold: Fold | None) -> Key:
    # Outside Python's years 1 to 9999: before or after every date that Python can hold.
    return (DATE - 1 if int(value) < 0 else DATE + 1, int(value))


_BUILDERS: dict[type, Callable[[Any, Fold | None], Key]] = {
    int: lambda value, _fold: (NUMBER, value),
    Int64: lambda value, _fold: (NUMBER, value),
    float: _float_key,
    Decimal128: _decimal_key,
    str: lambda value, fold: (STRING, value if fold is None else fold(value)),
    ObjectId: lambda value, _fold: (OBJECT_ID, value.binary),
    datetime.datetime: lambda value, _fold: (DATE, value),
    DatetimeMS: _far_date_key,
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


TYPE_NAMES: dict[type, str] = {
    float: "double",
    str: "string",
    dict: "object",
    list: "array",
    bytes: "binData",
    Binary: "binData",
    ObjectId: "objectId",
    bool: "bool",
    datetime.datetime: "date",
    DatetimeMS: "date",
    type(None): "null",
    Regex: "regex",
    DBRef: "object",
    Code: "javascript",
    int: "int",
    Timestamp: "timestamp",
    Int64: "long",
    Decimal128: "decimal",
    MinKey: "minKey",
    MaxKey: "maxKey",
    Missing: "missing",
}
TYPE_NUMBERS = {
    "double": 1,
    "string": 2,
    "object": 3,
    "array": 4,
    "binData": 5,
    "undefined": 6,
    "objectId": 7,
    "bool": 8,
    "date": 9,
    "null": 10,
    "regex": 11,
    "dbPointer": 12,
    "javascript": 13,
    "symbol": 14,
    "int": 16,
    "timestamp": 17,
    "long": 18,
    "decimal": 19,
    "minKey": -1,
    "maxKey": 127,
}
NUMERIC = frozenset({int, Int64, float, Decimal128})


def type_name(value: Any) -> str:
    return TYPE_NAMES.get(type(value), "unknown")


def is_number(value: Any) -> bool:
    return type(value) in NUMERIC


def truthy(value: Any) -> bool:
    """What MongoDB's expressions and flags take for true."""
    if value is None or value is MISSING or value is False:
        return False
    if type(value) is Decimal128:
        return bool(value.to_decimal() != 0)
    return not (type(value) in NUMERIC and value == 0)


# Numbers -----------------------------------------------------------------------------------

INT32_MIN, INT32_MAX = -(2**31), 2**31 - 1
INT64_MIN, INT64_MAX = -(2**63), 2**63 - 1
DECIMAL_CONTEXT = decimal.Context(
    prec=34, Emin=-6143, Emax=6144, rounding=decimal.ROUND_HALF_EVEN, traps=[]
)


def whole(number: int, *, wide: bool) -> int | None:
    """The integer as int32, or int64 when `wide` or needed; None when it fits in neither."""
    if not wide and INT32_MIN <= number <= INT32_MAX:
        return int(number)
    if INT64_MIN <= number <= INT64_MAX:
        return Int64(number)
    return None


def to_decimal(value: Any) -> decimal.Decimal:
    if type(value) is Decimal128:
        return value.to_decimal()
    if type(value) is float:
        # As the server does: a double becomes a decimal of 15 significant digits.
        return decimal.Context(prec=15).create_decimal(value).normalize()
    return decimal.Decimal(int(value))


def from_decimal(value: decimal.Decimal) -> Decimal128:
    return Decimal128(DECIMAL_CONTEXT.create_decimal(value))


def arithmetic(
    left: Any,
    right: Any,
    operation: Callable[[Any, Any], Any],
    decimal_operation: Callable[[decimal.Decimal, decimal.Decimal], decimal.Decimal],
) -> Any:
    """Apply an operation that keeps integers whole; the wider of both types is the result's.

    Returns None when an integer result fits in 64 bits no longer: `$inc` refuses that,
    an expression goes on with a double.
    """
    kinds = (type(left), type(right))
    if Decimal128 in kinds:
        return from_decimal(decimal_operation(to_decimal(left), to_decimal(right)))
    if float in kinds:
        return float(operation(float(left), float(right)))
    return whole(operation(int(left), int(right)), wide=Int64 in kinds)


def as_int(value: Any, what: str) -> int:
    """A whole number given in any numeric type, or FailedToParse."""
    if type(value) in (int, Int64):
        return int(value)
    if type(value) is float and value.is_integer():
        return int(value)
    if type(value) is Decimal128:
        exact = value.to_decimal()
        if exact.is_finite() and exact == exact.to_integral_value():
            return int(exact)
    raise CommandError("FailedToParse", f"Expected an integer: {what}: {value!r}")


_FLAGS = {"i": re.IGNORECASE, "m": re.MULTILINE, "s": re.DOTALL, "x": re.VERBOSE, "u": 0}


def compile_regex(pattern: Any, options: str | None = None) -> re.Pattern[str]:
    """A stored or queried regular expression, ready to search with."""
    flags = 0
    if isinstance(pattern, Regex):
        flags = pattern.flags & ~re.UNICODE
        pattern = pattern.pattern
    if options is not None:
        flags = 0
        for letter in options:
            if letter not in _FLAGS:
                raise CommandError(
                    "Location51108", f"invalid flag in regex options: {letter}", number=51108
                )
            flags |= _FLAGS[letter]
    if isinstance(pattern, bytes):
        pattern = pattern.decode()
    if not isinstance(pattern, str):
        raise CommandError("BadValue", "$regex has to be a string")
    try:
        return re.compile(pattern, flags)
    except re.error as error:
        raise CommandError(
            "Location51091", f"Regular expression is invalid: {error}", number=51091
        ) from None
