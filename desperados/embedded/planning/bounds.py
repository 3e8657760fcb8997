"""What a filter demands of each path, as far as an index can answer it.

Only the conjunction at the top of a filter is read: equalities, `$in`, ranges, anchored regular
expressions and `$elemMatch`. The rest is left to the check of each document.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from bson import MaxKey, MinKey, Regex

from desperados.embedded.query.predicates import is_operators
from desperados.embedded.values.types import Doc


@dataclass
class Bounds:
    """What the filter demands of one path."""

    points: list[Any] | None = None
    low: tuple[Any, bool] | None = None
    high: tuple[Any, bool] | None = None
    present: bool = False

    def excludes_missing(self) -> bool:
        if self.points is not None:
            return all(point is not None for point in self.points)
        return self.low is not None or self.high is not None or self.present


@dataclass
class Shape:
    """The indexable part of a filter; `exact` when that is all of it."""

    bounds: dict[str, Bounds] = field(default_factory=dict)
    branches: list[Doc] | None = None
    exact: bool = True


def read_shape(query: Doc) -> Shape:
    shape = Shape()
    _conjunction(query, shape)
    return shape


def _conjunction(query: Doc, shape: Shape) -> None:
    for name, condition in query.items():
        if name == "$and":
            for branch in condition:
                _conjunction(branch, shape)
        elif name == "$or":
            shape.exact = False
            if len(condition) == 1:
                _conjunction(condition[0], shape)
            elif shape.branches is None:
                shape.branches = condition
        elif name.startswith("$"):
            shape.exact = shape.exact and name == "$comment"
        else:
            _path(name, condition, shape)


def _path(name: str, condition: Any, shape: Shape) -> None:
    bounds = shape.bounds.setdefault(name, Bounds())
    if not is_operators(condition):
        _point(bounds, [condition], shape)
        return
    for operator, operand in condition.items():
        if operator == "$eq":
            _point(bounds, [operand], shape)
        elif operator == "$in":
            _point(bounds, operand, shape)
        elif operator in ("$gt", "$gte", "$lt", "$lte"):
            _range(bounds, operator, operand, shape)
        elif operator == "$exists" and operand:
            bounds.present = True
            shape.exact = False
        elif operator == "$regex" and "$options" not in condition:
            _prefix(bounds, operand, shape)
        elif operator == "$elemMatch" and type(operand) is dict and not is_operators(operand):
            shape.exact = False
            inner = Shape()
            _conjunction(operand, inner)
            for path, nested in inner.bounds.items():
                # Missing inside an element says nothing about the path from outside.
                if nested.excludes_missing():
                    shape.bounds.setdefault(f"{name}.{path}", nested)
        else:
            shape.exact = False


def _point(bounds: Bounds, operands: list[Any], shape: Shape) -> None:
    if any(type(operand) is list for operand in operands):
        shape.exact = False
        return
    if any(isinstance(operand, Regex) for operand in operands):
        if len(operands) == 1:
            _prefix(bounds, operands[0], shape)
        shape.exact = False
        return
    if bounds.points is not None or any(operand is None for operand in operands):
        # null also matches missing through arrays; a second condition is left to the check.
        shape.exact = False
    if bounds.points is None or len(operands) < len(bounds.points):
        bounds.points = operands


def _range(bounds: Bounds, operator: str, operand: Any, shape: Shape) -> None:
    if type(operand) in (MinKey, MaxKey, list, Regex) or operand is None:
        shape.exact = False
        return
    limit = (operand, operator in ("$gte", "$lte"))
    if operator in ("$gt", "$gte"):
        if bounds.low is None:
            bounds.low = limit
        else:
            shape.exact = False
    elif bounds.high is None:
        bounds.high = limit
    else:
        shape.exact = False


_LITERAL = re.compile(r"\^((?:[^\\.^$*+?()\[\]{}|]|\\[^a-zA-Z0-9])+)(.?)")


def _prefix(bounds: Bounds, pattern: Any, shape: Shape) -> None:
    """An anchored pattern that begins with plain text bounds the strings that it matches."""
    shape.exact = False
    if isinstance(pattern, Regex):
        if pattern.flags & ~re.UNICODE:
            return
        pattern = pattern.pattern
    found = _LITERAL.match(pattern) if isinstance(pattern, str) and "|" not in pattern else None
    if found is None or bounds.low is not None or bounds.high is not None:
        return
    text = re.sub(r"\\(.)", r"\1", found.group(1))
    if found.group(2) and found.group(2) in "*?{":
        text = text[:-1]
    if text and ord(text[-1]) < 0x10FFFE:
        bounds.low = (text, True)
        bounds.high = (text[:-1] + chr(ord(text[-1]) + 1), False)
