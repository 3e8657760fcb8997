"""BSON's types: what a value is called, and which values are numbers or count as true."""

from __future__ import annotations

import datetime
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
