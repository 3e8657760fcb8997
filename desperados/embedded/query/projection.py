"""Projections: which fields of a document a reader gets, and which are computed.

Used by `find`, `findAndModify`, `$project`, `$addFields` and `$unset`. The source document is
never changed; parts that pass through whole are shared with it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from desperados.embedded.errors import located
from desperados.embedded.expressions.compiler import compile_expression
from desperados.embedded.expressions.operands import Evaluate, Scope
from desperados.embedded.query.match import element_test
from desperados.embedded.query.predicates import Context, Test
from desperados.embedded.values.numbers import as_int
from desperados.embedded.values.types import (
    MISSING,
    Doc,
    is_number,
    truthy,
)

Project = Callable[[Doc], Doc]


@dataclass
class Node:
    """One level of a projection: what happens to each named field."""

    children: dict[str, Node | Evaluate | bool | _Slice | _Element] = field(default_factory=dict)


@dataclass
class _Slice:
    skip: int | None
    limit: int


@dataclass
class _Element:
    """The first element of an array that passes the test (`$elemMatch`, or positional `$`)."""

    find: Callable[[Doc, list[Any]], list[Any]]


def _insert(root: Node, path: str, action: Any) -> None:
    if not path:
        raise located(40352, "FieldPath cannot be constructed with empty string")
    node = root
    *heads, last = path.split(".")
    for part in heads:
        inner = node.children.setdefault(part, Node())
        if not isinstance(inner, Node):
            raise located(31249, f"Path collision at {path}")
        node = inner
    if last in node.children:
        raise located(31250, f"Path collision at {path}")
    node.children[last] = action


def compile_projection(
    spec: Any,
    context: Context,
    *,
    position: Callable[[Doc], int | None] | None = None,
    aggregate: bool = False,
) -> Project:
    """The function that projects a document; `position` serves the positional operator."""
    if type(spec) is not dict:
        raise located(40177 if aggregate else 14, "projection must be an object")
    if aggregate and not spec:
        raise located(51272, "projection specification must have at least one field")
    root = Node()
    mode: bool | None = None
    identity: Any = None
    for name, value in _flatten(spec):
        if name == "_id" and (type(value) is bool or is_number(value)):
            identity = truthy(value)
            continue
        action, including = _action(name, value, context, position, aggregate=aggregate)
        if including is not None:
            if mode is not None and mode != including:
                verb = "inclusion" if including else "exclusion"
                other = "exclusion" if including else "inclusion"
                raise located(
                    31253 if including else 31254,
                    f"Cannot do {verb} on field {name} in {other} projection",
                )
            mode = including
        _insert(root, name.removesuffix(".$"), action)
    if mode is None:
        plain = all(isinstance(child, _Slice) for child in root.children.values())
        mode = bool(identity) if identity is not None and plain else not plain
        if identity is True and plain and root.children:
            mode = False
    if "_id" not in root.children:
        if mode and identity is not False:
            root.children = {"_id": True, **root.children}
        elif not mode and identity is False:
            root.children["_id"] = False
    variables = context.variables
    if mode:
        return lambda doc: _include(doc, root, doc, variables)
    return lambda doc: _exclude(doc, root, doc, variables)


def _flatten(spec: Doc, prefix: str = "") -> list[tuple[str, Any]]:
    flat: list[tuple[str, Any]] = []
    for name, value in spec.items():
        if type(value) is dict and value and not next(iter(value)).startswith("$"):
            flat.extend(_flatten(value, f"{prefix}{name}."))
        else:
            flat.append((prefix + name, value))
    return flat


def _action(
    name: str,
    value: Any,
    context: Context,
    position: Callable[[Doc], int | None] | None,
    *,
    aggregate: bool,
) -> tuple[Any, bool | None]:
    if type(value) is bool or is_number(value):
        if name.endswith(".$"):
            if position is None:
                raise located(31324, "positional projection is not allowed here")
            return _positional(position), True
        return truthy(value), truthy(value)
    if type(value) is dict and not aggregate:
        if "$slice" in value:
            argument = value["$slice"]
            if type(argument) is list and argument and not is_number(argument[0]):
                return compile_expression(value, context.scope), True
            if type(argument) is list:
                return _Slice(as_int(argument[0], "$slice"), as_int(argument[1], "$slice")), None
            return _Slice(None, as_int(argument, "$slice")), None
        if "$elemMatch" in value:
            return _first_match(element_test(value["$elemMatch"], context)), True
        if "$meta" in value:
            raise located(40218, "$meta projections are not supported by the embedded server")
    return compile_expression(value, context.scope), True


def _first_match(test: Test) -> _Element:
    return _Element(lambda _doc, items: next(([item] for item in items if test(item)), []))


def _positional(position: Callable[[Doc], int | None]) -> _Element:
    def find(doc: Doc, items: list[Any]) -> list[Any]:
        at = position(doc)
        if at is None:
            raise located(
                51246,
                "Executor error during find command :: caused by :: positional "
                "operator '.$' couldn't find a matching element in the array",
            )
        return items[at : at + 1]

    return _Element(find)


def _sliced(value: Any, cut: _Slice) -> Any:
    if type(value) is not list:
        return value
    if cut.skip is None:
        return value[: cut.limit] if cut.limit >= 0 else value[cut.limit :]
    start = cut.skip if cut.skip >= 0 else max(0, len(value) + cut.skip)
    return value[start : start + cut.limit]


def _include(value: Any, node: Node, root: Doc, variables: Doc) -> Any:
    if type(value) is list:
        return [
            _include(item, node, root, variables) for item in value if type(item) in (dict, list)
        ]
    if type(value) is not dict:
        return MISSING
    result: Doc = {}
    children = node.children
    for name, item in value.items():
        child = children.get(name)
        if child is True:
            result[name] = item
        elif isinstance(child, Node):
            inner = _include(item, child, root, variables)
            if inner is not MISSING:
                result[name] = inner
        elif isinstance(child, _Slice):
            result[name] = _sliced(item, child)
        elif isinstance(child, _Element) and type(item) is list:
            found = child.find(root, item)
            if found:
                result[name] = found
    _compute(result, node, value, root, variables)
    return result


def _compute(result: Doc, node: Node, source: Doc, root: Doc, variables: Doc) -> None:
    """Add the computed fields, in the order in which the projection names them."""
    for name, child in node.children.items():
        if isinstance(child, Node):
            if name not in source and _computes(child):
                result[name] = _include({}, child, root, variables)
        elif callable(child):
            computed = child(root, variables)
            if computed is not MISSING:
                result[name] = computed
            else:
                result.pop(name, None)


def _computes(node: Node) -> bool:
    return any(
        _computes(child) if isinstance(child, Node) else callable(child)
        for child in node.children.values()
    )


def _exclude(value: Any, node: Node, root: Doc, variables: Doc) -> Any:
    if type(value) is list:
        return [_exclude(item, node, root, variables) for item in value]
    if type(value) is not dict:
        return value
    result: Doc = {}
    for name, item in value.items():
        child = node.children.get(name)
        if child is None or child is True:
            result[name] = item
        elif isinstance(child, Node):
            result[name] = _exclude(item, child, root, variables)
        elif isinstance(child, _Slice):
            result[name] = _sliced(item, child)
    return result


def compile_add_fields(spec: Any, scope: Scope, variables: Doc) -> Project:
    """`$addFields` / `$set`: the document with computed fields, at any depth."""
    if type(spec) is not dict or not spec:
        raise located(40272, f"$addFields specification stage must be an object, got {spec!r}")
    root = Node()
    for name, value in _flatten(spec):
        _insert(root, name, compile_expression(value, scope))
    return lambda doc: _overlay(doc, root, doc, variables)


def _overlay(value: Any, node: Node, root: Doc, variables: Doc) -> Any:
    if type(value) is list:
        return [_overlay(item, node, root, variables) for item in value]
    result: Doc = dict(value) if type(value) is dict else {}
    for name, child in node.children.items():
        if isinstance(child, Node):
            result[name] = _overlay(result.get(name), child, root, variables)
        elif callable(child):
            computed = child(root, variables)
            if computed is MISSING:
                result.pop(name, None)
            else:
                result[name] = computed
    return result
