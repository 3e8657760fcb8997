"""The keys of a document whose indexed paths pass through an array.

Lookups go by every combination of the values under each path, for a filter may name values of
different elements. Uniqueness goes by what stands together in one element, as MongoDB's does.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from desperados.embedded.errors import CommandError
from desperados.embedded.storage.keys import part_of, rank_of
from desperados.embedded.values.paths import Parts, is_position
from desperados.embedded.values.types import MISSING, Doc

# An empty array has one entry, which only equality to [] finds.
EMPTY_ARRAY = rank_of(3)

Fold = Callable[[str], Any]


def expand(found: list[Any], fold: Fold | None) -> list[bytes]:
    """The parts of keys of everything that lies under one path."""
    keys: list[bytes] = []
    for value in found:
        if type(value) is not list:
            keys.append(part_of(value, fold))
        elif value:
            keys.extend(part_of(item, fold) for item in value)
        else:
            keys.append(EMPTY_ARRAY)
    return list(dict.fromkeys(keys)) or [part_of(None)]


@dataclass(frozen=True, slots=True)
class _Walk:
    """One path on its way through the document."""

    value: Any
    rest: Parts
    behind: Parts = ()
    # An element of the array at the end of its path: arrays in arrays are single values.
    element: bool = False

    @property
    def at_array(self) -> bool:
        return type(self.value) is list and not self.element


def together(doc: Doc, paths: list[Parts], fold: Fold | None) -> list[tuple[bytes, ...]]:
    """The parts of what stands together: one tuple for each element of the arrays on the way.

    Raises CannotIndexParallelArrays when two paths pass through different arrays.
    """
    rows = _rows([_Walk(doc, path) for path in paths])
    return [tuple(_key(value, fold) for value in row) for row in rows]


def _key(value: Any, fold: Fold | None) -> bytes:
    return EMPTY_ARRAY if value is _EMPTY else part_of(value, fold)


_EMPTY = object()


def _rows(walks: list[_Walk]) -> list[list[Any]]:
    walks = list(map(_to_array_or_end, walks))
    arrays = {walk.behind: walk.value for walk in walks if walk.at_array}
    if not arrays:
        return [[walk.value for walk in walks]]
    if len(arrays) > 1:
        raise CommandError("CannotIndexParallelArrays", "cannot index parallel arrays", number=171)
    (members,) = arrays.values()
    if not members:
        ends = (_EMPTY, MISSING)
        return [[ends[bool(walk.rest)] if walk.at_array else walk.value for walk in walks]]
    rows = []
    for member in members:
        rows += _rows([_into(walk, member) if walk.at_array else walk for walk in walks])
    return rows


def _into(walk: _Walk, member: Any) -> _Walk:
    if walk.rest and type(member) is not dict:
        return replace(walk, value=MISSING, rest=())
    return replace(walk, value=member, element=not walk.rest)


def _to_array_or_end(walk: _Walk) -> _Walk:
    value, rest, behind = walk.value, walk.rest, walk.behind
    while rest:
        part = rest[0]
        if type(value) is list and not (is_position(part) and int(part) < len(value)):
            break
        if type(value) is list:
            value = value[int(part)]
        else:
            value = value.get(part, MISSING) if type(value) is dict else MISSING
        rest, behind = rest[1:], (*behind, part)
    return replace(walk, value=value, rest=rest, behind=behind)
