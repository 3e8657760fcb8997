"""What documents and the objects nested in them have in common."""

# No `from __future__ import annotations` here: pydantic evaluates the annotations of base classes
# again for each of the many subclasses, and as strings that costs 60 ms at import.

import inspect
from collections.abc import Generator, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Self, cast

from pydantic import (
    BaseModel,
    ConfigDict,
    GetJsonSchemaHandler,
    PrivateAttr,
    SerializationInfo,
    SerializerFunctionWrapHandler,
    model_serializer,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from desperados.engine.storage.conversion import readable
from desperados.engine.storage.hydration import codec_of, complete


def stored_name(attribute: str) -> str:
    """``current_location_id`` -> ``currentLocationId``; ``id`` stays, for Beanie maps it itself."""
    first, *rest = attribute.split("_")
    return first + "".join(word[:1].upper() + word[1:] for word in rest)


_set_private = BaseModel.__dict__["__pydantic_private__"].__set__


def _start_private(self: BaseModel, _context: Any, /) -> None:
    """``model_post_init`` of records: no private attribute has a value yet."""
    _set_private(self, dict.fromkeys(self.__private_attributes__))


class Record(BaseModel):
    """Base of documents and of the objects nested in them."""

    model_config = ConfigDict(
        extra="allow",
        populate_by_name=True,
        alias_generator=stored_name,
        validate_assignment=True,
        defer_build=True,
    )

    _layout: Any = PrivateAttr(default=None)
    _stored: Any = PrivateAttr(default=None)

    @classmethod
    def __pydantic_init_subclass__(cls, **options: Any) -> None:
        super().__pydantic_init_subclass__(**options)
        # Pydantic wraps model_post_init anew for each generation of classes, and each wrapper
        # starts the private attributes again: half the time of validating a nested object.
        plain = all(attribute.default is None for attribute in cls.__private_attributes__.values())
        if plain and inspect.unwrap(cls.model_post_init) is _start_private:
            cls.model_post_init = _start_private  # type: ignore[method-assign]

    @classmethod
    def hydrate(cls, raw: Mapping[str, Any]) -> Self:
        """The object for a stored mapping, which must not be used afterwards. Not validated.

        A field that the mapping lacks has its default where that is a constant, else None.

        Raises:
            CorruptValue: a field of whole numbers holds something else.
        """
        instance: Self = codec_of(cls).read(raw)
        return instance

    def to_mongo(self) -> dict[str, Any]:
        """What to store for this object, in the order in which it was stored.

        Raises:
            CorruptValue: a field of whole numbers holds something else.
        """
        return codec_of(type(self)).write(self)

    def stored(self, name: str) -> Any:
        """A nested field as it is stored, for readers that only pass it on and change nothing.

        What was not read yet is not converted for it. A field without a value is its default.
        """
        slot = codec_of(type(self)).slots[name]
        if name not in self.__dict__ and slot.stored in (self._stored or ()):
            return self._stored[slot.stored]
        return slot.give(getattr(self, name))

    if not TYPE_CHECKING:  # a type checker would believe that any attribute exists

        def __getattr__(self, name: str) -> Any:
            if name == "__pydantic_fields_set__":  # a loaded object has none until someone asks
                given = set(self.__pydantic_private__["_layout"].given)
                object.__setattr__(self, name, given)
                return given
            return super().__getattr__(name)

    def __eq__(self, other: object) -> bool:
        if type(self) is not type(other) or not isinstance(other, Record):
            return False
        complete(self)
        complete(other)
        return (
            self.__dict__ == other.__dict__ and self.__pydantic_extra__ == other.__pydantic_extra__
        )

    __hash__ = None  # type: ignore[assignment]  # mutable

    def __iter__(self) -> Generator[tuple[str, Any], None, None]:
        complete(self)
        yield from super().__iter__()

    def __repr_args__(self) -> Iterable[tuple[str | None, Any]]:
        complete(self)
        return super().__repr_args__()

    @model_serializer(mode="wrap")
    def _serialise_completed(
        self, serialise: SerializerFunctionWrapHandler, info: SerializationInfo
    ) -> dict[str, Any]:
        complete(self)
        shown = self
        if info.mode == "json":
            shown = self.model_copy()
            for values in (shown.__dict__, shown.__pydantic_extra__ or {}):
                values.update({name: readable(value) for name, value in values.items()})
        serialised: dict[str, Any] = serialise(shown)
        return serialised

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        # What is serialised has the fields of the class, not just any: it is as the fields say.
        plain = {key: part for key, part in core_schema.items() if key != "serialization"}
        return handler(cast(CoreSchema, plain))


Record.model_post_init = _start_private  # type: ignore[method-assign]


class Embedded(Record):
    """Base of objects nested in documents."""
