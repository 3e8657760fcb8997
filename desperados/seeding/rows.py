"""From entries to what is stored, validated against the document class and the extra fields."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import bson
from bson.errors import BSONError
from pydantic import ValidationError

from desperados.engine.manifest.content import Content, Kind
from desperados.engine.storage.documents import stored_name
from desperados.engine.storage.fields import Shape
from desperados.seeding.derived import first_values
from desperados.seeding.linking import Ids, fields_of, resolved
from desperados.seeding.problems import Problem
from desperados.seeding.reading import Entry, Step, World


@dataclass(slots=True)
class Row:
    """A document as it is stored. ``content`` names the fields that seeding again may write."""

    entry: Entry
    document: dict[str, Any]
    content: tuple[str, ...]


Rows = dict[str, list[Row]]


def make_rows(world: World, ids: Ids) -> tuple[Rows, list[Problem]]:
    """The documents of all entries, and what is wrong with those that are none.

    Kinds without a document class are checked and have no rows.
    """
    rows: Rows = {}
    problems: list[Problem] = []
    for name, entries in world.items():
        made = rows.setdefault(name, [])
        for entry in entries.values():
            result = _row(entry, ids)
            if isinstance(result, Row):
                made.append(result)
            else:
                problems += result
    return rows, problems


def _row(entry: Entry, ids: Ids) -> Row | list[Problem]:
    kind = entry.kind
    declared = declared_fields(kind)
    known = _extra_fields(kind.extras)
    problems = [
        entry.problem("there is no such field", field)
        for field in entry.data
        if field not in declared and field not in known
    ]
    extras = {name: value for name, value in entry.data.items() if name in known}
    try:
        kind.extras.model_validate(extras)
    except ValidationError as error:
        problems += _problems(entry, error)
    data = {**first_values(entry), **resolved(entry, ids)}
    for name, shape in declared.items():
        if name in data:
            problems += _unknown(entry, shape, data[name], (name,))
    try:
        document = kind.model.model_validate({**data, "_id": ids[kind.name][entry.key]})
    except ValidationError as error:
        problems += _problems(entry, error)
    if problems:
        return problems
    stored = document.to_mongo()
    problems = [
        entry.problem("the database cannot hold this value", name)
        for name, value in stored.items()
        if not _storable(value)
    ]
    content = tuple(name for name in entry.data if name not in kind.owned and name not in kind.key)
    return problems or Row(entry, stored, content)


@cache
def declared_fields(kind: Kind) -> dict[str, Shape]:
    """The fields of the document class by stored name; the id only where it is the natural key."""
    fields = dict(fields_of(Shape("object", model=kind.model)))
    if kind.key != ("_id",):
        del fields["_id"]
    return fields


@cache
def _extra_fields(model: type[Content]) -> frozenset[str]:
    return frozenset(stored_name(name) for name in model.model_fields)


def _storable(value: Any) -> bool:
    """YAML knows more than BSON: dates without a time, sets, integers of any size."""
    try:
        bson.encode({"": value})
    except (BSONError, OverflowError):
        return False
    return True


def _unknown(entry: Entry, shape: Shape, value: Any, path: tuple[Step, ...]) -> Iterator[Problem]:
    """Fields of nested objects that the class does not declare.

    The classes keep such fields, for databases have them. In content they are misspelt ones.
    """
    if shape.kind == "array" and shape.item and isinstance(value, list):
        for position, item in enumerate(value):
            yield from _unknown(entry, shape.item, item, (*path, position))
    elif shape.kind == "object" and isinstance(value, dict):
        fields = fields_of(shape)
        for name, item in value.items():
            if name in fields:
                yield from _unknown(entry, fields[name], item, (*path, name))
            else:
                yield entry.problem("there is no such field", *path, name)


def _problems(entry: Entry, error: ValidationError) -> Iterator[Problem]:
    for detail in error.errors(include_url=False, include_context=False):
        message = detail["msg"].removeprefix("Value error, ")
        if detail["type"] == "missing":
            message = "the field is missing"
        elif detail["type"] in ("extra_forbidden", "unexpected_keyword_argument"):
            message = "there is no such field"
        yield entry.problem(message[:1].lower() + message[1:], *detail["loc"])
