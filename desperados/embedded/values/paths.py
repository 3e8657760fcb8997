"""Dotted paths through documents and arrays, as queries and indexes follow them."""

from __future__ import annotations

from typing import Any

from desperados.embedded.values.types import MISSING, Doc

Parts = tuple[str, ...]

_POSITION_DIGITS = 10


def resolve(value: Any, parts: Parts, at: int, found: list[Any], *, elements: bool = False) -> None:
    """Append everything that the path reaches, MISSING where a branch ends early.

    An array on the way stands for each document in it, and for its element of that number; what
    else is in it (arrays too) has no fields. With `elements` an array at the end of the path
    stands for its elements besides itself, unless the path names it by its number.
    """
    if at == len(parts):
        found.append(value)
        if elements and type(value) is list:
            found.extend(value)
        return
    part = parts[at]
    if type(value) is dict:
        if part in value:
            resolve(value[part], parts, at + 1, found, elements=elements)
        else:
            found.append(MISSING)
    elif type(value) is list:
        _through(value, parts, at, found, elements=elements)
    else:
        found.append(MISSING)


def _through(items: list[Any], parts: Parts, at: int, found: list[Any], *, elements: bool) -> None:
    """Follow a path on into an array."""
    for item in items:
        if type(item) is dict:
            resolve(item, parts, at, found, elements=elements)
    number = position_of(parts[at])
    if number is None or number >= len(items):
        return
    item = items[number]
    if at + 1 == len(parts):
        found.append(item)
    elif type(item) is dict:
        resolve(item, parts, at + 1, found, elements=elements)
    elif type(item) is list:
        _through(item, parts, at + 1, found, elements=elements)


def position_of(part: str) -> int | None:
    """The number of an element that a part of a path may name: digits, no zeros in front."""
    if not is_position(part) or (part[0] == "0" and part != "0"):
        return None
    return int(part)


def is_position(part: str) -> bool:
    """Whether a part of a path, where it meets an array, is the number of an element: digits.

    Other scripts have digits, too, which are none here; and no array is that long.
    """
    return part.isascii() and part.isdigit() and len(part) <= _POSITION_DIGITS


def values_at(doc: Doc, parts: Parts) -> list[Any]:
    """Everything that a path reaches in a document."""
    if len(parts) == 1:
        return [doc.get(parts[0], MISSING)]
    found: list[Any] = []
    resolve(doc, parts, 0, found)
    return found


def value_at(doc: Any, parts: Parts) -> Any:
    """The one value under a path that passes through documents only, else MISSING."""
    for part in parts:
        if type(doc) is not dict or part not in doc:
            return MISSING
        doc = doc[part]
    return doc


def walk(value: Any, parts: Parts) -> Any:
    """Follow a field path; through an array it gives the list of what its documents have."""
    for depth, part in enumerate(parts):
        if type(value) is dict:
            value = value.get(part, MISSING)
        elif type(value) is list:
            rest = parts[depth:]
            found = [walk(item, rest) for item in value if type(item) is dict]
            return [item for item in found if item is not MISSING]
        else:
            return MISSING
    return value


def set_path(doc: Doc, parts: Parts, value: Any) -> Doc:
    """A copy of the document with the value under the path, copying only along the path."""
    fresh = dict(doc)
    if len(parts) == 1:
        fresh[parts[0]] = value
    else:
        inner = fresh.get(parts[0])
        fresh[parts[0]] = set_path(inner if type(inner) is dict else {}, parts[1:], value)
    return fresh
