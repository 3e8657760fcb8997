"""Answers of commands as they are stored with a key, and as they are given again.

An answer is given again as it was, whatever has become of its class since. Where a deployment has
changed it so that it is no longer valid, it is built without being validated: a field that is new
has its default or None, a value that is no longer known stays what it was.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import PydanticUndefined


class Answers:
    """Turns results into what BSON can hold and back, by the command's return annotation."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function = function
        self._annotation: Any = None
        self._adapter: TypeAdapter[Any] | None = None

    def _of_annotation(self) -> TypeAdapter[Any]:
        if self._adapter is None:
            hints = get_type_hints(self._function, include_extras=True)
            self._annotation = hints["return"]
            self._adapter = TypeAdapter(self._annotation)
        return self._adapter

    def dump(self, result: Any) -> Any:
        """``result`` as it is stored."""
        return self._of_annotation().dump_python(result, by_alias=True)

    def load(self, stored: Any) -> Any:
        """The result that was stored, perhaps by another version of this program."""
        try:
            return self._of_annotation().validate_python(stored)
        except ValidationError:
            return rebuilt(self._annotation, stored)


def rebuilt(annotation: Any, stored: Any) -> Any:
    """``stored`` as the annotation says, as far as it still fits."""
    arguments = get_args(annotation)
    match get_origin(annotation):
        case origin if origin is Annotated and isinstance(stored, Mapping | list):
            return rebuilt(arguments[0], stored)
        case origin if origin in (Union, UnionType):
            kinds = [kind for kind in arguments if kind is not NoneType]
            if len(kinds) == 1 and stored is not None:
                return rebuilt(kinds[0], stored)
        case origin if origin is list and isinstance(stored, list):
            return [rebuilt(arguments[0], item) for item in stored]
        case origin if origin is dict and isinstance(stored, Mapping):
            return {
                _valid(arguments[0], name): rebuilt(arguments[1], item)
                for name, item in stored.items()
            }
    model = annotation if isinstance(annotation, type) else get_origin(annotation)
    if isinstance(model, type) and issubclass(model, BaseModel) and isinstance(stored, Mapping):
        return _model(model, stored)
    return _valid(annotation, stored)


def _model(model: type[BaseModel], stored: Mapping[str, Any]) -> BaseModel:
    values: dict[str, Any] = {}
    for name, info in model.model_fields.items():
        alias = info.alias or name
        if alias in stored:
            values[name] = rebuilt(info.rebuild_annotation(), stored[alias])
        else:
            default = info.get_default(call_default_factory=True, validated_data=values)
            values[name] = None if default is PydanticUndefined else default
    return model.model_construct(set(values), **values)


def _valid(annotation: Any, stored: Any) -> Any:
    try:
        return TypeAdapter(annotation).validate_python(stored)
    except ValidationError:
        return stored
