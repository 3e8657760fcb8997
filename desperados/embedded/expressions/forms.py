"""Operators of expressions that bind variables, or choose what is evaluated at all.

Each compiles its parts itself, by `compile_`, in the scope that they have.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from desperados.embedded.errors import located
from desperados.embedded.expressions.operands import (
    Evaluate,
    Scope,
    absent,
    constant,
    need_array,
)
from desperados.embedded.values.order import order_key
from desperados.embedded.values.paths import walk
from desperados.embedded.values.types import (
    MISSING,
    Doc,
    is_number,
    truthy,
)

Compile = Callable[[Any, Scope], Evaluate]


def _literal(operand: Any, _scope: Scope, _compile: Compile) -> Evaluate:
    return constant(operand)


def _and(operand: Any, scope: Scope, compile_: Compile) -> Evaluate:
    tests = [compile_(item, scope) for item in _as_list(operand)]
    return lambda doc, variables: all(truthy(test(doc, variables)) for test in tests)


def _or(operand: Any, scope: Scope, compile_: Compile) -> Evaluate:
    tests = [compile_(item, scope) for item in _as_list(operand)]
    return lambda doc, variables: any(truthy(test(doc, variables)) for test in tests)


def _as_list(operand: Any) -> list[Any]:
    return operand if type(operand) is list else [operand]


def _cond(operand: Any, scope: Scope, compile_: Compile) -> Evaluate:
    if type(operand) is dict:
        if set(operand) != {"if", "then", "else"}:
            raise located(17080, "Missing or unrecognized parameter to $cond")
        operand = [operand["if"], operand["then"], operand["else"]]
    if type(operand) is not list or len(operand) != 3:
        raise located(16020, "Expression $cond takes exactly 3 arguments.")
    test, then, otherwise = (compile_(item, scope) for item in operand)
    return lambda doc, variables: (
        then(doc, variables) if truthy(test(doc, variables)) else otherwise(doc, variables)
    )


def _if_null(operand: Any, scope: Scope, compile_: Compile) -> Evaluate:
    choices = [compile_(item, scope) for item in _as_list(operand)]
    if len(choices) < 2:
        raise located(1257300, f"$ifNull needs at least two arguments, had: {len(choices)}")

    def choose(doc: Any, variables: Doc) -> Any:
        value: Any = None
        for choice in choices:
            value = choice(doc, variables)
            if not absent(value):
                return value
        return value

    return choose


def _switch(operand: Any, scope: Scope, compile_: Compile) -> Evaluate:
    if type(operand) is not dict or type(operand.get("branches")) is not list:
        raise located(40060, "$switch requires an object with an array of branches")
    branches = [
        (compile_(branch["case"], scope), compile_(branch["then"], scope))
        for branch in operand["branches"]
    ]
    default = compile_(operand["default"], scope) if "default" in operand else None

    def choose(doc: Any, variables: Doc) -> Any:
        for test, then in branches:
            if truthy(test(doc, variables)):
                return then(doc, variables)
        if default is None:
            raise located(
                40066,
                "$switch could not find a matching branch for an input, and no "
                "default was specified.",
            )
        return default(doc, variables)

    return choose


def _let(operand: Any, scope: Scope, compile_: Compile) -> Evaluate:
    if type(operand) is not dict or set(operand) != {"vars", "in"}:
        raise located(16876, "$let needs 'vars' and 'in'")
    bound = [(name, compile_(v, scope)) for name, v in operand["vars"].items()]
    body = compile_(operand["in"], scope.with_names(*operand["vars"]))

    def evaluate(doc: Any, variables: Doc) -> Any:
        values = {name: item(doc, variables) for name, item in bound}
        return body(doc, {**variables, **values})

    return evaluate


def _each(
    operator: str, operand: Any, scope: Scope, compile_: Compile, body_name: str
) -> tuple[Evaluate, str, Evaluate]:
    if type(operand) is not dict or "input" not in operand or body_name not in operand:
        raise located(16880, f"{operator} needs 'input' and '{body_name}'")
    name = operand.get("as", "this")
    source = compile_(operand["input"], scope)
    return source, name, compile_(operand[body_name], scope.with_names(name))


def _map(operand: Any, scope: Scope, compile_: Compile) -> Evaluate:
    source, name, body = _each("$map", operand, scope, compile_, "in")

    def evaluate(doc: Any, variables: Doc) -> Any:
        items = source(doc, variables)
        if absent(items):
            return None
        results = [body(doc, {**variables, name: item}) for item in need_array("$map", items)]
        return [None if result is MISSING else result for result in results]

    return evaluate


def _filter(operand: Any, scope: Scope, compile_: Compile) -> Evaluate:
    source, name, test = _each("$filter", operand, scope, compile_, "cond")
    limit = compile_(operand["limit"], scope) if "limit" in operand else None

    def evaluate(doc: Any, variables: Doc) -> Any:
        items = source(doc, variables)
        if absent(items):
            return None
        kept = [
            item
            for item in need_array("$filter", items)
            if truthy(test(doc, {**variables, name: item}))
        ]
        if limit is None:
            return kept
        most: Any = limit(doc, variables)
        return kept[: int(most)] if is_number(most) else kept

    return evaluate


def _reduce(operand: Any, scope: Scope, compile_: Compile) -> Evaluate:
    if type(operand) is not dict or set(operand) != {"input", "initialValue", "in"}:
        raise located(40075, "$reduce needs 'input', 'initialValue' and 'in'")
    source = compile_(operand["input"], scope)
    initial = compile_(operand["initialValue"], scope)
    body = compile_(operand["in"], scope.with_names("this", "value"))

    def evaluate(doc: Any, variables: Doc) -> Any:
        items = source(doc, variables)
        if absent(items):
            return None
        value = initial(doc, variables)
        for item in need_array("$reduce", items):
            value = body(doc, {**variables, "this": item, "value": value})
        return value

    return evaluate


def _get_field(operand: Any, scope: Scope, compile_: Compile) -> Evaluate:
    if type(operand) is dict and "field" in operand:
        name = compile_(operand["field"], scope)
        source = compile_(operand.get("input", "$$CURRENT"), scope)
    else:
        name, source = compile_(operand, scope), compile_("$$CURRENT", scope)

    def evaluate(doc: Any, variables: Doc) -> Any:
        value = source(doc, variables)
        return value.get(name(doc, variables), MISSING) if type(value) is dict else MISSING

    return evaluate


def _set_field(operand: Any, scope: Scope, compile_: Compile) -> Evaluate:
    if type(operand) is not dict or not {"field", "input"} <= set(operand):
        raise located(4161102, "$setField requires 'field', 'input' and 'value'")
    name = compile_(operand["field"], scope)
    source = compile_(operand["input"], scope)
    content = compile_(operand.get("value", "$$REMOVE"), scope)

    def evaluate(doc: Any, variables: Doc) -> Any:
        value = source(doc, variables)
        if type(value) is not dict:
            return None
        fresh = dict(value)
        new = content(doc, variables)
        if new is MISSING:
            fresh.pop(name(doc, variables), None)
        else:
            fresh[name(doc, variables)] = new
        return fresh

    return evaluate


def _sort_array(operand: Any, scope: Scope, compile_: Compile) -> Evaluate:
    if type(operand) is not dict or set(operand) != {"input", "sortBy"}:
        raise located(2942500, "$sortArray requires 'input' and 'sortBy'")
    source = compile_(operand["input"], scope)
    by = operand["sortBy"]

    def evaluate(doc: Any, variables: Doc) -> Any:
        items = source(doc, variables)
        if absent(items):
            return None
        ordered = list(need_array("$sortArray", items))
        if is_number(by):
            ordered.sort(key=order_key, reverse=by < 0)
            return ordered
        for path, direction in reversed(list(by.items())):
            parts = tuple(path.split("."))

            def place(item: Any, parts: tuple[str, ...] = parts) -> Any:
                return order_key(walk(item, parts))

            ordered.sort(key=place, reverse=direction < 0)
        return ordered

    return evaluate


def _transparent(operand: Any, scope: Scope, compile_: Compile) -> Evaluate:
    return compile_(operand, scope)


FORMS: dict[str, Callable[[Any, Scope, Compile], Evaluate]] = {
    "$literal": _literal,
    "$const": _literal,
    "$and": _and,
    "$or": _or,
    "$cond": _cond,
    "$ifNull": _if_null,
    "$switch": _switch,
    "$let": _let,
    "$map": _map,
    "$filter": _filter,
    "$reduce": _reduce,
    "$getField": _get_field,
    "$setField": _set_field,
    "$unsetField": _set_field,
    "$sortArray": _sort_array,
    "$expr": _transparent,
}
