"""What services return: plain, frozen, safe to show.

Documents hold secrets and may change; a view is an allow-list of what its reader may know.
"""

from __future__ import annotations

from enum import Enum
from typing import Annotated, Any, Generic, TypeVar

from bson import ObjectId
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, GetCoreSchemaHandler
from pydantic.alias_generators import to_camel
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

T = TypeVar("T")


class Kept(Enum):
    """The one value of a parameter that was not given and leaves things as they are, where None
    (null in a request) would take something away."""

    KEPT = "kept"


KEPT = Kept.KEPT


class _IdSchema:
    """Teaches pydantic the ObjectId: an ObjectId or 24 hex digits in, hex digits out in JSON."""

    @classmethod
    def __get_pydantic_core_schema__(
        cls, _source: Any, _handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            cls._validate,
            serialization=core_schema.plain_serializer_function_ser_schema(
                cls._digits, when_used="json", return_schema=core_schema.str_schema()
            ),
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, _schema: CoreSchema, _handler: Any) -> dict[str, Any]:
        return {
            "type": "string",
            "pattern": "^[0-9a-fA-F]{24}$",
            "examples": ["65f0c0ffee0123456789abcd"],
        }

    @staticmethod
    def _digits(value: Any) -> str | None:
        return None if value is None else str(value)  # a loaded document may lack its id of another

    @staticmethod
    def _validate(value: Any) -> ObjectId:
        if isinstance(value, ObjectId):
            return value
        if isinstance(value, str) and len(value) == 24 and ObjectId.is_valid(value):
            return ObjectId(value)
        raise PydanticCustomError("object_id", "an id is 24 hexadecimal digits")


Id = Annotated[ObjectId, _IdSchema]


def told(least: int, most: int) -> Any:
    """A range that a request is told beforehand, and whose command refuses with its own errors
    what lies outside. (``Field(ge=...)`` would refuse it as ``invalid_input``.)"""
    return Field(json_schema_extra={"minimum": least, "maximum": most})


Cursor = Annotated[
    str,
    Field(
        description="the `next` of the page before; without it the list begins",
        json_schema_extra={"pattern": "^[A-Za-z0-9_-]+$", "format": "cursor"},
    ),
]
Limit = Annotated[int, Field(ge=1, le=100, description="how many items a page holds")]


class View(BaseModel):
    """Base of everything that a service returns: frozen, camelCase outside."""

    model_config = ConfigDict(
        frozen=True, alias_generator=to_camel, populate_by_name=True, defer_build=True
    )


class Page(View, Generic[T]):
    """A part of a list. Pass ``next`` as ``after`` to read on; it is null on the last page."""

    items: list[T]
    next: str | None = None


def _no_control_characters(text: str) -> str:
    if any(ord(c) < 32 or ord(c) == 127 for c in text):
        raise PydanticCustomError("control_characters", "control characters are not allowed")
    return text


Key = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_no_control_characters)]
