"""Between stored documents and objects, fast and without loss.

Each class gets a ``Codec`` at its first use. A codec learns one ``Layout`` for each sequence of
field names that it meets; documents of one collection have few. With the layout known, a document
moves in a few steps of C code, and only what needs it is looked at field by field. Lists, maps and
nested objects are converted when they are first read (``Nested``): most readers of a character
never look at its thirty skills.

What is read here comes from the database and is trusted: it is not validated. Two things are
looked at all the same: a whole number must be whole, and a date must carry its time zone.

What a load and a save keep: unknown fields, the order of fields, null and missing apart, and the
BSON type of every value that was left alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from operator import itemgetter
from typing import Any, NamedTuple

from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from desperados.engine.storage.conversion import aware, detach, give_whole, take_whole
from desperados.engine.storage.far_dates import FarDate, name_places
from desperados.engine.storage.fields import Shape, WholeDouble, shape_of

Convert = Callable[[Any], Any]

LAYOUTS_LIMIT = 256
"""Layouts remembered per class. Unknown fields with ever new names must not fill the memory."""

VERSION_KEY = "__v"
_WHOLE = ("money", "integer")
_NESTED = ("object", "array", "map", "mixed")
_LATER = None  # stands in a layout for fields that do not become attributes when a document is read


class Slot(NamedTuple):
    """One field of a class: its attribute, its stored name, and how it crosses the border."""

    name: str
    stored: str
    shape: Shape
    take: Convert
    give: Convert
    default: Any
    factory: Callable[[], Any] | None

    @property
    def nested(self) -> bool:
        """Whether the field is converted when it is first read."""
        return self.shape.kind in _NESTED


class Nested:
    """A class attribute that converts a nested field at its first read, then is out of the way.

    As it has no ``__set__``, the converted value in the instance's own dict goes before it, just as
    with ``functools.cached_property``. On the class it gives what Beanie put there, the expression
    for queries.
    """

    __slots__ = ("expression", "slot")

    def __init__(self, slot: Slot, expression: Any) -> None:
        self.slot = slot
        self.expression = expression

    def __get__(self, instance: BaseModel | None, owner: type) -> Any:
        slot = self.slot
        if instance is None:
            if self.expression is None:
                raise AttributeError(slot.name)
            return self.expression
        raw = instance.__pydantic_private__["_stored"]  # type: ignore[index]
        if slot.stored in raw:
            value = slot.take(raw[slot.stored])
        else:
            value = slot.factory() if slot.factory is not None else slot.default
        instance.__dict__[slot.name] = value
        return value


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """What a sequence of stored field names says about a document, worked out once."""

    model: type[BaseModel]
    keys: tuple[str, ...]
    names: tuple[str | None, ...]  # the attribute of each stored field, or _LATER
    given: frozenset[str]
    stored: tuple[str, ...]  # the fields that become attributes at once
    pick: Callable[[dict[str, Any]], tuple[Any, ...]]
    whole: tuple[str, ...]
    whole_stored: tuple[str, ...]
    dates: tuple[str, ...]
    enums: tuple[Slot, ...]
    nested: tuple[Slot, ...]
    extras: tuple[str, ...]
    constants: dict[str, Any]
    empty: tuple[Slot, ...]  # absent, and made at the first read

    def __reduce__(self) -> tuple[Any, ...]:
        return _layout_of, (self.model, self.keys)


class Codec:
    """Reads and writes one class. ``read`` takes its mapping over: the caller must drop it."""

    def __init__(self, model: type[BaseModel]) -> None:
        self.model = model
        self.slots = {slot.name: slot for slot in _slots(model)}
        self._by_stored = {slot.stored: slot for slot in self.slots.values()}
        self._layouts: dict[tuple[str, ...], Layout] = {}
        self._first: dict[str, Any] = getattr(model, "first_extras", {})
        self.read = self._make_reader()
        self.install()

    def install(self) -> None:
        """Put a ``Nested`` on the class for each nested field."""
        for slot in self.slots.values():
            if slot.nested:
                found = self.model.__dict__.get(slot.name)
                expression = found.expression if isinstance(found, Nested) else found
                setattr(self.model, slot.name, Nested(slot, expression))

    def _make_reader(self) -> Callable[[Mapping[str, Any]], Any]:
        model = self.model
        known = self._layouts.get
        learn = self.layout
        make = model.__new__
        set_values = object.__setattr__
        # The slots that pydantic itself fills when it builds an instance. The set of given fields
        # is left to Record.__getattr__: a set less per document is less work for the collector.
        set_extra = BaseModel.__dict__["__pydantic_extra__"].__set__
        set_private = BaseModel.__dict__["__pydantic_private__"].__set__

        def read(raw: Mapping[str, Any]) -> Any:
            keys = tuple(raw)
            layout = known(keys) or learn(keys)
            if FarDate.met:
                name_places(raw, model.__name__, raw.get("_id"))
            # As long as `names`, for a layout has a name for each key. strict= costs 5 % here.
            values: dict[Any, Any] = dict(zip(layout.names, raw.values()))  # noqa: B905
            for name in layout.whole:
                if type(values[name]) is not int:
                    values[name] = take_whole(values[name], model, name, raw)
            for name in layout.dates:
                moment = values[name]
                if type(moment) is datetime:
                    if moment.tzinfo is not None:
                        break  # one decoder made them all
                    values[name] = moment.replace(tzinfo=UTC)
            for slot in layout.enums:
                values[slot.name] = slot.take(values[slot.name])
            if layout.constants:
                values.update(layout.constants)
            values.pop(_LATER, None)
            extra = {}
            for key in layout.extras:
                value = raw[key]
                extra[key] = value if type(value) is int else detach(value)
            instance = make(model)
            set_values(instance, "__dict__", values)
            set_extra(instance, extra)
            set_private(instance, {"_layout": layout, "_stored": raw})
            return instance

        return read

    def write(self, instance: BaseModel) -> dict[str, Any]:
        """What to store for ``instance``; shares no list or dict with it.

        Raises:
            CorruptValue: a field of whole numbers holds something else.
        """
        private = instance.__pydantic_private__
        assert private is not None
        layout: Layout | None = private["_layout"]
        if layout is None:
            return self._write_new(instance)
        raw: Mapping[str, Any] = private["_stored"]
        values = instance.__dict__
        out = dict(raw)
        out.update(zip(layout.stored, layout.pick(values), strict=True))
        for stored in layout.whole_stored:
            if type(out[stored]) is not int:
                out[stored] = give_whole(out[stored], self.model, stored)
        for slot in layout.enums:
            out[slot.stored] = slot.give(out[slot.stored])
        for slot in layout.nested:
            # What was never read has no attribute and goes back as it came.
            out[slot.stored] = (
                slot.give(values[slot.name]) if slot.name in values else detach(raw[slot.stored])
            )
        given = instance.__pydantic_fields_set__
        if len(given) != len(layout.given):
            for name in self.slots.keys() & given - layout.given:
                out[self.slots[name].stored] = self.slots[name].give(values[name])
        for slot in layout.empty:
            if slot.name in values and slot.stored not in out and _filled(slot, values[slot.name]):
                out[slot.stored] = slot.give(values[slot.name])
        _write_extras(instance.__pydantic_extra__ or {}, layout.extras, out)
        return out

    def _write_new(self, instance: BaseModel) -> dict[str, Any]:
        """A new instance leaves out what nobody gave and what has no value."""
        values = instance.__dict__
        given = instance.__pydantic_fields_set__
        out = {
            slot.stored: slot.give(values[name])
            for name, slot in self.slots.items()
            if values[name] is not None or name in given
        }
        extra = instance.__pydantic_extra__
        for key, value in {**self._first, **extra}.items() if extra else self._first.items():
            out[key] = plain(value)
        return out

    def layout(self, keys: tuple[str, ...]) -> Layout:
        """The layout of documents with these stored field names, in this order."""
        found = self._layouts.get(keys)
        if found is None:
            found = self._learn(keys)
            if len(self._layouts) < LAYOUTS_LIMIT:
                self._layouts[keys] = found
        return found

    def _learn(self, keys: tuple[str, ...]) -> Layout:
        present = [self._by_stored[key] for key in keys if key in self._by_stored]
        absent = [slot for slot in self.slots.values() if slot.stored not in keys]
        at_once = [slot for slot in present if not slot.nested]
        attributes = {slot.stored: slot.name for slot in at_once}
        return Layout(
            model=self.model,
            keys=keys,
            names=tuple(attributes.get(key, _LATER) for key in keys),
            given=frozenset(slot.name for slot in present),
            stored=tuple(slot.stored for slot in at_once),
            pick=_picker([slot.name for slot in at_once]),
            whole=tuple(slot.name for slot in at_once if slot.shape.kind in _WHOLE),
            whole_stored=tuple(slot.stored for slot in at_once if slot.shape.kind in _WHOLE),
            dates=tuple(slot.name for slot in at_once if slot.shape.kind == "date"),
            enums=tuple(slot for slot in at_once if slot.shape.enum is not None),
            nested=tuple(slot for slot in present if slot.nested),
            extras=tuple(key for key in keys if key not in self._by_stored),
            constants={slot.name: slot.default for slot in absent if not slot.nested},
            empty=tuple(slot for slot in absent if slot.nested),
        )


def complete(instance: BaseModel) -> None:
    """Convert the nested fields that were not read yet, for readers of the instance's own dict."""
    layout: Layout | None = (instance.__pydantic_private__ or {}).get("_layout")
    if layout is not None:
        for slot in (*layout.nested, *layout.empty):
            if slot.name not in instance.__dict__:
                getattr(instance, slot.name)


def _filled(slot: Slot, value: Any) -> bool:
    """Whether the default of a missing field was changed in place."""
    default = slot.factory() if slot.factory is not None else slot.default
    return bool(slot.give(value) != slot.give(default))


def _write_extras(extra: Mapping[str, Any], known: tuple[str, ...], out: dict[str, Any]) -> None:
    """Unknown fields: changed ones in their place, new ones last, removed ones not at all."""
    for key in known:
        if key not in extra:
            del out[key]
    for key, value in extra.items():
        out[key] = value if type(value) is int else plain(value)


_codecs: dict[type[BaseModel], Codec] = {}


def codec_of(model: type[BaseModel]) -> Codec:
    """The codec of a class, built at its first use."""
    codec = _codecs.get(model)
    if codec is None:
        codec = _codecs[model] = Codec(model)
    return codec


def install_again(model: type[BaseModel]) -> None:
    """Beanie has put its expressions on the class. A codec that is not built yet will find them."""
    codec = _codecs.get(model)
    if codec is not None:
        codec.install()


def _layout_of(model: type[BaseModel], keys: tuple[str, ...]) -> Layout:
    """How a copied or unpickled document finds its layout again."""
    return codec_of(model).layout(keys)


def plain(value: Any) -> Any:
    """``value`` in types that BSON knows, sharing no list or dict with it."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, WholeDouble):
        return float(value)
    if isinstance(value, BaseModel):
        return codec_of(type(value)).write(value)
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in value]
    return value


def _picker(names: list[str]) -> Callable[[dict[str, Any]], tuple[Any, ...]]:
    if len(names) > 1:
        return itemgetter(*names)
    return lambda values: tuple(values[name] for name in names)


def _slots(model: type[BaseModel]) -> list[Slot]:
    slots = []
    for name, info in model.model_fields.items():
        shape = shape_of(info.annotation, tuple(info.metadata))
        default = None if info.default is PydanticUndefined else info.default
        # A default that is the time or an id of this moment says nothing about a stored document.
        factory: Any = info.default_factory if isinstance(info.default_factory, type) else None
        take, give = _taker(model, name, shape), _giver(model, name, shape)
        slots.append(Slot(name, info.alias or name, shape, take, give, default, factory))
    return slots


def _same(value: Any) -> Any:
    return value


def _taker(model: type[BaseModel], name: str, shape: Shape) -> Convert:
    """The conversion of a stored value. Values of an unexpected type stay as they are."""
    if shape.enum is not None:
        members = {member.value: member for member in shape.enum}
        # A string that the enum does not know is the database's, and is kept.
        return lambda value: members.get(value, value) if type(value) is str else value
    if shape.model is not None:
        nested = shape.model
        return lambda value: codec_of(nested).read(value) if type(value) is dict else value
    if shape.kind in _WHOLE:
        return lambda value: value if type(value) is int else take_whole(value, model, name, {})
    if shape.kind == "date":
        return aware
    if shape.kind == "mixed":
        return detach
    if shape.item is None:
        return _same
    take = _taker(model, name, shape.item)
    if shape.kind == "array":
        return lambda value: [take(item) for item in value] if type(value) is list else value
    return lambda value: (
        {key: take(item) for key, item in value.items()} if type(value) is dict else value
    )


def _giver(model: type[BaseModel], name: str, shape: Shape) -> Convert:
    """The conversion of an attribute into what is stored."""
    if shape.enum is not None:
        return lambda value: value._value_ if isinstance(value, Enum) else value
    if shape.kind in _WHOLE:
        return lambda value: value if type(value) is int else give_whole(value, model, name)
    if shape.kind in ("object", "mixed"):
        return plain
    if shape.item is None:
        return _same
    give = _giver(model, name, shape.item)
    if shape.kind == "array":
        return lambda value: [give(item) for item in value] if type(value) is list else plain(value)
    return lambda value: (
        {str(key): give(item) for key, item in value.items()}
        if type(value) is dict
        else plain(value)
    )
