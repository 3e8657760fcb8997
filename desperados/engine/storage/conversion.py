"""Single values on their way in and out of the database."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from math import copysign
from typing import Any

from bson import (
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
    json_util,
)
from pydantic import BaseModel

from desperados.engine.errors import CorruptValue
from desperados.engine.storage.fields import MINUS_ZERO, WHOLE_LIMIT, WholeDouble

_EXTENDED = (
    bytes,
    Code,
    DatetimeMS,
    DBRef,
    Decimal128,
    MaxKey,
    MinKey,
    Regex,
    Timestamp,
)


def detach(value: Any) -> Any:
    """``value`` with its own lists and dicts, so that changes to it leave the original alone."""
    kind = type(value)
    if kind is dict:
        return {key: detach(item) for key, item in value.items()}
    if kind is list:
        return [detach(item) for item in value]
    return value


def readable(value: Any) -> Any:
    """``value`` for JSON: ids are their digits, and what JSON has no form for has that of MongoDB's
    Extended JSON, as ``{"$numberDecimal": "1.10"}``. Dates are left to pydantic."""
    if isinstance(value, ObjectId):
        return str(value)
    if isinstance(value, _EXTENDED):
        return json_util.default(value, json_util.RELAXED_JSON_OPTIONS)
    kind = type(value)
    if kind is dict:
        return {key: readable(item) for key, item in value.items()}
    if kind is list:
        return [readable(item) for item in value]
    return value


def take_whole(value: Any, model: type[BaseModel], name: str, raw: Mapping[str, Any]) -> Any:
    """A stored whole number: as it is, or a double that remembers being one.

    Raises:
        CorruptValue: it has a fraction, is out of range, or is no number at all.
    """
    kind = type(value)
    if value is None or kind is Int64:
        return value
    if kind is float and value.is_integer() and abs(value) <= WHOLE_LIMIT:
        return WholeDouble(value) if value or copysign(1, value) > 0 else MINUS_ZERO
    raise CorruptValue(
        f"{model.__name__}.{name} holds {value!r}, which is no whole number.",
        document=model.__name__,
        field=name,
        id=str(raw.get("_id", "")),
        value=repr(value),
    )


def give_whole(value: Any, model: type[BaseModel], stored: str) -> Any:
    """A whole number as it is stored.

    Raises:
        CorruptValue: it is none.
    """
    kind = type(value)
    if value is None or kind is int or kind is Int64:
        return value
    if isinstance(value, WholeDouble):
        return float(value)
    if kind is float and value.is_integer() and abs(value) <= WHOLE_LIMIT:
        return int(value)
    raise CorruptValue(
        f"{model.__name__}.{stored} must be a whole number, not {value!r}.",
        document=model.__name__,
        field=stored,
        value=repr(value),
    )


def aware(value: Any) -> Any:
    """A stored date with its time zone, which is UTC; anything else as it is."""
    if type(value) is datetime and value.tzinfo is None:
        return value.replace(tzinfo=UTC)
    return value
