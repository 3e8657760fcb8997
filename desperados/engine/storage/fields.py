"""Field types of stored documents: what a value may be, and how it is checked when given.

What users, the API and seeds give is validated by pydantic through these types. What the database
returns is taken over without validation by ``engine.hydration``, which reads the same annotations
through ``shape_of``.
"""

from __future__ import annotations

import math
import types
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import Enum
from typing import Annotated, Any, Union, get_args, get_origin

from bson import Int64, ObjectId
from pydantic import BaseModel, Field, GetCoreSchemaHandler
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from desperados.engine.clock import to_milliseconds
from desperados.engine.storage.far_dates import FarDate
from desperados.engine.views import Id as Id

WHOLE_LIMIT = 2**53
"""Whole numbers are stored within this distance of zero: beyond it a double is no longer exact,
and Mongoose keeps every number in one."""


class WholeDouble(int):
    """A whole number that the database holds as a double.

    It counts as the integer that it is; left alone it is written back as the double that it was,
    as ``bson.Int64`` is for a 64-bit integer.
    """

    __slots__ = ()


class _MinusZero(WholeDouble):
    """Doubles have a zero with a sign, which integers have not."""

    __slots__ = ()

    def __float__(self) -> float:
        return -0.0


MINUS_ZERO = _MinusZero()


@dataclass(frozen=True, slots=True)
class Ref:
    """Marks an id as a reference to the document class named ``target``."""

    target: str


def check_whole(value: Any) -> int:
    """``value`` as a whole number within ``WHOLE_LIMIT``. True, "5" and 1.5 are refused."""
    kind = type(value)
    if kind is float and value.is_integer():
        value = int(value)
    elif kind is not int and kind is not Int64 and not isinstance(value, WholeDouble):
        raise PydanticCustomError("whole_number", "a whole number is needed")
    if not -WHOLE_LIMIT <= value <= WHOLE_LIMIT:
        raise PydanticCustomError(
            "whole_number_range", "a whole number is at most 9007199254740992 in either direction"
        )
    whole: int = value
    return whole


def check_number(value: Any) -> float:
    """``value`` as it is, if it is a finite number: 1 stays 1 and 1.0 stays 1.0."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        if math.isfinite(value) and (isinstance(value, float) or -(2**63) <= value < 2**63):
            return value
        raise PydanticCustomError("finite_number", "a finite number of at most 64 bits is needed")
    raise PydanticCustomError("number", "a number is needed")


def check_date(value: datetime) -> datetime:
    """``value`` in UTC and whole milliseconds; one without a time zone is taken as UTC."""
    if isinstance(value, FarDate):
        return value  # from another document: it is kept
    moment = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    return to_milliseconds(moment)


@dataclass(frozen=True, slots=True)
class Numeric:
    """Marks a number with its kind: ``money``, ``integer`` or ``number``."""

    kind: str

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        check = check_number if self.kind == "number" else check_whole

        def checked(value: Any, within_bounds: Callable[[Any], Any]) -> Any:
            number = check(value)
            within_bounds(number)
            return number  # not what the bounds returned: that is a plain int or float

        return core_schema.no_info_wrap_validator_function(checked, handler(source))


@dataclass(frozen=True, slots=True)
class Moment:
    """Marks a point in time."""

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_after_validator_function(check_date, handler(source))


Money = Annotated[int, Numeric("money")]
"""A whole number of dollars, gold or silver, -2^53..2^53."""

Integer = Annotated[int, Numeric("integer")]
"""A whole number, -2^53..2^53."""

Number = Annotated[float, Numeric("number")]
"""A finite number, whole or not; what was given as an integer is stored as one."""

Percent = Annotated[Number, Field(ge=0, le=100)]
"""A number from 0 to 100."""

Standing = Annotated[Number, Field(ge=-100, le=100)]
"""A number from -100 (hated) to 100 (revered)."""

Date = Annotated[datetime, Moment()]
"""A point in time: aware, UTC, whole milliseconds."""

Mixed = Any
"""Whatever BSON can hold."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What an annotation says about the stored value.

    ``kind`` is one of objectId, string, boolean, date, money, integer, number, object (of
    ``model``), array (of ``item``), map (from strings to ``item``) and mixed. ``enum`` lists the
    allowed strings, ``target`` the document class that an id refers to.
    """

    kind: str
    optional: bool = False
    target: str | None = None
    enum: type[Enum] | None = None
    model: type[BaseModel] | None = None
    item: Shape | None = None
    metadata: tuple[Any, ...] = ()


_SCALARS: dict[Any, str] = {
    str: "string",
    bool: "boolean",
    datetime: "date",
    ObjectId: "objectId",
    Any: "mixed",
}


def shape_of(annotation: Any, metadata: tuple[Any, ...] = ()) -> Shape:
    """Read an annotation as the types of this module use it.

    Raises:
        TypeError: a document cannot have a field of this type.
    """
    origin = get_origin(annotation)
    if origin is Annotated:
        inner, *marks = get_args(annotation)
        return shape_of(inner, (*marks, *metadata))
    if origin in (Union, types.UnionType):
        (inner,) = (a for a in get_args(annotation) if a is not type(None))
        return replace(shape_of(inner, metadata), optional=True)
    if origin is list:
        return Shape("array", item=shape_of(get_args(annotation)[0]), metadata=metadata)
    if origin is dict:
        return Shape("map", item=shape_of(get_args(annotation)[1]), metadata=metadata)
    for mark in metadata:
        if isinstance(mark, Numeric):
            return Shape(mark.kind, metadata=metadata)
    if annotation in _SCALARS:
        targets = [mark.target for mark in metadata if isinstance(mark, Ref)]
        return Shape(
            _SCALARS[annotation], target=targets[0] if targets else None, metadata=metadata
        )
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return Shape("string", enum=annotation, metadata=metadata)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return Shape("object", model=annotation, metadata=metadata)
    raise TypeError(f"a document cannot hold a {annotation!r}")
