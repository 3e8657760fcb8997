"""Between stored documents and objects, fast and without loss.

Each class gets a ``Codec`` at its first use. A codec learns one ``Layout`` for each sequence of
field names that it meets; documents of one collection have few. With the layout known, most of a
document moves in one step of C code, and only what needs it is converted field by field.

What is read here comes from the database and is trusted: it is not validated. Two things are
looked at all the same: a whole number must be whole, and a date must carry its time zone.

What a load and a save keep: unknown fields, the order of fields, null and missing apart, and the
BSON type of every value that was left alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum
from operator import itemgetter
from typing import Any, NamedTuple

from bson import Int64
from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from desperados.engine.errors import GameError
from desperados.engine.fields import WHOLE_LIMIT, Shape, WholeDouble, shape_of

Convert = Callable[[Any], Any]

LAYOUTS_LIMIT = 256
"""Layouts remembered per class. Unknown fields with ever new names must not fill the memory."""

VERSION_KEY = "__v"
_WHOLE = ("money", "integer")
_EXTRA = None  # stands in a layout where an unknown field stands in the document


class CorruptValue(GameError):
    """A stored value cannot be what its field says; repair it before it is used."""


class Slot(NamedTuple):
    """One field of a class: its attribute, its stored name, and how it crosses the border."""

    name: str
    stored: str
    shape: Shape
    take: Convert | None
    give: Convert | None
    default: Any
    factory: Callable[[], Any] | None


@dataclass(slots=True, eq=False)
class Layout:
    """What a sequence of stored field names says about a document, worked out once."""

    model: type[BaseModel]
    keys: tuple[str, ...]
    names: tuple[str | None, ...]
    stored: tuple[str, ...]
    pick: Callable[[dict[str, Any]], tuple[Any, ...]]
    given: frozenset[str]
    whole: tuple[str, ...]
    whole_stored: tuple[str, ...]
    dates: tuple[str, ...]
    takers: tuple[tuple[str, Convert], ...]
    givers: tuple[tuple[str, Convert], ...]
    extras: tuple[str, ...]
    extras_last: bool
    constants: dict[str, Any]
    factories: tuple[tuple[str, Callable[[], Any], Convert], ...]
    wider: dict[frozenset[str], Layout] = field(default_factory=dict)

    def __reduce__(self) -> tuple[Any, ...]:
        return _layout_of, (self.model, self.keys)


class Codec:
    """Reads and writes one class. ``read`` takes its mapping over: the caller must drop it."""

    def __init__(self, model: type[BaseModel]) -> None:
        self.model = model
        self._first: dict[str, Any] = getattr(model, "first_extras", {})
        self.slots = {slot.name: slot for slot in _slots(model)}
        self._by_stored = {slot.stored: slot for slot in self.slots.values()}
        self._layouts: dict[tuple[str, ...], Layout] = {}
        self._optional = tuple(name for name, slot in self.slots.items() if slot.default is None)
        self.read = self._make_reader()

    def _make_reader(self) -> Callable[[Mapping[str, Any]], Any]:
        model = self.model
        known = self._layouts.get
        learn = self.layout
        make = model.__new__
        set_values = object.__setattr__
        # The slots that pydantic itself fills when it builds an instance.
        set_given = BaseModel.__dict__["__pydantic_fields_set__"].__set__
        set_extra = BaseModel.__dict__["__pydantic_extra__"].__set__
        set_private = BaseModel.__dict__["__pydantic_private__"].__set__

        def read(raw: Mapping[str, Any]) -> Any:
            keys = tuple(raw)
            layout = known(keys) or learn(keys)
            values: dict[Any, Any] = dict(zip(layout.names, raw.values(), strict=True))
            for name in layout.whole:
                if type(values[name]) is not int:
                    values[name] = take_whole(values[name], model, name, raw)
            for name in layout.dates:
                moment = values[name]
                if type(moment) is datetime and moment.tzinfo is None:
                    values[name] = moment.replace(tzinfo=UTC)
            for name, take in layout.takers:
                values[name] = take(values[name])
            if layout.constants:
                values.update(layout.constants)
            for name, factory, _ in layout.factories:
                values[name] = factory()
            extra: dict[str, Any] = {}
            if layout.extras:
                del values[_EXTRA]
                for key in layout.extras:
                    extra[key] = detach(raw[key])
            instance = make(model)
            set_values(instance, "__dict__", values)
            set_given(instance, set(layout.given))
            set_extra(instance, extra)
            set_private(instance, {"_layout": layout, "_stored": raw})
            return instance

        return read

    def write(self, instance: BaseModel) -> dict[str, Any]:
        """What to store for ``instance``; shares no list or dict with it.

        Raises:
            CorruptValue: a field of whole numbers holds something else.
        """
        values = instance.__dict__
        given = instance.__pydantic_fields_set__
        extra = instance.__pydantic_extra__
        layout: Layout | None = instance.__pydantic_private__["_layout"]  # type: ignore[index]
        if layout is None:
            layout = self._layout_of_new(values, given)
            extra = {**self._first, **(extra or {})}
        elif len(given) != len(layout.given) or (
            layout.factories and _touched(layout.factories, values)
        ):
            layout = self._widened(layout, values, given)
        out = dict(zip(layout.stored, layout.pick(values), strict=True))
        for name in layout.whole_stored:
            if type(out[name]) is not int:
                out[name] = give_whole(out[name], self.model, name)
        for name, give in layout.givers:
            out[name] = give(out[name])
        if not extra:
            return out
        if not layout.extras_last:
            return self._in_order(layout.keys, out, extra)
        for key, value in extra.items():
            out[key] = value if type(value) is int else plain(value)
        return out

    @staticmethod
    def _in_order(
        order: tuple[str, ...], out: dict[str, Any], extra: dict[str, Any]
    ) -> dict[str, Any]:
        merged = out | {key: plain(value) for key, value in extra.items()}
        ordered = {key: merged.pop(key) for key in order if key in merged}
        return ordered | merged

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
        extras = tuple(key for key in keys if key not in self._by_stored)
        trailing = keys[len(present) :] == extras
        return Layout(
            model=self.model,
            keys=keys,
            names=tuple(
                self._by_stored[key].name if key in self._by_stored else _EXTRA for key in keys
            ),
            stored=tuple(slot.stored for slot in present),
            pick=_picker([slot.name for slot in present]),
            given=frozenset(slot.name for slot in present),
            whole=tuple(slot.name for slot in present if slot.shape.kind in _WHOLE),
            whole_stored=tuple(slot.stored for slot in present if slot.shape.kind in _WHOLE),
            dates=tuple(slot.name for slot in present if slot.shape.kind == "date"),
            takers=tuple((slot.name, slot.take) for slot in present if slot.take),
            givers=tuple((slot.stored, slot.give) for slot in present if slot.give),
            extras=extras,
            extras_last=trailing,
            constants={slot.name: slot.default for slot in absent if slot.factory is None},
            factories=tuple(
                (slot.name, slot.factory, slot.give or plain) for slot in absent if slot.factory
            ),
        )

    def _layout_of_new(self, values: dict[str, Any], given: set[str]) -> Layout:
        """A new instance leaves out what nobody gave and what has no default but None."""
        omitted = {name for name in self._optional if values[name] is None and name not in given}
        return self.layout(
            tuple(slot.stored for slot in self.slots.values() if slot.name not in omitted)
        )

    def _widened(self, layout: Layout, values: dict[str, Any], given: set[str]) -> Layout:
        """The layout with the fields that the stored document lacked and that were set since."""
        touched = _touched(layout.factories, values)
        added = frozenset((given | touched) & self.slots.keys()) - layout.given
        if not added:
            return layout
        wider = layout.wider.get(added)
        if wider is None:
            new = tuple(slot.stored for slot in self.slots.values() if slot.name in added)
            wider = self._learn(layout.keys + new)
            if len(layout.wider) < LAYOUTS_LIMIT:
                layout.wider[added] = wider
        return wider


def _touched(
    factories: tuple[tuple[str, Callable[[], Any], Convert], ...], values: dict[str, Any]
) -> set[str]:
    """The fields that the stored document lacked and whose default was changed in place."""
    touched = set()
    for name, make, give in factories:
        value = values[name]
        kind = type(value)
        if bool(value) if kind is list or kind is dict else give(value) != give(make()):
            touched.add(name)
    return touched


_codecs: dict[type[BaseModel], Codec] = {}


def codec_of(model: type[BaseModel]) -> Codec:
    """The codec of a class, built at its first use."""
    codec = _codecs.get(model)
    if codec is None:
        codec = _codecs[model] = Codec(model)
    return codec


def _layout_of(model: type[BaseModel], keys: tuple[str, ...]) -> Layout:
    """How a copied or unpickled document finds its layout again."""
    return codec_of(model).layout(keys)


def detach(value: Any) -> Any:
    """``value`` with its own lists and dicts, so that changes to it leave the original alone."""
    kind = type(value)
    if kind is dict:
        return {key: detach(item) for key, item in value.items()}
    if kind is list:
        return [detach(item) for item in value]
    return value


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


def take_whole(value: Any, model: type[BaseModel], name: str, raw: Mapping[str, Any]) -> Any:
    """A stored whole number: as it is, or a double that remembers being one.

    Raises:
        CorruptValue: it has a fraction, is out of range, or is no number at all.
    """
    kind = type(value)
    if value is None or kind is Int64:
        return value
    if kind is float and value.is_integer() and abs(value) <= WHOLE_LIMIT:
        return WholeDouble(value)
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
    if kind is WholeDouble:
        return float(value)
    if kind is float and value.is_integer() and abs(value) <= WHOLE_LIMIT:
        return int(value)
    raise CorruptValue(
        f"{model.__name__}.{stored} must be a whole number, not {value!r}.",
        document=model.__name__,
        field=stored,
        value=repr(value),
    )


def _picker(names: list[str]) -> Callable[[dict[str, Any]], tuple[Any, ...]]:
    if len(names) > 1:
        return itemgetter(*names)
    return lambda values: tuple(values[name] for name in names)


def _slots(model: type[BaseModel]) -> list[Slot]:
    slots = []
    for name, info in model.model_fields.items():
        shape = shape_of(info.annotation, tuple(info.metadata))
        factory: Any = info.default_factory
        default = None if info.default is PydanticUndefined else info.default
        if factory is not None and not _makes_the_same(factory):
            factory = None
        stored = info.alias or name
        slots.append(
            Slot(
                name,
                stored,
                shape,
                _taker(model, name, shape),
                _giver(model, name, shape),
                default,
                factory,
            )
        )
    return slots


def _makes_the_same(factory: Any) -> bool:
    """Whether a default is empty or fixed, rather than the time or an id of this moment."""
    return isinstance(factory, type)


def _taker(model: type[BaseModel], name: str, shape: Shape) -> Convert | None:
    """The conversion of a stored value, or None where it is taken as it is.

    Whole numbers and dates at the top of a document have their own loop in ``Codec.read``.
    """
    if shape.enum is not None:
        return _enum_taker(shape.enum)
    if shape.model is not None:
        read_object = codec_of(shape.model).read
        return lambda value: read_object(value) if type(value) is dict else value
    if shape.kind == "mixed":
        return detach
    if shape.kind == "array":
        assert shape.item is not None
        return _list_taker(_item_taker(model, name, shape.item))
    if shape.kind == "map":
        assert shape.item is not None
        return _map_taker(_item_taker(model, name, shape.item))
    return None


def _list_taker(take: Convert | None) -> Convert:
    if take is None:
        return lambda value: list(value) if type(value) is list else value
    return lambda value: [take(item) for item in value] if type(value) is list else value


def _map_taker(take: Convert | None) -> Convert:
    if take is None:
        return lambda value: dict(value) if type(value) is dict else value
    return lambda value: (
        {key: take(item) for key, item in value.items()} if type(value) is dict else value
    )


def _enum_taker(enum: type[Enum]) -> Convert:
    members = {member.value: member for member in enum}
    # A string that the enum does not know stays a string: it is the database's, and is kept.
    return lambda value: members.get(value, value) if type(value) is str else value


def _item_taker(model: type[BaseModel], name: str, shape: Shape) -> Convert | None:
    if shape.kind in _WHOLE:
        return lambda value: value if type(value) is int else take_whole(value, model, name, {})
    if shape.kind == "date":
        return lambda value: (
            value.replace(tzinfo=UTC) if type(value) is datetime and value.tzinfo is None else value
        )
    return _taker(model, name, shape)


def _giver(model: type[BaseModel], name: str, shape: Shape) -> Convert | None:
    """The conversion of an attribute into what is stored, or None where it goes as it is."""
    if shape.enum is not None:
        return lambda value: value._value_ if isinstance(value, Enum) else value
    if shape.model is not None:
        write_object = codec_of(shape.model).write
        expected = shape.model
        return lambda value: write_object(value) if type(value) is expected else plain(value)
    if shape.kind == "mixed":
        return plain
    if shape.kind == "array":
        assert shape.item is not None
        return _list_giver(_item_giver(model, name, shape.item))
    if shape.kind == "map":
        assert shape.item is not None
        return _map_giver(_item_giver(model, name, shape.item))
    return None


def _list_giver(give: Convert | None) -> Convert:
    if give is None:
        return lambda value: list(value) if type(value) is list else plain(value)
    return lambda value: [give(item) for item in value] if type(value) is list else plain(value)


def _map_giver(give: Convert | None) -> Convert:
    def write(value: Any) -> Any:
        if type(value) is not dict:
            return plain(value)
        if give is None:
            return dict(value)
        return {str(key): give(item) for key, item in value.items()}

    return write


def _item_giver(model: type[BaseModel], name: str, shape: Shape) -> Convert | None:
    if shape.kind in _WHOLE:
        return lambda value: value if type(value) is int else give_whole(value, model, name)
    return _giver(model, name, shape)
