"""References between entries: that they lead somewhere, and in which form they are stored.

Content refers to natural keys. Where the document class has an ObjectId, the referred document's
``_id`` is stored; everywhere else the key itself.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from functools import cache, partial
from typing import Any

from bson import ObjectId

from desperados.engine.manifest.content import Kind, Prefixed, Tagged, To
from desperados.engine.storage.documents import Document, stored_name
from desperados.engine.storage.fields import Shape, shape_of
from desperados.seeding.kinds import BY_NAME, VOCABULARIES
from desperados.seeding.problems import Problem
from desperados.seeding.reading import Entry, Step, World

Ids = Mapping[str, Mapping[str, Any]]
"""The ``_id`` of every document, by kind and key."""


def seeded_id(kind: Kind, key: str) -> Any:
    """The id of an entry's document: its code, or an ObjectId that follows from its key.

    The same content has the same ids in every database, so references stay true when it moves.
    """
    if kind.key == ("_id",):
        return key
    return ObjectId(hashlib.sha256(f"{kind.name}:{key}".encode()).digest()[:12])


def seeded_ids(world: World) -> dict[str, dict[str, Any]]:
    """``seeded_id`` of every entry."""
    return {
        name: {key: seeded_id(BY_NAME[name], key) for key in entries}
        for name, entries in world.items()
    }


def dangling(world: World) -> Iterator[Problem]:
    """References that lead nowhere."""
    for entries in world.values():
        for entry in entries.values():
            for link in entry.kind.links:
                yield from _follow(world, entry, link)


def _follow(world: World, entry: Entry, link: To | Prefixed | Tagged) -> Iterator[Problem]:
    for path, value in places(entry.data, link.path):
        match link:
            case To(target=target):
                yield from _look_up(world, entry, path, target, value)
            case Prefixed(targets=targets, words=words):
                if isinstance(value, str) and value in words:
                    continue
                prefix, _, key = value.partition(":") if isinstance(value, str) else ("", "", "")
                if prefix not in targets:
                    forms = ", ".join([*sorted(words), *(f"{name}:..." for name in targets)])
                    yield entry.problem(f"{value!r} is none of {forms}", *path)
                else:
                    yield from _look_up(world, entry, path, targets[prefix], key)
            case Tagged(tag=tag, value=field, targets=targets):
                if not isinstance(value, dict):
                    yield entry.problem("an object is needed", *path)
                elif isinstance(value.get(tag), str) and value[tag] in targets:
                    target = targets[value[tag]]
                    yield from _look_up(world, entry, (*path, field), target, value.get(field))


def _look_up(
    world: World, entry: Entry, path: tuple[Step, ...], target: str, key: Any
) -> Iterator[Problem]:
    if key is None:
        return  # whether a field may be empty is the document class's business
    known = VOCABULARIES[target] if target in VOCABULARIES else world[target]
    if not isinstance(key, str) or key not in known:
        yield entry.problem(f"no entry {key!r} in {target}", *path)


def places(value: Any, path: str) -> Iterator[tuple[tuple[Step, ...], Any]]:
    """The places in ``value`` that a path such as ``rewards.items[]`` names, with what is there."""
    return _places(value, _steps(path), ())


@cache
def _steps(path: str) -> tuple[str, ...]:
    return tuple(path.replace("[]", ".[]").split("."))


def _places(
    value: Any, steps: tuple[str, ...], at: tuple[Step, ...]
) -> Iterator[tuple[tuple[Step, ...], Any]]:
    if not steps:
        yield at, value
    elif steps[0] == "[]":
        if isinstance(value, list):
            for position, item in enumerate(value):
                yield from _places(item, steps[1:], (*at, position))
    elif isinstance(value, dict) and steps[0] in value:
        yield from _places(value[steps[0]], steps[1:], (*at, steps[0]))


def resolved(entry: Entry, ids: Ids) -> dict[str, Any]:
    """The entry's fields with ids instead of keys where the document class has ids.

    A key that leads nowhere gets the id that it would have: ``dangling`` names it.
    """
    data = entry.data
    for path, target in _id_paths(entry.kind):
        data = _replaced(data, _steps(path), partial(_id_of, ids, target))
    return data


def _id_of(ids: Ids, kind: str, key: str) -> Any:
    found = ids[kind].get(key)
    return seeded_id(BY_NAME[kind], key) if found is None else found


@cache
def _id_paths(kind: Kind) -> tuple[tuple[str, str], ...]:
    return tuple(
        (link.path, link.target)
        for link in kind.links
        if isinstance(link, To)
        and link.target not in VOCABULARIES
        and _is_object_id(shape_at(kind.model, _steps(link.path)))
    )


def _is_object_id(shape: Shape | None) -> bool:
    return shape is not None and shape.kind == "objectId"


def shape_at(model: type[Document], steps: tuple[str, ...]) -> Shape | None:
    """What a class declares at a path; None where it declares nothing."""
    shape: Shape | None = Shape("object", model=model)
    for step in steps:
        if shape is None:
            return None
        shape = shape.item if step == "[]" else fields_of(shape).get(step)
    return shape


def fields_of(shape: Shape) -> Mapping[str, Shape]:
    """The stored fields of an object's shape; empty for any other."""
    return {} if shape.model is None else _fields(shape.model)


@cache
def _fields(model: type[Any]) -> dict[str, Shape]:
    return {
        field.alias or stored_name(name): shape_of(field.annotation, tuple(field.metadata))
        for name, field in model.model_fields.items()
    }


def _replaced(value: Any, steps: tuple[str, ...], look_up: Callable[[str], Any]) -> Any:
    """A copy of ``value`` with what is at the path looked up; what is no text stays."""
    if not steps:
        return look_up(value) if isinstance(value, str) else value
    if steps[0] == "[]":
        if not isinstance(value, list):
            return value
        return [_replaced(item, steps[1:], look_up) for item in value]
    if not isinstance(value, dict) or steps[0] not in value:
        return value
    return {**value, steps[0]: _replaced(value[steps[0]], steps[1:], look_up)}
