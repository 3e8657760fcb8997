"""The element that `$` stands for: the first that made the array match the query."""

from __future__ import annotations

from typing import Any

from desperados.embedded.query.match import compile_filter, element_test, value_test
from desperados.embedded.query.predicates import (
    Context,
    Path,
    Test,
    is_operators,
)
from desperados.embedded.values.paths import is_position
from desperados.embedded.values.types import MISSING, Doc


def matched_position(query: Doc, doc: Doc, context: Context) -> int | None:
    """The element of the array in the query that made the document match."""
    for name, condition in query.items():
        if name == "$and":
            for branch in condition:
                position = matched_position(branch, doc, context)
                if position is not None:
                    return position
        elif name == "$or":
            for branch in condition:
                if compile_filter(branch, context)(doc):
                    position = matched_position(branch, doc, context)
                    if position is not None:
                        return position
        elif not name.startswith("$"):
            position = _position(tuple(name.split(".")), condition, doc, context)
            if position is not None:
                return position
    return None


def _position(path: Path, condition: Any, doc: Doc, context: Context) -> int | None:
    value: Any = doc
    for depth in range(len(path) + 1):
        if type(value) is list:
            rest = ".".join(path[depth:])
            if rest and is_position(path[depth]):
                return None
            test = _element_condition(rest, condition, context)
            return next((at for at, item in enumerate(value) if test(item)), None)
        if depth == len(path) or type(value) is not dict:
            return None
        value = value.get(path[depth], MISSING)
    return None


def _element_condition(rest: str, condition: Any, context: Context) -> Test:
    """The condition on an array's path as a test of one element; `rest` is the path within."""
    if rest:
        inner = compile_filter({rest: condition}, context)
        return lambda item: type(item) is dict and inner(item)
    if is_operators(condition) and "$elemMatch" in condition:
        return element_test(condition["$elemMatch"], context)
    return value_test(condition, context)
